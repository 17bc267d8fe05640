"""Samples that come in blocks of any length, in slices of one length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from asyncspeech.audio.stages.base import Block

__all__ = ("Slicer",)


class Slicer:
    """Cuts a channel into slices.

    Args:
        frames: How long a slice is.
    """

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._rest = np.empty(0, np.float32)

    def take(self, samples: npt.NDArray[np.float32]) -> Block:
        """Take samples, and give the slices that are whole by now, of shape (slices, frames)."""
        samples = np.concatenate((self._rest, samples))
        whole = len(samples) // self._frames * self._frames
        self._rest = samples[whole:].copy()
        return samples[:whole].reshape(-1, self._frames)

    def rest(self) -> npt.NDArray[np.float32]:
        """What is left: less than a slice."""
        return self._rest
