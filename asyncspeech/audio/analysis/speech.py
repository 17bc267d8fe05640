"""Speech and the rest: their levels, and how far these are apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from asyncspeech.audio.analysis.figures import Region, dbfs
from asyncspeech.audio.analysis.levels import TRACE_SECONDS
from asyncspeech.audio.loudness import QUIET_DBFS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from asyncspeech.audio.stages.base import Block

__all__ = ("LoudnessDetector", "Regions", "Span", "SpeechLevels", "Tracker", "speech_levels")

_LEAST_SECONDS = 0.5
_GUARD_SECONDS = 0.1  # how far off the ends of a region may be
_SILENT_DBFS = -90.0  # quieter than a recording can be: the dither of 16 bits is at -93
_QUIET = 10 ** (QUIET_DBFS / 20)


class Span(Protocol):
    """So many frames in which somebody speaks, or nobody does."""

    @property
    def frames(self) -> int:
        """How many."""
        ...

    @property
    def is_voice(self) -> bool:
        """Which of both."""
        ...


class Tracker(Protocol):
    """Tells speech in one channel: `asyncspeech.audio.voice.activity.ActivityTracker`."""

    def process(self, block: Block) -> Sequence[Span]:
        """Take a block, and say what is known by now."""
        ...

    def flush(self) -> Sequence[Span]:
        """Say the rest."""
        ...


@dataclass(frozen=True, slots=True)
class LoudnessDetector:
    """Takes all sound for speech: what there is without the extra ``vad``."""

    def start(self, sample_rate_hertz: int) -> _Loudness:
        """Begin to listen to one channel."""
        return _Loudness(sample_rate_hertz)


class _Loudness:
    def __init__(self, sample_rate_hertz: int) -> None:
        self.sample_rate_hertz = sample_rate_hertz
        self.hop_frames = round(TRACE_SECONDS * sample_rate_hertz)

    def probability(self, block: Block) -> float:
        return float(np.abs(block).max(initial=0.0) > _QUIET)


class Regions:
    """Makes regions of spans.

    Args:
        sample_rate_hertz: Frames per second.
    """

    def __init__(self, sample_rate_hertz: int) -> None:
        self._rate = sample_rate_hertz
        self._position = 0
        self._bounds: list[tuple[int, int]] = []

    def add(self, spans: Iterable[Span]) -> None:
        """Take the next spans."""
        for span in spans:
            start, self._position = self._position, self._position + span.frames
            if span.is_voice and self._bounds and self._bounds[-1][1] == start:
                self._bounds[-1] = (self._bounds[-1][0], self._position)
            elif span.is_voice and span.frames:
                self._bounds.append((start, self._position))

    def found(self) -> tuple[Region, ...]:
        """The regions in which somebody speaks."""
        return tuple(Region(start / self._rate, end / self._rate) for start, end in self._bounds)


@dataclass(frozen=True, slots=True)
class SpeechLevels:
    """Levels of speech and noise: see `asyncspeech.audio.analysis.figures.ChannelAnalysis`."""

    speech_dbfs: float | None
    noise_dbfs: float | None
    snr_db: float | None
    why_no_snr: str


def speech_levels(
    power: npt.NDArray[np.float32], point_seconds: float, regions: Sequence[Region]
) -> SpeechLevels:
    """Compare the speech with the rest.

    Args:
        power: The mean square of each point of a channel.
        point_seconds: How much audio a point stands for.
        regions: Where somebody speaks.
    """
    speech = np.zeros(len(power), bool)
    near = np.zeros(len(power), bool)
    for region in regions:
        speech[math.ceil(region.start / point_seconds) : math.floor(region.end / point_seconds)] = True
        first = max(0, math.floor((region.start - _GUARD_SECONDS) / point_seconds))
        near[first : math.ceil((region.end + _GUARD_SECONDS) / point_seconds)] = True
    least = _LEAST_SECONDS / point_seconds
    spoken = float(power[speech].mean()) if speech.sum() >= least else None
    quiet = float(np.median(power[~near])) if (~near).sum() >= least else None
    snr, why = _ratio(spoken, quiet)
    return SpeechLevels(
        None if spoken is None else dbfs(spoken), None if quiet is None else dbfs(quiet), snr, why
    )


def _ratio(speech: float | None, noise: float | None) -> tuple[float | None, str]:
    if speech is None:
        return None, f"there is less than {_LEAST_SECONDS:g} s of speech"
    if noise is None:
        return None, f"there is less than {_LEAST_SECONDS:g} s without speech"
    if dbfs(noise) < _SILENT_DBFS:
        return None, "where nobody speaks there is digital silence"
    if speech <= noise:
        return None, "what is taken for speech is no louder than the rest"
    return 10 * math.log10((speech - noise) / noise), ""
