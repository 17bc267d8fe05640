"""What a file promises: how much audio there is to be in it.

libsndfile reads what it finds: a WAV that lost its second half is, to it, a WAV of half the length. So
the headers are looked at here, and nothing else. In most containers that is a walk from chunk to
chunk, each an identifier and a length, up to the chunk with the audio. If that goes on past the end of
the file, the file is cut off.

A header that was written before the length was known (to a pipe, or by a program that then died) has a
stand-in for it: 0, or all ones, or the largest signed number, perhaps rounded down to whole frames.
Those promise nothing. Nor does a length of more than 2.1 GB in a field of 32 bits, which cannot be
told from them.

An Ogg file has no total length. But each of its pages has one, so a file that ends within a page is cut
off. (That the last page lacks the end-of-stream flag proves nothing: recordings of live streams do.)

An MP3 may begin with a frame that counts those to come, marked "Xing" or "Info" by LAME and all that
followed it, or "VBRI" by Fraunhofer's encoder.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import SEEK_END
from typing import TYPE_CHECKING, Literal, TypeAlias

from asyncspeech.audio.recordings.kinds import HEAD_BYTES, TS_PACKET_BYTES, tell_other_kind
from asyncspeech.audio.recordings.wholeness import count_missing, walk_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asyncspeech.audio.recordings.virtual import VirtualFile

__all__ = ("Promise", "count_mpeg_frames", "is_mpeg_frame", "mpeg_frame_seconds", "read_promise")

_MAX_CHUNKS = 4096  # a file of very many tiny chunks is damaged, and not worth the walk
_UNKNOWN_32_BITS = 0x7E00_0000  # sox writes 0x7F000000, rounded down to whole frames; others write more
_UNKNOWN_64_BITS = 1 << 62
_OGG_HEADER_BYTES = 27  # the last of which counts the segments, whose lengths follow in a byte each
_MAX_OGG_PAGE_BYTES = _OGG_HEADER_BYTES + 255 + 255 * 255
_ID3_HEADER_BYTES = 10
_XING_SEARCH_BYTES = 192  # it is within the first 40 bytes of the frame
_XING_COUNTS_FRAMES = 1
_MAX_ID3_BYTES = 1 << 22  # a picture, but no film
_LOWEST_RATE_OF_MPEG_1 = 32_000

_ByteOrder: TypeAlias = Literal["little", "big"]


@dataclass(frozen=True, slots=True)
class Promise:
    """What is known of a file from its header.

    Attributes:
        file_bytes: The size of the file.
        missing_bytes: How many bytes of audio are promised beyond that.
        stray_bytes: How many bytes follow the audio that are not in a chunk: more audio, most likely, by
            a program that died before it put its header right.
        unfinished_at: For a WAV (or AIFF) that says it is empty, though audio follows: where it says so.
        counts_mpeg_frames: True for an MP3 that says exactly how many frames it has.
    """

    file_bytes: int
    missing_bytes: int = 0
    stray_bytes: int = 0
    unfinished_at: int | None = None
    counts_mpeg_frames: bool = False


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the chunks of a container are written."""

    first: int  # position of the first chunk
    order: _ByteOrder
    audio: tuple[bytes, ...]  # identifiers of the chunk with the audio
    identifier_bytes: int = 4
    length_bytes: int = 4
    alignment: int = 2
    counts_itself: bool = False  # whether the length includes the identifier and the length
    unknown: int = _UNKNOWN_32_BITS


_RIFF = _Layout(first=12, order="little", audio=(b"data",))
_RIFX = _Layout(first=12, order="big", audio=(b"data",))
_FORM = _Layout(first=12, order="big", audio=(b"SSND", b"BODY"))
_CAFF = _Layout(
    first=8, order="big", audio=(b"data",), length_bytes=8, alignment=1, unknown=_UNKNOWN_64_BITS
)
_WAVE64 = _Layout(
    first=40,
    order="little",
    audio=(b"data" + bytes.fromhex("f3acd3118cd100c04f8edb8a"),),
    identifier_bytes=16,
    length_bytes=8,
    alignment=8,
    counts_itself=True,
    unknown=_UNKNOWN_64_BITS,
)
_LAYOUTS = {
    b"RIFF": _RIFF,
    b"RF64": _RIFF,
    b"RIFX": _RIFX,
    b"FORM": _FORM,
    b"caff": _CAFF,
    b"riff": _WAVE64,
}
_AU_ORDERS: dict[bytes, _ByteOrder] = {b".snd": "big", b"dns.": "little"}


def read_promise(file: VirtualFile) -> Promise:
    """Look at a file's header.

    Args:
        file: The file, of any kind. Its position is changed.

    Returns:
        What is known. Of a file whose header is damaged, or of a kind not covered here, only the size.
    """
    size = file.seek(0, SEEK_END)
    magic = _read_at(file, 0, 4)
    if magic == b"RIFF" and _read_at(file, 8, 4) == b"AVI ":
        return _promise(size, 8, int.from_bytes(_read_at(file, 4, 4), "little"), _UNKNOWN_32_BITS)
    if layout := _LAYOUTS.get(magic):
        return _read_chunks(file, size, layout)
    if order := _AU_ORDERS.get(magic):
        return _read_au(file, size, order)
    if magic == b"OggS":
        return _read_ogg(file, size)
    if kind := tell_other_kind(_read_at(file, 0, HEAD_BYTES)):
        return Promise(size, missing_bytes=_count_missing(file, size, kind.demuxer))
    return Promise(size, counts_mpeg_frames=_counts_mpeg_frames(file))


def is_mpeg_frame(head: bytes) -> bool:
    """Whether a frame of MPEG audio can begin with these 2 bytes, of which 11 bits are set."""
    return int.from_bytes(head, "big") >> 5 == 0x7FF  # noqa: PLR2004


def _read_at(file: VirtualFile, position: int, size: int) -> bytes:
    file.seek(position)
    return file.read(size)


def _promise(size: int, start: int, length: int, unknown: int) -> Promise:
    missing = start + length - size if length < unknown else 0
    return Promise(size, missing_bytes=max(0, missing))


def _read_chunks(file: VirtualFile, size: int, layout: _Layout) -> Promise:
    long_length = 0
    for identifier, start, length in _walk(file, size, layout):
        if identifier == b"ds64":  # here, RF64 has the lengths that 32 bits are too few for
            long_length = int.from_bytes(_read_at(file, start + 8, 8), "little")
        elif identifier in layout.audio:
            if long_length:
                return _promise(size, start, long_length, _UNKNOWN_64_BITS)
            if length == 0 and _is_unfinished(file, size, layout, start):
                return Promise(size, unfinished_at=start - layout.length_bytes)
            if stray := _count_stray(file, size, start + length + -length % layout.alignment):
                return Promise(size, stray_bytes=stray)
            return _promise(size, start, length, layout.unknown)
    return Promise(size)


def _count_stray(file: VirtualFile, size: int, end: int) -> int:
    """Count what follows the audio, unless it is chunks, whose names are legible, or padding."""
    if end >= size:
        return 0
    name = _read_at(file, end, 4)
    is_legible = name.isascii() and name.decode("ascii").isprintable()
    return 0 if is_legible or not any(name) else size - end


def _walk(file: VirtualFile, size: int, layout: _Layout) -> Iterator[tuple[bytes, int, int]]:
    """Give the identifier of each chunk, the position of its content, and how long that is."""
    head_bytes = layout.identifier_bytes + layout.length_bytes
    at = layout.first
    for _ in range(_MAX_CHUNKS):
        if at + head_bytes > size:
            return
        head = _read_at(file, at, head_bytes)
        length = int.from_bytes(head[layout.identifier_bytes :], layout.order)
        if layout.counts_itself:
            length = max(0, length - head_bytes)
        start = at + head_bytes
        yield head[: layout.identifier_bytes], start, length
        at = start + length + -length % layout.alignment


def _is_unfinished(file: VirtualFile, size: int, layout: _Layout, start: int) -> bool:
    """Whether something follows what is said to be no audio, and the header does not account for it."""
    accounted = 8 + int.from_bytes(_read_at(file, 4, 4), layout.order)
    return size > start and not start < accounted < _UNKNOWN_32_BITS


def _read_au(file: VirtualFile, size: int, order: _ByteOrder) -> Promise:
    start = int.from_bytes(_read_at(file, 4, 4), order)
    length = int.from_bytes(_read_at(file, 8, 4), order)
    return _promise(size, start, length, _UNKNOWN_32_BITS)


def _read_ogg(file: VirtualFile, size: int) -> Promise:
    """Look at the last page, which ends with the file unless it is cut off."""
    offset = max(0, size - _MAX_OGG_PAGE_BYTES)
    tail = _read_at(file, offset, _MAX_OGG_PAGE_BYTES)
    page = max(0, tail.rfind(b"OggS\0"))
    header = tail[page : page + _OGG_HEADER_BYTES]
    if len(header) < _OGG_HEADER_BYTES:
        return Promise(size, missing_bytes=_OGG_HEADER_BYTES - len(header))
    body = page + _OGG_HEADER_BYTES + header[-1]
    length = sum(tail[page + _OGG_HEADER_BYTES : body])
    return _promise(size, offset + body, length, _UNKNOWN_64_BITS)


def _count_missing(file: VirtualFile, size: int, demuxer: str | None) -> int:
    if demuxer == "mpegts":
        return -size % TS_PACKET_BYTES  # there are too many to walk
    walk = walk_of(demuxer, lambda _: None)
    return 0 if walk is None else count_missing(file, size, walk)


def count_mpeg_frames(peek: Callable[[int], bytes]) -> int:
    """Read how many frames an MP3 says that it has.

    Args:
        peek: Gives so many bytes of its beginning, or fewer if it has fewer.

    Returns:
        Their number; 0 if it does not say, or in a way that is not known here.
    """
    start = _id3_bytes(peek(_ID3_HEADER_BYTES))
    if start > _MAX_ID3_BYTES:
        return 0
    frame = peek(start + _XING_SEARCH_BYTES)[start:]
    at = _find_xing(frame)
    return int.from_bytes(frame[at + 8 : at + 12], "big") if at else 0


def mpeg_frame_seconds(rate: int) -> float:
    """How long a frame of MPEG audio layer III is: half as many samples at the lower rates."""
    return (1152 if rate >= _LOWEST_RATE_OF_MPEG_1 else 576) / rate


def _counts_mpeg_frames(file: VirtualFile) -> bool:
    start = _id3_bytes(_read_at(file, 0, _ID3_HEADER_BYTES))
    frame = _read_at(file, start, _XING_SEARCH_BYTES)
    return b"VBRI" in frame or _find_xing(frame) > 0


def _find_xing(frame: bytes) -> int:
    """Where the mark is that is followed by the number of frames; 0 if there is none."""
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    flags = int.from_bytes(frame[at + 4 : at + 8], "big")
    return at if at > 0 and flags & _XING_COUNTS_FRAMES else 0


def _id3_bytes(header: bytes) -> int:
    """Size of the ID3 tag that a file begins with, if it does."""
    if len(header) < _ID3_HEADER_BYTES or not header.startswith(b"ID3"):
        return 0
    length = 0
    for byte in header[6:]:
        length = length << 7 | byte & 0x7F  # the highest bit is never set
    return _ID3_HEADER_BYTES + length
