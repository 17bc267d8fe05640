"""Reading in worker threads, without leaving anything behind.

Reading a file and decoding it block, so they are done in a worker thread: one hop for each chunk, of
about a second, which costs some 100 microseconds. What makes that less simple than it sounds is
cancellation. A task that is cancelled goes on at once, but the thread that works for it does not: it
may still be reading from the very file that the task now wants to close.

So whoever uses the feed holds a lock, and closing waits for it, in a worker thread as well. A step that
had not begun by then finds the feed closed, and does nothing.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Protocol, TypeVar

from anyio import CancelScope, to_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech.model import AudioFormat

__all__ = ("Feed", "ThreadedSource")

T = TypeVar("T")


class Feed(Protocol):
    """Something that gives chunks, and blocks meanwhile."""

    @property
    def duration(self) -> float | None:
        """How long all of it lasts, in seconds, or None; known once it is open."""
        ...

    def open(self) -> None:
        """Get ready."""
        ...

    def read(self) -> bytes | None:
        """Give the next chunk, which may be empty; None at the end."""
        ...

    def close(self) -> None:
        """Let go of everything. Called once, whether it was opened or not."""
        ...


class ThreadedSource:
    """Makes a source of a feed, by running it in worker threads.

    Args:
        feed: What to run; never two of its methods at once.
        audio_format: The format of its chunks.
    """

    def __init__(self, feed: Feed, audio_format: AudioFormat) -> None:
        self._feed = feed
        self._audio_format = audio_format
        self._lock = Lock()
        self._is_closed = False
        self._is_released = False

    @property
    def audio_format(self) -> AudioFormat:
        """How the chunks are to be read."""
        return self._audio_format

    @property
    def duration(self) -> float | None:
        """How long all of it lasts, in seconds; None if that is not known beforehand."""
        return self._feed.duration

    async def open(self) -> None:
        """Open the feed."""
        await to_thread.run_sync(self._run, self._feed.open)

    def __aiter__(self) -> ThreadedSource:
        return self

    async def __anext__(self) -> bytes:
        while (chunk := await to_thread.run_sync(self._run, self._feed.read)) is not None:
            if chunk:
                return chunk
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Close the feed, once no thread uses it any more. Cancellation does not keep it from that."""
        try:
            with CancelScope(shield=True):
                await to_thread.run_sync(self._close)
        finally:
            # asyncio's own cancellation knows no shield. A task that is cancelled while it cleans up
            # would leave the file open: better to hold up the loop, for as long as a read may take.
            self._close()

    def _run(self, step: Callable[[], T]) -> T | None:
        with self._lock:
            return None if self._is_closed else step()

    def _close(self) -> None:
        self._is_closed = True
        with self._lock:
            if not self._is_released:
                self._is_released = True
                self._feed.close()
