"""What the tests of the recognisers that run in threads share."""

from __future__ import annotations

import csv
import inspect
import os
import sys
import threading
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import jiwer
import numpy as np
import pytest
import soundfile

from asyncspeech.emulator import Hypothesis, RecognitionSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech.emulator import Recognizer
    from asyncspeech.emulator.recognizer import RecognitionEvent

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "audio"
RATE = 16_000


def silence(seconds: float, rate: int = RATE) -> np.ndarray:
    return np.zeros(round(seconds * rate), np.int16)


def install(monkeypatch: pytest.MonkeyPatch, name: str, **contents: Any) -> ModuleType:
    """Have ``import name`` find a module with these contents."""
    module = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)
    vars(module).update(contents)
    monkeypatch.setitem(sys.modules, name, module)
    return module


class Threads:
    """Which threads a fake engine was called in."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def note(self) -> None:
        self._seen.add(threading.get_ident())

    @property
    def are_not_the_loops(self) -> bool:
        """Whether it was called at all, and never in this thread."""
        return bool(self._seen) and threading.get_ident() not in self._seen


def directory(path: Path, *names: str) -> Path:
    """A directory with files of these names."""
    for name in names:
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return path


async def recognise(
    recognizer: Recognizer, samples: np.ndarray, settings: RecognitionSettings, size: int = 1_600
) -> list[RecognitionEvent]:
    """All events of one channel."""
    recognition = await recognizer.start(settings)
    try:
        events: list[RecognitionEvent] = []
        for start in range(0, len(samples), size):
            events += await recognition.accept(samples[start : start + size])
        return [*events, *await recognition.finish()]
    finally:
        await recognition.aclose()


def hypotheses(events: list[RecognitionEvent]) -> list[Hypothesis]:
    return [event for event in events if isinstance(event, Hypothesis)]


def finals(events: list[RecognitionEvent]) -> list[Hypothesis]:
    return [hypothesis for hypothesis in hypotheses(events) if hypothesis.is_final]


def texts(hypotheses: list[Hypothesis]) -> list[str]:
    return [" ".join(word.text for word in hypothesis.words) for hypothesis in hypotheses]


def assert_same_parameters(real: Callable[..., Any], fake: Callable[..., Any]) -> None:
    """The fake takes no argument that the real one does not take, in the same order."""
    parameters = list(inspect.signature(real).parameters)
    faked = list(inspect.signature(fake).parameters)
    assert [name for name in parameters if name in faked] == faked


def model_in(variable: str) -> pytest.MarkDecorator:
    """Marks a test that needs a model, at the path that an environment variable names."""
    return pytest.mark.skipif(
        variable not in os.environ, reason=f"{variable} does not name the directory of a model"
    )


async def word_error_rate(recognizer: Recognizer) -> float:
    """Of the sample speech."""
    spoken, heard = [], []
    async with recognizer:
        with (EXAMPLES / "transcripts.tsv").open(newline="") as file:
            rows = list(csv.reader(file, delimiter="\t"))
        for name, text in rows:
            samples, rate = soundfile.read(EXAMPLES / name, dtype="int16", always_2d=True)
            events = await recognise(recognizer, samples[:, 0], RecognitionSettings(rate), rate)
            spoken.append(_bare(text))
            heard.append(_bare(" ".join(texts(finals(events)))) or " ")
    return jiwer.wer(spoken, heard)


def _bare(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum() or letter in " '")
