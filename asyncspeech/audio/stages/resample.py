"""Resampling: as many frames per second as are wanted.

libsoxr at its quality HQ: flat up to 91 % of the lower Nyquist frequency, 120 dB down above it. It
keeps time exactly: it drops its filter's own delay, so that the frame at position p of the output is
the audio at position p * from / to of the input, and n frames become n * to / from, rounded. And it
does not matter how the input is cut: the output is the same to the bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soxr

from asyncspeech.audio.stages.base import silence

if TYPE_CHECKING:
    from asyncspeech.audio.stages.base import Block

__all__ = ("Resample",)


class Resample:
    """Changes the sample rate.

    Args:
        from_hertz: Frames per second of what comes in.
        to_hertz: Frames per second of what goes out.
        channel_count: Channels of both.
    """

    def __init__(self, from_hertz: int, to_hertz: int, channel_count: int) -> None:
        self._from_hertz = from_hertz
        self._to_hertz = to_hertz
        self._channel_count = channel_count
        self._frames_in = 0
        self._frames_out = 0
        self._soxr = soxr.ResampleStream(
            from_hertz, to_hertz, channel_count, dtype="float32", quality="HQ"
        )

    @property
    def delay(self) -> float:
        """Seconds of audio that wait in the filter, about 0.03 while it runs."""
        return max(0.0, self._frames_in / self._from_hertz - self._frames_out / self._to_hertz)

    def process(self, block: Block) -> Block:
        """Take a block at the old rate, and give what is ready at the new one."""
        return self._resample(block, last=False)

    def flush(self) -> Block:
        """Give the rest, up to the last frame that was taken.

        More may follow, and is resampled afresh: what was taken since the last flush keeps its length,
        rounded to frames.
        """
        rest = self._resample(silence(0, self._channel_count), last=True)
        self._soxr.clear()
        self._frames_in = self._frames_out = 0
        return rest

    def _resample(self, block: Block, *, last: bool) -> Block:
        resampled: Block = self._soxr.resample_chunk(np.ascontiguousarray(block), last)
        self._frames_in += len(block)
        self._frames_out += len(resampled)
        return resampled
