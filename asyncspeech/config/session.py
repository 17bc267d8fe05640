"""`SessionConfig`: all that a session needs to know."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from asyncspeech.config.checks import check_above_zero, check_range, set_member
from asyncspeech.config.languages import language_codes
from asyncspeech.config.policies import BufferPolicy, IdlePolicy, RenewalPolicy, RetryPolicy
from asyncspeech.config.prices import Prices
from asyncspeech.errors import ConfigurationError
from asyncspeech.model import AudioEncoding, AudioFormat

if TYPE_CHECKING:
    from google.cloud.speech_v2 import StreamingRecognitionConfig

    from asyncspeech.config.budget import Budget

__all__ = ("MultiChannelMode", "SessionConfig")

# The limits of ExplicitDecodingConfig and RecognitionFeatures, from their descriptions in the protos.
_SAMPLE_RATES_HERTZ = range(8_000, 48_001)
_CHANNEL_COUNTS = range(1, 9)
_ALTERNATIVES = range(31)

# Its number, as a raw protobuf message has it.
_SEPARATE_RECOGNITION_PER_CHANNEL = 1


class MultiChannelMode(StrEnum):
    """What becomes of audio with several channels, by the names of V2's ``RecognitionFeatures``."""

    MULTI_CHANNEL_MODE_UNSPECIFIED = "MULTI_CHANNEL_MODE_UNSPECIFIED"
    """The first channel alone is recognised."""

    SEPARATE_RECOGNITION_PER_CHANNEL = "SEPARATE_RECOGNITION_PER_CHANNEL"
    """Every channel is recognised by itself, and billed."""


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
        budget: What the session may cost; None for as much as it does.
        prices: What the service charges, for the budget and for `SessionStats.cost`.
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
    budget: Budget | None = None
    prices: Prices = field(default_factory=Prices)
    raw: StreamingRecognitionConfig | None = None

    def __post_init__(self) -> None:
        _set = object.__setattr__
        _set(self, "language_codes", language_codes(self.language_codes))
        check_range("sample_rate_hertz", self.sample_rate_hertz, _SAMPLE_RATES_HERTZ)
        check_range("audio_channel_count", self.audio_channel_count, _CHANNEL_COUNTS)
        check_range("max_alternatives", self.max_alternatives, _ALTERNATIVES)
        _set(self, "encoding", self.audio_format.encoding)
        if not self.model:
            raise ConfigurationError("model", "is empty", hint='for instance model="long"')
        if not self.recognizer or "/" in self.recognizer:
            raise ConfigurationError(
                "recognizer",
                f"{self.recognizer!r} is not a recogniser id",
                hint="give the last part of its resource name; project and location are the client's",
            )
        check_above_zero(self, "stall_timeout", "drain_timeout")
        check_above_zero(self, "catch_up")
        if not self.catch_up > 1:
            raise ConfigurationError("catch_up", f"{self.catch_up!r} times real time never catches up")
        set_member(self, "multi_channel_mode", MultiChannelMode)

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
