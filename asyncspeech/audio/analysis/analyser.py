"""`Analyser`: all that can be told of a recording, as it goes by.

It keeps 12 bytes for every 20 ms of a channel, for pictures and levels, and nothing else that grows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from asyncspeech.audio.analysis.figures import Analysis, ChannelAnalysis, dbfs
from asyncspeech.audio.analysis.levels import Levels, Tracer
from asyncspeech.audio.analysis.spectrum import Spectrometer, bandwidth, low_share
from asyncspeech.audio.analysis.speech import Regions, speech_levels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from asyncspeech.audio.analysis.levels import Trace
    from asyncspeech.audio.analysis.spectrum import Spectra
    from asyncspeech.audio.analysis.speech import Span, Tracker
    from asyncspeech.audio.stages.base import Block

__all__ = ("Analyser", "Examination")

_SAME = 0.9999  # correlation of samples: what is left of one without the other is 37 dB below it
_ALIKE = 0.5  # that of levels: about 0.9 for two microphones in a room, and 0 or less for two speakers
_LOWEST = 1e-6  # -60 dBFS: what is below is no speech


@dataclass(frozen=True, slots=True, eq=False)
class Examination:
    """What is found out about a recording, and what pictures are made of.

    Attributes:
        analysis: The figures.
        traces: Each channel over time.
        spectra: Each channel over frequency.
        point_seconds: How much audio a point of a trace stands for.
    """

    analysis: Analysis
    traces: tuple[Trace, ...]
    spectra: tuple[Spectra, ...]
    point_seconds: float


class Analyser:
    """Looks at a recording, block by block.

    Args:
        sample_rate_hertz: Frames per second.
        channel_count: Channels.
        make_tracker: Starts what tells speech in one channel.
        detector: What that is called in the `Analysis`.
        largest_sample: What full scale is, as a float.
    """

    def __init__(
        self,
        sample_rate_hertz: int,
        channel_count: int,
        make_tracker: Callable[[], Tracker],
        *,
        detector: str,
        largest_sample: float = 1.0,
    ) -> None:
        self._rate = sample_rate_hertz
        self._detector = detector
        self._channels = [
            _Channel(sample_rate_hertz, make_tracker(), largest_sample) for _ in range(channel_count)
        ]
        self._frames = 0
        self._sums = np.zeros(channel_count)
        self._products = np.zeros((channel_count, channel_count))

    def process(self, block: Block) -> None:
        """Take a block of shape (frames, channels)."""
        self._frames += len(block)
        if len(self._channels) > 1:
            exact = block.astype(np.float64)
            self._sums += exact.sum(axis=0)
            self._products += exact.T @ exact
        for number, channel in enumerate(self._channels):
            channel.process(np.ascontiguousarray(block[:, number]))

    def finish(self) -> Examination:
        """Give what was found; nothing follows."""
        found = [channel.finish() for channel in self._channels]
        traces = tuple(trace for _, trace, _ in found)
        point_seconds = Tracer.point_seconds(self._rate)
        same = _first_like(self._correlation() > _SAME)
        heard = _first_like(
            _level_correlation([channel for channel, _, _ in found], traces, point_seconds)
        )
        channels = tuple(
            replace(channel, same_as=same[number], hears_as=heard[number])
            for number, (channel, _, _) in enumerate(found)
        )
        analysis = Analysis(
            sample_rate_hertz=self._rate,
            duration=self._frames / self._rate,
            channels=channels,
            detector=self._detector,
        )
        return Examination(analysis, traces, tuple(spectra for _, _, spectra in found), point_seconds)

    def _correlation(self) -> npt.NDArray[np.float64]:
        """Of the samples of each two channels."""
        frames = max(1, self._frames)
        return _normalise(self._products / frames - np.outer(self._sums, self._sums) / frames**2)


class _Channel:
    """One channel."""

    def __init__(self, rate: int, tracker: Tracker, largest_sample: float) -> None:
        self._rate = rate
        self._tracker = tracker
        self._levels = Levels(rate, largest_sample)
        self._tracer = Tracer(rate)
        self._spectrometer = Spectrometer(rate)
        self._regions = Regions(rate)

    def process(self, samples: npt.NDArray[np.float32]) -> None:
        self._levels.process(samples)
        self._tracer.process(samples)
        self._spectrometer.process(samples)
        self._tell(self._tracker.process(samples[:, np.newaxis]))

    def finish(self) -> tuple[ChannelAnalysis, Trace, Spectra]:
        self._tell(self._tracker.flush())
        self._levels.finish()
        trace, spectra = self._tracer.finish(), self._spectrometer.finish()
        regions = self._regions.found()
        told = speech_levels(trace.power, Tracer.point_seconds(self._rate), regions)
        power = spectra.speech if regions else spectra.rest
        levels, seconds = self._levels, self._levels.frames / self._rate
        first, last = levels.first_sound, levels.last_sound
        channel = ChannelAnalysis(
            peak_dbfs=dbfs(levels.peak**2),
            rms_dbfs=dbfs(levels.power),
            dc_offset=levels.mean,
            clipping=levels.clipping,
            lead_in=seconds if first is None else first / self._rate,
            lead_out=seconds if last is None else (levels.frames - 1 - last) / self._rate,
            speech=regions,
            speech_dbfs=told.speech_dbfs,
            noise_dbfs=told.noise_dbfs,
            snr_db=told.snr_db,
            why_no_snr=told.why_no_snr,
            low_share=low_share(spectra.hertz, power),
            bandwidth_hertz=bandwidth(spectra.hertz, power),
            same_as=None,  # it knows of no other
            hears_as=None,
        )
        return channel, trace, spectra

    def _tell(self, spans: Sequence[Span]) -> None:
        self._regions.add(spans)
        for span in spans:
            self._spectrometer.tell(span.frames, is_voice=span.is_voice)


def _level_correlation(
    channels: Sequence[ChannelAnalysis], traces: Sequence[Trace], point_seconds: float
) -> npt.NDArray[np.bool_]:
    """Which channels' levels rise and fall together while somebody speaks on any of them."""
    levels = 10 * np.log10(np.maximum([trace.power for trace in traces], _LOWEST, dtype=np.float64))
    spoken = np.zeros(levels.shape[1], bool)
    for region in (region for channel in channels for region in channel.speech):
        spoken[round(region.start / point_seconds) : round(region.end / point_seconds)] = True
    if not spoken.any():
        return np.zeros((len(channels), len(channels)), bool)
    levels = levels[:, spoken]
    levels -= levels.mean(axis=1, keepdims=True)
    return _normalise(levels @ levels.T) >= _ALIKE


def _normalise(covariance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Correlations: 1 for what is the same, and for two that never change."""
    deviation = np.sqrt(np.diag(covariance))
    both = np.outer(deviation, deviation)
    correlation = np.where(deviation[:, np.newaxis] == deviation, 1.0, 0.0)
    np.divide(covariance, both, out=correlation, where=both > 0)
    return correlation


def _first_like(alike: npt.NDArray[np.bool_]) -> list[int | None]:
    """Of each channel, the first one before it that is like it, from 1."""
    firsts = [int(np.flatnonzero(row[: number + 1])[0]) for number, row in enumerate(_reflexive(alike))]
    return [None if first == number else first + 1 for number, first in enumerate(firsts)]


def _reflexive(relation: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return relation | np.eye(len(relation), dtype=bool)
