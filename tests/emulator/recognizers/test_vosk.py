"""Vosk: what the adapter makes of what the engine says."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from asyncspeech import Client
from asyncspeech.emulator import (
    Emulator,
    HypothesisWord,
    RecognitionSettings,
    SpeechBegin,
    SpeechEnd,
    Vosk,
)
from asyncspeech.errors import ConfigurationError, MissingExtraError, UsageError
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
    from collections.abc import Iterator
    from pathlib import Path

# Words, the seconds that they are said in, and how sure the engine is; then when the utterance ends.
Utterance = tuple[list[tuple[str, float, float, float]], float]

HELLO: Utterance = ([("hello", 0.5, 0.9, 1.0), ("world", 0.9, 1.4, 0.5)], 2.0)
AGAIN: Utterance = ([("again", 2.5, 3.0, 0.75)], 3.6)


class FakeModel:
    loaded: list[str]
    threads: Threads

    def __init__(self, model_path: str | None = None) -> None:
        FakeModel.threads.note()
        assert model_path is not None
        if model_path.endswith("broken"):
            raise Exception("Failed to create a model")  # noqa: TRY002 - as Vosk does
        FakeModel.loaded.append(model_path)


class FakeRecognizer:
    """Hears the same words in everything, and writes them as ``libvosk`` does."""

    script: tuple[Utterance, ...]
    gate: threading.Event | None
    at_work: int
    most_at_work: int
    made: list[FakeRecognizer]

    def __init__(self, *args: Any) -> None:
        FakeModel.threads.note()
        model, rate = args
        assert isinstance(model, FakeModel)
        assert isinstance(rate, float)
        self.rate = rate
        self._frames = 0
        self._over = 0
        self._alternatives = 0
        self._words = self._partial_words = self._running = False
        FakeRecognizer.made.append(self)

    def SetWords(self, enable_words: bool) -> None:  # noqa: N802 - the engine's names
        self._words = enable_words

    def SetPartialWords(self, enable_partial_words: bool) -> None:  # noqa: N802
        self._partial_words = enable_partial_words

    def SetMaxAlternatives(self, max_alternatives: int) -> None:  # noqa: N802
        self._alternatives = max_alternatives

    def AcceptWaveform(self, data: bytes) -> int:  # noqa: N802
        FakeModel.threads.note()
        FakeRecognizer.at_work += 1
        FakeRecognizer.most_at_work = max(FakeRecognizer.most_at_work, FakeRecognizer.at_work)
        if FakeRecognizer.gate is not None:
            FakeRecognizer.gate.wait(5)
        FakeRecognizer.at_work -= 1
        self._running = True
        self._frames += len(data) // 2
        return int(self._over < len(self.script) and self._now >= self.script[self._over][1])

    def Result(self) -> str:  # noqa: N802
        if not self._running:
            return self._empty()
        self._running = False
        words = self._said()
        self._over += 1
        return self._result(words)

    def FinalResult(self) -> str:  # noqa: N802
        return self.Result()

    def PartialResult(self) -> str:  # noqa: N802
        if not self._running:
            return self._empty()
        words = self._said()
        if not words:
            return '{\n  "partial" : ""\n}'
        text = " ".join(word[0] for word in words)
        assert self._partial_words
        return json.dumps({"partial": text, "partial_result": [_word(*word) for word in words]})

    @property
    def _now(self) -> float:
        return self._frames / self.rate

    def _said(self) -> list[tuple[str, float, float, float]]:
        if self._over >= len(self.script):
            return []
        return [word for word in self.script[self._over][0] if word[2] <= self._now]

    def _result(self, words: list[tuple[str, float, float, float]]) -> str:
        assert self._words
        text = " ".join(word[0] for word in words)
        if not self._alternatives:
            result = {"result": [_word(*word) for word in words]} if words else {}
            return json.dumps({**result, "text": text})
        unsure = [{**_word(*word)} for word in words]
        for word in unsure:
            del word["conf"]
        readings = [
            {"confidence": 251.3 - number, "result": unsure[number:], "text": text}
            for number in range(self._alternatives)
        ]
        for reading in readings:
            if not reading["result"]:
                del reading["result"]
        return json.dumps({"alternatives": readings})

    def _empty(self) -> str:
        if self._alternatives:
            return '{"alternatives" : [{"text": "", "confidence" : 1.0}] }'
        return '{"text": ""}'


def _word(text: str, start: float, end: float, conf: float) -> dict[str, Any]:
    return {"conf": conf, "end": end, "start": start, "word": text}


@pytest.fixture
def log_levels(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Installs the fake."""
    levels: list[int] = []

    def set_log_level(level: int) -> None:
        levels.append(level)

    FakeModel.loaded = []
    FakeModel.threads = Threads()
    FakeRecognizer.script = (HELLO, AGAIN)
    FakeRecognizer.gate = None
    FakeRecognizer.at_work = FakeRecognizer.most_at_work = 0
    FakeRecognizer.made = []
    install(
        monkeypatch,
        "vosk",
        Model=FakeModel,
        KaldiRecognizer=FakeRecognizer,
        SetLogLevel=set_log_level,
    )
    yield levels
    FakeRecognizer.made = []


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return directory(tmp_path / "model", "am/final.mdl", "conf/mfcc.conf")


@pytest.fixture
def vosk(log_levels: list[int], model: Path) -> Vosk:
    del log_levels
    return Vosk(model)


async def test_each_utterance_is_a_final_between_its_speech_events(vosk: Vosk) -> None:
    async with vosk:
        events = await recognise(vosk, silence(4), RecognitionSettings(RATE))
    assert events == [
        SpeechBegin(8_000),
        SpeechEnd(22_400),
        *finals(events)[:1],
        SpeechBegin(40_000),
        SpeechEnd(48_000),
        *finals(events)[1:],
    ]
    assert texts(finals(events)) == ["hello world", "again"]


@pytest.mark.parametrize("rate", [8_000, 44_100])
async def test_word_times_are_frames_at_the_streams_rate(vosk: Vosk, rate: int) -> None:
    async with vosk:
        final, _ = finals(await recognise(vosk, silence(4, rate), RecognitionSettings(rate)))
    assert final.words == (
        HypothesisWord("hello", rate // 2, round(0.9 * rate), 1.0),
        HypothesisWord("world", round(0.9 * rate), round(1.4 * rate), 0.5),
    )
    assert final.confidence == 0.75
    assert final.end == 2 * rate


async def test_interims_come_if_wanted_and_tell_what_stays(vosk: Vosk) -> None:
    settings = RecognitionSettings(RATE, interim_results=True)
    async with vosk:
        events = await recognise(vosk, silence(4), settings)
    assert [(text, told.stable_words) for text, told in zip_texts(events)] == [
        ("hello", 0),
        ("hello world", 1),
        ("hello world", 0),
        ("again", 0),
        ("again", 0),
    ]
    assert [told.is_final for told in hypotheses(events)] == [False, False, True, False, True]


def zip_texts(events: list[Any]) -> list[tuple[str, Any]]:
    return list(zip(texts(hypotheses(events)), hypotheses(events), strict=True))


async def test_events_do_not_depend_on_the_chunks(vosk: Vosk) -> None:
    settings = RecognitionSettings(RATE, interim_results=True)
    async with vosk:
        whole = await recognise(vosk, silence(4), settings, 4 * RATE)
        for size in (700, 12_345):
            assert await recognise(vosk, silence(4), settings, size) == whole


async def test_other_readings_are_told_and_have_no_confidence(vosk: Vosk) -> None:
    settings = RecognitionSettings(RATE, interim_results=True, max_alternatives=3)
    async with vosk:
        final, _ = finals(await recognise(vosk, silence(4), settings))
    assert [word.text for word in final.words] == ["hello", "world"]
    # The third reading has no words at all.
    assert [[word.text for word in words] for words in final.alternatives] == [["world"]]
    assert final.confidence == 0


async def test_speech_that_ends_with_the_stream_is_made_final(vosk: Vosk) -> None:
    async with vosk:
        events = await recognise(vosk, silence(1.05), RecognitionSettings(RATE))
    assert texts(finals(events)) == ["hello"]
    assert finals(events)[0].end == round(1.05 * RATE)


@pytest.mark.parametrize("alternatives", [1, 3])
async def test_silence_and_an_empty_stream_give_nothing(vosk: Vosk, alternatives: int) -> None:
    FakeRecognizer.script = (([], 0.5), ([], 1.0))
    settings = RecognitionSettings(RATE, interim_results=True, max_alternatives=alternatives)
    async with vosk:
        assert await recognise(vosk, silence(2), settings) == []
        assert await recognise(vosk, silence(0), settings) == []


async def test_what_sounded_like_speech_and_was_none_is_a_final_without_words(vosk: Vosk) -> None:
    recognition = None
    async with vosk:
        recognition = await vosk.start(RecognitionSettings(RATE))
        assert await recognition.accept(silence(1)) == [SpeechBegin(8_000)]
        FakeRecognizer.script = (([], 1.5),)
        end, final = await recognition.accept(silence(0.5))
        await recognition.aclose()
    assert end == SpeechEnd(24_000)
    assert final == finals([final])[0]
    assert finals([final])[0].words == ()


async def test_the_model_is_loaded_once_without_a_word_and_nothing_runs_on_the_loop(
    vosk: Vosk, log_levels: list[int], model: Path
) -> None:
    settings = RecognitionSettings(RATE)
    async with vosk:
        assert log_levels == [-1]
        results = await asyncio.gather(*(recognise(vosk, silence(4), settings) for _ in range(3)))
        assert FakeModel.threads.are_not_the_loops
    assert FakeModel.loaded == [str(model)]
    assert results[0] == results[1] == results[2]
    assert len(FakeRecognizer.made) == 3


async def test_a_cancelled_recognition_is_never_decoded_by_two_threads(vosk: Vosk) -> None:
    FakeRecognizer.gate = threading.Event()
    async with vosk:
        recognition = await vosk.start(RecognitionSettings(RATE))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await recognition.accept(silence(1))
        asyncio.get_running_loop().call_later(0.05, FakeRecognizer.gate.set)
        await recognition.finish()
        await recognition.aclose()
        assert FakeRecognizer.most_at_work == 1
        events = await recognise(vosk, silence(4), RecognitionSettings(RATE))
    assert texts(finals(events)) == ["hello world", "again"]


async def test_the_loop_runs_on_while_the_engine_works(vosk: Vosk) -> None:
    FakeRecognizer.gate = threading.Event()
    async with vosk:
        recognition = await vosk.start(RecognitionSettings(RATE))
        waiting = asyncio.create_task(recognition.accept(silence(1)))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        FakeRecognizer.gate.set()
        await waiting
        await recognition.aclose()


async def test_a_client_of_the_emulator_gets_the_words(vosk: Vosk) -> None:
    async with (
        Emulator(vosk) as emulator,
        Client(emulator_host=emulator.address) as client,
        client.session() as session,
    ):
        await session.send(silence(4).tobytes())
        await session.end()
        await session.wait()
    assert session.transcript.text == "hello world again"
    assert [word.start for word in session.transcript.words] == [0.5, 0.9, 2.5]
    assert FakeModel.threads.are_not_the_loops


async def test_a_recogniser_that_is_not_open_starts_nothing(vosk: Vosk) -> None:
    async with vosk:
        pass
    with pytest.raises(UsageError, match="not open"):
        await vosk.start(RecognitionSettings(RATE))


def test_the_languages_are_those_that_the_user_names(log_levels: list[int], model: Path) -> None:
    del log_levels
    assert Vosk(model).language_codes is None
    assert Vosk(model, language_codes=["en", "en-GB"]).language_codes == frozenset({"en", "en-GB"})


def test_a_directory_that_is_missing_or_holds_no_model_is_refused(
    log_levels: list[int], tmp_path: Path
) -> None:
    del log_levels
    with pytest.raises(ConfigurationError, match=r"model_path: .*nowhere' is not a directory"):
        Vosk(tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match=r"lacks am/final\.mdl or final\.mdl"):
        Vosk(tmp_path)
    assert FakeModel.loaded == []


@pytest.fixture
def broken(log_levels: list[int], tmp_path: Path) -> Vosk:
    del log_levels
    return Vosk(directory(tmp_path / "broken", "final.mdl", "mfcc.conf"))


async def test_a_model_that_cannot_be_loaded_is_the_users_to_mend(broken: Vosk) -> None:
    with pytest.raises(ConfigurationError, match=r"Vosk cannot load .*: Failed to create a model"):
        await broken.__aenter__()


async def test_an_engine_that_cannot_be_imported_is_not_blamed_on_the_model(
    vosk: Vosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vosk", None)
    with pytest.raises(ImportError, match="vosk"):
        await vosk.__aenter__()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)  # noqa: ARG005
    with pytest.raises(MissingExtraError, match="Vosk") as missing:
        Vosk(tmp_path)
    assert missing.value.hint == "pip install 'asyncspeech[vosk]'"


def test_the_fake_takes_what_the_engine_takes() -> None:
    vosk = pytest.importorskip("vosk")
    assert_same_parameters(vosk.Model, FakeModel)
    for name in ("__init__", "AcceptWaveform", "Result", "PartialResult", "FinalResult"):
        assert_same_parameters(getattr(vosk.KaldiRecognizer, name), getattr(FakeRecognizer, name))
    for name in ("SetWords", "SetPartialWords", "SetMaxAlternatives"):
        assert_same_parameters(getattr(vosk.KaldiRecognizer, name), getattr(FakeRecognizer, name))


@pytest.fixture
def real() -> Vosk:
    pytest.importorskip("vosk")
    return Vosk(os.environ["ASYNCSPEECH_VOSK_MODEL"])


@model_in("ASYNCSPEECH_VOSK_MODEL")
async def test_the_sample_speech_is_understood(real: Vosk) -> None:
    assert await word_error_rate(real) <= 0.30
