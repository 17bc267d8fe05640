"""Encodings with a fixed size of sample: decoded on the spot, without waiting."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from asyncspeech.emulator.audio.decoder import no_samples

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from asyncspeech.emulator.audio.decoder import Samples, StreamFormat

__all__ = ("SAMPLE_BYTES", "FixedDecoder", "Frames")

SAMPLE_BYTES = {"ULAW": 1, "ALAW": 1, "PCM_U8": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4}
"""Bytes for each sample, by libsndfile's name of the encoding."""


class Frames:
    """Cuts bytes into frames, and those into samples.

    Args:
        encoding: A key of `SAMPLE_BYTES`. All are little-endian.
        channel_count: Channels, interleaved.
    """

    def __init__(self, encoding: str, channel_count: int) -> None:
        self._channel_count = channel_count
        self._frame_bytes = channel_count * SAMPLE_BYTES[encoding]
        self._convert = _conversion(encoding)
        self._rest = b""

    def decode(self, audio: bytes) -> Samples:
        """The frames that ``audio`` completes, of shape (frames, channels)."""
        audio = self._rest + audio
        whole = len(audio) - len(audio) % self._frame_bytes
        self._rest = audio[whole:]
        return self._convert(audio[:whole]).reshape(-1, self._channel_count)


class FixedDecoder:
    """A `Decoder` of headerless audio.

    Args:
        encoding: A key of `SAMPLE_BYTES`.
        stream_format: As it was declared.
    """

    def __init__(self, encoding: str, stream_format: StreamFormat) -> None:
        self._format = stream_format
        self._frames = Frames(encoding, stream_format.channel_count)

    @property
    def format(self) -> StreamFormat:
        """As it was declared."""
        return self._format

    async def decode(self, audio: bytes) -> Samples:
        """The frames that ``audio`` completes."""
        return self._frames.decode(audio)

    async def finish(self) -> Samples:
        """Nothing: a frame that was cut off says nothing."""
        return no_samples(self._format.channel_count)

    async def aclose(self) -> None:
        """Nothing is held."""


def _conversion(encoding: str) -> Callable[[bytes], Samples]:
    """From whole samples to 16 bits, as libsndfile does it."""
    if encoding == "PCM_16":
        return _from_16_bits
    if encoding == "PCM_U8":
        return _table_lookup((np.arange(-128, 128) * 256).astype(np.int16))
    if encoding in {"ULAW", "ALAW"}:
        return _table_lookup(_g711_table(encoding))
    return _upper_16_bits(SAMPLE_BYTES[encoding])


def _from_16_bits(audio: bytes) -> Samples:
    return np.frombuffer(audio, "<i2").astype(np.int16, copy=False)


def _table_lookup(table: Samples) -> Callable[[bytes], Samples]:
    return lambda audio: table[np.frombuffer(audio, np.uint8)]


def _upper_16_bits(sample_bytes: int) -> Callable[[bytes], Samples]:
    def convert(audio: bytes) -> Samples:
        samples: npt.NDArray[np.uint8] = np.frombuffer(audio, np.uint8).reshape(-1, sample_bytes)
        return _from_16_bits(samples[:, -2:].tobytes())

    return convert


@cache
def _g711_table(encoding: str) -> Samples:
    """The sample for each of the 256 codes, as libsndfile decodes them."""
    table, _ = soundfile.read(
        io.BytesIO(bytes(range(256))),
        dtype="int16",
        format="RAW",
        subtype=encoding,
        samplerate=8_000,
        channels=1,
    )
    return np.asarray(table, np.int16)
