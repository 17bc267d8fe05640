"""What is done to audio before it is sent, and what is made of whether somebody speaks.

Frozen values that describe; what they describe is started anew for every session, and for every channel
of it, since filters and detectors remember what they have heard. See `asyncspeech.audio.stages.base` for
the contract of what is started.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from asyncspeech.config.values import check_above_zero, check_not_negative, check_within, items
from asyncspeech.errors import ConfigurationError
from asyncspeech.wording import brief

if TYPE_CHECKING:
    from asyncspeech.audio.stages.base import Stage
    from asyncspeech.audio.voice.detectors import VoiceDetector

__all__ = (
    "DetectorChoice",
    "Treatment",
    "TurnPolicy",
    "VoiceActivity",
    "VoiceGate",
    "preprocessing",
)


class Treatment(Protocol):
    """Something that can be done to audio, such as `asyncspeech.audio.HighPass`: a description of it."""

    def start(self, sample_rate_hertz: int) -> Stage:
        """Begin to treat one channel: blocks of shape (frames, 1). Length and time stay as they are.

        Raises:
            ConfigurationError: It cannot be done at this rate.
            MissingExtraError: What does it is not installed.
        """
        ...


class DetectorChoice(Protocol):
    """A way of telling speech, such as `asyncspeech.audio.SileroDetector`: a description of it."""

    def start(self, sample_rate_hertz: int) -> VoiceDetector:
        """Begin to listen to one channel.

        Raises:
            ConfigurationError: It cannot be done at this rate.
            MissingExtraError: What does it is not installed.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceActivity:
    """Where somebody speaks, told here and not by the service.

    Attributes:
        detector: What tells speech; None for `asyncspeech.audio.SileroDetector`.
        threshold: How likely speech has to be, from 0 to 1, for it to begin.
        release: How unlikely it has to be, at most ``threshold``, for it to be over.
        min_speech: For how many seconds there has to be speech before somebody is taken to speak.
        min_silence: For how many seconds there has to be none before somebody is taken to have ended.
        lead: So many seconds before it was noticed are taken to be speech as well: a soft consonant at
            the beginning of a word sounds like silence, and Silero was seen to notice quiet speech in
            noise 0.25 s late. In silence, audio is held back by as much.
    """

    detector: DetectorChoice | None = None
    threshold: float = 0.5
    release: float = 0.35
    min_speech: float = 0.06
    min_silence: float = 0.1
    lead: float = 0.3

    def __post_init__(self) -> None:
        if self.detector is not None and not _starts(self.detector):
            raise ConfigurationError(
                "detector",
                f"{brief(self.detector)} is nothing that listens",
                hint="for example VoiceActivity(detector=WebRtcDetector()), from asyncspeech.audio",
            )
        check_within(self, "threshold", 0.0, 1.0)
        check_within(self, "release", 0.0, self.threshold)
        check_not_negative(self, "min_speech", "min_silence", "lead")


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceGate:
    """Silence is not sent, so that it is not billed.

    Attributes:
        pre_roll: So many seconds before speech are sent along with it.
        hang_over: And so many after it.
    """

    pre_roll: float = 0.5
    hang_over: float = 1.0

    def __post_init__(self) -> None:
        check_not_negative(self, "pre_roll")
        check_above_zero(self, "hang_over")


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnPolicy:
    """When somebody is taken to have finished speaking, so that what was said becomes final at once.

    The stream is made to say its last words, and another takes over. What is said meanwhile is safe.

    Attributes:
        silence: After so many seconds of audio in which nobody speaks, or as soon as that is certain:
            by `VoiceActivity`, after its ``min_silence`` and ``lead``. Or after so many seconds without
            any audio: who mutes the microphone has finished as well.
    """

    silence: float = 0.5

    def __post_init__(self) -> None:
        check_above_zero(self, "silence")


def preprocessing(values: Any) -> tuple[Any, ...]:
    """The value of ``SessionConfig.preprocess`` as a tuple, in the order in which it can be done.

    Raises:
        ConfigurationError: It is no list of such things, or they are out of order.
    """
    found = items(values, "preprocess", object)
    ranks = []
    for item in found:
        if not (isinstance(item, VoiceActivity | VoiceGate) or _starts(item)):
            raise ConfigurationError(
                "preprocess",
                f"{brief(item)} is nothing that can be done to audio",
                hint="for example preprocess=(HighPass(), VoiceGate()), from asyncspeech.audio",
            )
        ranks.append(_LAST.index(type(item)) if type(item) in _LAST else -1)
    late = [rank for rank in ranks if rank >= 0]
    if ranks != sorted(ranks) or len(late) != len(set(late)):
        raise ConfigurationError(
            "preprocess",
            f"{', '.join(type(item).__name__ for item in found)} cannot be done in this order",
            hint="treatments first, then one VoiceActivity at most, then one VoiceGate at most",
        )
    return found


_LAST = (VoiceActivity, VoiceGate)


def _starts(value: object) -> bool:
    """Whether something describes what can be started; a class is no description yet."""
    return callable(getattr(value, "start", None)) and not isinstance(value, type)
