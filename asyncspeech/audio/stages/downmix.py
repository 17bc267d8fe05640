"""Downmix: many channels to one.

The mean, not the sum: it cannot clip, and a voice that is equally loud in all channels keeps its level.
The mean of two 16-bit samples has 17 bits, of eight 19; both are exact in float32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asyncspeech.audio.stages.base import silence

if TYPE_CHECKING:
    from asyncspeech.audio.stages.base import Block

__all__ = ("Downmix",)


class Downmix:
    """Mixes all channels down to one."""

    delay = 0.0

    def process(self, block: Block) -> Block:
        """Give the mean over the channels, of shape (frames, 1)."""
        mixed: Block = np.mean(block, axis=1, keepdims=True, dtype=np.float32)
        return mixed

    def flush(self) -> Block:
        """Give nothing: no frame was held back."""
        return silence(0, 1)
