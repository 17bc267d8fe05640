"""Decoding of pieces: what is done in the thread of an encoded stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech.audio.arriving.wave_pieces import read_wave_blocks, read_wave_header
from asyncspeech.audio.convert import Adapter, Converter
from asyncspeech.audio.recordings.kinds import HEAD_BYTES, is_wave, tell_piece_kind
from asyncspeech.audio.recordings.lengths import count_mpeg_frames, mpeg_frame_seconds
from asyncspeech.audio.recordings.media import MediaDecoder
from asyncspeech.audio.recordings.reasons import HEADERLESS_HINT, WAIT_HINT
from asyncspeech.audio.recordings.wholeness import PieceWalk, walk_of
from asyncspeech.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from asyncspeech.audio.arriving.encoded import Decode
    from asyncspeech.audio.arriving.pieces import Pieces
    from asyncspeech.audio.recordings.kinds import Kind
    from asyncspeech.audio.stages.base import Block
    from asyncspeech.model import AudioFormat

__all__ = ("decode_encoded", "decode_raw")

_MAGIC_BYTES = 32  # tell all but a transport stream
_TS_SYNC = b"\x47"
_READ_BYTES = 1 << 16


def decode_encoded(target: AudioFormat, channel: int | None) -> Decode:
    """Make a decoder of whatever comes, told by its first bytes.

    Args:
        target: The format wanted.
        channel: The one channel wanted, from 1; None for all of them.
    """

    def decode(pieces: Pieces) -> Generator[bytes]:
        adapter = Adapter(target, pieces.name, channel)
        failure: AudioError | None = None
        try:
            for rate, block in _read_blocks(pieces):
                yield adapter.process(rate, block)
        except AudioError as error:
            failure = error
        yield adapter.flush()
        if failure is not None:
            raise failure

    return decode


def decode_raw(source: AudioFormat, target: AudioFormat, channel: int | None) -> Decode:
    """Make a converter of headerless samples.

    Args:
        source: How they are to be read.
        target: The format wanted.
        channel: The one channel wanted, from 1; None for all of them.
    """

    def decode(pieces: Pieces) -> Generator[bytes]:
        converter = Converter(source, target, pieces.name, channel)
        while data := pieces.read(_READ_BYTES):
            yield converter.process(data)
        yield converter.flush()
        pieces.check()
        converter.verify()

    return decode


def _read_blocks(pieces: Pieces) -> Iterator[tuple[int, Block]]:
    kind = _tell_kind(pieces)
    if is_wave(pieces.peek(_MAGIC_BYTES)) and (header := read_wave_header(pieces)):
        yield from read_wave_blocks(pieces, header)
        return
    file = _PieceFile(pieces, kind)
    decoder = MediaDecoder(file, pieces.name, kind, in_pieces=True)
    promised_frames = count_mpeg_frames(pieces.peek) if kind.demuxer == "mp3" else 0
    try:
        decoder.open()
        for rate, block in decoder.blocks():
            decoder.promised_seconds = promised_frames * mpeg_frame_seconds(rate)
            yield rate, block
        pieces.check()
        decoder.verify(file.missing_bytes)
    except AudioError:
        pieces.check()  # what happened to the stream says more than what became of it
        raise
    finally:
        decoder.close()


def _tell_kind(pieces: Pieces) -> Kind:
    head = pieces.peek(_MAGIC_BYTES)
    if head.startswith(_TS_SYNC):
        head = pieces.peek(HEAD_BYTES)
    pieces.check()
    if not head:
        raise AudioError(pieces.name, "is empty (0 bytes)")
    kind = tell_piece_kind(head)
    if kind is None:
        raise AudioError(
            pieces.name,
            "is not audio of any known format",
            hint=HEADERLESS_HINT,
        )
    if kind.demuxer is None:
        raise AudioError(pieces.name, f"is {kind.name}, which cannot be decoded here")
    if not kind.comes_in_pieces:
        raise AudioError(
            pieces.name,
            f"is {kind.name}, which cannot be decoded as it comes",
            hint=WAIT_HINT,
        )
    return kind


class _PieceFile:
    """What FFmpeg reads, and whether it ends where it should."""

    def __init__(self, pieces: Pieces, kind: Kind) -> None:
        self._pieces = pieces
        self._has_index = False
        walk = walk_of(kind.demuxer, self._see_box)
        self._walk = None if walk is None else PieceWalk(walk)

    @property
    def missing_bytes(self) -> int:
        """How many bytes are missing at least."""
        return 0 if self._walk is None else self._walk.missing_bytes

    def read(self, size: int) -> bytes:
        """Read what has come, up to ``size`` bytes; none at the end."""
        data = self._pieces.read(size)
        try:
            if self._walk is not None:
                self._walk.take(data)
        except AudioError as error:
            self._pieces.fail(error)
            return b""
        return data

    def _see_box(self, name: bytes) -> None:
        self._has_index = self._has_index or name == b"moov"
        if name == b"mdat" and not self._has_index:
            raise AudioError(
                self._pieces.name,
                "is MP4 with its index at the end, which cannot be decoded as it comes",
                hint=f"{WAIT_HINT}; or write it fragmented, or for fast start: "
                "ffmpeg -i INPUT -c copy -movflags +faststart OUTPUT",
            )
