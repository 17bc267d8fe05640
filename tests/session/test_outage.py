"""A service that cannot be reached, for a while or for good."""

from __future__ import annotations

from dataclasses import replace

import pytest

from asyncspeech import BufferPolicy, RetryPolicy, StreamLostError, StreamRecovered
from asyncspeech.emulator import Abort, CutConnection, Faults, Limits, RefuseConnections
from tests.session.scenario import (
    LATE,
    assert_bounds,
    assert_order,
    assert_promise,
    play,
    scaled,
    score,
    utterances,
)

pytestmark = pytest.mark.usefixtures("no_task_is_left")


def outage(seconds: float, at: float = 8.0) -> Faults:
    return Faults(
        RefuseConnections(seconds, stream=1, at=at), CutConnection(stream=1, at=at), LATE, seed=2
    )


class TestThatPasses:
    async def test_no_word_is_lost(self) -> None:
        outcome = await play(utterances(18), faults=outage(2.0))
        assert_promise(outcome)
        assert max(event.outage for event in outcome.those(StreamRecovered)) >= 1.5

    async def test_the_sender_is_made_to_wait_when_the_buffer_is_full(self) -> None:
        buffer = BufferPolicy(max_seconds=2.0)
        outcome = await play(utterances(18), faults=outage(2.0), buffer=buffer)
        assert_promise(outcome)

    async def test_the_end_of_the_audio_may_come_meanwhile(self) -> None:
        outcome = await play(utterances(10), faults=outage(1.5))
        assert_promise(outcome)

    async def test_a_session_may_begin_in_one(self) -> None:
        outcome = await play(utterances(8), faults=Faults(RefuseConnections(1.0)))
        assert_promise(outcome)


class TestThatLastsTooLong:
    async def test_the_session_fails_and_nothing_that_was_final_is_missing(self) -> None:
        recording = utterances(22)
        config = scaled(retry=RetryPolicy(initial_delay=0.025, max_delay=0.25, max_outage=1.0))
        outcome = await play(recording, faults=outage(60.0), config=config)
        error = outcome.error
        assert type(error) is StreamLostError, outcome
        assert error.partial is not None
        assert error.partial.results == outcome.transcript.results
        assert_order(outcome)
        assert_bounds(outcome)
        # What is there is a beginning of what was said, without a gap, and all that the service told.
        heard = len(error.partial.words)
        assert heard >= 5
        beginning = replace(recording, words=recording.words[:heard])
        assert score(beginning, error.partial.results).is_perfect
        assert score(beginning, error.partial.results).worst_error <= 0.001
        told = [text for stream in outcome.streams for text in stream.finals]
        assert [result.text for result in error.partial.results] == [text.strip() for text in told]
        # The rest is owned up to.
        assert error.unsent == pytest.approx(
            outcome.stats.audio_accepted - error.partial.results[-1].end, abs=1.0
        )

    async def test_it_fails_soon_after_the_longest_outage(self) -> None:
        config = scaled(retry=RetryPolicy(initial_delay=0.025, max_delay=0.25, max_outage=1.0))
        outcome = await play(
            utterances(60), faults=Faults(Abort("UNAVAILABLE")), config=config, patience=5.0
        )
        assert type(outcome.error) is StreamLostError, outcome
        # A status that meets a write is hidden, and says INTERNAL.
        assert outcome.error.code in {"UNAVAILABLE", "INTERNAL"}
        first, *_, last = outcome.streams
        # One that gets a word out before it is aborted is progress.
        answered = [stream for stream in outcome.streams if stream.interims]
        since = answered[-1] if answered else first
        assert 0.5 <= last.opened - since.opened <= 1.5, outcome
        assert len(outcome.streams) < 40, outcome

    async def test_an_outage_is_counted_anew_after_progress(self) -> None:
        """Streams that live for a second between breaks are no outage, however many there are."""
        config = scaled(retry=RetryPolicy(initial_delay=0.025, max_delay=0.1, max_outage=1.0))
        faults = Faults(Abort("UNAVAILABLE", after=0.8))
        limits = replace(Limits(), stream_seconds=30.0)
        outcome = await play(utterances(18), faults=faults, limits=limits, config=config)
        assert_promise(outcome)
        assert outcome.stats.recoveries >= 4
