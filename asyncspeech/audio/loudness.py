"""`SoundFinder`: where audio is not quiet.

Quiet is what lies below -50 dB of full scale at its peaks. Speech that anybody could follow is far above
that: normal speech peaks at -20 to -6 dB, and even a microphone with its gain turned down too far leaves
it above -40 dB, while a recording of an empty room, or a muted line, stays below. It is asked where
nothing can be lost, so in doubt there is sound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asyncspeech.audio.samples import decode
from asyncspeech.model import AudioEncoding, AudioFormat

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ("QUIET_DBFS", "SoundFinder")

QUIET_DBFS = -50.0
"""What peaks below this is quiet, in dB of full scale."""

_QUIET = 10 ** (QUIET_DBFS / 20)
_QUIET_LINEAR16 = int(_QUIET * (1 << 15))

# Audio is looked at in windows: speech is often at the very beginning of an hour sent at once.
_WINDOW_FRAMES = 1 << 14


class SoundFinder:
    """Finds sound in raw audio of one format.

    Args:
        audio_format: The format.
    """

    def __init__(self, audio_format: AudioFormat) -> None:
        self._format = audio_format
        self._loud_codes: npt.NDArray[np.bool_] | None = None
        if audio_format.encoding is not AudioEncoding.LINEAR16:
            codes = decode(bytes(range(256)), AudioFormat(audio_format.encoding, audio_channel_count=1))
            self._loud_codes = np.abs(codes).ravel() > _QUIET

    def __call__(self, data: bytes | memoryview, channel: int | None = None) -> int | None:
        """The first frame that is not quiet.

        Args:
            data: Whole frames.
            channel: The channel to look at, from 1; None for all of them.

        Returns:
            Its index in ``data``; None if all is quiet.
        """
        view, frame = memoryview(data), self._format.frame_bytes
        count = self._format.audio_channel_count
        for start in range(0, len(view), _WINDOW_FRAMES * frame):
            loud = self._loud(view[start : start + _WINDOW_FRAMES * frame])
            if channel is not None:
                loud = loud[channel - 1 :: count]
            first = int(loud.argmax())
            if loud[first]:
                return start // frame + (first if channel is not None else first // count)
        return None

    def _loud(self, data: memoryview) -> npt.NDArray[np.bool_]:
        """Of each sample, whether it is sound; the channels interleaved."""
        if self._loud_codes is not None:
            return self._loud_codes[np.frombuffer(data, np.uint8)]
        samples = np.frombuffer(data, "<i2")
        # Not by abs(), which of -32,768 is -32,768 again.
        return (samples > _QUIET_LINEAR16) | (samples < -_QUIET_LINEAR16)
