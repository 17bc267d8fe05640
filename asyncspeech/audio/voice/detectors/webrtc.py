"""WebRTC's voice detector: a Gaussian mixture over six bands, which costs next to nothing.

It tells sound that is like speech from steady noise, and is easily taken in by music, and by whatever
begins suddenly. What it says is yes or no, for 20 ms at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncspeech.audio.samples import encode
from asyncspeech.config.values import check_range
from asyncspeech.errors import MissingExtraError
from asyncspeech.model import AudioEncoding

if TYPE_CHECKING:
    from asyncspeech.audio.stages.base import Block
    from asyncspeech.audio.voice.detectors import VoiceDetector

__all__ = ("WebRtcDetector",)

_RATES_HERTZ = (8_000, 16_000, 32_000, 48_000)
_HOPS_PER_SECOND = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRtcDetector:
    """Tells speech by WebRTC's detector. Needs the extra ``vad``.

    Attributes:
        aggressiveness: 0 to 3; the more, the less is taken for speech that is none, and the more speech
            is missed.

    Raises:
        ConfigurationError: ``aggressiveness`` is out of range.
    """

    aggressiveness: int = 2

    def __post_init__(self) -> None:
        check_range("aggressiveness", self.aggressiveness, range(4))

    def start(self, sample_rate_hertz: int) -> VoiceDetector:
        """Begin to listen to one channel; at any rate, as it is resampled where need be.

        Raises:
            MissingExtraError: The extra ``vad`` is not installed.
        """
        rate = sample_rate_hertz if sample_rate_hertz in _RATES_HERTZ else 16_000
        return _WebRtc(rate, self.aggressiveness)


class _WebRtc:
    def __init__(self, sample_rate_hertz: int, aggressiveness: int) -> None:
        try:
            from webrtcvad import Vad  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("WebRtcDetector", "vad") from error
        self.sample_rate_hertz = sample_rate_hertz
        self.hop_frames = sample_rate_hertz // _HOPS_PER_SECOND
        self._vad = Vad(aggressiveness)

    def probability(self, block: Block) -> float:
        samples = encode(block, AudioEncoding.LINEAR16)
        return float(self._vad.is_speech(samples, self.sample_rate_hertz))
