"""Wholeness: whether a container ends where one of its parts does.

FFmpeg takes the end of its input for the end of the recording, wherever that falls. But the containers
below are made of parts that say how long they are: boxes (MP4), elements (Matroska), pages (Ogg) and
packets (MPEG transport stream). So it is enough to walk from part to part. A file is walked by seeking;
what arrives in pieces, as they pass.

A walk is a generator of steps: it asks for bytes, which it is sent, or has some skipped. One that meets
what it does not know ends, and nothing can be told.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from asyncspeech.audio.recordings.virtual import VirtualFile

__all__ = ("PieceWalk", "Walk", "count_missing", "walk_of")

_EBML_ENTERED = {b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75"}  # Segment and Cluster
_MAX_EBML_ID_BYTES = 4
_MAX_EBML_SIZE_BYTES = 8
_OGG_HEADER_BYTES = 27
_BOX_HEADER_BYTES = 8
_LONG_BOX_HEADER_BYTES = 16
_TS_SYNC = b"\x47"
_TS_BODY_BYTES = 187
_MAX_PARTS = 1 << 20  # a file of more is damaged, or of many hours: not worth the walk


class _Do(Enum):
    BEGIN = auto()  # read the beginning of a part, before which the container may end
    READ = auto()
    SKIP = auto()


_Step: TypeAlias = tuple[_Do, int]
Walk: TypeAlias = "Generator[_Step, bytes, None]"


def walk_of(demuxer: str | None, see_box: Callable[[bytes], None]) -> Walk | None:
    """Begin a walk.

    Args:
        demuxer: What FFmpeg calls the container.
        see_box: Called with the name of each box of an MP4, before it is skipped.

    Returns:
        The walk; None if there is none for this container.
    """
    match demuxer:
        case "mov":
            return _walk_boxes(see_box)
        case "matroska":
            return _walk_elements()
        case "ogg":
            return _walk_pages()
        case "mpegts":
            return _walk_packets()
        case _:
            return None


def count_missing(file: VirtualFile, size: int, walk: Walk) -> int:
    """Count the bytes that a file lacks at its end.

    Args:
        file: The file. Its position is changed.
        size: How many bytes it has.
        walk: A walk through its container that has not begun.
    """
    at = 0
    sent: bytes | None = None
    for _ in range(_MAX_PARTS):
        try:
            do, count = next(walk) if sent is None else walk.send(sent)
        except StopIteration:
            return 0
        if do is _Do.BEGIN and at >= size:
            return 0
        at += count
        if at > size:
            return at - size
        sent = b""
        if do is not _Do.SKIP:
            file.seek(at - count)
            sent = file.read(count)
            if len(sent) < count:
                return 0  # the file fails, which is told elsewhere
    return 0


class PieceWalk:
    """A walk through a container that arrives in pieces.

    Args:
        walk: The walk, not begun.
    """

    def __init__(self, walk: Walk) -> None:
        self._walk: Walk | None = walk
        self._do, self._left = next(walk)
        self._read = b""

    @property
    def missing_bytes(self) -> int:
        """How many bytes the part that the last piece ended in lacks at least; 0 if it is whole."""
        is_between = self._do is _Do.BEGIN and not self._read
        return 0 if self._walk is None or is_between else self._left

    def take(self, piece: bytes) -> None:
        """Go on through the next piece."""
        at = 0
        while self._walk is not None and at < len(piece):
            count = min(self._left, len(piece) - at)
            if self._do is not _Do.SKIP:
                self._read += piece[at : at + count]
            at += count
            self._left -= count
            self._advance()

    def _advance(self) -> None:
        while self._walk is not None and self._left == 0:
            read, self._read = self._read, b""
            try:
                self._do, self._left = self._walk.send(read)
            except StopIteration:
                self._walk = None


def _walk_boxes(see_box: Callable[[bytes], None]) -> Walk:
    while True:
        head = yield _Do.BEGIN, _BOX_HEADER_BYTES
        size, header = int.from_bytes(head[:4], "big"), _BOX_HEADER_BYTES
        if size == 1:
            size, header = int.from_bytes((yield _Do.READ, 8), "big"), _LONG_BOX_HEADER_BYTES
        name = head[4:]
        if size < header or not (name.isascii() and name.decode("ascii").isprintable()):
            return  # up to the end, or damaged
        see_box(name)
        yield _Do.SKIP, size - header


def _walk_elements() -> Walk:
    while True:
        first = yield _Do.BEGIN, 1
        more = 8 - first[0].bit_length()
        if more >= _MAX_EBML_ID_BYTES:
            return
        identifier = first + (yield _Do.READ, more)
        first = yield _Do.READ, 1
        more = 8 - first[0].bit_length()
        if more >= _MAX_EBML_SIZE_BYTES:
            return
        digits = first + (yield _Do.READ, more)
        unknown = (1 << 7 * len(digits)) - 1
        size = int.from_bytes(digits, "big") & unknown
        if size != unknown:
            yield _Do.SKIP, size
        elif identifier not in _EBML_ENTERED:
            return


def _walk_pages() -> Walk:
    while True:
        head = yield _Do.BEGIN, _OGG_HEADER_BYTES
        if not head.startswith(b"OggS"):
            return
        yield _Do.SKIP, sum((yield _Do.READ, head[-1]))


def _walk_packets() -> Walk:
    while (yield _Do.BEGIN, 1) == _TS_SYNC:
        yield _Do.SKIP, _TS_BODY_BYTES
