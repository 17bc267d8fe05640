"""What a session is asked to do: `SessionConfig` and its policies.

Frozen values, checked when they are built and without any I/O, so that a mistake shows where it was
made. Fields that have a counterpart in the V2 protos carry its name and meaning: those of
``RecognitionConfig``, ``RecognitionFeatures`` and ``StreamingRecognitionFeatures`` in
``google.cloud.speech.v2``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from asyncspeech.errors import ConfigurationError
from asyncspeech.model import AudioEncoding, AudioFormat

if TYPE_CHECKING:
    from google.cloud.speech_v2 import StreamingRecognitionConfig

__all__ = (
    "BufferPolicy",
    "IdleMode",
    "IdlePolicy",
    "MultiChannelMode",
    "RenewalPolicy",
    "RetryPolicy",
    "SessionConfig",
    "WhenFull",
)

# The limits of ExplicitDecodingConfig and RecognitionFeatures, from their descriptions in the protos.
_SAMPLE_RATES_HERTZ = range(8_000, 48_001)
_CHANNEL_COUNTS = range(1, 9)
_ALTERNATIVES = range(31)

_ALPHA2, _ALPHA4 = 2, 4

# Its number, as a raw protobuf message has it.
_SEPARATE_RECOGNITION_PER_CHANNEL = 1


class MultiChannelMode(StrEnum):
    """What becomes of audio with several channels, by the names of V2's ``RecognitionFeatures``."""

    MULTI_CHANNEL_MODE_UNSPECIFIED = "MULTI_CHANNEL_MODE_UNSPECIFIED"
    """The first channel alone is recognised."""

    SEPARATE_RECOGNITION_PER_CHANNEL = "SEPARATE_RECOGNITION_PER_CHANNEL"
    """Every channel is recognised by itself, and billed."""


class WhenFull(StrEnum):
    """What happens to audio for which there is no room."""

    WAIT = "wait"
    """`Session.send` waits until there is; `Session.send_nowait` raises."""

    DROP_OLDEST = "drop-oldest"
    """The oldest audio that waits makes room, and is reported as `AudioLost`."""

    RAISE = "raise"
    """`Session.send` raises `BufferOverflowError`, too."""


class IdleMode(StrEnum):
    """What a session does with its stream while it is given no audio."""

    PARK = "park"
    """It lets the stream end, and opens another with the next audio. Costs nothing."""

    KEEP_ALIVE = "keep-alive"
    """It sends silence, which is billed, and keeps the stream; unless the audio stopped in mid-word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalPolicy:
    """When a stream is replaced by the next, because the service lets none live longer than 5 minutes.

    Attributes:
        after: From this age on, in seconds, a stream is replaced at the first good place: when a final
            result has just come, or when it is quiet. 240 s leave most of a minute to wait for one, and
            are what Google's own samples and most clients use.
        by: At this age a stream is replaced wherever it is. 285 s leave a quarter of a minute for its
            last results: the service counts its 300 s on its own clock, from when it saw the stream.
        overlap: If somebody is speaking then, both streams hear this many seconds, so that every word is
            heard whole by one of them. 2 s hold at least two words of anybody's speech.

    Raises:
        ConfigurationError: A value is out of range.
    """

    after: float = 240.0
    by: float = 285.0
    overlap: float = 2.0

    def __post_init__(self) -> None:
        _check_above_zero(self, "after", "by", "overlap")
        if self.by < self.after:
            raise ConfigurationError("by", f"{self.by:g} s is before after={self.after:g} s")
        if self.overlap > self.by:
            raise ConfigurationError("overlap", f"{self.overlap:g} s is longer than by={self.by:g} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How long and how often a broken stream is replaced.

    The first replacement comes at once. If there is no progress on it, the next waits for a random share
    of ``initial_delay``, and every further one for a random share of twice as much; or for as long as
    the service asks for (``google.rpc.RetryInfo``).

    Attributes:
        initial_delay: In seconds. 0.1 s is about a round trip to the service and back.
        max_delay: The longest delay, in seconds, however often it has been doubled. After 5 s nobody
            still hopes for live captions, and a service that comes back is found soon.
        max_outage: After this many seconds without progress the session fails with `StreamLostError`.
            Most incidents of a front end are over in less than the default minute.

    Raises:
        ConfigurationError: A value is out of range.
    """

    initial_delay: float = 0.1
    max_delay: float = 5.0
    max_outage: float = 60.0

    def __post_init__(self) -> None:
        _check_above_zero(self, "initial_delay", "max_delay", "max_outage")


@dataclass(frozen=True, slots=True, kw_only=True)
class BufferPolicy:
    """How much audio a session may hold.

    Attributes:
        max_seconds: How much audio may wait to be sent, in seconds. A chunk is taken whole, so the
            buffer may exceed the bound by one chunk. 30 s is far more than a healthy connection ever
            needs, and 960 kB of LINEAR16 at 16 kHz.
        when_full: What happens when that much waits; a `WhenFull`, or its value.
        max_unsettled_seconds: How much audio may have been sent without a final result that covers it.
            All of it is kept, to be sent again if the stream breaks. When it is reached, no more is sent
            until results come; and audio that has waited this long for one makes the session replace its
            stream, which makes the service say its last word on it. The service's long models are known
            to talk on for a minute without a final; 120 s are 3.8 MB of LINEAR16 at 16 kHz.

    Raises:
        ConfigurationError: A value is out of range.
    """

    max_seconds: float = 30.0
    when_full: WhenFull = WhenFull.WAIT
    max_unsettled_seconds: float = 120.0

    def __post_init__(self) -> None:
        _check_above_zero(self, "max_seconds", "max_unsettled_seconds")
        _set_member(self, "when_full", WhenFull)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdlePolicy:
    """What happens while the user sends nothing, because the service ends a stream that gets nothing.

    Attributes:
        after: How many seconds without audio make a session idle. The service waits for about 10 s.
        mode: What it does then; an `IdleMode`, or its value. Silence is sent every ``after`` seconds.

    Raises:
        ConfigurationError: A value is out of range.
    """

    after: float = 5.0
    mode: IdleMode = IdleMode.PARK

    def __post_init__(self) -> None:
        _check_above_zero(self, "after")
        _set_member(self, "mode", IdleMode)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """All that a session needs to know.

    Attributes:
        language_codes: BCP-47 tags of the languages that may be spoken, normalised on the way in
            (``en-us`` becomes ``en-US``). A single string is taken as a tuple of one.
        model: The model of Speech-to-Text V2, such as ``"long"``, ``"short"``, ``"telephony"``,
            ``"chirp_2"`` or ``"chirp_3"``.
        encoding: How the audio handed to ``send`` is encoded; it goes over the wire as it is.
        sample_rate_hertz: Its frames per second, 8,000 to 48,000. 16,000 is what the models like best.
        audio_channel_count: Its channels, interleaved; 1 to 8.
        interim_results: Whether guesses are wanted while a sentence is still being spoken.
        enable_word_time_offsets: Whether words carry times. On by default: captions need them.
        enable_word_confidence: Whether words carry a confidence.
        enable_automatic_punctuation: Whether the text is punctuated.
        profanity_filter: Whether swear words are masked (``f***``).
        max_alternatives: The largest number of readings per final, 0 to 30; 0 and 1 mean one.
        multi_channel_mode: Whether each channel is recognised; a `MultiChannelMode`, or its value.
        enable_voice_activity_events: Whether the service says when speech begins and ends.
        recognizer: The id of a recogniser resource, or ``"_"`` for the implicit one.
        renewal: When a stream is replaced because of its age.
        retry: How long and how often a broken stream is replaced.
        buffer: How much audio may be held.
        idle: What happens while no audio comes.
        stall_timeout: For how many seconds the service may take no audio, or say nothing to speech,
            before its stream is suspected to be broken. It is then made to say its last word, and
            replaced. A live service answers speech within a second or two; the patience doubles with
            every suspicion until there is an answer, as some models are silent until a sentence is over.
        drain_timeout: Once the audio has ended: for how many seconds the service may say nothing before
            the session is given up with `DrainTimeoutError`. A service that takes its time over a
            long sentence is seen to need a few seconds.
        catch_up: How fast a stream that replaces another is sent what it has missed, in times real time.
            The service wants audio "at a rate that approximates real time", and nobody has seen it
            insist. 10 makes up for a second in a tenth of one.
        raw: A ``StreamingRecognitionConfig`` for what this class does not model. What it sets is laid
            over the fields above.

    Raises:
        ConfigurationError: A value is out of range; ``field`` names it.
    """

    language_codes: tuple[str, ...] = ("en-US",)
    model: str = "long"
    encoding: AudioEncoding = AudioEncoding.LINEAR16
    sample_rate_hertz: int = 16_000
    audio_channel_count: int = 1
    interim_results: bool = True
    enable_word_time_offsets: bool = True
    enable_word_confidence: bool = False
    enable_automatic_punctuation: bool = False
    profanity_filter: bool = False
    max_alternatives: int = 1
    multi_channel_mode: MultiChannelMode = MultiChannelMode.MULTI_CHANNEL_MODE_UNSPECIFIED
    enable_voice_activity_events: bool = False
    recognizer: str = "_"
    renewal: RenewalPolicy = field(default_factory=RenewalPolicy)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    buffer: BufferPolicy = field(default_factory=BufferPolicy)
    idle: IdlePolicy = field(default_factory=IdlePolicy)
    stall_timeout: float = 10.0
    drain_timeout: float = 30.0
    catch_up: float = 10.0
    raw: StreamingRecognitionConfig | None = None

    def __post_init__(self) -> None:
        _set = object.__setattr__
        _set(self, "language_codes", _language_codes(self.language_codes))
        _check_range("sample_rate_hertz", self.sample_rate_hertz, _SAMPLE_RATES_HERTZ)
        _check_range("audio_channel_count", self.audio_channel_count, _CHANNEL_COUNTS)
        _check_range("max_alternatives", self.max_alternatives, _ALTERNATIVES)
        _set(self, "encoding", self.audio_format.encoding)
        if not self.model:
            raise ConfigurationError("model", "is empty", hint='for instance model="long"')
        if not self.recognizer or "/" in self.recognizer:
            raise ConfigurationError(
                "recognizer",
                f"{self.recognizer!r} is not a recogniser id",
                hint="give the last part of its resource name; project and location are the client's",
            )
        _check_above_zero(self, "stall_timeout", "drain_timeout")
        _check_above_zero(self, "catch_up")
        if not self.catch_up > 1:
            raise ConfigurationError("catch_up", f"{self.catch_up!r} times real time never catches up")
        _set_member(self, "multi_channel_mode", MultiChannelMode)

    @property
    def audio_format(self) -> AudioFormat:
        """The format of the audio that the session takes."""
        return AudioFormat(self.encoding, self.sample_rate_hertz, self.audio_channel_count)

    @property
    def recognized_channels(self) -> tuple[int | None, ...]:
        """The channels that are recognised, from 1; None alone if they are not told apart."""
        separate = MultiChannelMode.SEPARATE_RECOGNITION_PER_CHANNEL
        raw = getattr(self.raw, "config", None)
        raw_mode = int(raw.features.multi_channel_mode) if raw else 0
        if self.multi_channel_mode is separate or raw_mode == _SEPARATE_RECOGNITION_PER_CHANNEL:
            return tuple(range(1, self.audio_channel_count + 1))
        return (None,)


def _check_above_zero(policy: Any, *names: str) -> None:
    for name in names:
        value = getattr(policy, name)
        if not (isinstance(value, int | float) and value > 0):
            raise ConfigurationError(name, f"{value!r} is not more than 0")


def _set_member(policy: Any, name: str, members: type[StrEnum]) -> None:
    """Replace a value by the member of an enumeration that it names."""
    value = getattr(policy, name)
    try:
        object.__setattr__(policy, name, members(value))
    except ValueError:
        raise ConfigurationError(name, f"{value!r} is none of {', '.join(members)}") from None


def _check_range(name: str, value: int, allowed: range) -> None:
    if value not in allowed:
        raise ConfigurationError(
            name, f"{value} is not a whole number from {allowed[0]} to {allowed[-1]}"
        )


def _language_codes(codes: tuple[str, ...] | str) -> tuple[str, ...]:
    codes = (codes,) if isinstance(codes, str) else tuple(codes)
    if not codes:
        raise ConfigurationError("language_codes", "is empty", hint='for instance ("en-US",)')
    return tuple(_language_code(code) for code in codes)


def _language_code(code: str) -> str:
    """A BCP-47 tag in its usual case: language lower, script title, region upper (RFC 5646, 2.1.1)."""
    language, *subtags = code.split("-")
    if not (language.isascii() and language.isalpha()):
        raise ConfigurationError(
            "language_codes", f"{code!r} is not a BCP-47 language tag", hint='for instance "en-US"'
        )
    return "-".join([language.lower(), *(_subtag(subtag) for subtag in subtags)])


def _subtag(subtag: str) -> str:
    if len(subtag) == _ALPHA2:
        return subtag.upper()
    if len(subtag) == _ALPHA4:
        return subtag.title()
    return subtag.lower()
