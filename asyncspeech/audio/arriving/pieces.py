"""Pieces: a stream of bytes that can be looked at before it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech.audio.arriving.inlets import Inlet

__all__ = ("Pieces",)


class Pieces:
    """Reads an inlet, in the thread that decodes.

    FFmpeg calls it from C, which no exception can pass: the first one is kept, and the stream ends.

    Args:
        inlet: Where the bytes come from.
        name: What it is called in errors.
        before_waiting: Called whenever the inlet has to be waited for.

    Attributes:
        name: What it is called in errors.
        error: The first exception, if any.
    """

    def __init__(self, inlet: Inlet, name: str, before_waiting: Callable[[], None]) -> None:
        self.name = name
        self.error: Exception | None = None
        self._inlet = inlet
        self._before_waiting = before_waiting
        self._buffer = b""
        self._at = 0
        self._has_ended = False

    def peek(self, count: int) -> bytes:
        """Wait for so many bytes, and give them without taking them; fewer if the stream ends before."""
        while len(self._buffer) - self._at < count and not self._has_ended:
            self._fill()
        return self._buffer[self._at : self._at + count]

    def read(self, count: int) -> bytes:
        """Take up to so many bytes, of those that have come, or wait for some; none at the end."""
        data = self.peek(1) and self._buffer[self._at : self._at + count]
        self._at += len(data)
        return data

    def fail(self, error: Exception) -> None:
        """End the stream here, by an error."""
        self.error = self.error or error
        self._buffer, self._at, self._has_ended = b"", 0, True

    def check(self) -> None:
        """Raise the first exception, if there was one."""
        if self.error is not None:
            raise self.error

    def _fill(self) -> None:
        try:
            self._before_waiting()
            piece = self._inlet.read()
        except Exception as error:  # noqa: BLE001 - whatever somebody's iterable raises
            self.fail(error)
            return
        self._buffer, self._at = self._buffer[self._at :] + piece, 0
        self._has_ended = not piece
