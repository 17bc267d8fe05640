"""What the tests of other people's clients share."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from asyncspeech.emulator.coded import CodedRecording

# Faster than speech, as a client that catches up is, and no burst.
SPEED = 2.0
FRAME_SECONDS = 0.02

# Where each model is to be had, and at which sample rate it is asked for.
models = pytest.mark.parametrize(
    ("model", "location", "rate"),
    [("telephony", "global", 8_000), ("chirp_2", "us-central1", 16_000)],
)


def peer(module: str) -> Any:
    """A module of another library. Where it is not installed, the tests of that library are skipped.

    With ``PEERS=required`` in the environment, as nox has it, they fail instead.
    """
    try:
        return pytest.importorskip(module, reason=f"{module} is missing: 'nox -s peers' installs it")
    except pytest.skip.Exception as skipped:
        if os.environ.get("PEERS") != "required":
            raise
        missing = str(skipped)
    return pytest.fail(missing, pytrace=False)


def endpoint(location: str) -> str:
    """Where a client that was told a location is to look for the service."""
    return f"{'' if location == 'global' else f'{location}-'}speech.googleapis.com:443"


def seconds(offset: Any) -> float:
    """An offset of the client library's types."""
    return float(offset.total_seconds())


async def paced(recording: CodedRecording) -> AsyncGenerator[bytes, None]:
    """The frames of ``recording``, each when it is due, as from a microphone in a hurry."""
    size = 2 * round(FRAME_SECONDS * recording.sample_rate_hertz)
    now = asyncio.get_running_loop().time
    start = now()
    for number, position in enumerate(range(0, len(recording.audio), size)):
        await asyncio.sleep(max(0.0, start + number * FRAME_SECONDS / SPEED - now()))
        yield recording.audio[position : position + size]
