"""A voice detector for coded audio, which no detector of speech would take for speech."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from asyncspeech.audio.stages.base import Block

_HOP_SECONDS = 0.02
_QUIET = 10 ** (-50 / 20)


@dataclass(frozen=True, slots=True)
class LoudDetector:
    """Takes everything that can be heard for speech."""

    def start(self, sample_rate_hertz: int) -> LoudListener:
        return LoudListener(sample_rate_hertz)


class LoudListener:
    def __init__(self, sample_rate_hertz: int) -> None:
        self.sample_rate_hertz = sample_rate_hertz
        self.hop_frames = round(_HOP_SECONDS * sample_rate_hertz)

    def probability(self, block: Block) -> float:
        return float(np.abs(block).max() > _QUIET)
