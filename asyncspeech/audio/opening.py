"""Opening: whatever is handed in becomes a source of one format.

What is handed in is told apart by its type alone, before anything is opened or read, so that a mistake
shows at the call and not in the middle of a session.

- A path, the bytes of a file, or a seekable binary file: a recording, of any format that libsndfile or
  FFmpeg reads. A path to a pipe or a device, and a binary file that cannot be rewound, are read as
  `EncodedAudio`.
- `RawAudio`: headerless samples, of the format that it declares.
- `EncodedAudio`: a sound file that arrives in pieces.
- A `Source`: chunks, of the format that it declares.
- Any other async iterable of bytes: chunks that are of the target format already. Those that are whole
  frames are passed on uncopied.

Iterators and sources that are handed in are handed over: they are closed in the end, if they can be. A
file object stays open.
"""

from __future__ import annotations

import math
import os
from collections.abc import AsyncIterable
from contextlib import asynccontextmanager
from functools import partial
from io import TextIOBase
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, TypeGuard

from asyncspeech.audio.arriving.decoding import decode_encoded, decode_raw
from asyncspeech.audio.arriving.encoded import EncodedSource, StreamedSource
from asyncspeech.audio.arriving.inlets import IterableInlet, inlet_of_file
from asyncspeech.audio.pacing import PacedSource
from asyncspeech.audio.raw import RAW_NAME, RawFeed
from asyncspeech.audio.recordings.file import FileFeed, Recording
from asyncspeech.audio.recordings.paths import PathSource
from asyncspeech.audio.source import EncodedAudio, OpensLate, RawAudio
from asyncspeech.audio.streams import StreamSource
from asyncspeech.audio.threads import ThreadedSource
from asyncspeech.errors import ConfigurationError
from asyncspeech.model import AudioFormat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from asyncspeech.audio.arriving.encoded import Decode
    from asyncspeech.audio.source import AudioInput, Source

__all__ = ("open_source",)

_ENCODED_NAME = "<encoded audio>"

_Opener: TypeAlias = ThreadedSource | StreamSource | EncodedSource | PathSource


def open_source(
    source: AudioInput, target: AudioFormat, *, channel: int | None = None, pace: float | None = None
) -> AbstractAsyncContextManager[Source]:
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
        channel: Take this one channel, counted from 1, instead of the mean of all.
        pace: Give the audio at this multiple of the speed at which it was spoken, in chunks of 100 ms:
            1.0 for real time. None for as fast as it is taken.

    Returns:
        An async context manager, to be entered once. It closes the source, whichever way it is left.

    Raises:
        ConfigurationError: ``source`` is nothing that can be opened, ``channel`` is no channel or
            ``target`` has several, or ``pace`` is no positive number.
    """
    if channel is not None:
        _check_channel(channel, target)
    if pace is not None and not (pace > 0 and math.isfinite(pace)):
        raise ConfigurationError(
            "pace", f"is {pace}, which is no speed", hint="1.0 for real time, None for full speed"
        )
    return _opened(_make_source(source, target, channel), pace)


def _check_channel(channel: object, target: AudioFormat) -> None:
    if isinstance(channel, bool) or not isinstance(channel, int) or channel < 1:
        raise ConfigurationError("channel", f"is {channel!r}", hint="channels are counted from 1")
    if target.audio_channel_count != 1:
        raise ConfigurationError(
            "channel",
            f"one channel is to be taken, and {target.audio_channel_count} are wanted",
            hint="set audio_channel_count to 1, or leave channel out",
        )


def _make_source(source: AudioInput, target: AudioFormat, channel: int | None) -> _Opener:
    if isinstance(source, str | os.PathLike):
        return PathSource(source, target, channel)
    if isinstance(source, RawAudio):
        return _make_raw(source, target, channel)
    if isinstance(source, EncodedAudio):
        return _make_encoded(source, target, channel)
    if isinstance(source, AsyncIterable):
        # What opens late tells its format then.
        declared = None if isinstance(source, OpensLate) else getattr(source, "audio_format", None)
        return StreamSource(
            source,
            declared if isinstance(declared, AudioFormat) else target,
            target,
            name=f"<{type(source).__name__}>",
            duration=getattr(source, "duration", None),
            channel=channel,
        )
    if _is_binary_file(source) and not _is_seekable(source):
        return _make_piped(source, decode_encoded(target, channel), target)
    if isinstance(source, bytes | bytearray | memoryview) or _is_binary_file(source):
        return ThreadedSource(FileFeed(Recording(source), target, channel), target)
    raise ConfigurationError(
        "source",
        f"{type(source).__name__} is nothing that audio can be read from",
        hint="use a path, the bytes of a file, a binary file, an async iterable of bytes, "
        "RawAudio(data, AudioFormat(...)) for headerless samples, or EncodedAudio(data) for a file in "
        "pieces",
    )


def _make_raw(source: RawAudio, target: AudioFormat, channel: int | None) -> _Opener:
    data: object = source.data
    if isinstance(source.data, AsyncIterable):
        return StreamSource(source.data, source.audio_format, target, name=RAW_NAME, channel=channel)
    if _is_binary_file(data):
        return _make_piped(data, decode_raw(source.audio_format, target, channel), target)
    return ThreadedSource(RawFeed(source.data, source.audio_format, target, channel), target)


def _make_encoded(source: EncodedAudio, target: AudioFormat, channel: int | None) -> _Opener:
    data: object = source.data
    decode = decode_encoded(target, channel)
    if isinstance(source.data, AsyncIterable):
        return StreamedSource(source.data, decode, target, _ENCODED_NAME)
    if _is_binary_file(data):
        return _make_piped(data, decode, target)
    items = (source.data,) if isinstance(source.data, bytes | bytearray | memoryview) else source.data
    return EncodedSource(partial(IterableInlet, items, _ENCODED_NAME), decode, target, _ENCODED_NAME)


def _make_piped(file: BinaryIO, decode: Decode, target: AudioFormat) -> EncodedSource:
    own_name = getattr(file, "name", None)
    name = own_name if isinstance(own_name, str) else f"<{type(file).__name__}>"
    return EncodedSource(partial(inlet_of_file, file, name), decode, target, name)


def _is_binary_file(source: object) -> TypeGuard[BinaryIO]:
    # Text cannot be told from the methods: http.client's responses lack most of those of a file.
    is_file = hasattr(source, "read") and hasattr(source, "seekable")
    return is_file and not isinstance(source, TextIOBase)


def _is_seekable(file: BinaryIO) -> bool:
    try:
        return file.seekable()
    except (OSError, ValueError):
        return True  # it is closed: reading it will tell


@asynccontextmanager
async def _opened(source: _Opener, pace: float | None) -> AsyncIterator[Source]:
    try:
        await source.open()
        yield source if pace is None else PacedSource(source, pace)
    finally:
        await source.aclose()
