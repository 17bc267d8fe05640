"""High-pass: hum, rumble and what touching a microphone makes, without the voice above it.

A Butterworth filter of the fourth order: flat above its cutoff, and 24 dB down for each octave below
it. It looks at no frame that is yet to come, so nothing is held back and ``delay`` is 0; but as with
every filter of its kind, what it lets through near the cutoff comes out later than what is far above
it. At 80 Hz, that is 5 ms at 100 Hz, 0.4 ms at 300 Hz, and less than a frame of 16 kHz from 800 Hz on,
where consonants are. So there is no delay that could be put right, and none that matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from asyncspeech.audio.stages.base import silence
from asyncspeech.config.values import check_within
from asyncspeech.errors import ConfigurationError, MissingExtraError

if TYPE_CHECKING:
    from asyncspeech.audio.stages.base import Block, Stage

__all__ = ("HighPass",)

_ORDER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class HighPass:
    """Takes away what is lower than a voice. Needs the extra ``denoise``.

    Attributes:
        cutoff_hertz: Where it begins to: it is 3 dB down here, from 10 to 1,000. The lowest voices have
            their fundamental at about 80 Hz, and are understood without it: telephones begin at 300.

    Raises:
        ConfigurationError: ``cutoff_hertz`` is out of range.
    """

    cutoff_hertz: float = 80.0

    def __post_init__(self) -> None:
        check_within(self, "cutoff_hertz", 10.0, 1_000.0)

    def start(self, sample_rate_hertz: int) -> Stage:
        """Begin to treat one channel.

        Raises:
            ConfigurationError: The rate has no room for the cutoff.
            MissingExtraError: The extra ``denoise`` is not installed.
        """
        if self.cutoff_hertz * 2 >= sample_rate_hertz:
            raise ConfigurationError(
                "cutoff_hertz",
                f"{self.cutoff_hertz:g} is not below half of the sample rate, {sample_rate_hertz}",
            )
        try:
            from scipy import signal  # noqa: PLC0415 - an extra, and heavy
        except ImportError as error:
            raise MissingExtraError("HighPass", "denoise") from error
        sections = signal.butter(
            _ORDER, self.cutoff_hertz, "highpass", output="sos", fs=sample_rate_hertz
        )
        return _HighPass(signal.sosfilt, sections)


class _HighPass:
    delay = 0.0

    def __init__(self, sosfilt: Any, sections: Any) -> None:
        self._sosfilt = sosfilt
        self._sections = sections
        self._state = np.zeros((len(sections), 2))

    def process(self, block: Block) -> Block:
        if not len(block):  # which scipy does not like
            return block
        filtered, self._state = self._sosfilt(self._sections, block[:, 0], zi=self._state)
        return np.asarray(filtered, np.float32)[:, np.newaxis]

    def flush(self) -> Block:
        return silence(0, 1)
