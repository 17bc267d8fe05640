"""Levels of one channel: sums over all of it, runs at full scale, and a trace of 50 points a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asyncspeech.audio.analysis.figures import Clipping
from asyncspeech.audio.analysis.slices import Slicer
from asyncspeech.audio.loudness import QUIET_DBFS

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ("CLIPPED_RUN", "CLIPS_TOLD", "TRACE_SECONDS", "Levels", "Trace", "Tracer")

CLIPPED_RUN = 3
"""So many samples in a row at full scale are clipped: a loud tone has one, or by chance two."""

CLIPS_TOLD = 10
"""Of so many it is told where they are."""

TRACE_SECONDS = 0.02
"""How much audio a point of a trace stands for."""

_QUIET = 10 ** (QUIET_DBFS / 20)


class Levels:
    """Measures a channel as it comes.

    Args:
        sample_rate_hertz: Frames per second.
        largest_sample: What full scale is, as a float.

    Attributes:
        frames: How many were taken.
        peak: The largest magnitude.
        first_sound: The first frame that is not quiet; None if there is none.
        last_sound: The last one.
    """

    def __init__(self, sample_rate_hertz: int, largest_sample: float) -> None:
        self.frames = 0
        self.peak = 0.0
        self.first_sound: int | None = None
        self.last_sound: int | None = None
        self._rate = sample_rate_hertz
        self._full = largest_sample
        self._sum = 0.0
        self._sum_of_squares = 0.0
        self._run = 0  # samples at full scale that the last block ended with
        self._clips = 0
        self._clipped_frames = 0
        self._first_clips: list[float] = []

    def process(self, samples: npt.NDArray[np.float32]) -> None:
        """Take samples."""
        if not len(samples):
            return
        magnitudes = np.abs(samples)
        self.peak = max(self.peak, float(magnitudes.max()))
        self._sum += float(samples.sum(dtype=np.float64))
        self._sum_of_squares += float(np.square(samples, dtype=np.float64).sum())
        sound = np.flatnonzero(magnitudes > _QUIET)
        if len(sound):
            if self.first_sound is None:
                self.first_sound = self.frames + int(sound[0])
            self.last_sound = self.frames + int(sound[-1])
        self._find_clips(magnitudes >= self._full)
        self.frames += len(samples)

    def finish(self) -> None:
        """Nothing follows."""
        self._end_run(self._run, self.frames)
        self._run = 0

    @property
    def power(self) -> float:
        """The mean square."""
        return self._sum_of_squares / self.frames if self.frames else 0.0

    @property
    def mean(self) -> float:
        """The mean: a DC offset."""
        return self._sum / self.frames if self.frames else 0.0

    @property
    def clipping(self) -> Clipping:
        """Where it is cut off."""
        return Clipping(self._clips, self._clipped_frames, tuple(self._first_clips))

    def _find_clips(self, full: npt.NDArray[np.bool_]) -> None:
        edges = np.diff(np.concatenate(([False], full, [False])).astype(np.int8))
        starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        if self._run and not full[0]:
            self._end_run(self._run, self.frames)
            self._run = 0
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            length = end - start + (self._run if start == 0 else 0)
            if end == len(full):
                self._run = length
                return
            self._end_run(length, self.frames + end)
        self._run = 0

    def _end_run(self, length: int, end: int) -> None:
        if length < CLIPPED_RUN:
            return
        self._clips += 1
        self._clipped_frames += length
        if len(self._first_clips) < CLIPS_TOLD:
            self._first_clips.append((end - length) / self._rate)


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A channel in points of `TRACE_SECONDS` each, the last of which may be shorter.

    Attributes:
        lowest: The least sample of each.
        highest: The greatest.
        power: The mean square.
    """

    lowest: npt.NDArray[np.float32]
    highest: npt.NDArray[np.float32]
    power: npt.NDArray[np.float32]


class Tracer:
    """Draws the trace of a channel: 12 bytes for each point, 2 MB for an hour.

    Args:
        sample_rate_hertz: Frames per second.
    """

    def __init__(self, sample_rate_hertz: int) -> None:
        self._slicer = Slicer(round(TRACE_SECONDS * sample_rate_hertz))
        self._points: list[npt.NDArray[np.float32]] = []

    @staticmethod
    def point_seconds(sample_rate_hertz: int) -> float:
        """How much audio a point stands for, exactly: a whole number of frames."""
        return round(TRACE_SECONDS * sample_rate_hertz) / sample_rate_hertz

    def process(self, samples: npt.NDArray[np.float32]) -> None:
        """Take samples."""
        self._add(self._slicer.take(samples))

    def finish(self) -> Trace:
        """Give the trace; nothing follows."""
        rest = self._slicer.rest()
        if len(rest):
            self._add(rest.reshape(1, -1))
        lowest, highest, power = np.concatenate([np.empty((3, 0), np.float32), *self._points], axis=1)
        return Trace(lowest, highest, power)

    def _add(self, slices: npt.NDArray[np.float32]) -> None:
        if len(slices):
            power = np.square(slices, dtype=np.float64).mean(axis=1)
            self._points.append(
                np.stack((slices.min(axis=1), slices.max(axis=1), power)).astype(np.float32)
            )
