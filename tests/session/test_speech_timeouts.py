"""Streams that the service closes because nobody speaks, as the session asked it to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from asyncspeech import StreamRecovered
from asyncspeech.emulator import coded
from tests.session.scenario import assert_promise, play, scaled

if TYPE_CHECKING:
    from asyncspeech.emulator.coded import CodedRecording

pytestmark = pytest.mark.usefixtures("no_task_is_left")


def with_hum(recording: CodedRecording) -> CodedRecording:
    """The recording with a hum in its pauses: audio that is no silence, and in which nobody speaks."""
    samples = np.frombuffer(recording.audio, "<i2").copy()
    hum = (600 * np.sin(np.arange(len(samples)) * 2 * np.pi * 120 / 16_000)).astype("<i2")
    is_spoken = np.zeros(len(samples), bool)
    for word in recording.words:
        is_spoken[word.start : word.end] = True
    return replace(recording, audio=np.where(is_spoken, samples, hum).astype("<i2").tobytes())


@pytest.mark.parametrize("hums", [False, True], ids=["silence", "a hum"])
@pytest.mark.parametrize(
    "timeouts",
    [
        {"speech_start_timeout": 1.0},
        {"speech_end_timeout": 0.75},
        {"speech_start_timeout": 0.6, "speech_end_timeout": 0.6},
    ],
    ids=["before the first word", "after a word", "both"],
)
async def test_no_word_is_lost_and_the_session_goes_on(
    timeouts: dict[str, float], *, hums: bool
) -> None:
    recording = coded.encode(15, pause_seconds=5.0)
    config = replace(scaled(), **timeouts)  # type: ignore[arg-type]
    outcome = await play(with_hum(recording) if hums else recording, config=config)
    assert_promise(outcome)
    closed = [event for event in outcome.those(StreamRecovered) if event.code == "OK"]
    assert len(closed) >= 3, outcome
    # Each stream is replaced by one, and that at once: no more streams than pauses have room for.
    assert len(outcome.streams) <= 2 + 20 / min(timeouts.values()) * 2, outcome
