"""Stages: what happens to samples on their way, one small step each.

A stage takes blocks and gives blocks. It may give less than it took (a filter has to see what comes
after a sample before it can give that sample) and the rest when it is flushed. What it gives is aligned
with what it took: however blocks are cut, the first sample given belongs to the first sample taken, and
``delay`` says how much audio it holds back at present.

Stages in a row are a stage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("Block", "Chain", "Stage", "silence")

Block: TypeAlias = npt.NDArray[np.float32]
"""Samples of shape (frames, channels); full scale is -1 to 1. May have no frames."""


def silence(frames: int, channel_count: int) -> Block:
    """A block of ``frames`` silent frames."""
    return np.zeros((frames, channel_count), np.float32)


class Stage(Protocol):
    """One step in the treatment of audio. It keeps state: it is for one stream."""

    @property
    def delay(self) -> float:
        """Seconds of audio that were taken and not given back yet."""
        ...

    def process(self, block: Block) -> Block:
        """Take a block, and give what is ready, which may be no frames."""
        ...

    def flush(self) -> Block:
        """Give what was held back, as though silence followed.

        More may follow, as after a pause: what was given by then has the length of what was taken.
        """
        ...


class Chain:
    """Stages in a row.

    Args:
        stages: The stages, first to last; with none, blocks pass through.
        channel_count: Channels of the blocks that the first takes.
    """

    def __init__(self, stages: Sequence[Stage], channel_count: int) -> None:
        self._stages = tuple(stages)
        self._channel_count = channel_count

    @property
    def delay(self) -> float:
        """Seconds of audio that were taken and not given back yet."""
        return sum(stage.delay for stage in self._stages)

    def process(self, block: Block) -> Block:
        """Take a block, and give what comes out at the far end."""
        for stage in self._stages:
            block = stage.process(block)
        return block

    def flush(self) -> Block:
        """Give what all stages together held back."""
        rest = silence(0, self._channel_count)
        for stage in self._stages:
            rest = np.concatenate((stage.process(rest), stage.flush()))
        return rest
