"""Samples as bytes, and as numbers.

LINEAR16 is an integer of 16 bits, and a float32 has 24 for the mantissa: dividing by 32768 and
multiplying again gives every sample back as it was. On the way to 16 bits, samples are rounded half to
even, which adds no bias, and what is over full scale is clipped.

G.711 has 256 codes, so decoding it is a table of 256 samples, and encoding it one of 65,536 codes. Both
tables are made by libsndfile, when first needed: there is no codec in here that could be wrong.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from asyncspeech.model import AudioEncoding

if TYPE_CHECKING:
    import numpy.typing as npt

    from asyncspeech.audio.stages.base import Block
    from asyncspeech.model import AudioFormat

__all__ = ("decode", "encode", "silence_damage")

_FULL_SCALE = 1 << 15
_LOUDEST = 65536.0  # float files may hold unscaled 16-bit samples, but nothing louder
_SUBTYPES = {AudioEncoding.MULAW: "ULAW", AudioEncoding.ALAW: "ALAW"}


def decode(data: bytes, audio_format: AudioFormat) -> Block:
    """Read whole frames of raw audio.

    Args:
        data: The samples, interleaved.
        audio_format: How they are to be read. Its rate does not matter here.

    Returns:
        Samples of shape (frames, channels), -1 to 1.
    """
    shape = (-1, audio_format.audio_channel_count)
    if audio_format.encoding is AudioEncoding.LINEAR16:
        samples = np.frombuffer(data, "<i2").astype(np.float32)
        samples /= _FULL_SCALE
        return samples.reshape(shape)
    return _samples_of_codes(audio_format.encoding)[np.frombuffer(data, np.uint8)].reshape(shape)


def encode(block: Block, encoding: AudioEncoding) -> bytes:
    """Write samples as raw audio.

    Args:
        block: Samples of shape (frames, channels), -1 to 1; what is outside of that is clipped.
        encoding: How to write them.

    Returns:
        The samples, interleaved.
    """
    clipped = np.clip(np.rint(block * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1)
    samples: npt.NDArray[np.int16] = clipped.astype("<i2")
    if encoding is AudioEncoding.LINEAR16:
        return samples.tobytes()
    codes: npt.NDArray[np.uint8] = _codes_of_samples(encoding)[samples.view("<u2")]
    return codes.tobytes()


def silence_damage(block: Block) -> Block:
    """Silence samples that no recording can have.

    A float file may hold NaN, infinity or 1e38 where it is damaged, and a single one of these would
    spread over all that shares a filter with it.
    """
    damaged = ~(np.abs(block) < _LOUDEST)  # false for NaN, too
    if damaged.any():
        block[damaged] = 0.0
    return block


@cache
def _samples_of_codes(encoding: AudioEncoding) -> npt.NDArray[np.float32]:
    """The sample that each of the 256 codes of G.711 stands for."""
    samples, _ = soundfile.read(
        BytesIO(bytes(range(256))),
        dtype="float32",
        format="RAW",
        subtype=_SUBTYPES[encoding],
        samplerate=8_000,
        channels=1,
    )
    return np.asarray(samples, np.float32)


@cache
def _codes_of_samples(encoding: AudioEncoding) -> npt.NDArray[np.uint8]:
    """The code of G.711 for each 16-bit sample, at the index of the sample taken as unsigned."""
    file = BytesIO()
    every_sample = np.arange(1 << 16, dtype=np.uint16).view(np.int16)
    soundfile.write(file, every_sample, 8_000, format="RAW", subtype=_SUBTYPES[encoding])
    return np.frombuffer(file.getvalue(), np.uint8)
