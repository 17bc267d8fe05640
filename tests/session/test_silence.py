"""Minutes in which nobody says a word, and audio comes all the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from asyncspeech import Parked
from asyncspeech.emulator import coded
from tests.session.scenario import assert_promise, play

pytestmark = pytest.mark.usefixtures("no_task_is_left")

# A minute of quiet, five words, another minute; a room's noise lies over it in one case.
QUIET = coded.encode(5, pause_seconds=60.0)
NOISE = np.random.default_rng(4).integers(-15, 16, len(QUIET.samples), np.int16)
NOISY = replace(QUIET, audio=(QUIET.samples + NOISE).astype("<i2").tobytes())


@pytest.mark.parametrize("recording", [QUIET, NOISY], ids=["digital silence", "a quiet room"])
async def test_the_stream_is_renewed_and_hardly_anything_is_sent_twice(
    recording: coded.CodedRecording,
) -> None:
    outcome = await play(recording, pace=24.0, catch_up=240.0, stall_timeout=0.6)
    assert_promise(outcome)
    assert outcome.stats.renewals >= 1
    assert outcome.stats.recoveries == 0, "silence was taken for a stall"
    assert not outcome.those(Parked), "silence was taken for no audio"
    assert sum(stream.audio_seconds for stream in outcome.streams) < recording.duration + 5.0
    assert {stream.status for stream in outcome.streams} <= {"OK", "CANCELLED"}


async def test_silence_alone_gives_nothing_and_ends() -> None:
    silence = replace(QUIET, audio=bytes(len(QUIET.audio)), words=())
    outcome = await play(silence, pace=24.0, catch_up=240.0)
    assert_promise(outcome)
    assert not outcome.results
    assert outcome.stats.renewals >= 1
