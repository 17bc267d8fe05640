"""Streams that break, at any point of their life."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asyncspeech import StreamRecovered, StreamRenewed
from asyncspeech.emulator import (
    Abort,
    Coded,
    CutConnection,
    Delay,
    DuplicateInterims,
    Faults,
    RefuseConnections,
)
from tests.session.scenario import LATE, PASSING, assert_promise, mishaps, play, unbroken, utterances

if TYPE_CHECKING:
    from asyncspeech.emulator.coded import CodedRecording

pytestmark = pytest.mark.usefixtures("no_task_is_left")

LONG_WINDED = Coded(max_utterance_seconds=60.0)


class TestAtAnyMoment:
    @pytest.mark.parametrize("seed", range(3))
    async def test_no_word_is_lost_in_talk_with_pauses(self, seed: int) -> None:
        outcome = await play(utterances(20), faults=mishaps(seed))
        assert_promise(outcome)
        assert outcome.stats.recoveries >= 2

    @pytest.mark.parametrize(("seed", "enable_word_time_offsets"), [(0, True), (1, False)])
    async def test_no_word_is_lost_in_unbroken_talk(
        self, seed: int, *, enable_word_time_offsets: bool
    ) -> None:
        outcome = await play(
            unbroken(18),
            recognizer=Coded(max_utterance_seconds=4.0),
            faults=mishaps(seed + 10, mean=1.5),
            enable_word_time_offsets=enable_word_time_offsets,
        )
        assert_promise(outcome)
        assert outcome.stats.recoveries >= 1

    @pytest.mark.parametrize("code", PASSING)
    async def test_every_code_that_passes_is_got_over(self, code: str) -> None:
        outcome = await play(utterances(12), faults=mishaps(20, codes=[code]))
        assert_promise(outcome)
        assert outcome.stats.recoveries >= 1

    async def test_each_recovery_is_told_with_what_broke_the_stream(self) -> None:
        outcome = await play(
            utterances(15), faults=Faults(Abort("UNAVAILABLE", stream=1, at=4.0), LATE, seed=1)
        )
        assert_promise(outcome)
        (recovered,) = outcome.those(StreamRecovered)
        assert recovered.code == "UNAVAILABLE"
        assert 0.0 <= recovered.outage < 1.0
        renewed = sum(event.replayed for event in outcome.those(StreamRenewed))
        assert recovered.replayed + renewed == pytest.approx(outcome.stats.audio_replayed)
        assert outcome.stats.recoveries == 1

    async def test_the_service_is_asked_again_no_sooner_than_it_wants(self) -> None:
        advice = Abort("RESOURCE_EXHAUSTED", stream=1, at=4.0, retry_delay=0.8)
        outcome = await play(utterances(15), faults=Faults(advice))
        assert_promise(outcome)
        first, second = outcome.streams
        assert second.opened - (first.closed or 0.0) >= 0.8

    @pytest.mark.parametrize("seed", range(2))
    async def test_a_broken_connection_takes_no_word_with_it(self, seed: int) -> None:
        cuts = [CutConnection(stream=stream, at=3.0) for stream in (1, 3)]
        outcome = await play(utterances(20), faults=Faults(*cuts, LATE, seed=seed))
        assert_promise(outcome)
        assert outcome.stats.recoveries >= 1

    async def test_interims_that_are_said_twice_change_nothing(self) -> None:
        outcome = await play(
            utterances(12),
            faults=Faults(DuplicateInterims(times=3), Abort("INTERNAL", stream=1, at=3.0)),
        )
        assert_promise(outcome)


class TestWhileRenewing:
    @pytest.mark.parametrize("at", [0.0, 0.3, 1.0])
    async def test_the_new_stream_may_break(self, at: float) -> None:
        faults = Faults(*(Abort("UNAVAILABLE", stream=number, at=at) for number in (2, 3)))
        outcome = await play(unbroken(16), recognizer=LONG_WINDED, faults=faults)
        assert_promise(outcome)

    async def test_the_old_stream_may_break_before_its_last_final(self) -> None:
        faults = Faults(Delay(0.5, stream=1), Abort("UNAVAILABLE", stream=1, after=2.9))
        outcome = await play(unbroken(16), recognizer=LONG_WINDED, faults=faults)
        assert_promise(outcome)

    async def test_both_may_break_at_once(self) -> None:
        faults = Faults(Delay(0.5, stream=1), CutConnection(stream=1, after=2.9))
        outcome = await play(unbroken(16), recognizer=LONG_WINDED, faults=faults)
        assert_promise(outcome)

    async def test_the_new_stream_may_break_at_a_pause(self) -> None:
        faults = Faults(*(Abort("INTERNAL", stream=number) for number in (2, 4)), LATE)
        outcome = await play(utterances(20), faults=faults)
        assert_promise(outcome)


class TestWhileDraining:
    @pytest.mark.parametrize("talk", [utterances(5), unbroken(5)], ids=["with a pause", "unbroken"])
    async def test_what_the_service_still_owed_is_asked_of_another_stream(
        self, talk: CodedRecording
    ) -> None:
        faults = Faults(
            Delay(0.4),
            Abort("UNAVAILABLE", stream=1, at=talk.duration),
            Abort("INTERNAL", stream=2, after=0.3),
            Abort("ABORTED", stream=3, after=0.2),
        )
        outcome = await play(talk, faults=faults)
        assert_promise(outcome)
        assert len(outcome.streams) == 4

    async def test_the_connection_may_break(self) -> None:
        recording = utterances(5)
        faults = Faults(Delay(0.4, stream=1), CutConnection(stream=1, at=recording.duration))
        outcome = await play(recording, faults=faults)
        assert_promise(outcome)


class TestWhileCatchingUp:
    @pytest.mark.parametrize("code", ["UNAVAILABLE", "ABORTED", "INTERNAL"])
    async def test_the_stream_that_catches_up_may_break_again_and_again(self, code: str) -> None:
        faults = Faults(
            CutConnection(stream=1, at=6.0),
            RefuseConnections(0.5, stream=1, at=6.0),
            *(Abort(code, stream=number, at=1.0) for number in (2, 3, 4)),
        )
        outcome = await play(unbroken(16), recognizer=LONG_WINDED, faults=faults)
        assert_promise(outcome)
        assert outcome.stats.recoveries >= 2
