"""What is found out about a recording. All frozen.

Levels are in dBFS: decibels relative to full scale, so that a sample of 1.0, and a square wave between
-1 and 1, are 0 dBFS. Digital silence is minus infinity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = (
    "Analysis",
    "ChannelAnalysis",
    "Clipping",
    "Container",
    "Region",
    "SpeechCost",
    "dbfs",
    "union",
)


@dataclass(frozen=True, slots=True)
class Region:
    """A piece of a recording, in seconds from its beginning."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """How a recording is stored.

    Attributes:
        format: The format of the file, such as ``"WAV (Microsoft)"``.
        encoding: That of its samples, such as ``"Signed 16 bit PCM"``.
        file_bytes: The size of the file.
        is_lossy: Whether the encoding leaves something out.
        largest_sample: The largest positive sample that the encoding has; full scale is 1.
    """

    format: str
    encoding: str
    file_bytes: int
    is_lossy: bool
    largest_sample: float


@dataclass(frozen=True, slots=True)
class Clipping:
    """Where a channel is cut off at full scale.

    One sample at full scale may be the peak of a sound; several in a row are what is left of a higher
    one.

    Attributes:
        count: How many runs there are of at least `asyncspeech.audio.analysis.levels.CLIPPED_RUN`
            samples.
        frames: How many samples they have together.
        first: When the first of them are, in seconds; of at most
            `asyncspeech.audio.analysis.levels.CLIPS_TOLD`.
    """

    count: int = 0
    frames: int = 0
    first: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAnalysis:
    """What is found out about a channel.

    Attributes:
        peak_dbfs: Level of its largest sample.
        rms_dbfs: Its level, as the root of the mean square over all of it.
        dc_offset: Mean of its samples; full scale is 1.
        clipping: Where it is cut off at full scale.
        lead_in: Seconds at its beginning that are quiet: below -50 dBFS at their peaks. All of it if it
            is quiet throughout.
        lead_out: And at its end.
        speech: Where somebody speaks.
        speech_dbfs: Level of these regions; None if there is less than half a second.
        noise_dbfs: Level of the rest, from a tenth of a second beyond the regions on: the median of its
            levels over 20 ms, so that a cough or a door does not count; None if there is less than half
            a second.
        snr_db: By how much the speech is louder than the noise, in dB. In the regions there is both, so
            the power of the noise is taken off first. None if that cannot be told.
        why_no_snr: Why it cannot be told.
        low_share: Power below 80 Hz, where there is no speech, relative to that from 300 to 3,400 Hz.
        bandwidth_hertz: Above this there is less than a hundred-thousandth (-50 dB) of the power from
            300 to 3,400 Hz, the band of telephones; None if there is nothing in that band.
        same_as: The first channel, from 1, that is the same but for its level; None if no earlier one
            is.
        hears_as: The first channel, from 1, that hears the same speakers: while somebody speaks, its
            level rises and falls with this one's (their correlation is at least 0.5). None if no earlier
            one does.
    """

    peak_dbfs: float
    rms_dbfs: float
    dc_offset: float
    clipping: Clipping
    lead_in: float
    lead_out: float
    speech: tuple[Region, ...]
    speech_dbfs: float | None
    noise_dbfs: float | None
    snr_db: float | None
    why_no_snr: str
    low_share: float
    bandwidth_hertz: float | None
    same_as: int | None
    hears_as: int | None

    @property
    def speech_seconds(self) -> float:
        """For how long somebody speaks."""
        return sum(region.seconds for region in self.speech)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What is found out about a recording.

    Attributes:
        sample_rate_hertz: Frames per second.
        duration: How long it is, in seconds.
        channels: Its channels.
        detector: What told speech: ``"voice"`` by its sound, or ``"loudness"``, for which all sound is
            speech.
    """

    sample_rate_hertz: int
    duration: float
    channels: tuple[ChannelAnalysis, ...]
    detector: str

    @property
    def speech(self) -> tuple[Region, ...]:
        """Where somebody speaks, on any channel."""
        return union([region for channel in self.channels for region in channel.speech])

    @property
    def speech_share(self) -> float:
        """The part of it in which somebody speaks, 0 to 1."""
        return sum(region.seconds for region in self.speech) / self.duration if self.duration else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechCost:
    """What it costs to have a recording recognised, mixed down to one channel.

    Attributes:
        seconds: How much is billed: all of it, in whole seconds.
        usd: What that costs, in US dollars.
        gated_seconds: How much is billed with a `VoiceGate`.
        gated_usd: What that costs.
    """

    seconds: int
    usd: float
    gated_seconds: int
    gated_usd: float


def dbfs(power: float) -> float:
    """The level of a mean square, in dBFS."""
    return 10 * math.log10(power) if power > 0 else -math.inf


def union(regions: list[Region]) -> tuple[Region, ...]:
    """Regions in order, those that touch or overlap made one."""
    merged: list[Region] = []
    for region in sorted(regions, key=lambda region: region.start):
        if merged and region.start <= merged[-1].end:
            merged[-1] = Region(merged[-1].start, max(merged[-1].end, region.end))
        else:
            merged.append(region)
    return tuple(merged)
