"""The spectrum of one channel, over the speech and over the rest of it.

Welch's method: windows of about 50 ms (Hann, one after the other), their power spectra averaged. They
wait until it is known whether somebody speaks in them. What is near to speech is neither: a word is told
a little late, and dies away in the room.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asyncspeech.audio.analysis.slices import Slicer

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ("TELEPHONE_BAND", "Spectra", "Spectrometer", "bandwidth", "low_share")

TELEPHONE_BAND = (300.0, 3_400.0)
"""What a telephone lets through, in hertz (ITU-T G.712)."""

_WINDOW_SECONDS = 0.05
_NEAR_SECONDS = 0.25
_NOTHING = 1e-5  # -50 dB: the sibilants of a wide-band recording are some 20 to 30 dB below its vowels
_LOW_HERTZ = 80.0  # the deepest voices begin there


@dataclass(frozen=True, slots=True, eq=False)
class Spectra:
    """Mean power in each bin; the sum over all bins is the mean square.

    Attributes:
        hertz: The frequency of each bin.
        speech: Where somebody speaks; all zero if nobody does.
        rest: Where nobody does, and not within a quarter of a second either.
    """

    hertz: npt.NDArray[np.float64]
    speech: npt.NDArray[np.float64]
    rest: npt.NDArray[np.float64]


class Spectrometer:
    """Measures the spectra of a channel.

    Args:
        sample_rate_hertz: Frames per second.
    """

    def __init__(self, sample_rate_hertz: int) -> None:
        # A power of 2, for the sake of the FFT.
        self._size = 1 << round(np.log2(_WINDOW_SECONDS * sample_rate_hertz))
        self._hertz = np.arange(self._size // 2 + 1) * (sample_rate_hertz / self._size)
        self._window = np.hanning(self._size + 1)[:-1].astype(np.float32)
        self._slicer = Slicer(self._size)
        self._waiting: deque[npt.NDArray[np.float64]] = deque()
        self._sums = {is_voice: np.zeros(self._size // 2 + 1) for is_voice in (True, False)}
        self._counts = {True: 0, False: 0}
        self._near = math.ceil(_NEAR_SECONDS * sample_rate_hertz / self._size)  # in windows
        self._after_speech = 0  # windows that are near to what was said
        self._before_speech: deque[npt.NDArray[np.float64]] = (
            deque()
        )  # those that may be near to what follows
        self._known = 0  # frames of which is known whether somebody speaks
        self._voiced = 0  # of those, of the window that waits longest, in which somebody does

    def process(self, samples: npt.NDArray[np.float32]) -> None:
        """Take samples."""
        slices = self._slicer.take(samples)
        if len(slices):
            self._waiting.extend(np.abs(np.fft.rfft(slices * self._window, axis=1)) ** 2)

    def tell(self, frames: int, *, is_voice: bool) -> None:
        """Take that somebody speaks in the next frames, or nobody does."""
        while frames:
            step = min(frames, self._size - self._known)
            self._known += step
            self._voiced += step * is_voice
            frames -= step
            if self._known == self._size:
                self._count(is_voice=2 * self._voiced > self._size)
                self._known = self._voiced = 0

    def finish(self) -> Spectra:
        """Give the spectra; nothing follows."""
        for spectrum in self._before_speech:
            self._add(spectrum, is_voice=False)
        return Spectra(self._hertz, self._mean(is_voice=True), self._mean(is_voice=False))

    def _count(self, *, is_voice: bool) -> None:
        spectrum = self._waiting.popleft()
        if is_voice:
            self._before_speech.clear()
            self._after_speech = self._near
            self._add(spectrum, is_voice=True)
        elif self._after_speech:
            self._after_speech -= 1
        else:
            self._before_speech.append(spectrum)
            if len(self._before_speech) > self._near:
                self._add(self._before_speech.popleft(), is_voice=False)

    def _add(self, spectrum: npt.NDArray[np.float64], *, is_voice: bool) -> None:
        self._sums[is_voice] += spectrum
        self._counts[is_voice] += 1

    def _mean(self, *, is_voice: bool) -> npt.NDArray[np.float64]:
        squares = self._sums[is_voice] / max(1, self._counts[is_voice])
        scale = self._size * float(np.square(self._window, dtype=np.float64).sum())
        power: npt.NDArray[np.float64] = squares / scale
        power[1:-1] *= 2  # there is as much at the negative frequencies
        return power


def bandwidth(hertz: npt.NDArray[np.float64], power: npt.NDArray[np.float64]) -> float | None:
    """The frequency above which there is next to nothing, compared with the telephone's band.

    Args:
        hertz: The frequencies of the bins.
        power: What is in them.

    Returns:
        It, in hertz; None if there is nothing in the telephone's band either.
    """
    reference = _in_band(hertz, power)
    if not reference:
        return None
    above = np.cumsum(power[::-1])[::-1]
    return float(hertz[np.flatnonzero(above >= _NOTHING * reference)[-1]])


def low_share(hertz: npt.NDArray[np.float64], power: npt.NDArray[np.float64]) -> float:
    """The power where there is no speech, below 80 Hz but without the DC, over the telephone's band."""
    reference = _in_band(hertz, power)
    low = float(
        power[(hertz > hertz[1]) & (hertz < _LOW_HERTZ)].sum()
    )  # the window spreads DC into bin 1
    return low / reference if reference else 0.0


def _in_band(hertz: npt.NDArray[np.float64], power: npt.NDArray[np.float64]) -> float:
    low, high = TELEPHONE_BAND
    return float(power[(hertz >= low) & (hertz <= high)].sum())
