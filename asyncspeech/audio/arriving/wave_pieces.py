"""WAV and AU in pieces: a header, and samples as they come.

A server that streams WAV does not know its length, and writes 0 or the largest number there is. That
is believed to mean "up to the end". A length that is known has to be kept.

libsndfile reads the header, and then each piece as headerless samples of what the header says. Encodings
that come in blocks (ADPCM, GSM) are not for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import soundfile

from asyncspeech.audio.convert import check_rate
from asyncspeech.audio.framing import Framer
from asyncspeech.audio.samples import silence_damage
from asyncspeech.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asyncspeech.audio.arriving.pieces import Pieces
    from asyncspeech.audio.stages.base import Block

__all__ = ("WaveHeader", "read_wave_blocks", "read_wave_header")

_SAMPLE_BYTES: Final = {
    "PCM_S8": 1,
    "PCM_U8": 1,
    "PCM_16": 2,
    "PCM_24": 3,
    "PCM_32": 4,
    "FLOAT": 4,
    "DOUBLE": 8,
    "ULAW": 1,
    "ALAW": 1,
}
_MAX_HEADER_BYTES: Final = 1 << 20  # before the samples, there may be a picture, but no film
_UNKNOWN_32_BITS: Final = 0x7E00_0000  # sox writes 0x7F000000, rounded down to whole frames
_UNKNOWN_64_BITS: Final = 1 << 62
_CHUNK_HEAD_BYTES: Final = 8
_FORM_HEAD_BYTES: Final = 12
_AU_HEAD_BYTES: Final = 24
_MAX_READ_BYTES: Final = 1 << 18
_ERRORS: Final = (soundfile.SoundFileError, RuntimeError, ValueError, TypeError, OSError)


@dataclass(frozen=True, slots=True)
class WaveHeader:
    """What the header of a WAV or an AU says.

    Attributes:
        header_bytes: How long it is.
        rate: Frames per second.
        channel_count: Channels.
        subtype: The encoding, as soundfile calls it.
        endian: The order of bytes.
        audio_bytes: The length of the samples; None if it is unknown.
    """

    header_bytes: int
    rate: int
    channel_count: int
    subtype: str
    endian: Literal["LITTLE", "BIG"]
    audio_bytes: int | None

    @property
    def frame_bytes(self) -> int:
        """Bytes in one frame."""
        return _SAMPLE_BYTES[self.subtype] * self.channel_count


def read_wave_header(pieces: Pieces) -> WaveHeader | None:
    """Look at the header, and take nothing.

    Returns:
        What it says; None if its samples do not stand for themselves.

    Raises:
        AudioError: It is damaged, or the stream ended within it.
    """
    magic = pieces.peek(4)
    order: Literal["little", "big"] = "little" if magic in {b"RIFF", b"RF64", b"dns."} else "big"
    if magic in {b".snd", b"dns."}:
        size, audio_bytes = _find_au_samples(pieces, order)
        blank = slice(8, 12)
    else:
        size, audio_bytes = _find_wave_samples(pieces, order)
        blank = slice(size - 4, size)
    header = bytearray(pieces.peek(size))
    pieces.check()
    header[blank] = bytes(4)
    try:
        with soundfile.SoundFile(BytesIO(bytes(header))) as sound:
            facts = sound.samplerate, sound.channels, sound.subtype
    except _ERRORS as error:
        raise AudioError(pieces.name, "is a WAV or AU whose header is damaged") from error
    if facts[2] not in _SAMPLE_BYTES:
        return None
    check_rate(facts[0], pieces.name)
    endian: Literal["LITTLE", "BIG"] = "LITTLE" if order == "little" else "BIG"
    return WaveHeader(size, *facts, endian, audio_bytes)


def read_wave_blocks(pieces: Pieces, header: WaveHeader) -> Iterator[tuple[int, Block]]:
    """Take the header and all that follows, and give the samples as they come, with their rate.

    Raises:
        AudioError: The samples end before they should, or within a frame.
    """
    pieces.read(header.header_bytes)
    framer = Framer(header.frame_bytes, pieces.name)
    taken = 0
    while data := pieces.read(_count_readable(header, taken)):
        taken += len(data)
        if whole := framer.take(data):
            yield header.rate, _decode(whole, header)
    pieces.check()
    if header.audio_bytes is not None and taken < header.audio_bytes:
        raise AudioError(
            pieces.name, f"is cut off: {header.audio_bytes - taken} bytes are missing at the end"
        )
    framer.verify()
    if taken == 0:
        raise AudioError(pieces.name, "holds no audio (0 frames)")
    _drain(pieces)


def _count_readable(header: WaveHeader, taken: int) -> int:
    most = _MAX_READ_BYTES - _MAX_READ_BYTES % header.frame_bytes
    return most if header.audio_bytes is None else min(most, header.audio_bytes - taken)


def _decode(data: bytes, header: WaveHeader) -> Block:
    samples: Any
    samples, _ = soundfile.read(
        BytesIO(data),
        dtype="float32",
        always_2d=True,
        format="RAW",
        subtype=header.subtype,
        endian=header.endian,
        samplerate=header.rate,
        channels=header.channel_count,
    )
    return silence_damage(np.asarray(samples, np.float32))


def _drain(pieces: Pieces) -> None:
    """Take what follows the samples: chunks, whose names are legible, or padding, but no more audio."""
    name = pieces.peek(4)
    is_legible = name.isascii() and name.decode("ascii").isprintable()
    if any(name) and (not is_legible or name in {b"RIFF", b"RF64", b".snd"}):
        raise AudioError(pieces.name, "goes on after the audio that its header accounts for")
    while pieces.read(_MAX_READ_BYTES):
        pass
    pieces.check()


def _find_wave_samples(pieces: Pieces, order: Literal["little", "big"]) -> tuple[int, int | None]:
    """Walk up to the chunk with the samples. Returns where they begin, and their length."""
    at, long_length = _FORM_HEAD_BYTES, 0
    while True:
        head = _peek_to(pieces, at + _CHUNK_HEAD_BYTES)[at:]
        length = int.from_bytes(head[4:], order)
        at += _CHUNK_HEAD_BYTES
        if head.startswith(b"data"):
            if long_length:
                return at, long_length if long_length < _UNKNOWN_64_BITS else None
            return at, length if 0 < length < _UNKNOWN_32_BITS else None
        if head.startswith(b"ds64"):
            long_length = int.from_bytes(_peek_to(pieces, at + 16)[at + 8 :], "little")
        at += length + length % 2


def _find_au_samples(pieces: Pieces, order: Literal["little", "big"]) -> tuple[int, int | None]:
    head = _peek_to(pieces, _AU_HEAD_BYTES)
    start, length = int.from_bytes(head[4:8], order), int.from_bytes(head[8:12], order)
    _peek_to(pieces, max(start, _AU_HEAD_BYTES))
    return start, length if 0 < length < _UNKNOWN_32_BITS else None


def _peek_to(pieces: Pieces, count: int) -> bytes:
    head = pieces.peek(count) if count <= _MAX_HEADER_BYTES else b""
    if len(head) < count:
        pieces.check()
        raise AudioError(pieces.name, "is a WAV or AU whose header is damaged or cut off")
    return head
