"""sherpa-onnx: what the adapter makes of what the engine says."""

from __future__ import annotations

import importlib.util
import math
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from asyncspeech.emulator import HypothesisWord, RecognitionSettings, SherpaOnnx, SpeechBegin, SpeechEnd
from asyncspeech.errors import ConfigurationError, MissingExtraError
from tests.emulator.recognizers.support import (
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
    from pathlib import Path

# Tokens, when each begins, and how likely it is.
SPEECH = [
    (" HE", 0.48, 1.0),
    ("LLO", 0.64, 0.25),
    (" WORLD", 0.96, 0.5),
    (" AGAIN", 3.52, 1.0),
]
# What the engine decodes at once, and how far it looks ahead.
CHUNK, AHEAD = 0.32, 0.13

FILES = ("tokens.txt", "encoder-epoch-99-avg-1.onnx", "decoder.onnx", "joiner.int8.onnx")


@dataclass
class FakeResult:
    tokens: list[str]
    timestamps: list[float]
    ys_probs: list[float]
    start_time: float


@dataclass
class FakeStream:
    received: int = 0
    decoded: float = 0.0
    start: float = 0.0
    is_finished: bool = False
    blocks: list[np.ndarray] = field(default_factory=list)

    def accept_waveform(self, sample_rate: float, waveform: np.ndarray) -> None:
        assert sample_rate == RATE
        assert waveform.dtype == np.float32
        assert not self.is_finished
        self.received += len(waveform)
        self.blocks.append(waveform)

    def input_finished(self) -> None:
        self.is_finished = True


class FakeRecognizer:
    """Hears the same tokens in everything, when it has decoded so far."""

    threads: Threads
    loaded: list[dict[str, Any]]
    streams: list[FakeStream]
    speech: list[tuple[str, float, float]]
    has_probabilities: bool

    @classmethod
    def from_transducer(  # noqa: PLR0917 - as the engine has them
        cls,
        tokens: str,
        encoder: str,
        decoder: str,
        joiner: str,
        num_threads: int = 2,
        sample_rate: float = 16000,
        enable_endpoint_detection: bool = False,
        rule1_min_trailing_silence: float = 2.4,
        rule2_min_trailing_silence: float = 1.2,
    ) -> FakeRecognizer:
        cls.threads.note()
        assert sample_rate == RATE
        assert enable_endpoint_detection
        parts = {"tokens": tokens, "encoder": encoder, "decoder": decoder, "joiner": joiner}
        cls.loaded.append({**parts, "num_threads": num_threads})
        recognizer = cls()
        recognizer.rule1 = rule1_min_trailing_silence
        recognizer.rule2 = rule2_min_trailing_silence
        return recognizer

    def __init__(self) -> None:
        self.rule1 = self.rule2 = 0.0

    def create_stream(self) -> FakeStream:
        FakeRecognizer.streams.append(FakeStream())
        return FakeRecognizer.streams[-1]

    def is_ready(self, s: FakeStream) -> bool:
        return s.decoded + CHUNK + AHEAD < s.received / RATE

    def decode_stream(self, s: FakeStream) -> None:
        self.threads.note()
        assert self.is_ready(s)
        s.decoded += CHUNK

    def get_result_all(self, s: FakeStream) -> FakeResult:
        said = self._said(s)
        return FakeResult(
            [text for text, _, _ in said],
            [time - s.start for _, time, _ in said],
            [math.log(likelihood) for _, _, likelihood in said] if self.has_probabilities else [],
            s.start,
        )

    def is_endpoint(self, s: FakeStream) -> bool:
        said = self._said(s)
        if said:
            return s.decoded - said[-1][1] >= self.rule2
        return s.decoded - s.start >= self.rule1

    def reset(self, s: FakeStream) -> None:
        s.start = s.decoded

    def _said(self, s: FakeStream) -> list[tuple[str, float, float]]:
        return [token for token in self.speech if s.start <= token[1] < s.decoded]


@pytest.fixture
def _engine(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeRecognizer.threads = Threads()
    FakeRecognizer.loaded = []
    FakeRecognizer.streams = []
    FakeRecognizer.speech = SPEECH
    FakeRecognizer.has_probabilities = True
    install(monkeypatch, "sherpa_onnx", OnlineRecognizer=FakeRecognizer)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return directory(tmp_path / "model", *FILES)


@pytest.fixture
def sherpa(_engine: None, model: Path) -> SherpaOnnx:
    return SherpaOnnx(model, threads=3)


async def test_tokens_become_words_between_speech_events(sherpa: SherpaOnnx) -> None:
    async with sherpa:
        events = await recognise(sherpa, silence(5.5), RecognitionSettings(RATE))
    first, second = finals(events)
    assert events == [
        SpeechBegin(round(0.48 * RATE)),
        SpeechEnd(round(1.26 * RATE)),
        first,
        SpeechBegin(round(3.52 * RATE)),
        SpeechEnd(round(3.82 * RATE)),
        second,
    ]
    assert first.words == (
        # Until the next word begins, or as long as a token may be.
        HypothesisWord("HELLO", round(0.48 * RATE), round(0.94 * RATE), 0.625),
        HypothesisWord("WORLD", round(0.96 * RATE), round(1.26 * RATE), 0.5),
    )
    assert first.confidence == pytest.approx(0.5625)
    assert texts([second]) == ["AGAIN"]


async def test_a_word_ends_at_the_latest_where_the_next_begins(sherpa: SherpaOnnx) -> None:
    FakeRecognizer.speech = [(" ONE", 0.4, 1.0), (" TWO", 0.6, 1.0)]
    async with sherpa:
        (final,) = finals(await recognise(sherpa, silence(2.5), RecognitionSettings(RATE)))
    assert [(word.start, word.end) for word in final.words] == [
        (round(0.4 * RATE), round(0.6 * RATE)),
        (round(0.6 * RATE), round(0.9 * RATE)),
    ]


@pytest.mark.parametrize("tokens", [("\u2581HE", "LLO"), ("HE", "LLO"), (" ", "HELLO")])
async def test_words_are_put_together_however_the_model_marks_them(
    sherpa: SherpaOnnx, tokens: tuple[str, str]
) -> None:
    FakeRecognizer.speech = [(tokens[0], 0.4, 1.0), (tokens[1], 0.5, 1.0), (" ALL", 0.8, 1.0)]
    async with sherpa:
        events = await recognise(sherpa, silence(2.5), RecognitionSettings(RATE))
    assert texts(finals(events)) == ["HELLO ALL"]


async def test_a_model_without_probabilities_has_no_confidence(sherpa: SherpaOnnx) -> None:
    FakeRecognizer.has_probabilities = False
    async with sherpa:
        events = await recognise(sherpa, silence(2.5), RecognitionSettings(RATE))
    assert texts(finals(events)) == ["HELLO WORLD"]
    assert finals(events)[0].confidence == 0


async def test_interims_come_if_wanted_and_tell_what_stays(sherpa: SherpaOnnx) -> None:
    settings = RecognitionSettings(RATE, interim_results=True)
    async with sherpa:
        events = await recognise(sherpa, silence(3), settings)
        whole = await recognise(sherpa, silence(3), settings, 3 * RATE)
    told = [(text, hypothesis.stable_words) for text, hypothesis in _texts(events)]
    assert told == [("HE", 0), ("HELLO", 0), ("HELLO WORLD", 1), ("HELLO WORLD", 0)]
    assert whole == events


def _texts(events: list[Any]) -> list[tuple[str, Any]]:
    return list(zip(texts(hypotheses(events)), hypotheses(events), strict=True))


async def test_the_pause_that_ends_an_utterance_is_the_users(impatient: SherpaOnnx) -> None:
    async with impatient:
        recognition = await impatient.start(RecognitionSettings(RATE))
        events = await recognition.accept(silence(2.0))
        await recognition.aclose()
    assert texts(finals(events)) == ["HELLO WORLD"]


@pytest.fixture
def impatient(_engine: None, model: Path) -> SherpaOnnx:
    return SherpaOnnx(model, endpoint_seconds=0.4)


@pytest.mark.parametrize("rate", [8_000, 44_100])
async def test_the_engine_gets_16_khz_and_words_have_the_streams_frames(
    sherpa: SherpaOnnx, rate: int
) -> None:
    tone = (10_000 * np.sin(np.arange(3 * rate) * 2 * np.pi * 440 / rate)).astype(np.int16)
    async with sherpa:
        (final,) = finals(await recognise(sherpa, tone, RecognitionSettings(rate)))
    assert final.words[0].start == round(0.48 * rate)
    heard = np.concatenate(FakeRecognizer.streams[0].blocks)
    assert len(heard) == pytest.approx(3.8 * RATE, abs=2)
    assert np.abs(heard).max() == pytest.approx(10_000 / 32_768, rel=0.05)


async def test_the_last_words_are_driven_out_by_silence(sherpa: SherpaOnnx) -> None:
    async with sherpa:
        events = await recognise(sherpa, silence(1.05), RecognitionSettings(RATE))
    assert texts(finals(events)) == ["HELLO WORLD"]
    # Nothing is told of what comes after the stream's end.
    assert finals(events)[0].words[-1].end == round(1.05 * RATE)
    assert FakeRecognizer.streams[0].is_finished


async def test_silence_and_an_empty_stream_give_nothing(sherpa: SherpaOnnx) -> None:
    FakeRecognizer.speech = []
    settings = RecognitionSettings(RATE, interim_results=True)
    async with sherpa:
        assert await recognise(sherpa, silence(6), settings) == []
        assert await recognise(sherpa, silence(0), settings) == []


async def test_the_8_bit_networks_are_taken_if_there_are_several(
    sherpa: SherpaOnnx, model: Path
) -> None:
    (model / "encoder-epoch-99-avg-1.int8.onnx").touch()
    async with sherpa:
        assert FakeRecognizer.threads.are_not_the_loops
    assert FakeRecognizer.loaded == [
        {
            "tokens": str(model / "tokens.txt"),
            "encoder": str(model / "encoder-epoch-99-avg-1.int8.onnx"),
            "decoder": str(model / "decoder.onnx"),
            "joiner": str(model / "joiner.int8.onnx"),
            "num_threads": 3,
        }
    ]


async def test_nothing_is_decoded_on_the_loop(sherpa: SherpaOnnx) -> None:
    async with sherpa:
        FakeRecognizer.threads = Threads()
        await recognise(sherpa, silence(3), RecognitionSettings(RATE))
    assert FakeRecognizer.threads.are_not_the_loops


@pytest.mark.parametrize("missing", FILES)
@pytest.mark.usefixtures("_engine")
def test_an_incomplete_directory_is_refused_and_the_file_named(model: Path, missing: str) -> None:
    (model / missing).unlink()
    kind = missing.replace("-", ".").split(".")[0]
    with pytest.raises(ConfigurationError, match=rf"model_path: .* it lacks {kind}[^,]*$"):
        SherpaOnnx(model)
    assert FakeRecognizer.loaded == []


@pytest.mark.usefixtures("_engine")
def test_numbers_that_cannot_work_are_refused(model: Path) -> None:
    with pytest.raises(ConfigurationError, match="threads: at least one"):
        SherpaOnnx(model, threads=0)
    with pytest.raises(ConfigurationError, match="endpoint_seconds: a pause is needed"):
        SherpaOnnx(model, endpoint_seconds=0)


@pytest.mark.usefixtures("_engine")
def test_the_languages_are_those_that_the_user_names(model: Path) -> None:
    assert SherpaOnnx(model).language_codes is None
    assert SherpaOnnx(model, language_codes=("de-DE",)).language_codes == frozenset({"de-DE"})


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)  # noqa: ARG005
    with pytest.raises(MissingExtraError, match="sherpa-onnx") as missing:
        SherpaOnnx(tmp_path)
    assert missing.value.hint == "pip install 'asyncspeech[sherpa-onnx]'"


def test_the_fake_takes_what_the_engine_takes() -> None:
    engine = pytest.importorskip("sherpa_onnx")
    for name in ("from_transducer", "is_ready", "decode_stream", "get_result_all", "is_endpoint"):
        assert_same_parameters(getattr(engine.OnlineRecognizer, name), getattr(FakeRecognizer, name))
    assert_same_parameters(engine.OnlineRecognizer.reset, FakeRecognizer.reset)
    result, stream = (
        engine.online_recognizer.OnlineRecognizerResult,
        engine.online_recognizer.OnlineStream,
    )
    assert {"tokens", "timestamps", "ys_probs", "start_time"} <= set(dir(result))
    assert {"accept_waveform", "input_finished"} <= set(dir(stream))


@pytest.fixture
def real() -> SherpaOnnx:
    pytest.importorskip("sherpa_onnx")
    return SherpaOnnx(os.environ["ASYNCSPEECH_SHERPA_ONNX_MODEL"])


@model_in("ASYNCSPEECH_SHERPA_ONNX_MODEL")
async def test_the_sample_speech_is_understood(real: SherpaOnnx) -> None:
    assert await word_error_rate(real) <= 0.30
