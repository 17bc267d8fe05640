"""Noise suppression: WebRTC's, by way of ``webrtc-noise-gain``.

It estimates the spectrum of what goes on in pauses, and takes that away everywhere: steady noise such
as of a fan or a road, and neither music nor other voices. Below some 100 Hz it takes away everything.
It works at 16 kHz, on 16-bit samples, 10 ms at a time, so audio of other rates is resampled to that and
back: of what is above 8 kHz, nothing is left, which is nothing that the service would listen to.

What comes out of it is 96 frames late, at every level: it transforms 256 frames at a time, which
overlap by so many. That was measured, is put right here, and is watched over by a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from asyncspeech.audio.samples import decode, encode
from asyncspeech.audio.stages.base import Chain, silence
from asyncspeech.audio.stages.hops import Hopped
from asyncspeech.audio.stages.resample import Resample
from asyncspeech.config.values import check_range
from asyncspeech.errors import MissingExtraError
from asyncspeech.model import AudioEncoding, AudioFormat

if TYPE_CHECKING:
    from asyncspeech.audio.stages.base import Block, Stage

__all__ = ("NoiseSuppression",)

_FORMAT = AudioFormat(AudioEncoding.LINEAR16, 16_000)
_HOP_FRAMES = 160
_HOP_BYTES = _HOP_FRAMES * _FORMAT.frame_bytes
_LATE_FRAMES = 96


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseSuppression:
    """Takes away steady noise. Needs the extra ``denoise``.

    Attributes:
        level: How much of it, from 1 to 4: by up to 6, 12, 18 or 21 dB. The more, the more of the
            speech goes along.

    Raises:
        ConfigurationError: ``level`` is out of range.
    """

    level: int = 2

    def __post_init__(self) -> None:
        check_range("level", self.level, range(1, 5))

    def start(self, sample_rate_hertz: int) -> Stage:
        """Begin to treat one channel.

        Raises:
            MissingExtraError: The extra ``denoise`` is not installed.
        """
        try:
            from webrtc_noise_gain import AudioProcessor  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("NoiseSuppression", "denoise") from error
        rate = _FORMAT.sample_rate_hertz
        suppressor = Hopped(
            _Suppressor(AudioProcessor(0, self.level)),
            hop_frames=_HOP_FRAMES,
            late_frames=_LATE_FRAMES,
            sample_rate_hertz=rate,
        )
        if sample_rate_hertz == rate:
            return suppressor
        there, back = Resample(sample_rate_hertz, rate, 1), Resample(rate, sample_rate_hertz, 1)
        return _SameLength(Chain([there, suppressor, back], 1), sample_rate_hertz)


class _Suppressor:
    """Works on whole hops."""

    def __init__(self, processor: Any) -> None:
        self._process = processor.Process10ms

    def __call__(self, block: Block) -> Block:
        data = encode(block, _FORMAT.encoding)
        hops = (data[start : start + _HOP_BYTES] for start in range(0, len(data), _HOP_BYTES))
        return decode(b"".join(self._process(hop).audio for hop in hops), _FORMAT)


class _SameLength:
    """To another rate and back, a frame may have been lost or won by rounding, at a flush."""

    def __init__(self, stage: Stage, sample_rate_hertz: int) -> None:
        self._stage = stage
        self._rate = sample_rate_hertz
        self._held = 0

    @property
    def delay(self) -> float:
        return self._held / self._rate

    def process(self, block: Block) -> Block:
        self._held += len(block)
        return self._give(self._stage.process(block))

    def flush(self) -> Block:
        rest = self._give(self._stage.flush())
        missing, self._held = silence(self._held, 1), 0
        return np.concatenate((rest, missing))

    def _give(self, block: Block) -> Block:
        given = block[: self._held]
        self._held -= len(given)
        return given
