"""`finalize` and `reconfigure`: while somebody speaks, in the middle of words and between them."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from asyncspeech import RenewalPolicy
from asyncspeech.emulator import Abort, Coded, Delay, Faults, coded
from tests.session.scenario import LATE, assert_promise, play, scaled, unbroken, utterances

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech.emulator.coded import CodedRecording
    from tests.session.scenario import Live

    Where = Callable[[CodedRecording, int], int]

pytestmark = pytest.mark.usefixtures("no_task_is_left")

LONG_WINDED = Coded(max_utterance_seconds=60.0)
TALK = unbroken(12)
# With gaps that are long enough for it to be certain that the word before is over.
SLOW = coded.encode(30, word_seconds=0.12, gap_seconds=0.25, pause_seconds=0.0, words_per_utterance=30)
# Words that ended so short a while ago may still be finished by the next stream.
FRESH = 0.3


def inside(recording: CodedRecording, word: int) -> int:
    """A frame in the middle of a word."""
    return (recording.words[word].start + recording.words[word].end) // 2


def after(recording: CodedRecording, word: int) -> int:
    """A frame in the middle of the gap after a word."""
    return (recording.words[word].end + recording.words[word + 1].start) // 2


def words_until(recording: CodedRecording, frame: int) -> int:
    return sum(word.end <= frame for word in recording.words)


class TestFinalize:
    @pytest.mark.parametrize("enable_word_time_offsets", [True, False])
    @pytest.mark.parametrize("where", [inside, after])
    async def test_what_was_said_before_is_final_when_it_returns_and_nothing_is_lost(
        self, where: Where, *, enable_word_time_offsets: bool
    ) -> None:
        places = [where(SLOW, word) for word in (8, 15, 26)]
        final: list[int] = []

        async def speak(live: Live) -> None:
            for start, end in zip([0, *places], [*places, None], strict=True):
                await live.feed(SLOW.audio[2 * start : end if end is None else 2 * end])
                if end is not None:
                    await live.session.finalize()
                    final.append(len(live.session.transcript.text.split()))

        outcome = await play(
            SLOW,
            recognizer=LONG_WINDED,
            faults=Faults(LATE, seed=3),
            speak=speak,
            enable_word_time_offsets=enable_word_time_offsets,
        )
        assert_promise(outcome)
        assert final == [words_until(SLOW, place) for place in places]

    @pytest.mark.parametrize(("seed", "enable_word_time_offsets"), [(0, True), (1, False)])
    async def test_it_may_come_in_the_middle_of_a_word_while_audio_goes_on_coming(
        self, seed: int, *, enable_word_time_offsets: bool
    ) -> None:
        lot = random.Random(seed)

        async def speak(live: Live) -> None:
            async with live.feeding(TALK.audio) as speaking:
                while not speaking.done():
                    await asyncio.wait([speaking], timeout=lot.uniform(0.05, 0.4))
                    said = int((live.session.stats.audio_accepted - FRESH) * 16_000)
                    await live.session.finalize()
                    heard = len(live.session.transcript.text.split())
                    assert heard >= words_until(TALK, said), live.emulator.report()

        outcome = await play(
            TALK,
            recognizer=LONG_WINDED,
            faults=Faults(LATE, seed=seed),
            speak=speak,
            enable_word_time_offsets=enable_word_time_offsets,
        )
        assert_promise(outcome)

    async def test_it_survives_streams_that_break_before_they_have_said_their_last(self) -> None:
        place = after(SLOW, 10)

        async def speak(live: Live) -> None:
            await live.feed(SLOW.audio[: 2 * place])
            await live.session.finalize()
            assert len(live.session.transcript.words) == 11
            await live.feed(SLOW.audio[2 * place :])

        faults = Faults(
            LATE,
            Abort("UNAVAILABLE", stream=1, after=place / 64_000 + 0.03),
            Abort("INTERNAL", stream=2, after=0.1),
        )
        outcome = await play(SLOW, recognizer=LONG_WINDED, faults=faults, speak=speak)
        assert_promise(outcome)

    async def test_when_nothing_is_pending_it_returns_at_once(self) -> None:
        recording = utterances(5)

        async def speak(live: Live) -> None:
            await live.session.finalize()
            await live.feed(recording.audio)
            await live.session.finalize()
            async with asyncio.timeout(0.1):
                await live.session.finalize()

        outcome = await play(recording, speak=speak)
        assert_promise(outcome)


class TestReconfigure:
    @pytest.mark.parametrize("where", [inside, after])
    async def test_a_new_language_takes_effect_and_nothing_is_lost(self, where: Where) -> None:
        place = where(TALK, 30)

        async def speak(live: Live) -> None:
            await live.feed(TALK.audio[: 2 * place])
            await live.session.reconfigure(replace(live.session.config, language_codes=("de-DE",)))
            await live.feed(TALK.audio[2 * place :])

        outcome = await play(TALK, recognizer=LONG_WINDED, faults=Faults(LATE, seed=5), speak=speak)
        assert_promise(outcome)
        codes = [result.language_code.lower() for result in outcome.finals]
        assert codes == sorted(codes, reverse=True), "from one to the other, once"
        assert set(codes) == {"en-us", "de-de"}

    @pytest.mark.parametrize("enable_word_time_offsets", [True, False])
    async def test_it_may_come_in_the_very_first_word(self, *, enable_word_time_offsets: bool) -> None:
        """Nothing is settled yet, and all that both streams hear is the beginning of a word."""
        recording = coded.encode(5, pause_seconds=0.0)
        tenth = 3_200

        async def speak(live: Live) -> None:
            await live.session.send(recording.audio[:tenth])
            await live.session.reconfigure(replace(live.session.config, language_codes=("de-DE",)))
            await live.mute(0.15)  # the stream is cut in this pause
            await live.feed(recording.audio[tenth:])

        outcome = await play(
            recording,
            recognizer=LONG_WINDED,
            faults=Faults(Delay(0.3)),
            speak=speak,
            renewal=RenewalPolicy(after=2.0, by=2.75, overlap=0.1),
            enable_word_time_offsets=enable_word_time_offsets,
        )
        assert_promise(outcome)
        assert outcome.stats.forced_renewals == 1

    async def test_at_a_pause_it_costs_one_more_stream(self) -> None:
        recording = utterances(7)
        place = recording.words[4].end + 8_000

        async def speak(live: Live) -> None:
            await live.feed(recording.audio[: 2 * place])
            await live.session.reconfigure(scaled(enable_word_confidence=True))
            await live.feed(recording.audio[2 * place :])

        outcome = await play(recording, speak=speak)
        assert_promise(outcome)
        assert len(outcome.streams) == 2
        assert outcome.transcript.words[0].confidence is None
        assert outcome.transcript.words[-1].confidence == 1.0

    async def test_again_and_again_in_the_middle_of_faults(self) -> None:
        recording = utterances(20)

        async def speak(live: Live) -> None:
            languages = ("de-DE", "en-US", "fr-FR", "en-US")
            async with live.feeding(recording.audio) as speaking:
                for language in languages:
                    await asyncio.wait([speaking], timeout=0.8)
                    config = replace(live.session.config, language_codes=(language,))
                    await live.session.reconfigure(config)

        faults = Faults(LATE, *(Abort("UNAVAILABLE", stream=number, at=2.0) for number in (1, 3, 5)))
        outcome = await play(recording, faults=faults, speak=speak)
        assert_promise(outcome)
