"""Selection: one channel of many.

Where each speaker has a channel of their own, the mean of all is two people talking at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asyncspeech.audio.stages.base import silence

if TYPE_CHECKING:
    from asyncspeech.audio.stages.base import Block

__all__ = ("SelectChannel",)


class SelectChannel:
    """Keeps one channel and drops the others.

    Args:
        channel: The channel to keep, counted from 1.
    """

    delay = 0.0

    def __init__(self, channel: int) -> None:
        self._column = channel - 1

    def process(self, block: Block) -> Block:
        """Give the channel, of shape (frames, 1)."""
        return np.ascontiguousarray(block[:, self._column : self._column + 1])

    def flush(self) -> Block:
        """Give nothing: no frame was held back."""
        return silence(0, 1)
