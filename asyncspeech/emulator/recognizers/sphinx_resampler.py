"""Samples at one rate to samples at another, as a stream."""

from __future__ import annotations

import numpy as np
import soxr

__all__ = ("Resampler",)

_BLOCK_SECONDS = 0.02


class Resampler:
    """Resamples a stream of mono samples, 16 bits each.

    What comes out depends on the samples alone. soxr dithers 16-bit samples by chance, so it is given
    floats; and its output differs in the last bits with the blocks that it is given, so they are of one
    size. The output is in step with the input: sample n of it was heard at the time n / ``target``.

    Args:
        source: The rate of the samples that come in, in hertz.
        target: The rate of those that go out, in hertz.
    """

    def __init__(self, source: int, target: int) -> None:
        self._stream = soxr.ResampleStream(source, target, 1, dtype="float32", quality="HQ")
        self._block_bytes = 2 * max(1, round(_BLOCK_SECONDS * source))
        self._pending = bytearray()

    def push(self, samples: bytes) -> bytes:
        """Take the next samples and return what they make; it lags behind by about 50 ms."""
        self._pending += samples
        out = bytearray()
        whole = len(self._pending) // self._block_bytes * self._block_bytes
        for start in range(0, whole, self._block_bytes):
            out += self._resample(bytes(self._pending[start : start + self._block_bytes]))
        del self._pending[:whole]
        return bytes(out)

    def finish(self) -> bytes:
        """What is left when no more samples come."""
        return self._resample(bytes(self._pending), last=True)

    def _resample(self, samples: bytes, *, last: bool = False) -> bytes:
        block = np.frombuffer(samples, dtype="<i2").astype(np.float32)
        resampled = np.rint(self._stream.resample_chunk(block, last=last))
        # A full-scale wave may overshoot between its samples.
        out: bytes = resampled.clip(-32_768, 32_767).astype("<i2").tobytes()
        return out
