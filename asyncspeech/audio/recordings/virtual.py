"""A Python file object, for libsndfile to read.

libsndfile is C: it calls back into Python for every read and seek, and no exception can pass through it
(it would be printed, and lost). So it is kept here, to be looked at when libsndfile is done, and
libsndfile is told that the file ends.

One thing is mended on the way: a WAV whose header was never completed. Its length of 0 reads as all
ones, which libsndfile takes to mean "up to the end of the file".
"""

from __future__ import annotations

from io import SEEK_SET
from typing import TYPE_CHECKING, BinaryIO, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("VirtualFile",)

_LENGTH_BYTES = 4

T = TypeVar("T")


class VirtualFile:
    """What soundfile needs of a file.

    Args:
        file: The file to read. It is not closed.

    Attributes:
        error: The first exception that the file raised, if any.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._mended_at: int | None = None
        self.error: Exception | None = None

    def mend(self, position: int) -> None:
        """From now on, give the length of 4 bytes at a position as unknown."""
        self._mended_at = position

    def read(self, size: int) -> bytes:
        """Read up to ``size`` bytes; none if the file fails."""
        return self._attempt(lambda: self._read(size), b"")

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Go to a position, and return it; -1 if there is none, or the file fails."""
        if whence == SEEK_SET and offset < 0:
            return -1  # a damaged header asks for that, so the file is not to blame
        return self._attempt(lambda: self._file.seek(offset, whence), -1)

    def tell(self) -> int:
        """Return the position; -1 if the file fails."""
        return self._attempt(self._file.tell, -1)

    def _attempt(self, call: Callable[[], T], otherwise: T) -> T:
        try:
            return call()
        except Exception as error:  # noqa: BLE001  # whatever somebody's file raises
            self.error = self.error or error
            return otherwise

    def _read(self, size: int) -> bytes:
        position = self._file.tell()
        data: object = self._file.read(size)
        if not isinstance(data, bytes):
            raise TypeError(f"it gives {type(data).__name__}, not bytes")
        if len(data) > size:  # whoever asked has no room for more
            raise ValueError(f"it gives {len(data)} bytes when asked for {size}")
        return data if self._mended_at is None else _overlay(data, self._mended_at - position)


def _overlay(data: bytes, at: int) -> bytes:
    """Lay the unknown length over ``data`` at an index, which may be partly or wholly outside of it."""
    inside = range(max(0, at), min(len(data), at + _LENGTH_BYTES))
    if not inside:
        return data
    return data[: inside.start] + b"\xff" * len(inside) + data[inside.stop :]
