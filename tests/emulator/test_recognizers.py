"""What the coded recogniser tells, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asyncspeech.emulator import Coded, Hypothesis, RecognitionSettings, SpeechBegin, SpeechEnd, coded

if TYPE_CHECKING:
    from asyncspeech.emulator.recognizer import RecognitionEvent

RECORDING = coded.encode(10, words_per_utterance=5)


async def recognise(
    samples: np.ndarray,
    *,
    size: int = 1_600,
    interim_results: bool = True,
    recognizer: Coded | None = None,
) -> list[RecognitionEvent]:
    settings = RecognitionSettings(16_000, interim_results=interim_results)
    async with recognizer or Coded() as running:
        recognition = await running.start(settings)
        events: list[RecognitionEvent] = []
        for start in range(0, len(samples), size):
            events += await recognition.accept(samples[start : start + size])
        events += await recognition.finish()
        await recognition.aclose()
    return events


def finals(events: list[RecognitionEvent]) -> list[list[str]]:
    return [
        [word.text for word in event.words]
        for event in events
        if isinstance(event, Hypothesis) and event.is_final
    ]


async def test_an_utterance_ends_after_a_pause() -> None:
    assert finals(await recognise(RECORDING.samples)) == [
        [f"w{number}" for number in range(5)],
        [f"w{number}" for number in range(5, 10)],
    ]


async def test_the_finals_do_not_depend_on_the_chunks() -> None:
    whole = finals(await recognise(RECORDING.samples, size=len(RECORDING.samples)))
    for size in (1, 7, 100, 12_345):
        assert finals(await recognise(RECORDING.samples, size=size)) == whole


async def test_interims_grow_word_by_word_and_only_if_wanted() -> None:
    events = await recognise(RECORDING.samples)
    interims = [
        len(event.words) for event in events if isinstance(event, Hypothesis) and not event.is_final
    ]
    assert interims == [1, 2, 3, 4, 5] * 2
    assert all(
        not isinstance(event, Hypothesis) or event.is_final
        for event in await recognise(RECORDING.samples, interim_results=False)
    )


async def test_speech_begins_before_its_words_and_ends_before_its_final() -> None:
    events = await recognise(RECORDING.samples)
    first, last = RECORDING.words[0], RECORDING.words[4]
    assert events[0] == SpeechBegin(first.start)
    end = events.index(SpeechEnd(last.end))
    final = events[end + 1]
    assert isinstance(final, Hypothesis)
    assert final.is_final


async def test_what_is_left_at_the_end_is_final_with_a_cut_word_marked() -> None:
    word = RECORDING.words[1]
    events = await recognise(RECORDING.samples[: (word.start + word.end) // 2])
    assert finals(events) == [["w0", "w1~"]]


async def test_unbroken_speech_is_made_final_when_it_grows_too_long() -> None:
    speech = coded.encode(20, words_per_utterance=20)
    events = await recognise(speech.samples, recognizer=Coded(max_utterance_seconds=2))
    lengths = [len(words) for words in finals(events)]
    assert sum(lengths) == 20
    assert max(lengths) == 6


async def test_silence_is_no_speech() -> None:
    assert await recognise(np.zeros(160_000, np.int16)) == []
