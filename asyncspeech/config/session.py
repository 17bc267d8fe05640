"""`SessionConfig`: all that a session needs to know."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from asyncspeech.capabilities import LIMITS
from asyncspeech.config.adaptation import NormalizationEntry, SpeechAdaptation
from asyncspeech.config.budget import Budget
from asyncspeech.config.languages import language_codes
from asyncspeech.config.mask import config_mask
from asyncspeech.config.policies import BufferPolicy, IdlePolicy, RenewalPolicy, RetryPolicy
from asyncspeech.config.preprocessing import TurnPolicy, VoiceActivity, VoiceGate, preprocessing
from asyncspeech.config.prices import Prices
from asyncspeech.config.values import (
    check_above_zero,
    check_flags,
    check_not_negative,
    check_range,
    check_text,
    check_within,
    items,
    set_member,
)
from asyncspeech.errors import ConfigurationError
from asyncspeech.model import AudioEncoding, AudioFormat
from asyncspeech.wording import brief

if TYPE_CHECKING:
    from google.cloud.speech_v2 import StreamingRecognitionConfig

    from asyncspeech.config.preprocessing import Treatment

__all__ = ("EndpointingSensitivity", "MultiChannelMode", "SessionConfig")

# Its number, as a raw protobuf message has it.
_SEPARATE_RECOGNITION_PER_CHANNEL = 1

# Those that are made have small letters, digits and hyphens; a resource name has slashes.
_RECOGNIZER_ID = re.compile(r"[\w.~-]+", re.ASCII)

IMPLICIT_RECOGNIZER = "_"
"""The id of the recogniser that is always there and has no settings of its own."""


class MultiChannelMode(StrEnum):
    """What becomes of audio with several channels, by the names of V2's ``RecognitionFeatures``."""

    MULTI_CHANNEL_MODE_UNSPECIFIED = "MULTI_CHANNEL_MODE_UNSPECIFIED"
    """The first channel alone is recognised."""

    SEPARATE_RECOGNITION_PER_CHANNEL = "SEPARATE_RECOGNITION_PER_CHANNEL"
    """Every channel is recognised by itself, and billed."""


class EndpointingSensitivity(StrEnum):
    """How soon a pause ends an utterance, by the names of V2's ``StreamingRecognitionFeatures``."""

    ENDPOINTING_SENSITIVITY_UNSPECIFIED = "ENDPOINTING_SENSITIVITY_UNSPECIFIED"
    """The service's choice, which is the standard one."""

    ENDPOINTING_SENSITIVITY_STANDARD = "ENDPOINTING_SENSITIVITY_STANDARD"
    """No hurry: sentences stay whole."""

    ENDPOINTING_SENSITIVITY_SHORT = "ENDPOINTING_SENSITIVITY_SHORT"
    """For single sentences, at the risk that some are broken up."""

    ENDPOINTING_SENSITIVITY_SUPERSHORT = "ENDPOINTING_SENSITIVITY_SUPERSHORT"
    """For single words and short commands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """All that a session needs to know.

    *What is spoken.*

    Attributes:
        language_codes: BCP-47 tags of the languages that may be spoken, normalised on the way in
            (``en-us`` becomes ``en-US``). A single string is taken as a tuple of one. With several (at
            most 3, and in some locations only) every result says in which language it was recognised.
        model: The model of Speech-to-Text V2, such as ``"long"``, ``"short"``, ``"telephony"``,
            ``"chirp_2"`` or ``"chirp_3"``.
        adaptation: Phrases that are likely to be said; a `SpeechAdaptation`.
        custom_prompt: Instructions for ``chirp_3``, in the place of its own.
        encoding: How the audio handed to ``send`` is encoded; it goes over the wire as it is.
        sample_rate_hertz: Its frames per second, 8,000 to 48,000. 16,000 is what the models like best.
        audio_channel_count: Its channels, interleaved; 1 to 8.
        multi_channel_mode: Whether each channel is recognised; a `MultiChannelMode`, or its value.
        denoise_audio: Whether the service takes noise out of the audio first; not every model can.
        snr_threshold: With it, how loud speech has to be over the noise to be recognised; 0 for any.

    *What is written.*

    Attributes:
        interim_results: Whether guesses are wanted while a sentence is still being spoken.
        enable_word_time_offsets: Whether words carry times. None, the default, is wherever the model
            gives them on streams: captions need them, and ``chirp_3`` has none.
        enable_word_confidence: Whether words carry a confidence.
        enable_automatic_punctuation: Whether the text is punctuated.
        enable_spoken_punctuation: Whether spoken marks ("comma") are written as such.
        enable_spoken_emojis: Whether spoken emojis are written as such.
        profanity_filter: Whether swear words are masked (``f***``).
        max_alternatives: The largest number of readings per final, 0 to 30; 0 and 1 mean one.
        transcript_normalization: Texts that are replaced in transcripts, one after the other; a tuple of
            `NormalizationEntry`.
        target_language: The BCP-47 tag of the language to translate to; empty for none.
        min_confidence: Results of which the service is less sure than this, from 0 to 1, are not handed
            on. Those of which it does not say how sure it is are. If an interim of the same ``segment``
            was handed on, a final without text takes it back.

    *When somebody speaks.*

    Attributes:
        enable_voice_activity_events: Whether the service says when speech begins and ends.
        speech_start_timeout: After so many seconds of audio in which nobody begins to speak, more than
            0.5 and less than 60, the service ends the stream; the session opens another. It switches
            voice activity events on, as the service demands.
        speech_end_timeout: As well after so many seconds in which nobody goes on to speak. What was said
            becomes final by then.
        endpointing_sensitivity: How soon a pause ends an utterance; an `EndpointingSensitivity`, or its
            value.

    *Whose settings.*

    Attributes:
        recognizer: The id of a recogniser resource, or ``"_"`` for the implicit one. A resource brings
            settings of its own. Fields above that are not at their defaults go before them, and the
            model and the languages always do: leave them to the resource by ``SessionConfig(recognizer=
            "mine", model="", language_codes=())``. The format of the audio, and which of its
            channels are recognised, are never the resource's.
        config_mask: Which settings go before those of the resource, as paths of fields in
            ``RecognitionConfig`` such as ``"features.profanity_filter"``; no others do. ``("*",)`` is
            all of them. Empty, the default, is as above.
        raw: A ``StreamingRecognitionConfig`` for what this class does not model. What it sets is laid
            over the fields above; lists take the place of lists.
        strict: Whether what the service is known not to have is refused. False makes that a
            `ConfigurationWarning`: the service changes faster than what is known of it.

    *Before it is sent.*

    Attributes:
        preprocess: What is done to the audio here, in this order: treatments such as
            `asyncspeech.audio.HighPass`, then a `VoiceActivity` that listens whether somebody speaks,
            then a `VoiceGate` that withholds silence. Time and format stay as they are. Where there is
            a `VoiceActivity`, or anything that needs one, `SpeechStarted` and `SpeechEnded` come from
            it and not from the service.
        turn: When what was said becomes final because somebody has finished speaking, by what is heard
            here; None to leave that to the service. A `TurnPolicy`.

    *How it goes.*

    Attributes:
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

    Raises:
        ConfigurationError: A value is out of range; ``field`` names it.
    """

    language_codes: tuple[str, ...] = ("en-US",)
    model: str = "long"
    adaptation: SpeechAdaptation = field(default_factory=SpeechAdaptation)
    custom_prompt: str = ""
    encoding: AudioEncoding = AudioEncoding.LINEAR16
    sample_rate_hertz: int = 16_000
    audio_channel_count: int = 1
    multi_channel_mode: MultiChannelMode = MultiChannelMode.MULTI_CHANNEL_MODE_UNSPECIFIED
    denoise_audio: bool = False
    snr_threshold: float = 0.0
    interim_results: bool = True
    enable_word_time_offsets: bool | None = None
    enable_word_confidence: bool = False
    enable_automatic_punctuation: bool = False
    enable_spoken_punctuation: bool = False
    enable_spoken_emojis: bool = False
    profanity_filter: bool = False
    max_alternatives: int = 1
    transcript_normalization: tuple[NormalizationEntry, ...] = ()
    target_language: str = ""
    min_confidence: float = 0.0
    enable_voice_activity_events: bool = False
    speech_start_timeout: float | None = None
    speech_end_timeout: float | None = None
    endpointing_sensitivity: EndpointingSensitivity = (
        EndpointingSensitivity.ENDPOINTING_SENSITIVITY_UNSPECIFIED
    )
    recognizer: str = IMPLICIT_RECOGNIZER
    config_mask: tuple[str, ...] = ()
    raw: StreamingRecognitionConfig | None = None
    strict: bool = True
    preprocess: tuple[Treatment | VoiceActivity | VoiceGate, ...] = ()
    turn: TurnPolicy | None = None
    renewal: RenewalPolicy = field(default_factory=RenewalPolicy)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    buffer: BufferPolicy = field(default_factory=BufferPolicy)
    idle: IdlePolicy = field(default_factory=IdlePolicy)
    stall_timeout: float = 10.0
    drain_timeout: float = 30.0
    catch_up: float = 10.0
    budget: Budget | None = None
    prices: Prices = field(default_factory=Prices)

    def __post_init__(self) -> None:
        self._check_recognizer()
        self._check_audio()
        self._check_text()
        self._check_activity()
        object.__setattr__(self, "preprocess", preprocessing(self.preprocess))
        if self.turn is not None:
            _check_kind(self, "turn", TurnPolicy)
        for name, kind in _POLICIES.items():
            _check_kind(self, name, kind)
        if self.budget is not None:
            _check_kind(self, "budget", Budget)
        check_above_zero(self, "stall_timeout", "drain_timeout", "catch_up")
        if not 1 < self.catch_up < math.inf:
            raise ConfigurationError("catch_up", f"{self.catch_up:g} is not a number above 1")

    def _check_recognizer(self) -> None:
        check_text(self, "recognizer")
        if not _RECOGNIZER_ID.fullmatch(self.recognizer):
            raise ConfigurationError(
                "recognizer",
                f"{brief(self.recognizer)} is not a recogniser id",
                hint="give the last part of its resource name; project and location are the client's",
            )
        has_settings = self.recognizer != IMPLICIT_RECOGNIZER
        check_text(self, "model", may_be_empty=has_settings)
        codes = language_codes(self.language_codes, may_be_empty=has_settings)
        object.__setattr__(self, "language_codes", codes)
        mask = config_mask(self.config_mask)
        if mask and not has_settings:
            raise ConfigurationError(
                "config_mask",
                "there are no settings for it to choose from",
                hint="it is for a recogniser resource: give its id as recognizer",
            )
        object.__setattr__(self, "config_mask", mask)
        check_flags(self, "strict")

    def _check_audio(self) -> None:
        check_range("sample_rate_hertz", self.sample_rate_hertz, LIMITS.sample_rates_hertz)
        check_range("audio_channel_count", self.audio_channel_count, LIMITS.audio_channel_counts)
        object.__setattr__(self, "encoding", self.audio_format.encoding)
        set_member(self, "multi_channel_mode", MultiChannelMode)
        check_flags(self, "denoise_audio")
        check_not_negative(self, "snr_threshold")

    def _check_text(self) -> None:
        _check_kind(self, "adaptation", SpeechAdaptation)
        entries = items(self.transcript_normalization, "transcript_normalization", NormalizationEntry)
        object.__setattr__(self, "transcript_normalization", entries)
        check_text(self, "custom_prompt", may_be_empty=True)
        check_text(self, "target_language", may_be_empty=True)
        if self.target_language:
            (target,) = language_codes(self.target_language, field="target_language")
            object.__setattr__(self, "target_language", target)
        check_flags(self, *_TEXT_FLAGS)
        if self.enable_word_time_offsets is not None:
            check_flags(self, "enable_word_time_offsets")
        check_range("max_alternatives", self.max_alternatives, LIMITS.max_alternatives)
        check_within(self, "min_confidence", 0.0, 1.0)

    def _check_activity(self) -> None:
        check_flags(self, "enable_voice_activity_events")
        for name in ("speech_start_timeout", "speech_end_timeout"):
            if getattr(self, name) is not None:
                _check_timeout(name, getattr(self, name))
        set_member(self, "endpointing_sensitivity", EndpointingSensitivity)

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

    @property
    def is_preprocessed(self) -> bool:
        """Whether anything is done to the audio before it is sent."""
        return bool(self.preprocess) or self.voice_activity is not None

    @property
    def treatments(self) -> tuple[Treatment, ...]:
        """What is done to the audio before anybody listens to it, first to last."""
        last = (VoiceActivity, VoiceGate)
        return tuple(item for item in self.preprocess if not isinstance(item, last))

    @property
    def voice_gate(self) -> VoiceGate | None:
        """How silence is withheld; None if it is not."""
        return next((item for item in self.preprocess if isinstance(item, VoiceGate)), None)

    @property
    def voice_activity(self) -> VoiceActivity | None:
        """How it is told whether somebody speaks; None if nobody listens here."""
        given = next((item for item in self.preprocess if isinstance(item, VoiceActivity)), None)
        is_wanted = self.turn is not None or self.voice_gate is not None
        return given or (VoiceActivity() if is_wanted else None)

    @property
    def turn_wait(self) -> float:
        """For how many seconds silence has to be certain, once speech has ended, for a turn to be over.

        Of `TurnPolicy.silence`, some has passed by then: see `asyncspeech.core.floor`. 0 without turns.
        """
        activity = self.voice_activity
        if self.turn is None or activity is None:
            return 0.0
        return max(0.0, self.turn.silence - activity.min_silence - activity.lead)

    @property
    def requested_model(self) -> str:
        """The model that the service is asked for; empty for that of a recogniser resource."""
        raw = getattr(self.raw, "config", None)
        return (raw.model if raw else "") or self.model

    @property
    def speech_timeouts(self) -> tuple[float | None, float | None]:
        """After how many seconds a stream is ended in which nobody begins, and goes on, to speak."""
        raw = getattr(self.raw, "streaming_features", None)
        timeout = raw.voice_activity_timeout if raw else None
        start = _seconds(timeout.speech_start_timeout) if timeout else None
        end = _seconds(timeout.speech_end_timeout) if timeout else None
        return start or self.speech_start_timeout, end or self.speech_end_timeout


_TEXT_FLAGS = (
    "interim_results",
    "enable_word_confidence",
    "enable_automatic_punctuation",
    "enable_spoken_punctuation",
    "enable_spoken_emojis",
    "profanity_filter",
)
_POLICIES = {
    "renewal": RenewalPolicy,
    "retry": RetryPolicy,
    "buffer": BufferPolicy,
    "idle": IdlePolicy,
    "prices": Prices,
}


def _seconds(duration: Any) -> float:
    """A raw duration, of which proto-plus makes a timedelta."""
    if isinstance(duration, timedelta):
        return duration.total_seconds()
    seconds: float = duration.seconds + duration.nanos / 1e9 if duration else 0.0
    return seconds


def _check_kind(config: SessionConfig, name: str, kind: type) -> None:
    value = getattr(config, name)
    if not isinstance(value, kind):
        raise ConfigurationError(name, f"{brief(value)} is not a {kind.__name__}")


def _check_timeout(name: str, seconds: Any) -> None:
    above, below = LIMITS.voice_activity_timeout_seconds
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not (is_number and above < seconds < below):
        raise ConfigurationError(
            name, f"{brief(seconds)} is not a number of seconds above {above:g} and below {below:g}"
        )
