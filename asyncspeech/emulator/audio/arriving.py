"""A file that is still arriving, for a decoder that only knows files.

The decoder, libsndfile, thinks that it reads a file of a tebibyte. Where it reads on, it waits for the
bytes to come; where it looks at the file's end, which all but FLAC do to learn how long it is, it sees
what keeps it reading to the true end:

MP3
    128 zeros where an old tag would be. A frame at the beginning may count the frames; the size that it
    gives as well would be compared to the file's, and a warning printed. So the first answer to the
    question for the size is that there is none, and the size is only given if libsndfile fails without:
    where there is no such count, it multiplies the size by the bit rate.
Ogg
    A page with the latest of times, for the end of the last page is taken to be the length.

Bytes that were read are dropped, but for those that a decoder may go back to.
"""

from __future__ import annotations

from io import SEEK_CUR, SEEK_END, SEEK_SET
from typing import TYPE_CHECKING

from asyncspeech.emulator.audio.kinds import Kind
from asyncspeech.emulator.audio.ogg import latest_page

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("ArrivingFile",)

_SIZE = 1 << 40
_FAR = 1 << 39  # no stream goes on for that long; beyond is the made-up end
_OLD_TAG_BYTES = 128
_GUESS_BYTES = 12  # what libsndfile recognises a file by, read once and in one go
_MOST_HEADER_BYTES = 1 << 24  # a picture of an album's cover may take megabytes
_KEPT_BYTES = 1 << 16  # further than any decoder goes back between two frames


class ArrivingFile:
    """What `soundfile.SoundFile` wants of a file.

    Its methods are called from within libsndfile, where an exception would be lost: there is none.

    Args:
        kind: What the stream is.
        take: Waits for the next bytes. It returns none when no more come, and is not called again.
    """

    def __init__(self, kind: Kind, take: Callable[[], bytes]) -> None:
        self._kind = kind
        self._exact = kind is Kind.MP3  # read field by field, frame by frame; others fill a buffer
        self._take = take
        self._bytes = bytearray()
        self._start = 0  # where in the stream they begin
        self._position = 0
        self._ended = False
        self._opened = False
        self._end_shown = False
        self._asked = False
        self._size_told = kind is not Kind.MP3
        self._lost = False

    def rewind(self) -> None:
        """Begin again, before `opened`, and tell the size this time."""
        self._position = 0
        self._size_told = True
        self._end_shown = False

    def opened(self) -> None:
        """Take note that the decoder knows the header, and will only read on."""
        self._opened = True

    def seek(self, offset: int, whence: int) -> None:
        """Move to a position, anywhere; whence as of `io`."""
        origin = {SEEK_SET: 0, SEEK_CUR: self._position, SEEK_END: _SIZE}[whence]
        # The first to ask is libsndfile itself, which must be told.
        self._lost = whence == SEEK_END and self._asked and not self._size_told
        self._asked = self._asked or whence == SEEK_END
        if not self._lost:
            self._position = origin + offset

    def tell(self) -> int:
        """The position; -1 once if the last move was refused."""
        if self._lost:
            self._lost = False
            return -1
        return self._position

    def readinto(self, buffer: memoryview) -> int:
        """Read what there is. If that is not enough to go on with, wait."""
        if self._position >= _FAR:
            return self._read_made_up_end(buffer)
        wanted = len(buffer) if self._exact or len(buffer) <= _GUESS_BYTES else 1
        while not self._ended and self._end() - self._position < wanted:
            self._receive()
        begin = self._position - self._start
        found = self._bytes[begin : begin + len(buffer)] if begin >= 0 else b""
        buffer[: len(found)] = found
        self._position += len(found)
        self._drop()
        return len(found)

    @property
    def ended(self) -> bool:
        """Whether no more bytes come."""
        return self._ended

    def _end(self) -> int:
        return self._start + len(self._bytes)

    def _receive(self) -> None:
        audio = self._take()
        self._bytes += audio
        too_long = not self._opened and len(self._bytes) > _MOST_HEADER_BYTES
        self._ended = not audio or too_long

    def _drop(self) -> None:
        spare = self._position - self._start - _KEPT_BYTES
        if self._opened and spare > 0:
            del self._bytes[:spare]
            self._start += spare

    def _read_made_up_end(self, buffer: memoryview) -> int:
        end = b""
        if not self._end_shown:
            end = latest_page(self._bytes) if self._kind is Kind.OGG else bytes(_OLD_TAG_BYTES)
        self._end_shown = True
        count = min(len(end), len(buffer))
        buffer[:count] = end[:count]
        self._position += count
        return count
