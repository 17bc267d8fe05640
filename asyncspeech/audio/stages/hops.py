"""`Hopped`: what works on a fixed number of frames at a time, and gives them late, as a stage.

A *hop* is that number of frames. Audio waits until it fills one. What comes out late is put right: the
frames by which it is late are dropped at the beginning, and silence is put in at a flush until all that
was taken has come out. What comes out of that silence is dropped, so that n frames in are n frames out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asyncspeech.audio.stages.base import silence

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech.audio.stages.base import Block

__all__ = ("Hopped",)


class Hopped:
    """Has one channel worked on in hops.

    Args:
        work: Takes a block of any number of hops, and gives one of the same length.
        hop_frames: How many frames a hop has.
        late_frames: By how many frames what ``work`` gives is late.
        sample_rate_hertz: Frames per second.
    """

    def __init__(
        self,
        work: Callable[[Block], Block],
        *,
        hop_frames: int,
        late_frames: int,
        sample_rate_hertz: int,
    ) -> None:
        self._work = work
        self._hop = hop_frames
        self._late = late_frames
        self._rate = sample_rate_hertz
        self._waiting = silence(0, 1)
        self._to_drop = late_frames
        self._held = 0

    @property
    def delay(self) -> float:
        """Seconds of audio that were taken and not given back yet."""
        return self._held / self._rate

    def process(self, block: Block) -> Block:
        """Take a block, and give what is ready."""
        self._held += len(block)
        worked = self._feed(block)
        self._held -= len(worked)
        return worked

    def flush(self) -> Block:
        """Give the rest, as though silence followed. More may follow."""
        frames = len(self._waiting) + self._late
        padding = -(-frames // self._hop) * self._hop - len(self._waiting)
        rest = self._feed(silence(padding, 1))[: self._held] if self._held else silence(0, 1)
        self._to_drop, self._held = self._late, 0
        return rest

    def _feed(self, block: Block) -> Block:
        audio = np.concatenate((self._waiting, block)) if len(self._waiting) else block
        ready = len(audio) - len(audio) % self._hop
        self._waiting = audio[ready:].copy()  # a view would keep all of it
        worked = self._work(audio[:ready]) if ready else silence(0, 1)
        dropped = min(self._to_drop, len(worked))
        self._to_drop -= dropped
        return worked[dropped:]
