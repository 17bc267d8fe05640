r"""WAV: a RIFF file of chunks, each a name, a size and content padded to an even length.

``fmt `` says what the samples are; ``data`` has them, and whatever stands between is skipped. Whoever
writes a WAV to a pipe does not know its size, and leaves 0 or the largest number in its place: then the
samples go on to the end of the stream. Else they end where the header says, since other chunks may
follow. RF64 is WAV with 64-bit sizes, in a chunk ``ds64`` before all others.

The service documents WAV with LINEAR16, MULAW and ALAW. 8, 24 and 32-bit integers are decoded as well.
All others (floating point, ADPCM, ...) are refused like bytes of no known kind.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from asyncspeech.emulator import errors
from asyncspeech.emulator.audio.decoder import StreamFormat, no_samples
from asyncspeech.emulator.audio.fixed import SAMPLE_BYTES, Frames

if TYPE_CHECKING:
    from asyncspeech.emulator.audio.decoder import Samples

__all__ = ("WavDecoder",)

_RIFF_BYTES = 12
_CHUNK_HEAD_BYTES = 8
_FMT_BYTES = 16
_DS64_BYTES = 16
_MOST_KEPT_BYTES = 4_096  # a chunk that has to be read as a whole is far smaller
_UNKNOWN_SIZES = {0, 0xFFFF_FFFF}
_INTEGER, _ALAW, _MULAW, _EXTENSIBLE = 0x0001, 0x0006, 0x0007, 0xFFFE
_SUBFORMAT = slice(24, 26)
_PCM = {1: "PCM_U8", 2: "PCM_16", 3: "PCM_24", 4: "PCM_32"}


class WavDecoder:
    """A `Decoder` of WAV, whose stream begins with ``RIFF`` or ``RF64``."""

    def __init__(self) -> None:
        self._head = b""
        self._to_skip = _RIFF_BYTES
        self._data_bytes_of_rf64: int | None = None
        self._encoding = ""
        self._format: StreamFormat | None = None
        self._frames: Frames | None = None
        self._left: int | None = None  # bytes of samples still to come, if that is known

    @property
    def format(self) -> StreamFormat | None:
        """What ``fmt `` says; None before it has come."""
        return self._format

    async def decode(self, audio: bytes) -> Samples:
        """The frames that ``audio`` completes.

        Raises:
            Refusal: The header is damaged, or of an encoding that is not decoded.
        """
        if self._frames is None:
            audio = self._read_header(audio)
        if self._frames is None:
            return no_samples()
        if self._left is not None:
            audio = audio[: self._left]
            self._left -= len(audio)
        return self._frames.decode(audio)

    async def finish(self) -> Samples:
        """Nothing: a frame that was cut off says nothing.

        Raises:
            Refusal: The stream ended within the header.
        """
        if self._frames is None or self._format is None:
            raise errors.undetected_audio()
        return no_samples(self._format.channel_count)

    async def aclose(self) -> None:
        """Nothing is held."""

    def _read_header(self, audio: bytes) -> bytes:
        """Read chunks up to the samples. What follows is returned, and is nothing before they begin."""
        self._head += audio
        while self._skip() and len(self._head) >= _CHUNK_HEAD_BYTES:
            name, size = struct.unpack_from("<4sI", self._head)
            if name == b"data":
                self._begin(size)
                samples, self._head = self._head[_CHUNK_HEAD_BYTES:], b""
                return samples
            if name in {b"fmt ", b"ds64"} and not self._read_chunk(name, size):
                return b""
            self._to_skip = _CHUNK_HEAD_BYTES + size + size % 2
        return b""

    def _skip(self) -> bool:
        """Drop what is to be skipped; whether all of it has come."""
        skipped = min(self._to_skip, len(self._head))
        self._head = self._head[skipped:]
        self._to_skip -= skipped
        return self._to_skip == 0

    def _read_chunk(self, name: bytes, size: int) -> bool:
        """Read a chunk that matters; whether it has come."""
        if size > _MOST_KEPT_BYTES:
            raise errors.undetected_audio()
        content = self._head[_CHUNK_HEAD_BYTES : _CHUNK_HEAD_BYTES + size]
        if len(content) < size:
            return False
        if name == b"fmt ":
            self._encoding, self._format = _read_fmt(content)
        elif size >= _DS64_BYTES:
            (self._data_bytes_of_rf64,) = struct.unpack_from("<8xQ", content)
        return True

    def _begin(self, size: int) -> None:
        if self._format is None:
            raise errors.undetected_audio()
        self._frames = Frames(self._encoding, self._format.channel_count)
        self._left = self._data_bytes_of_rf64 if size in _UNKNOWN_SIZES else size
        if self._left == 0:  # of a live stream, in 64 bits
            self._left = None


def _read_fmt(content: bytes) -> tuple[str, StreamFormat]:
    """The encoding, a key of `SAMPLE_BYTES`, and the format of the samples."""
    if len(content) < _FMT_BYTES:
        raise errors.undetected_audio()
    tag, channels, rate, _, frame_bytes, _ = struct.unpack_from("<HHIIHH", content)
    if tag == _EXTENSIBLE:
        tag = int.from_bytes(content[_SUBFORMAT], "little")
    if not channels or not rate or frame_bytes % channels:
        raise errors.undetected_audio()
    sample_bytes = frame_bytes // channels
    encoding = {
        _INTEGER: _PCM.get(sample_bytes),
        _MULAW: "ULAW",
        _ALAW: "ALAW",
    }.get(tag)
    if encoding is None or SAMPLE_BYTES[encoding] != sample_bytes:
        raise errors.undetected_audio()
    return encoding, StreamFormat(rate, channels)
