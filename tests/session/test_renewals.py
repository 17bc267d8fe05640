"""Streams that are replaced in time, while people talk."""

from __future__ import annotations

import pytest

from asyncspeech import RenewalPolicy, StreamOpened, StreamRenewed
from asyncspeech.emulator import Coded, Delay, Faults, coded
from tests.session.scenario import LATE, assert_promise, play, unbroken, utterances

pytestmark = pytest.mark.usefixtures("no_task_is_left")


class TestWithPauses:
    @pytest.mark.parametrize("seed", range(2))
    async def test_no_word_is_lost_however_late_the_finals_are(self, seed: int) -> None:
        outcome = await play(utterances(22), faults=Faults(LATE, seed=seed))
        assert_promise(outcome)
        assert outcome.stats.renewals >= 2

    async def test_every_renewal_waits_for_a_pause(self) -> None:
        outcome = await play(utterances(22))
        assert_promise(outcome)
        assert outcome.stats.renewals >= 2
        assert outcome.stats.forced_renewals == 0
        assert outcome.stats.recoveries == 0

    async def test_renewals_are_told_in_order_with_their_places(self) -> None:
        outcome = await play(utterances(22))
        renewed = outcome.those(StreamRenewed)
        assert len(renewed) == outcome.stats.renewals
        assert [event.stream for event in renewed] == sorted({event.stream for event in renewed})
        assert [event.at for event in renewed] == sorted(event.at for event in renewed)
        assert outcome.those(StreamOpened)[0].at == 0.0
        # What was cut off and said again, at most the pause in which the cut was made.
        assert sum(event.replayed for event in renewed) == pytest.approx(outcome.stats.audio_replayed)
        assert outcome.stats.audio_replayed < 2.0 * len(renewed)

    async def test_no_stream_lives_to_its_limit(self) -> None:
        outcome = await play(utterances(22))
        assert {stream.status for stream in outcome.streams} <= {"OK", "CANCELLED"}
        assert len(outcome.streams) == 1 + outcome.stats.renewals


class TestInUnbrokenSpeech:
    @pytest.mark.parametrize(("seed", "enable_word_time_offsets"), [(0, True), (1, False)])
    async def test_forced_renewals_lose_and_repeat_no_word(
        self, seed: int, *, enable_word_time_offsets: bool
    ) -> None:
        outcome = await play(
            unbroken(24),
            recognizer=Coded(max_utterance_seconds=60.0),
            faults=Faults(Delay(0.025, jitter=0.15), seed=seed),
            enable_word_time_offsets=enable_word_time_offsets,
        )
        assert_promise(outcome)
        assert outcome.stats.forced_renewals >= 2

    @pytest.mark.parametrize("enable_word_time_offsets", [True, False])
    async def test_a_stream_that_dies_before_its_last_final_takes_no_word_with_it(
        self, *, enable_word_time_offsets: bool
    ) -> None:
        """A third of the finals is later than the service lets a stream last after its half-close."""
        outcome = await play(
            unbroken(30),
            recognizer=Coded(max_utterance_seconds=60.0),
            faults=Faults(LATE, seed=3),
            enable_word_time_offsets=enable_word_time_offsets,
        )
        assert_promise(outcome)
        assert outcome.stats.forced_renewals >= 2

    async def test_two_streams_are_open_only_until_the_older_has_said_its_last(self) -> None:
        outcome = await play(unbroken(24), recognizer=Coded(max_utterance_seconds=60.0))
        assert_promise(outcome)
        renewed = outcome.those(StreamRenewed)
        assert renewed
        assert all(event.forced for event in renewed)
        assert {stream.status for stream in outcome.streams} == {"OK"}

    @pytest.mark.parametrize("enable_word_time_offsets", [True, False])
    async def test_slow_words_survive_in_the_usual_overlap(
        self, *, enable_word_time_offsets: bool
    ) -> None:
        outcome = await play(
            coded.encode(70, pause_seconds=0.0, words_per_utterance=70),
            recognizer=Coded(max_utterance_seconds=60.0),
            renewal=RenewalPolicy(after=2.0, by=2.75, overlap=2.0),
            enable_word_time_offsets=enable_word_time_offsets,
        )
        assert_promise(outcome)
        assert outcome.stats.forced_renewals >= 2

    async def test_a_recogniser_that_makes_finals_by_itself_is_no_trouble(self) -> None:
        outcome = await play(
            unbroken(24), recognizer=Coded(max_utterance_seconds=2.5), faults=Faults(LATE, seed=1)
        )
        assert_promise(outcome)
        assert outcome.stats.renewals >= 2

    async def test_interims_are_not_needed(self) -> None:
        outcome = await play(
            unbroken(24), recognizer=Coded(max_utterance_seconds=60.0), interim_results=False
        )
        assert_promise(outcome)
        assert outcome.finals == list(outcome.results)
