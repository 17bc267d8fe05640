"""A sound system for examples and snippets: a recording is its microphone, unplugged at its end.

It goes by the name of ``sounddevice`` on the path of the processes that run them.
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


class PortAudioError(Exception):
    """It never comes to that."""


def query_hostapis() -> tuple[dict[str, object], ...]:
    """One."""
    return ({"name": "recordings"},)


def query_devices(kind: str | None = None) -> Any:
    """One, which is the default."""
    device = {
        "index": 0,
        "name": _RECORDING,
        "hostapi": 0,
        "max_input_channels": 1,
        "default_samplerate": float(soundfile.info(_RECORDING).samplerate),
    }
    return (device,) if kind is None else device


class RawInputStream:
    """Plays the recording, faster than anybody speaks, and finishes."""

    def __init__(self, **settings: Any) -> None:
        self._callback: Callable[..., None] = settings["callback"]
        self._finished: Callable[[], None] = settings["finished_callback"]
        self._frames: int = settings["blocksize"]
        self._thread = threading.Thread(target=self._play)

    def start(self) -> None:
        """Begin to play."""
        self._thread.start()

    def close(self) -> None:
        """Wait until it is over."""
        self._thread.join()

    def _play(self) -> None:
        fine = SimpleNamespace(input_overflow=False)
        for block in soundfile.blocks(_RECORDING, blocksize=self._frames, dtype="int16"):
            self._callback(block.tobytes(), len(block), None, fine)
        self._finished()
