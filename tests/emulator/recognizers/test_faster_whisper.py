"""faster-whisper: utterances out of a stream, and what the adapter makes of their transcriptions."""

from __future__ import annotations

import asyncio
import importlib.util
import os
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from asyncspeech.emulator import FasterWhisper, RecognitionSettings, SpeechBegin, SpeechEnd
from asyncspeech.errors import ConfigurationError, MissingExtraError
from tests.emulator.recognizers.support import (
    EXAMPLES,
    RATE,
    Threads,
    assert_same_parameters,
    directory,
    finals,
    hypotheses,
    install,
    model_in,
    recognise,
    silence,
    texts,
    word_error_rate,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.json")

WINDOW = 512


def speech(*words: int, rate: int = RATE) -> np.ndarray:
    """Words that are numbers: half a second each, as loud as the number says."""
    return np.concatenate([np.full(rate // 2, 1_000 * word, np.int16) for word in words])


# Words 1 and 2 from 1.0 s to 2.0 s, and 3 from 3.0 s to 3.5 s.
AUDIO = np.concatenate([silence(1), speech(1, 2), silence(1), speech(3), silence(1)])


@dataclass
class FakeVadOptions:
    threshold: float = 0.5
    neg_threshold: float | None = None
    min_speech_duration_ms: int = 0
    max_speech_duration_s: float = float("inf")
    min_silence_duration_ms: int = 2000
    speech_pad_ms: int = 400


def fake_speech_timestamps(
    audio: np.ndarray, vad_options: FakeVadOptions | None = None, sampling_rate: int = 16000
) -> list[dict[str, int]]:
    """What is not silent is speech. Looks at windows of the size that the real one looks at."""
    assert audio.dtype == np.float32
    assert vad_options is not None
    assert vad_options.speech_pad_ms == 0
    padded = np.pad(audio, (0, WINDOW - len(audio) % WINDOW)).reshape(-1, WINDOW)
    silence_needed = vad_options.min_silence_duration_ms * sampling_rate / 1_000
    longest = vad_options.max_speech_duration_s * sampling_rate - WINDOW
    found: list[dict[str, int]] = []
    start, quiet_since = None, None
    for position, window in zip(range(0, padded.size, WINDOW), padded, strict=True):
        if np.abs(window).max() > 0.01:
            start, quiet_since = position if start is None else start, None
        elif start is not None:
            quiet_since = position if quiet_since is None else quiet_since
            if position - quiet_since >= silence_needed:
                found.append({"start": start, "end": quiet_since})
                start = quiet_since = None
        if start is not None and position - start > longest:
            found.append({"start": start, "end": position})
            start = quiet_since = None
    if start is not None:
        found.append({"start": start, "end": len(audio)})
    return found


@dataclass
class FakeWord:
    start: float
    end: float
    word: str
    probability: float


@dataclass
class FakeSegment:
    words: list[FakeWord] | None


class FakeModel:
    """Transcribes `speech`."""

    threads: Threads
    made: list[FakeModel]
    languages: list[str]

    def __init__(
        self,
        model_size_or_path: str,
        device: str = "auto",
        compute_type: str = "default",
        local_files_only: bool = False,
    ) -> None:
        FakeModel.threads.note()
        assert local_files_only
        self.loaded = (model_size_or_path, device, compute_type)
        self.calls: list[dict[str, Any]] = []
        FakeModel.made.append(self)

    @property
    def supported_languages(self) -> list[str]:
        return self.languages

    def transcribe(  # noqa: PLR0917 - as the engine has them
        self,
        audio: np.ndarray,
        language: str | None = None,
        beam_size: int = 5,
        temperature: Any = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
        condition_on_previous_text: bool = True,
        word_timestamps: bool = False,
    ) -> tuple[Iterator[FakeSegment], None]:
        assert word_timestamps
        assert not condition_on_previous_text
        self.calls.append(
            {
                "language": language,
                "beam_size": beam_size,
                "temperature": temperature,
                "seconds": len(audio) / RATE,
            }
        )
        return self._segments(audio), None

    def _segments(self, audio: np.ndarray) -> Iterator[FakeSegment]:
        FakeModel.threads.note()
        loudness = np.rint(np.abs(audio) * 32.768).astype(int)
        changes = np.flatnonzero(np.diff(loudness)) + 1
        edges = [0, *changes.tolist(), len(loudness)]
        for start, end in pairwise(edges):
            # What resampling makes of an edge is no word.
            if end - start > 0.02 * RATE and loudness[start]:
                word = FakeWord(start / RATE, end / RATE, f" {loudness[start]}", np.float64(0.5))
                yield FakeSegment([word, FakeWord(end / RATE, end / RATE, " ", 0.1)])


@pytest.fixture
def _engine(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeModel.threads = Threads()
    FakeModel.made = []
    FakeModel.languages = ["en", "de", "he", "zh"]
    vad = install(
        monkeypatch,
        "faster_whisper.vad",
        VadOptions=FakeVadOptions,
        get_speech_timestamps=fake_speech_timestamps,
        get_vad_model=lambda: None,
    )
    install(monkeypatch, "faster_whisper", WhisperModel=FakeModel, vad=vad)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return directory(tmp_path / "model", *FILES)


@pytest.fixture
def whisper(_engine: None, model: Path) -> FasterWhisper:
    return FasterWhisper(model)


async def test_each_utterance_is_a_final_between_its_speech_events(whisper: FasterWhisper) -> None:
    async with whisper:
        events = await recognise(whisper, AUDIO, RecognitionSettings(RATE))
    assert [type(event).__name__ for event in events] == ["SpeechBegin", "SpeechEnd", "Hypothesis"] * 2
    first, second = finals(events)
    assert texts([first, second]) == ["1 2", "3"]
    begin, end = events[0], events[1]
    assert isinstance(begin, SpeechBegin)
    assert isinstance(end, SpeechEnd)
    assert begin.position == pytest.approx(RATE, abs=WINDOW)
    assert end.position == pytest.approx(2 * RATE, abs=WINDOW)
    assert first.words[-1].end <= end.position <= first.end
    assert first.confidence == 0.5


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
async def test_word_times_are_frames_at_the_streams_rate(whisper: FasterWhisper, rate: int) -> None:
    audio = np.concatenate([silence(1, rate), speech(1, 2, rate=rate), silence(1, rate)])
    async with whisper:
        (final,) = finals(await recognise(whisper, audio, RecognitionSettings(rate)))
    assert [word.text for word in final.words] == ["1", "2"]
    for word, (start, end) in zip(final.words, [(1.0, 1.5), (1.5, 2.0)], strict=True):
        assert word.start / rate == pytest.approx(start, abs=0.01)
        assert word.end / rate == pytest.approx(end, abs=0.01)


async def test_a_final_comes_as_soon_as_the_pause_is_over(whisper: FasterWhisper) -> None:
    async with whisper:
        recognition = await whisper.start(RecognitionSettings(RATE))
        early = await recognition.accept(AUDIO[: round(2.4 * RATE)])
        late = await recognition.accept(AUDIO[round(2.4 * RATE) : round(2.9 * RATE)])
        await recognition.aclose()
    assert finals(early) == []
    assert texts(finals(late)) == ["1 2"]


async def test_the_pause_is_the_streams_if_it_asks_for_one(whisper: FasterWhisper) -> None:
    settings = RecognitionSettings(RATE, endpoint_seconds=1.2)
    async with whisper:
        events = await recognise(whisper, AUDIO, settings)
    assert texts(finals(events)) == ["1 2 3"]


async def test_interims_are_quick_transcriptions_of_what_there_is(whisper: FasterWhisper) -> None:
    audio = np.concatenate([silence(1), speech(1, 2, 3, 4, 5), silence(1)])
    settings = RecognitionSettings(RATE, interim_results=True)
    async with whisper:
        *interims, final = hypotheses(await recognise(whisper, audio, settings))
    assert texts([final]) == ["1 2 3 4 5"]
    assert not any(interim.is_final for interim in interims)
    assert [(len(told.words), told.stable_words) for told in interims] == [(3, 0), (5, 3)]
    quick = [call for call in FakeModel.made[0].calls if call["beam_size"] == 1]
    assert [call["temperature"] for call in quick] == [0.0] * len(quick)
    assert len(FakeModel.made[0].calls) == len(quick) + 1


async def test_without_interims_each_utterance_is_transcribed_once(whisper: FasterWhisper) -> None:
    async with whisper:
        await recognise(whisper, AUDIO, RecognitionSettings(RATE))
    assert [call["beam_size"] for call in FakeModel.made[0].calls] == [5, 5]


async def test_events_do_not_depend_on_the_chunks(whisper: FasterWhisper) -> None:
    settings = RecognitionSettings(RATE, interim_results=True)
    async with whisper:
        whole = await recognise(whisper, AUDIO, settings, len(AUDIO))
        for size in (701, 12_345):
            assert await recognise(whisper, AUDIO, settings, size) == whole


async def test_speech_that_ends_with_the_stream_is_made_final(whisper: FasterWhisper) -> None:
    async with whisper:
        events = await recognise(whisper, AUDIO[: round(1.73 * RATE)], RecognitionSettings(RATE))
    assert texts(finals(events)) == ["1 2"]
    assert isinstance(events[-2], SpeechEnd)


async def test_speech_without_a_pause_is_cut_and_no_word_is_told_twice(whisper: FasterWhisper) -> None:
    said = [1 + number % 9 for number in range(70)]
    async with whisper:
        events = await recognise(whisper, speech(*said), RecognitionSettings(RATE), RATE)
    first, second = finals(events)
    assert 28 * RATE < first.end <= 29 * RATE
    assert [word.text for word in first.words + second.words] == [str(word) for word in said]
    assert all(call["seconds"] <= 30 for call in FakeModel.made[0].calls)


async def test_silence_and_an_empty_stream_give_nothing(whisper: FasterWhisper) -> None:
    settings = RecognitionSettings(RATE, interim_results=True)
    async with whisper:
        assert await recognise(whisper, silence(6), settings) == []
        assert await recognise(whisper, silence(0), settings) == []
    assert FakeModel.made[0].calls == []


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en-US", "en"),
        ("de", "de"),
        ("iw-IL", "he"),
        ("cmn-Hans-CN", "zh"),
        ("auto", None),
        ("ga", None),
    ],
)
async def test_whisper_is_told_the_language_if_it_knows_it(
    whisper: FasterWhisper, tag: str, language: str | None
) -> None:
    async with whisper:
        await recognise(whisper, AUDIO, RecognitionSettings(RATE, tag))
    assert {call["language"] for call in FakeModel.made[0].calls} == {language}


async def test_a_multilingual_model_takes_any_language_and_an_english_one_english(
    whisper: FasterWhisper,
) -> None:
    known = []
    for languages in (["en", "de"], ["en"]):
        FakeModel.languages = languages
        async with whisper:
            known.append(whisper.language_codes)
    assert known == [None, frozenset({"en", "en-AU", "en-GB", "en-IN", "en-US"})]


async def test_nothing_runs_on_the_loop_and_the_model_is_loaded_once(
    whisper: FasterWhisper, model: Path
) -> None:
    settings = RecognitionSettings(RATE)
    async with whisper:
        assert FakeModel.threads.are_not_the_loops
        FakeModel.threads = Threads()
        results = await asyncio.gather(*(recognise(whisper, AUDIO, settings) for _ in range(3)))
        assert FakeModel.threads.are_not_the_loops
    assert results[0] == results[1] == results[2]
    assert [made.loaded for made in FakeModel.made] == [(str(model), "auto", "default")]


@pytest.mark.parametrize("missing", FILES)
@pytest.mark.usefixtures("_engine")
def test_an_incomplete_directory_is_refused_and_the_file_named(model: Path, missing: str) -> None:
    (model / missing).unlink()
    with pytest.raises(ConfigurationError, match=f"it lacks {missing.partition('.')[0]}"):
        FasterWhisper(model)
    assert FakeModel.made == []


@pytest.mark.usefixtures("_engine")
def test_a_pause_of_no_length_is_refused(model: Path) -> None:
    with pytest.raises(ConfigurationError, match="endpoint_seconds: a pause is needed"):
        FasterWhisper(model, endpoint_seconds=0)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)  # noqa: ARG005
    with pytest.raises(MissingExtraError, match="faster-whisper") as missing:
        FasterWhisper(tmp_path)
    assert missing.value.hint == "pip install 'asyncspeech[faster-whisper]'"


def test_the_fake_takes_what_the_engine_takes() -> None:
    engine = pytest.importorskip("faster_whisper")
    vad = pytest.importorskip("faster_whisper.vad")
    assert_same_parameters(engine.WhisperModel, FakeModel)
    assert_same_parameters(vad.VadOptions, FakeVadOptions)
    assert_same_parameters(vad.get_speech_timestamps, fake_speech_timestamps)
    real = set(engine.WhisperModel.transcribe.__annotations__)
    assert set(FakeModel.transcribe.__annotations__) <= real
    assert {"start", "end", "word", "probability"} == set(engine.transcribe.Word.__annotations__)


@pytest.fixture
def with_real_detector(monkeypatch: pytest.MonkeyPatch, model: Path) -> FasterWhisper:
    engine = pytest.importorskip("faster_whisper")
    FakeModel.threads, FakeModel.made, FakeModel.languages = Threads(), [], ["en"]
    monkeypatch.setattr(engine, "WhisperModel", FakeModel)
    return FasterWhisper(model)


async def test_the_real_detector_finds_the_utterances_of_the_sample_speech(
    with_real_detector: FasterWhisper,
) -> None:
    samples, rate = soundfile.read(EXAMPLES / "meeting.flac", dtype="int16")
    async with with_real_detector:
        events = await recognise(with_real_detector, samples, RecognitionSettings(rate))
    found = [event.position / rate for event in events if isinstance(event, SpeechBegin | SpeechEnd)]
    # Where the detector finds them in the whole recording at once.
    assert found == pytest.approx([0.86, 2.34, 3.90, 5.82, 7.46, 8.93], abs=0.15)


@pytest.fixture
def real() -> FasterWhisper:
    pytest.importorskip("faster_whisper")
    return FasterWhisper(os.environ["ASYNCSPEECH_FASTER_WHISPER_MODEL"])


@model_in("ASYNCSPEECH_FASTER_WHISPER_MODEL")
async def test_the_sample_speech_is_understood(real: FasterWhisper) -> None:
    assert await word_error_rate(real) <= 0.30
