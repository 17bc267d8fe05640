"""A sound system whose microphone plays a recording, and then records silence until it is closed.

It goes by the name of ``sounddevice`` on the path of the processes that run it.
"""

from __future__ import annotations

import os
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import soundfile

if TYPE_CHECKING:
    from collections.abc import Callable

_RECORDING = os.environ["FAKE_MICROPHONE"]
_SECONDS_PER_BLOCK = 0.02


class PortAudioError(Exception):
    """It never comes to that."""


def query_hostapis() -> tuple[dict[str, object], ...]:
    """One."""
    return ({"name": "recordings"},)


def query_devices(kind: str | None = None) -> Any:
    """Two, of which the first is the default."""
    desk, attic = (
        {
            "index": index,
            "name": name,
            "hostapi": 0,
            "max_input_channels": channels,
            "default_samplerate": float(soundfile.info(_RECORDING).samplerate),
        }
        for index, (name, channels) in enumerate([("Desk", 1), ("Attic", 2)])
    )
    return (desk, attic) if kind is None else desk


class RawInputStream:
    """Plays the recording before anybody can close it, and then silence as it passes."""

    def __init__(self, **settings: Any) -> None:
        self._callback: Callable[..., None] = settings["callback"]
        self._frames: int = settings["blocksize"]
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._be_silent)

    def start(self) -> None:
        """Begin to play."""
        for block in soundfile.blocks(_RECORDING, blocksize=self._frames, dtype="int16"):
            self._hand_over(block.tobytes())
        self._thread.start()

    def close(self) -> None:
        """Play no more."""
        self._is_closed.set()
        self._thread.join()

    def _be_silent(self) -> None:
        while not self._is_closed.wait(_SECONDS_PER_BLOCK):
            self._hand_over(bytes(self._frames * 2))

    def _hand_over(self, block: bytes) -> None:
        self._callback(block, len(block) // 2, None, SimpleNamespace(input_overflow=False))
