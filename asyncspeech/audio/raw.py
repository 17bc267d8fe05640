"""Headerless samples out of memory, or out of an iterator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech.audio.convert import Converter
from asyncspeech.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asyncspeech.audio.source import BytesLike
    from asyncspeech.model import AudioFormat

__all__ = ("RAW_NAME", "RawFeed", "as_bytes")

RAW_NAME = "<raw audio>"
"""What it is called in errors."""


class RawFeed:
    """Gives headerless samples as chunks of one format.

    It blocks for as long as the iterable does, and is for one thread at a time.

    Args:
        data: The samples.
        source: How they are to be read.
        target: The format wanted.
        channel: The one channel wanted, from 1; None for all of them.
    """

    def __init__(
        self,
        data: BytesLike | Iterable[BytesLike],
        source: AudioFormat,
        target: AudioFormat,
        channel: int | None = None,
    ) -> None:
        self._channel = channel
        self._source = source
        self._target = target
        self._duration: float | None = None
        if isinstance(data, bytes | bytearray | memoryview):
            content = bytes(data)
            self._duration = source.seconds(len(content) // source.frame_bytes)
            data = _cut(content, source.sample_rate_hertz * source.frame_bytes)
        self._data = data
        self._chunks = self._convert()

    @property
    def duration(self) -> float | None:
        """How long it is, in seconds; None for an iterable."""
        return self._duration

    def open(self) -> None:
        """Get ready to convert.

        Raises:
            AudioError: The samples cannot be made what is wanted.
        """
        self._converter = Converter(self._source, self._target, RAW_NAME, self._channel)

    def read(self) -> bytes | None:
        """Give the next chunk, which may be empty; None at the end.

        Raises:
            AudioError: An item is not bytes, or the last frame is not whole.
        """
        return next(self._chunks, None)

    def close(self) -> None:
        """Close the iterable, if it can be, as a generator can."""
        if close := getattr(self._data, "close", None):
            close()

    def _convert(self) -> Iterator[bytes]:
        for chunk in self._data:
            yield self._converter.process(as_bytes(chunk, RAW_NAME))
        yield self._converter.flush()
        self._converter.verify()


def _cut(content: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def as_bytes(chunk: object, name: str) -> bytes:
    """Check a chunk, and copy it if it could change later.

    Raises:
        AudioError: It is not bytes.
    """
    if isinstance(chunk, bytes):
        return chunk
    if isinstance(chunk, bytearray | memoryview):
        return bytes(chunk)
    raise AudioError(name, f"gave a chunk of type {type(chunk).__name__}, not bytes")
