"""Pacing: a recording at the speed of speech, or a multiple of it.

A recording can be read much faster than it was spoken. What listens to it may want it as though it were
spoken now: a demonstration, a load test, a service that bills what it hears at its pace.

Each chunk is due when its last frame would have been spoken. That is reckoned from the beginning, by
frames, and not from one chunk to the next: so no rounding and no slow wake-up adds up. Who comes late
is given at once what is due; but of a delay beyond half a second the rest is forgotten, and the schedule
moves, so that a pause of the reader is not made up for by a burst.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from asyncspeech.audio.source import Source
    from asyncspeech.model import AudioFormat

__all__ = ("PacedSource",)

_CHUNK_SECONDS = 0.1  # as much as Google recommends to send at once
_MAX_CATCH_UP_SECONDS = 0.5


class PacedSource:
    """Gives the audio of another source at a steady pace, in chunks of 100 ms at most.

    Args:
        source: Where the audio comes from. It is closed along with this source.
        pace: How much faster than spoken: 1 for real time.
        clock: Tells the time in seconds; by default the loop's.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self,
        source: Source,
        pace: float,
        *,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._source = source
        self._pace = pace
        self._clock = clock or asyncio.get_running_loop().time
        self._sleep = sleep
        self._chunks = self._give()

    @property
    def audio_format(self) -> AudioFormat:
        """How the chunks are to be read."""
        return self._source.audio_format

    @property
    def duration(self) -> float | None:
        """How long all of it lasts when spoken, in seconds; None if that is not known beforehand."""
        return self._source.duration

    def __aiter__(self) -> PacedSource:
        return self

    async def __anext__(self) -> bytes:
        return await anext(self._chunks)

    async def aclose(self) -> None:
        """Close the source."""
        try:
            await self._chunks.aclose()
        finally:
            await self._source.aclose()

    async def _give(self) -> AsyncGenerator[bytes, None]:
        audio_format = self._source.audio_format
        size = round(audio_format.sample_rate_hertz * _CHUNK_SECONDS) * audio_format.frame_bytes
        begin = self._clock()
        given = 0
        async for chunk in self._source:
            for start in range(0, len(chunk), size):
                part = chunk if len(chunk) <= size else chunk[start : start + size]
                given += len(part)
                due = audio_format.seconds(given // audio_format.frame_bytes) / self._pace
                begin = await self._wait(begin, due)
                yield part

    async def _wait(self, begin: float, due: float) -> float:
        """Wait until a time after the beginning, and return when, seen from now, it began."""
        while (left := begin + due - self._clock()) > 0:
            await self._sleep(left)
        return begin + max(0.0, -left - _MAX_CATCH_UP_SECONDS)
