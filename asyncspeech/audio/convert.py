"""Conversion: raw audio of one format into raw audio of another.

Bytes are decoded to float32, mixed down, resampled (after the downmix: it costs a fraction then) and
encoded again, each only if it is needed. Where both formats are the same, bytes pass through untouched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech.audio.downmix import Downmix
from asyncspeech.audio.framing import Framer
from asyncspeech.audio.resample import Resample
from asyncspeech.audio.samples import decode, encode
from asyncspeech.audio.stages import Chain
from asyncspeech.errors import AudioError

if TYPE_CHECKING:
    from asyncspeech.audio.stages import Stage
    from asyncspeech.model import AudioFormat

__all__ = ("Converter", "conversion")


def conversion(rate: int, channel_count: int, target: AudioFormat, name: str) -> Chain:
    """Choose the stages that make audio fit for a format.

    Args:
        rate: Frames per second of the audio.
        channel_count: Channels of the audio.
        target: The format wanted.
        name: What the audio is called in errors.

    Raises:
        AudioError: It has another number of channels, and more than one is wanted.
    """
    stages: list[Stage] = []
    if channel_count != target.audio_channel_count:
        _check_downmix(channel_count, target.audio_channel_count, name)
        stages.append(Downmix())
    if rate != target.sample_rate_hertz:
        stages.append(Resample(rate, target.sample_rate_hertz, target.audio_channel_count))
    return Chain(stages, channel_count)


def _check_downmix(present: int, wanted: int, name: str) -> None:
    if wanted == 1:
        return
    possible = "1" if present == 1 else f"1, for the mean of all, or to {present}"
    raise AudioError(
        name,
        f"has {present} channel{'s' * (present > 1)}, and {wanted} are wanted",
        hint=f"set audio_channel_count to {possible}",
    )


class Converter:
    """Converts one stream of raw audio.

    Args:
        source: The format of what comes in.
        target: The format of what goes out.
        name: What the stream is called in errors.

    Raises:
        AudioError: The channels of one cannot be made those of the other.
    """

    def __init__(self, source: AudioFormat, target: AudioFormat, name: str) -> None:
        self._source = source
        self._target = target
        self._framer = Framer(source.frame_bytes, name)
        self._chain = conversion(source.sample_rate_hertz, source.audio_channel_count, target, name)

    @property
    def is_trivial(self) -> bool:
        """Whether both formats are the same, so that bytes pass through untouched."""
        return self._source == self._target

    def process(self, chunk: bytes) -> bytes:
        """Take a chunk, cut anywhere, and give the whole frames that are ready, maybe none."""
        chunk = self._framer.take(chunk)
        if self.is_trivial:
            return chunk
        block = self._chain.process(decode(chunk, self._source))
        return encode(block, self._target.encoding)

    def flush(self) -> bytes:
        """Give the rest. Nothing may follow."""
        return encode(self._chain.flush(), self._target.encoding)

    def verify(self) -> None:
        """Check that the stream, which has ended, was whole.

        Raises:
            AudioError: It ended in the middle of a frame.
        """
        self._framer.verify()
