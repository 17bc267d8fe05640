"""Opening: whatever is handed in becomes a source of one format.

What is handed in is told apart by its type alone, before anything is opened or read, so that a mistake
shows at the call and not in the middle of a session.

- A path, the bytes of a file, or a seekable binary file: a recording, of any format that libsndfile
  reads.
- `RawAudio`: headerless samples, of the format that it declares.
- A `Source`: chunks, of the format that it declares.
- Any other async iterable of bytes: chunks that are of the target format already. Those that are whole
  frames are passed on uncopied.

Iterators and sources that are handed in are handed over: they are closed in the end, if they can be. A
file object stays open.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterable
from contextlib import asynccontextmanager
from io import TextIOBase
from typing import TYPE_CHECKING, BinaryIO, TypeGuard

from asyncspeech.audio.file import FileFeed, Recording
from asyncspeech.audio.raw import RAW_NAME, RawFeed
from asyncspeech.audio.source import OpensLate, RawAudio
from asyncspeech.audio.streams import StreamSource
from asyncspeech.audio.threads import ThreadedSource
from asyncspeech.errors import ConfigurationError
from asyncspeech.model import AudioFormat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from asyncspeech.audio.source import AudioInput, Source

__all__ = ("open_source",)


def open_source(source: AudioInput, target: AudioFormat) -> AbstractAsyncContextManager[Source]:
    """Open a recording or a stream, as raw audio of one format.

    ::

        async with open_source("talk.mp3", AudioFormat(sample_rate_hertz=16_000)) as audio:
            async for chunk in audio:
                ...

    Entering the context manager or reading the source raises `AudioError` if the audio cannot be read,
    is not whole, or cannot be made what is wanted. What shows only at the end is raised there, after
    all chunks.

    Args:
        source: What to open.
        target: The format wanted. If it has 1 channel, that is the mean of all that there are; if more,
            there have to be as many.

    Returns:
        An async context manager, to be entered once. It closes the source, whichever way it is left.

    Raises:
        ConfigurationError: ``source`` is nothing that can be opened.
    """
    return _opened(_make_source(source, target))


def _make_source(source: AudioInput, target: AudioFormat) -> ThreadedSource | StreamSource:
    if isinstance(source, str | os.PathLike | bytes | bytearray | memoryview):
        return ThreadedSource(FileFeed(Recording(source), target), target)
    if isinstance(source, RawAudio):
        if isinstance(source.data, AsyncIterable):
            return StreamSource(source.data, source.audio_format, target, name=RAW_NAME)
        return ThreadedSource(RawFeed(source.data, source.audio_format, target), target)
    if isinstance(source, AsyncIterable):
        # What opens late tells its format then.
        declared = None if isinstance(source, OpensLate) else getattr(source, "audio_format", None)
        return StreamSource(
            source,
            declared if isinstance(declared, AudioFormat) else target,
            target,
            name=f"<{type(source).__name__}>",
            duration=getattr(source, "duration", None),
        )
    if _is_binary_file(source):
        return ThreadedSource(FileFeed(Recording(source), target), target)
    raise ConfigurationError(
        "source",
        f"{type(source).__name__} is nothing that audio can be read from",
        hint="use a path, the bytes of a file, a binary file, an async iterable of bytes, or "
        "RawAudio(data, AudioFormat(...)) for headerless samples",
    )


def _is_binary_file(source: object) -> TypeGuard[BinaryIO]:
    is_file = all(hasattr(source, name) for name in ("read", "seek", "seekable", "tell"))
    return is_file and not isinstance(source, TextIOBase)


@asynccontextmanager
async def _opened(source: ThreadedSource | StreamSource) -> AsyncIterator[Source]:
    try:
        await source.open()
        yield source
    finally:
        await source.aclose()
