"""Buffers that are full."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from asyncspeech import AudioLost, BufferOverflowError, BufferPolicy, RenewalPolicy, WhenFull
from asyncspeech.emulator import Abort, Coded, CutConnection, Faults, RefuseConnections, Stall, coded
from tests.session.scenario import (
    LATE,
    LIMITS,
    assert_bounds,
    assert_order,
    assert_promise,
    play,
    unbroken,
    utterances,
)

if TYPE_CHECKING:
    from tests.session.scenario import (
        Live,
    )

pytestmark = pytest.mark.usefixtures("no_task_is_left")


class TestDropOldest:
    @pytest.mark.parametrize("seconds", [1.0, 2.0])
    async def test_exactly_what_is_missing_is_reported(self, seconds: float) -> None:
        recording = utterances(20)
        faults = Faults(
            RefuseConnections(seconds, stream=1, at=6.0), CutConnection(stream=1, at=6.0), LATE
        )
        outcome = await play(
            recording,
            faults=faults,
            buffer=BufferPolicy(max_seconds=2.0, when_full=WhenFull.DROP_OLDEST),
        )
        assert outcome.error is None, outcome
        assert_order(outcome)
        assert_bounds(outcome)
        lost = outcome.those(AudioLost)
        assert lost, outcome
        assert {event.reason for event in lost} == {"buffer full"}
        assert all(event.start < event.end for event in lost)
        assert sum(event.end - event.start for event in lost) == pytest.approx(outcome.stats.audio_lost)
        assert outcome.stats.audio_lost <= recording.duration

        def is_hit(word: coded.CodedWord) -> bool:
            start, end = word.start / 16_000, word.end / 16_000
            return any(start < event.end and event.start < end for event in lost)

        spared = replace(recording, words=tuple(w for w in recording.words if not is_hit(w)))
        hit = [word for word in recording.words if is_hit(word)]
        assert hit
        heard = [(word.text, word.start, word.end) for word in outcome.transcript.words]
        whole = [item for item in heard if not item[0].endswith("~")]
        # Words that nothing was cut from are all there, whole and in place; no other word is.
        verdict = coded.score(spared, whole)
        assert verdict.is_perfect, (verdict, lost, outcome)
        assert verdict.worst_error <= 0.001
        # Of those that were cut, only what was left of them.
        rests = {text.rstrip("~") for text, _, _ in heard if text.endswith("~")}
        assert rests <= {word.text for word in hit}
        assert len(rests) <= 2 * len(lost)

    async def test_nothing_is_dropped_as_long_as_there_is_room(self) -> None:
        outcome = await play(
            utterances(16),
            faults=Faults(LATE, seed=1),
            buffer=BufferPolicy(max_seconds=2.0, when_full=WhenFull.DROP_OLDEST),
        )
        assert_promise(outcome)
        assert not outcome.those(AudioLost)
        assert outcome.stats.audio_lost == 0.0


class TestRaise:
    async def test_what_did_not_fit_may_be_sent_again_and_nothing_is_lost(self) -> None:
        recording = utterances(20)
        raised = 0

        async def speak(live: Live) -> None:
            nonlocal raised
            loop = asyncio.get_running_loop()
            begun = loop.time()
            for number, start in enumerate(range(0, len(recording.audio), 3_200)):
                await asyncio.sleep(begun + number * 0.025 - loop.time())
                while True:
                    try:
                        await live.session.send(recording.audio[start : start + 3_200])
                        break
                    except BufferOverflowError:
                        raised += 1
                        await asyncio.sleep(0.025)

        faults = Faults(RefuseConnections(1.0, stream=1, at=6.0), CutConnection(stream=1, at=6.0))
        outcome = await play(
            recording,
            faults=faults,
            speak=speak,
            buffer=BufferPolicy(max_seconds=2.0, when_full=WhenFull.RAISE),
        )
        assert_promise(outcome)
        assert raised > 0


class TestUnsettledAudio:
    async def test_speech_without_a_final_is_cut_and_not_lost(self) -> None:
        outcome = await play(
            unbroken(24),
            recognizer=Coded(max_utterance_seconds=60.0),
            limits=replace(LIMITS, stream_seconds=60.0),
            renewal=RenewalPolicy(after=40.0, by=50.0, overlap=0.5),
            buffer=BufferPolicy(max_unsettled_seconds=6.0),
        )
        assert_promise(outcome)
        assert outcome.stats.forced_renewals >= 2

    async def test_it_is_bounded_also_while_a_service_says_nothing(self) -> None:
        most = 0.0

        recording = utterances(20)

        async def speak(live: Live) -> None:
            nonlocal most
            for start in range(0, len(recording.audio), 32_000):
                await live.feed(recording.audio[start : start + 32_000])
                most = max(most, live.session.stats.audio_unsettled)

        policy = BufferPolicy(max_seconds=2.0, max_unsettled_seconds=6.0)
        faults = Faults(Stall(stream=1, at=2.0), Abort("INTERNAL", stream=2, at=1.0))
        outcome = await play(recording, faults=faults, speak=speak, buffer=policy, stall_timeout=2.0)
        assert_promise(outcome)
        assert most <= 6.0 + 2.0 + 0.5
