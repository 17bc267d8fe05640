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
from asyncspeech.model import AudioEncoding

if TYPE_CHECKING:
    import numpy.typing as npt

    from asyncspeech.model import AudioFormat

__all__ = ("QUIET_DBFS", "SoundFinder")

QUIET_DBFS = -50.0
"""What peaks below this is quiet, in dB of full scale."""

_QUIET = 10 ** (QUIET_DBFS / 20)
_QUIET_LINEAR16 = int(_QUIET * (1 << 15))


class SoundFinder:
    """Finds sound in raw audio of one format.

    Args:
        audio_format: The format.
    """

    def __init__(self, audio_format: AudioFormat) -> None:
        self._format = audio_format

    def __call__(self, data: bytes | memoryview, channel: int | None = None) -> int | None:
        """The first frame that is not quiet.

        Args:
            data: Whole frames.
            channel: The channel to look at, from 1; None for all of them.

        Returns:
            Its index in ``data``; None if all is quiet.
        """
        loud = self._loud(data)
        count = self._format.audio_channel_count
        if channel is not None:
            loud = loud.reshape(-1, count)[:, channel - 1]
        first = int(loud.argmax()) if len(loud) else 0
        if not (len(loud) and loud[first]):
            return None
        return first if channel is not None else first // count

    def _loud(self, data: bytes | memoryview) -> npt.NDArray[np.bool_]:
        """Of each sample, whether it is sound; the channels interleaved."""
        if self._format.encoding is AudioEncoding.LINEAR16:
            samples = np.frombuffer(data, "<i2")
            # Not by abs(), which of -32,768 is -32,768 again.
            return (samples > _QUIET_LINEAR16) | (samples < -_QUIET_LINEAR16)
        return (np.abs(decode(bytes(data), self._format)) > _QUIET).ravel()
