"""Conversion: raw audio of one format into raw audio of another.

Bytes are decoded to float32, mixed down (or one channel is picked), resampled (after that: it costs a
fraction then) and encoded again, each only if it is needed. Where both formats are the same, bytes
pass through untouched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech.audio.framing import Framer
from asyncspeech.audio.samples import decode, encode
from asyncspeech.audio.stages.base import Chain
from asyncspeech.audio.stages.downmix import Downmix
from asyncspeech.audio.stages.resample import Resample
from asyncspeech.audio.stages.select_channel import SelectChannel
from asyncspeech.errors import AudioError
from asyncspeech.model import MAX_SAMPLE_RATE_HERTZ, MIN_SAMPLE_RATE_HERTZ

if TYPE_CHECKING:
    from asyncspeech.audio.stages.base import Block, Stage
    from asyncspeech.model import AudioFormat

__all__ = ("Adapter", "Converter", "check_rate", "conversion")


def check_rate(rate: int, name: str) -> None:
    """Check that audio has a rate that speech can have.

    Raises:
        AudioError: It has not.
    """
    if not MIN_SAMPLE_RATE_HERTZ <= rate <= MAX_SAMPLE_RATE_HERTZ:
        raise AudioError(
            name,
            f"has {rate} frames per second, which is outside "
            f"{MIN_SAMPLE_RATE_HERTZ} to {MAX_SAMPLE_RATE_HERTZ}",
        )


def conversion(
    rate: int, channel_count: int, target: AudioFormat, name: str, channel: int | None = None
) -> Chain:
    """Choose the stages that make audio fit for a format.

    Args:
        rate: Frames per second of the audio.
        channel_count: Channels of the audio.
        target: The format wanted.
        name: What the audio is called in errors.
        channel: The one channel wanted, from 1; None for all of them.

    Raises:
        AudioError: It has another number of channels, and more than one is wanted; or it lacks the one.
    """
    stages: list[Stage] = []
    if channel is not None:
        _check_channel(channel_count, channel, name)
    if channel is not None and channel_count > 1:
        stages.append(SelectChannel(channel))
    elif channel_count != target.audio_channel_count:
        _check_downmix(channel_count, target.audio_channel_count, name)
        stages.append(Downmix())
    if rate != target.sample_rate_hertz:
        stages.append(Resample(rate, target.sample_rate_hertz, target.audio_channel_count))
    return Chain(stages, channel_count)


def _check_channel(present: int, wanted: int, name: str) -> None:
    if wanted > present:
        raise AudioError(
            name,
            f"has {present} channel{'s' * (present > 1)}, and channel {wanted} is wanted",
            hint="channels are counted from 1; leave channel out for the mean of all",
        )


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
        channel: The one channel wanted, from 1; None for all of them.

    Raises:
        AudioError: The channels of one cannot be made those of the other.
    """

    def __init__(
        self, source: AudioFormat, target: AudioFormat, name: str, channel: int | None = None
    ) -> None:
        self._source = source
        self._target = target
        self._framer = Framer(source.frame_bytes, name)
        self._chain = conversion(
            source.sample_rate_hertz, source.audio_channel_count, target, name, channel
        )

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


class Adapter:
    """Converts blocks of one stream, whose rate and channels may change on the way.

    Args:
        target: The format wanted.
        name: What the stream is called in errors.
        channel: The one channel wanted, from 1; None for all of them.
    """

    def __init__(self, target: AudioFormat, name: str, channel: int | None = None) -> None:
        self._target = target
        self._name = name
        self._channel = channel
        self._given: tuple[int, int] | None = None
        self._chain = Chain((), target.audio_channel_count)

    def expect(self, rate: int, channel_count: int) -> bytes:
        """Get ready for blocks of a rate and a number of channels.

        Returns:
            What was held back of blocks that were different.

        Raises:
            AudioError: They cannot be made what is wanted.
        """
        if self._given == (rate, channel_count):
            return b""
        rest = self.flush()
        self._chain = conversion(rate, channel_count, self._target, self._name, self._channel)
        self._given = rate, channel_count
        return rest

    def process(self, rate: int, block: Block) -> bytes:
        """Take a block, and give what is ready."""
        rest = self.expect(rate, block.shape[1])
        return rest + encode(self._chain.process(block), self._target.encoding)

    def flush(self) -> bytes:
        """Give what was held back."""
        return encode(self._chain.flush(), self._target.encoding)
