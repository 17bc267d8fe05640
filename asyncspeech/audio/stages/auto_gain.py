"""Automatic gain: speech becomes as loud as it should be, and never louder than the scale has room for.

The level of *speech* is tracked, not that of the audio. A hop of 10 ms is taken for speech if it is well
above the noise floor, which follows the quietest of the last seconds: it falls at once and rises slowly.
The gain makes up for the difference between the level of speech and the target, in small steps, and only
while there is speech: in pauses it stays as it is, so that noise does not swell.

After it comes a limiter, which looks ahead: the gain of each hop is such that its loudest sample stays
below the ceiling, and goes from one hop's to the next in a straight line, down before the peak and up
after it. So nothing is clipped, and there is no step in the gain. It holds audio back by one hop.

It is here since no library does it in a way that can be set. (WebRTC's, by its two packages that were
tried, goes its own way from level to level; see the measurements in the documentation.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asyncspeech.audio.stages.base import silence
from asyncspeech.audio.stages.hops import Hopped
from asyncspeech.config.values import check_within

if TYPE_CHECKING:
    from asyncspeech.audio.stages.base import Block, Stage

__all__ = ("AutoGain",)

_HOPS_PER_SECOND = 100
_CEILING = 10 ** (-1 / 20)
_NOTHING = 1e-10  # a mean square that stands for digital silence

_LEAST_DBFS = -70.0  # whatever is quieter is not speech
_ABOVE_FLOOR_DB = 9.0  # how far above the noise speech is
_FLOOR_RISE_DB = 0.02  # how fast the noise floor follows upwards, in dB per hop: 2 dB a second
_LEVEL_HOPS = 100  # the level of speech is that of about its last second
_SMOOTHING = 0.3  # of a hop's level into the running one that speech is told by: about 30 ms
_RISE_DB, _FALL_DB = 0.3, 0.6  # how fast the gain follows, in dB per hop


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoGain:
    """Brings speech to a level, and keeps its peaks below -1 dB of full scale.

    Attributes:
        target_dbfs: Root mean square of speech that it aims for, in dB of full scale, from -40 to -10.
            The peaks of speech are some 15 dB above that.
        max_gain_db: By how much it makes it louder at most, from 0 to 60. It makes it softer as need be.

    Raises:
        ConfigurationError: One is out of range.
    """

    target_dbfs: float = -20.0
    max_gain_db: float = 30.0

    def __post_init__(self) -> None:
        check_within(self, "target_dbfs", -40.0, -10.0)
        check_within(self, "max_gain_db", 0.0, 60.0)

    def start(self, sample_rate_hertz: int) -> Stage:
        """Begin to treat one channel."""
        hop = sample_rate_hertz // _HOPS_PER_SECOND
        gain = _Gain(_SpeechGain(self.target_dbfs, self.max_gain_db), hop)
        return Hopped(gain, hop_frames=hop, late_frames=hop, sample_rate_hertz=sample_rate_hertz)


class _SpeechGain:
    """The gain that speech needs, hop by hop."""

    def __init__(self, target_dbfs: float, max_gain_db: float) -> None:
        self._target = target_dbfs
        self._most = max_gain_db
        self._running: float | None = None
        self._floor = math.inf
        self._voiced = 0
        self._power = 0.0
        self._gain = 0.0

    def after(self, power: float) -> float:
        """Take the mean square of the next hop, and give the gain for it, as a factor."""
        running = power if self._running is None else self._running
        self._running = running + _SMOOTHING * (power - running)
        level = max(_LEAST_DBFS, 10 * math.log10(self._running))
        self._floor = min(level, self._floor + _FLOOR_RISE_DB)
        if level > self._floor + _ABOVE_FLOOR_DB:
            self._hear(power)
        return float(10 ** (self._gain / 20))

    def _hear(self, power: float) -> None:
        self._voiced = min(self._voiced + 1, _LEVEL_HOPS)
        self._power += (power - self._power) / self._voiced
        needed = min(self._most, self._target - 10 * math.log10(self._power))
        self._gain += max(-_FALL_DB, min(_RISE_DB, needed - self._gain))


class _Gain:
    """Works on whole hops, and gives each one hop late."""

    def __init__(self, speech: _SpeechGain, hop_frames: int) -> None:
        self._speech = speech
        self._hop = hop_frames
        self._last = silence(hop_frames, 1)[:, 0]
        self._from = self._last_gain = 1.0
        self._ramp = np.arange(1, hop_frames + 1, dtype=np.float32) / np.float32(hop_frames)

    def __call__(self, block: Block) -> Block:
        hops = block.reshape(-1, self._hop)
        powers = np.mean(np.square(hops, dtype=np.float64), axis=1) + _NOTHING
        peaks = np.abs(hops).max(axis=1)
        given = [
            self._give(hop, power, peak)
            for hop, power, peak in zip(hops, powers.tolist(), peaks.tolist(), strict=True)
        ]
        return np.concatenate(given)[:, np.newaxis]

    def _give(self, hop: Block, power: float, peak: float) -> Block:
        """The hop before this one, now that it is known where its gain has to go."""
        gain = self._speech.after(power)
        if peak * gain > _CEILING:
            gain = _CEILING / peak
        until = min(gain, self._last_gain)
        amplified = self._last * (self._from + (until - self._from) * self._ramp)
        self._last, self._last_gain, self._from = hop, gain, until
        return np.asarray(amplified, np.float32)
