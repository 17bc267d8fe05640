"""The values that go in and come out: audio formats, words and results. All frozen.

Times are *session time*: seconds of audio since the first frame that the session was given. They come
from counting frames, so they do not depend on when anything arrived.

A **frame** is one sample of every channel, the unit in which audio is counted. (In LINEAR16 stereo a
frame has four bytes.) Google's documentation also calls a chunk of audio a frame; here that is a
*chunk*.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from numbers import Integral

from asyncspeech.errors import ConfigurationError
from asyncspeech.wording import brief

__all__ = (
    "Alternative",
    "AudioEncoding",
    "AudioFormat",
    "AudioLost",
    "BudgetNearlySpent",
    "Event",
    "Parked",
    "Result",
    "Resumed",
    "SpeechEnded",
    "SpeechStarted",
    "StreamOpened",
    "StreamRecovered",
    "StreamRenewed",
    "Word",
)

# https://cloud.google.com/speech-to-text/v2/docs/reference: ExplicitDecodingConfig takes 8,000 to
# 48,000 Hz and at most 8 channels. Files may have more of both; they are converted on the way in.
MAX_CHANNEL_COUNT = 8
MIN_SAMPLE_RATE_HERTZ = 8_000
MAX_SAMPLE_RATE_HERTZ = 192_000


class AudioEncoding(StrEnum):
    """Encodings that can be cut at any frame, by the names of V2's ``ExplicitDecodingConfig``."""

    LINEAR16 = "LINEAR16"
    """Uncompressed 16-bit signed little-endian samples."""

    MULAW = "MULAW"
    """8-bit G.711 mu-law, the telephone code of North America and Japan."""

    ALAW = "ALAW"
    """8-bit G.711 A-law, the telephone code of the rest of the world."""

    @property
    def sample_bytes(self) -> int:
        """Bytes in one sample of one channel."""
        return 2 if self is AudioEncoding.LINEAR16 else 1


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """How raw audio is to be read: its encoding, rate and number of channels.

    Attributes:
        encoding: An `AudioEncoding`, or its name.
        sample_rate_hertz: Frames per second, 8,000 to 192,000.
        audio_channel_count: Channels, interleaved; 1 or more.

    Raises:
        ConfigurationError: A value is out of range.
    """

    encoding: AudioEncoding = AudioEncoding.LINEAR16
    sample_rate_hertz: int = 16_000
    audio_channel_count: int = 1

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "encoding", AudioEncoding(self.encoding))
        except ValueError:
            names = ", ".join(AudioEncoding)
            raise ConfigurationError(
                "encoding",
                f"{brief(self.encoding)} is not an encoding that can be cut at any frame",
                hint=f"use one of {names}; files of every other encoding are decoded by transcribe()",
            ) from None
        rate, channels = self.sample_rate_hertz, self.audio_channel_count
        if not (_is_whole(rate) and MIN_SAMPLE_RATE_HERTZ <= rate <= MAX_SAMPLE_RATE_HERTZ):
            raise ConfigurationError(
                "sample_rate_hertz",
                f"{brief(rate)} is outside {MIN_SAMPLE_RATE_HERTZ} to {MAX_SAMPLE_RATE_HERTZ}",
            )
        if not (_is_whole(channels) and channels >= 1):
            raise ConfigurationError("audio_channel_count", f"{brief(channels)} is less than 1")

    @property
    def frame_bytes(self) -> int:
        """Bytes in one frame, which is one sample of every channel."""
        return self.encoding.sample_bytes * self.audio_channel_count

    def seconds(self, frames: int) -> float:
        """How long ``frames`` frames last."""
        return frames / self.sample_rate_hertz


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word.

    Attributes:
        text: The word as written, with its punctuation if that is enabled.
        start: Session time at which it begins, in seconds; None if the model gives no word times.
        end: Session time at which it ends, in seconds; None if the model gives no word times.
        confidence: 0 to 1, or None where the service gave none.
        speaker: The speaker's label, or None.
    """

    text: str
    start: float | None = None
    end: float | None = None
    confidence: float | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Alternative:
    """One reading of a stretch of audio.

    Attributes:
        text: What was said, without space around it.
        confidence: 0 to 1, or None where the service gave none.
        words: Its words; empty where the service gave none (as in most interim results).
    """

    text: str
    confidence: float | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What the service made of one stretch of audio: a guess (interim) or its last word (final).

    Attributes:
        alternatives: The readings, best first; never empty. ``text``, ``confidence`` and ``words`` are
            those of the best.
        is_final: True for a final, which is not revised any more.
        segment: The number of the stretch. An interim is replaced by the next result with the same
            ``segment``; there is one final per segment.
        start: Session time in seconds at which the stretch begins: that of its first word if words have
            times, else the end of the final before it.
        end: Session time in seconds up to which this result takes the audio into account.
        stability: For an interim, how likely it is to stay (0 to 1); None where the service gave none.
            An interim that the service sent in parts has the stability of its least stable part.
        language_code: The language recognised, as the service writes it; empty where it gave none.
        channel: 1 for the first channel, where channels are recognised apart; else None.
        latency: Seconds from taking in the result's last frame to handing the result over.
    """

    alternatives: tuple[Alternative, ...]
    is_final: bool = True
    segment: int = 0
    start: float = 0.0
    end: float = 0.0
    stability: float | None = None
    language_code: str = ""
    channel: int | None = None
    latency: float = 0.0

    @property
    def text(self) -> str:
        """What was said, in the best reading."""
        return self.alternatives[0].text

    @property
    def confidence(self) -> float | None:
        """How sure the service is of the best reading, 0 to 1, or None where it did not say."""
        return self.alternatives[0].confidence

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of the best reading; empty where the service gave none."""
        return self.alternatives[0].words

    @property
    def speaker(self) -> str | None:
        """The speaker's label, if one speaker said every word; else None."""
        speakers = {word.speaker for word in self.words}
        return speakers.pop() if len(speakers) == 1 else None


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody began to speak.

    The service says so with ``enable_voice_activity_events``, and a `VoiceActivity` of the session's own
    where there is one.

    Attributes:
        at: Session time in seconds.
    """

    at: float


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """Somebody ended to speak; with a `TurnPolicy`, they have finished.

    The service says so with ``enable_voice_activity_events``, and a `VoiceActivity` of the session's own
    where there is one.

    Attributes:
        at: Session time in seconds.
    """

    at: float


@dataclass(frozen=True, slots=True)
class StreamOpened:
    """The session opened its first stream.

    Attributes:
        stream: The stream's number, from 0.
        at: Session time in seconds at which its audio begins.
    """

    stream: int
    at: float


@dataclass(frozen=True, slots=True)
class StreamRenewed:
    """A stream was replaced by another as planned: because of its age, or because the user wanted it.

    Attributes:
        stream: The new stream's number.
        at: Session time in seconds at which its audio begins.
        forced: Whether somebody was speaking, so that both streams hear the overlap.
        replayed: Seconds of audio that are sent again.
    """

    stream: int
    at: float
    forced: bool
    replayed: float


@dataclass(frozen=True, slots=True)
class StreamRecovered:
    """A stream broke, and another was opened.

    Attributes:
        stream: The new stream's number.
        at: Session time in seconds at which its audio begins.
        code: How the last stream ended: a gRPC status code's name, ``OK`` if the service ended it before
            its time, or ``STALLED`` if it took no audio or said nothing.
        outage: Seconds since the first failure after which there was no progress.
        replayed: Seconds of audio that are sent again.
    """

    stream: int
    at: float
    code: str
    outage: float
    replayed: float


@dataclass(frozen=True, slots=True)
class Parked:
    """No audio comes, and what came is recognised: the session has let its stream end.

    If the audio stopped in the middle of a word, that word stays an interim until it goes on, or until
    `Session.finalize` or `Session.end`.

    Attributes:
        at: Session time in seconds.
    """

    at: float


@dataclass(frozen=True, slots=True)
class Resumed:
    """Audio comes again, and the session has opened a stream for it.

    Attributes:
        stream: The new stream's number.
        at: Session time in seconds at which its audio begins.
    """

    stream: int
    at: float


@dataclass(frozen=True, slots=True)
class AudioLost:
    """Audio that the session took and that will not be recognised.

    Attributes:
        start: Session time in seconds at which it begins.
        end: Session time in seconds at which it ends.
        reason: Why: ``"buffer full"``, or the code of the error that ended the session.
    """

    start: float
    end: float
    reason: str


@dataclass(frozen=True, slots=True)
class BudgetNearlySpent:
    """The share ``warn_at`` of the session's `Budget` is spent.

    Attributes:
        spent: What it has paid for so far, in US dollars, by our estimate; with a budget per client, in
            all sessions that share it.
        budget: What it may pay for.
    """

    spent: float
    budget: float


Event = (
    Result
    | SpeechStarted
    | SpeechEnded
    | StreamOpened
    | StreamRenewed
    | StreamRecovered
    | Parked
    | Resumed
    | AudioLost
    | BudgetNearlySpent
)
"""What `Session.events` gives."""
