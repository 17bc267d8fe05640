"""From any recording to clean chunks of raw audio.

Importing this package is cheap: numpy, soundfile and soxr are imported with `open_source`, on its first
use. See `asyncspeech.audio.opening` for what can be handed in.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncspeech.audio.opening import open_source
    from asyncspeech.audio.source import AudioSource, RawAudio, Source

__all__ = (
    "AudioSource",
    "RawAudio",
    "Source",
    "open_source",
)

_HOMES = {
    "AudioSource": "asyncspeech.audio.source",
    "RawAudio": "asyncspeech.audio.source",
    "Source": "asyncspeech.audio.source",
    "open_source": "asyncspeech.audio.opening",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
