"""Detectors: how likely it is that somebody speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from asyncspeech.audio.voice.detectors.silero import SileroDetector
from asyncspeech.audio.voice.detectors.webrtc import WebRtcDetector

if TYPE_CHECKING:
    from asyncspeech.audio.stages.base import Block

__all__ = ("SileroDetector", "VoiceDetector", "WebRtcDetector")


class VoiceDetector(Protocol):
    """Listens to one channel at one rate. It remembers what it has heard.

    Attributes:
        sample_rate_hertz: The rate that it wants; `asyncspeech.audio.voice.activity` resamples to it.
        hop_frames: How many frames it looks at, at a time, at that rate.
    """

    sample_rate_hertz: int
    hop_frames: int

    def probability(self, block: Block) -> float:
        """How likely it is that somebody speaks, 0 to 1, in the next ``hop_frames`` frames."""
        ...
