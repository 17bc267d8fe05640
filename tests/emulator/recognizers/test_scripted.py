from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncspeech import Client
from asyncspeech.emulator import (
    Emulator,
    Hypothesis,
    HypothesisWord,
    RecognitionSettings,
    Scripted,
    SpeechBegin,
    SpeechEnd,
    Utterance,
)
from asyncspeech.errors import ConfigurationError

RATE = 8_000


async def hear(
    script: Scripted, seconds: float, *, chunk: int = 800, finish: bool = True, **settings: Any
) -> list[Any]:
    recognition = await script.start(RecognitionSettings(RATE, **settings))
    silence = np.zeros(round(seconds * RATE), np.int16)
    events: list[Any] = []
    for start in range(0, len(silence), chunk):
        events += await recognition.accept(silence[start : start + chunk])
    if finish:
        events += await recognition.finish()
    await recognition.aclose()
    return events


def finals(events: list[Any]) -> list[str]:
    return [
        " ".join(word.text for word in event.words)
        for event in events
        if isinstance(event, Hypothesis) and event.is_final
    ]


class TestScript:
    async def test_is_heard_at_its_times_whatever_the_audio_is(self) -> None:
        script = Scripted(Utterance("aa bbbb", start=1.0, end=1.6), endpoint_seconds=0.4)
        begin, *interims, end, final = await hear(script, 3, interim_results=True)
        assert begin == SpeechBegin(RATE)
        first = HypothesisWord("aa", 8_000, 9_600, confidence=0.9)
        second = HypothesisWord("bbbb", 9_600, 12_800, confidence=0.9)
        assert interims == [
            Hypothesis((first,), 9_600, is_final=False, stable_words=0),
            Hypothesis((first, second), 12_800, is_final=False, stable_words=1),
        ]
        assert end == SpeechEnd(12_800)
        assert final == Hypothesis((first, second), 12_800, is_final=True, confidence=0.9)

    async def test_utterances_without_times_follow_one_another(self) -> None:
        events = await hear(Scripted("one two", "three", Utterance("four", start=5.0)), 7)
        begins = [event.position / RATE for event in events if isinstance(event, SpeechBegin)]
        assert begins == [1.0, 2.6, 5.0]
        assert finals(events) == ["one two", "three", "four"]

    async def test_a_final_waits_for_the_pause_or_for_the_end(self) -> None:
        script = Scripted(Utterance("hello", start=0.5, end=1.0))
        assert finals(await hear(script, 1.4, finish=False)) == []
        assert finals(await hear(script, 1.5, finish=False)) == ["hello"]
        assert finals(await hear(script, 1.2)) == ["hello"]
        assert finals(await hear(script, 1.2, finish=False, endpoint_seconds=0.1)) == ["hello"]

    async def test_an_utterance_that_is_cut_off_has_the_words_that_were_whole(self) -> None:
        script = Scripted(Utterance("aa bb cc", start=1.0, end=4.0, alternatives=("x y z",)))
        (final,) = [event for event in await hear(script, 3.5) if isinstance(event, Hypothesis)]
        assert [word.text for word in final.words] == ["aa", "bb"]
        assert final.alternatives == ()
        assert final.end == 28_000
        assert finals(await hear(script, 1.5)) == []
        assert await hear(script, 0.5) == []

    async def test_alternatives_come_as_many_as_wanted(self) -> None:
        script = Scripted(Utterance("for two", alternatives=("four two", "for you")))
        for wanted in (1, 2, 3):
            (*_, final) = await hear(script, 4, max_alternatives=wanted)
            assert len(final.alternatives) == wanted - 1

    @given(st.integers(1, 30_000))
    @settings(deadline=None)
    async def test_does_not_depend_on_how_the_audio_is_cut(self, chunk: int) -> None:
        script = Scripted("one two", Utterance("three", start=4.0, end=4.5))
        assert await hear(script, 6, chunk=chunk) == await hear(script, 6)

    async def test_drives_a_client(self) -> None:
        async with Emulator(Scripted("good morning")) as emulator:
            async with Client(emulator_host=emulator.address) as client, client.session() as session:
                await session.send(bytes(96_000))
        assert session.transcript.text == "good morning"


class TestMistakes:
    @pytest.mark.parametrize(
        ("make", "field"),
        [
            (lambda: Utterance("  "), "text"),
            (lambda: Utterance("a", start=-1.0), "start"),
            (lambda: Utterance("a", end=1.0), "end"),
            (lambda: Utterance("a", start=1.0, end=1.0), "end"),
            (lambda: Scripted("one", Utterance("two", start=1.2)), "start"),
        ],
    )
    def test_in_a_script_are_found_when_it_is_written(self, make: Any, field: str) -> None:
        with pytest.raises(ConfigurationError) as refusal:
            make()
        assert refusal.value.field == field
