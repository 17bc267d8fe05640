"""Paths: recordings, and pipes that have a name.

What a path leads to is only known by looking, which blocks, and so is done when the source is opened.
"""

from __future__ import annotations

import os
import stat
from functools import partial
from typing import TYPE_CHECKING

from anyio import to_thread

from asyncspeech.audio.arriving.decoding import decode_encoded
from asyncspeech.audio.arriving.encoded import EncodedSource
from asyncspeech.audio.arriving.inlets import inlet_of_path
from asyncspeech.audio.recordings.file import FileFeed, Recording
from asyncspeech.audio.threads import ThreadedSource

if TYPE_CHECKING:
    from os import PathLike

    from asyncspeech.model import AudioFormat

__all__ = ("PathSource",)


class PathSource:
    """Makes a source of what is at a path.

    Args:
        path: The path.
        target: The format wanted.
        channel: The one channel wanted, from 1; None for all of them.
    """

    def __init__(self, path: str | PathLike[str], target: AudioFormat, channel: int | None) -> None:
        self._path = os.fsdecode(path)
        self._channel = channel
        self._source: ThreadedSource | EncodedSource
        self._source = ThreadedSource(FileFeed(Recording(self._path), target, channel), target)

    @property
    def audio_format(self) -> AudioFormat:
        """How the chunks are to be read."""
        return self._source.audio_format

    @property
    def duration(self) -> float | None:
        """How long all of it lasts, in seconds; None if that is not known beforehand."""
        return self._source.duration

    async def open(self) -> None:
        """Open it as what it is.

        Raises:
            AudioError: It cannot be read, or not be made what is wanted.
        """
        if await to_thread.run_sync(_is_pipe, self._path):
            target = self.audio_format
            self._source = EncodedSource(
                partial(inlet_of_path, self._path),
                decode_encoded(target, self._channel),
                target,
                self._path,
            )
        await self._source.open()

    def __aiter__(self) -> PathSource:
        return self

    async def __anext__(self) -> bytes:
        return await anext(self._source)

    async def aclose(self) -> None:
        """Let go of it. To close twice does no harm."""
        await self._source.aclose()


def _is_pipe(path: str) -> bool:
    """Whether this is something to read from that cannot be rewound: a pipe, a terminal, a device."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - it may be no path that pathlib takes
    except (OSError, ValueError):
        return False  # opening it will tell
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)
