"""`Frontend`: what `SessionConfig.preprocess` does, to the audio of one session.

Raw audio goes in, and comes out in *pieces*: audio, of which it may be known whether somebody speaks in
it, and silence that is withheld. One after the other they are as long as what went in, frame by frame:
treatments keep time (`asyncspeech.audio.stages.base`), and what is withheld is counted. Every channel is
treated by itself. Audio that is only listened to passes through untouched.

A detector looks at some hundredths of a second at a time, and audio is held until it has. So audio comes
out a little later than it went in: by `held_frames`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asyncspeech.audio.framing import Framer
from asyncspeech.audio.samples import decode, encode
from asyncspeech.audio.stages.base import Chain
from asyncspeech.audio.voice.activity import ActivityTracker, Span
from asyncspeech.audio.voice.gate import STEP_SECONDS, Gate, Passage
from asyncspeech.audio.voice.lead import Lead

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncspeech.audio.stages.base import Block
    from asyncspeech.config import SessionConfig

__all__ = ("Frontend", "Piece", "Sound", "Withheld")

_NAME = "<session>"


@dataclass(frozen=True, slots=True)
class Sound:
    """Audio that is to be sent.

    Attributes:
        data: Whole frames of it.
        is_voice: Whether somebody speaks in it; None if nobody has listened.
    """

    data: bytes
    is_voice: bool | None


@dataclass(frozen=True, slots=True)
class Withheld:
    """Silence that is not to be sent.

    Attributes:
        frames: How many frames there are of it.
    """

    frames: int


Piece = Sound | Withheld


class Frontend:
    """Treats the audio of one session. For one thread at a time.

    Args:
        config: The session's configuration. What `SessionConfig.preprocess` names is started.

    Raises:
        ConfigurationError: Something in it cannot be done at the session's sample rate.
        MissingExtraError: What does it is not installed.
    """

    def __init__(self, config: SessionConfig) -> None:
        self._format = config.audio_format
        self._frame_bytes = self._format.frame_bytes
        rate = config.sample_rate_hertz
        self._framer = Framer(self._frame_bytes, _NAME)
        channels = range(self._format.audio_channel_count)
        self._chains = [
            Chain([treatment.start(rate) for treatment in config.treatments], 1)
            for _ in (channels if config.treatments else ())
        ]
        self._ears = _Ears(config) if config.voice_activity is not None else None
        self._gate = _gate(config)
        self._waiting = bytearray()
        self._held = 0

    @property
    def held_frames(self) -> int:
        """How many frames were taken and have not come out yet."""
        return self._held

    def process(self, data: bytes) -> list[Piece]:
        """Take a chunk of raw audio, cut anywhere, and give the pieces that are ready, maybe none."""
        data = self._framer.take(data)
        self._held += len(data) // self._frame_bytes
        if not self._chains:
            return self._listen(data, None)
        block = decode(data, self._format)
        treated = [
            chain.process(block[:, channel : channel + 1]) for channel, chain in enumerate(self._chains)
        ]
        return self._listen_to(treated)

    def flush(self) -> list[Piece]:
        """Give what waits to be treated or listened to, as though silence followed.

        Silence that is held in case somebody begins to speak is kept. More may follow.
        """
        pieces = self._listen_to([chain.flush() for chain in self._chains]) if self._chains else []
        if self._ears is not None:
            pieces += self._pieces(self._ears.flush())
        return pieces

    def end(self) -> list[Piece]:
        """Give all that is left. Nothing may follow.

        A last frame that is cut short is dropped: half a sample is no sound.
        """
        pieces = self.flush()
        if self._gate is not None:
            pieces += self._cut(self._gate.flush())
        return pieces

    def _listen_to(self, channels: list[Block]) -> list[Piece]:
        block = np.concatenate(channels, axis=1)
        return self._listen(encode(block, self._format.encoding), block)

    def _listen(self, data: bytes, block: Block | None) -> list[Piece]:
        """Take audio that has been treated, and give the pieces of it that are ready.

        Args:
            data: The audio.
            block: The same as samples; None if nobody needed them so far.
        """
        if self._ears is None:
            self._held -= len(data) // self._frame_bytes
            return [Sound(data, None)] if data else []
        self._waiting += data
        return self._pieces(self._ears.hear(decode(data, self._format) if block is None else block))

    def _pieces(self, spans: Iterable[Span]) -> list[Piece]:
        if self._gate is None:
            return self._cut(Passage(span.frames, span.is_voice) for span in spans)
        return self._cut(
            passage for span in spans for passage in self._gate.take(span.frames, is_voice=span.is_voice)
        )

    def _cut(self, passages: Iterable[Passage]) -> list[Piece]:
        """The pieces that passages make of the audio that waits."""
        pieces: list[Piece] = []
        start = 0
        for passage in passages:
            end = start + passage.frames * self._frame_bytes
            self._held -= passage.frames
            if passage.is_voice is None:
                pieces.append(Withheld(passage.frames))
            else:
                pieces.append(Sound(bytes(self._waiting[start:end]), passage.is_voice))
            start = end
        del self._waiting[:start]
        return pieces


class _Ears:
    """Tells where somebody speaks, on any of the channels that are recognised."""

    def __init__(self, config: SessionConfig) -> None:
        # Where channels are not told apart, the service hears the first alone.
        self._channels = [(channel or 1) - 1 for channel in config.recognized_channels]
        activity = config.voice_activity
        assert activity is not None  # noqa: S101 - without it, there are no ears
        self._trackers = [ActivityTracker(activity, config.sample_rate_hertz) for _ in self._channels]
        self._undecided: list[list[Span]] = [[] for _ in self._channels]
        self._lead = Lead(round(activity.lead * config.sample_rate_hertz))

    def hear(self, block: Block) -> list[Span]:
        """Take samples of all channels, and give what has been decided."""
        each = zip(self._channels, self._trackers, self._undecided, strict=True)
        for channel, tracker, undecided in each:
            undecided.extend(tracker.process(block[:, channel : channel + 1]))
        return self._decide()

    def flush(self) -> list[Span]:
        """Decide about the rest."""
        for tracker, undecided in zip(self._trackers, self._undecided, strict=True):
            undecided.extend(tracker.flush())
        return self._decide() + self._lead.flush()

    def _decide(self) -> list[Span]:
        """What is known of all channels, and somebody speaks if they do so on any of them."""
        decided: list[Span] = []
        while all(self._undecided):
            frames = min(spans[0].frames for spans in self._undecided)
            is_voice = any(spans[0].is_voice for spans in self._undecided)
            decided += self._lead.take(Span(frames, is_voice))
            for spans in self._undecided:
                rest = spans[0].frames - frames
                spans[:1] = [Span(rest, spans[0].is_voice)] if rest else []
        return decided


def _gate(config: SessionConfig) -> Gate | None:
    """The gate that a configuration wants.

    What comes after the end of a turn is not worth sending: it is over by then.
    """
    policy = config.voice_gate
    if policy is None:
        return None
    hang_over = policy.hang_over
    if config.turn is not None:
        hang_over = min(hang_over, config.turn_wait)
    rate = config.sample_rate_hertz
    return Gate(round(policy.pre_roll * rate), round(hang_over * rate), step=round(STEP_SECONDS * rate))
