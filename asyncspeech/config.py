"""What a session is asked to do: `SessionConfig` and its policies.

Frozen values, checked when they are built and without any I/O, so that a mistake shows where it was
made. Fields that have a counterpart in the V2 protos carry its name and meaning: those of
``RecognitionConfig``, ``RecognitionFeatures`` and ``StreamingRecognitionFeatures`` in
``google.cloud.speech.v2``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asyncspeech.errors import ConfigurationError
from asyncspeech.model import AudioEncoding, AudioFormat

if TYPE_CHECKING:
    from google.cloud.speech_v2 import StreamingRecognitionConfig

__all__ = ("BufferPolicy", "SessionConfig")

# The limits of ExplicitDecodingConfig and RecognitionFeatures, from their descriptions in the protos.
_SAMPLE_RATES_HERTZ = range(8_000, 48_001)
_CHANNEL_COUNTS = range(1, 9)
_ALTERNATIVES = range(31)

_ALPHA2, _ALPHA4 = 2, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BufferPolicy:
    """How much audio may wait to be sent.

    Attributes:
        max_seconds: Once this much waits, ``send`` waits and ``send_nowait`` raises
            `BufferOverflowError`. A chunk is taken whole, so the buffer may exceed the bound by
            one chunk. 30 s is far more than a healthy connection ever needs, and 960 kB of LINEAR16 at
            16 kHz.

    Raises:
        ConfigurationError: A value is out of range.
    """

    max_seconds: float = 30.0

    def __post_init__(self) -> None:
        if not self.max_seconds > 0:
            raise ConfigurationError("max_seconds", f"{self.max_seconds} is not more than 0")


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
        enable_voice_activity_events: Whether the service says when speech begins and ends.
        recognizer: The id of a recogniser resource, or ``"_"`` for the implicit one.
        buffer: How much audio may wait to be sent.
        drain_timeout: Once the audio has ended: for how many seconds the service may say nothing before
            the session is given up with `DrainTimeoutError`. A service that takes its time over a
            long sentence is seen to need a few seconds.
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
    enable_voice_activity_events: bool = False
    recognizer: str = "_"
    buffer: BufferPolicy = field(default_factory=BufferPolicy)
    drain_timeout: float = 30.0
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
        if not self.drain_timeout > 0:
            raise ConfigurationError("drain_timeout", f"{self.drain_timeout} is not more than 0")

    @property
    def audio_format(self) -> AudioFormat:
        """The format of the audio that the session takes."""
        return AudioFormat(self.encoding, self.sample_rate_hertz, self.audio_channel_count)


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
