"""Samples as neural networks want them: at 16 kHz, as floats between -1 and 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asyncspeech.emulator.recognizers.sphinx_resampler import Resampler

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ("SAMPLE_RATE_HERTZ", "FloatAudio")

SAMPLE_RATE_HERTZ = 16_000

_FULL_SCALE = 32_768


class FloatAudio:
    """Converts a stream of samples.

    Args:
        sample_rate_hertz: Their rate.
    """

    def __init__(self, sample_rate_hertz: int) -> None:
        self._resampler = (
            None
            if sample_rate_hertz == SAMPLE_RATE_HERTZ
            else Resampler(sample_rate_hertz, SAMPLE_RATE_HERTZ)
        )

    def push(self, samples: NDArray[np.int16]) -> NDArray[np.float32]:
        """Take the next samples and return what they make."""
        if self._resampler is None:
            return _floats(samples)
        return self._from_bytes(self._resampler.push(samples.astype("<i2").tobytes()))

    def finish(self) -> NDArray[np.float32]:
        """What is left when no more samples come."""
        return self._from_bytes(b"" if self._resampler is None else self._resampler.finish())

    @staticmethod
    def _from_bytes(samples: bytes) -> NDArray[np.float32]:
        return _floats(np.frombuffer(samples, dtype="<i2"))


def _floats(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    return samples.astype(np.float32) / np.float32(_FULL_SCALE)
