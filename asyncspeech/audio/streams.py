"""Streams: chunks as they come in, from a microphone or over a network.

They are passed on one by one, without waiting for more. Small ones are converted on the spot, which
takes less time than to hand them to a worker thread; large ones would hold up the loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import to_thread

from asyncspeech.audio.convert import Converter
from asyncspeech.audio.raw import as_bytes
from asyncspeech.audio.source import OpensLate

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable

    from asyncspeech.model import AudioFormat

__all__ = ("StreamSource", "close_stream")

_LARGE_BYTES = 1 << 15  # a second of LINEAR16 at 16 kHz: to resample it takes about as long as a hop


class StreamSource:
    """Makes a source of an async iterable.

    Args:
        chunks: The chunks. It is closed along with this source, if it can be.
        source: The format of the chunks.
        target: The format wanted.
        name: What the stream is called in errors.
        duration: How long it lasts, in seconds, if that is known.
        channel: The one channel wanted, from 1; None for all of them.
    """

    def __init__(
        self,
        chunks: AsyncIterable[object],
        source: AudioFormat,
        target: AudioFormat,
        *,
        name: str,
        duration: float | None = None,
        channel: int | None = None,
    ) -> None:
        self._channel = channel
        self._given = chunks
        self._iterator = aiter(chunks)
        self._source = source
        self._target = target
        self._name = name
        self._duration = duration
        self._chunks = self._convert()

    @property
    def audio_format(self) -> AudioFormat:
        """How the chunks are to be read."""
        return self._target

    @property
    def duration(self) -> float | None:
        """How long all of it lasts, in seconds; None if that is not known beforehand."""
        return self._duration

    async def open(self) -> None:
        """Get ready to convert.

        Raises:
            AudioError: The chunks cannot be made what is wanted.
        """
        if isinstance(self._given, OpensLate):
            await self._given.open()
            self._source = self._given.audio_format
        self._converter = Converter(self._source, self._target, self._name, self._channel)

    def __aiter__(self) -> StreamSource:
        return self

    async def __anext__(self) -> bytes:
        return await anext(self._chunks)

    async def aclose(self) -> None:
        """Close what was handed in, if it can be closed."""
        await self._chunks.aclose()
        await close_stream(self._iterator)
        if self._given is not self._iterator:
            await close_stream(self._given)

    async def _convert(self) -> AsyncGenerator[bytes, None]:
        async for chunk in self._iterator:
            if converted := await self._process(as_bytes(chunk, self._name)):
                yield converted
        if rest := self._converter.flush():
            yield rest
        self._converter.verify()

    async def _process(self, chunk: bytes) -> bytes:
        if self._converter.is_trivial or len(chunk) < _LARGE_BYTES:
            return self._converter.process(chunk)
        return await to_thread.run_sync(self._converter.process, chunk)


async def close_stream(stream: object) -> None:
    """Close an iterator, if it can be closed."""
    if close := getattr(stream, "aclose", None):
        await close()
