"""What the emulator asks of a recogniser: the one interface that all of them implement.

The emulator's server speaks the protocol; a recogniser turns samples into words. A `Recognizer` is
opened once per emulator and starts one `Recognition` for every channel of every stream::

    async with recognizer:
        recognition = await recognizer.start(settings)
        try:
            for block in blocks:
                for event in await recognition.accept(block):
                    ...
            for event in await recognition.finish():
                ...
        finally:
            await recognition.aclose()

Every position is a number of frames since the start of the stream, at the stream's own sample rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray

__all__ = (
    "Hypothesis",
    "HypothesisWord",
    "Recognition",
    "RecognitionEvent",
    "RecognitionSettings",
    "Recognizer",
    "SpeechBegin",
    "SpeechEnd",
)


@dataclass(frozen=True, slots=True)
class RecognitionSettings:
    """What a recogniser needs to know of a stream.

    Attributes:
        sample_rate_hertz: The rate of the samples it will be given; it resamples if it must.
        language_code: The first language asked for, as a BCP-47 tag.
        interim_results: Whether interim hypotheses are wanted at all.
        max_alternatives: How many readings of an utterance are wanted at most. One that knows no
            other than the likeliest gives that.
        endpoint_seconds: The pause after which an utterance is to be final; None for what the
            recogniser itself thinks best.
    """

    sample_rate_hertz: int
    language_code: str = "en-US"
    interim_results: bool = False
    max_alternatives: int = 1
    endpoint_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class HypothesisWord:
    """A word and where it was heard.

    Attributes:
        text: The word.
        start: Frame at which it begins.
        end: Frame at which it ends (the first that is no longer part of it).
        confidence: 0 to 1; 0 where the recogniser has no idea.
    """

    text: str
    start: int
    end: int
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What the recogniser takes an utterance to be so far (interim), or in the end (final).

    Attributes:
        words: The words, in order. A final may have none: the audio sounded like speech and was not.
        end: The frame up to which the audio has been taken into account.
        is_final: Whether this closes the utterance. The next hypothesis then opens a new one.
        stable_words: For an interim, how many of its words, from the first, are likely to stay.
        confidence: For a final, how sure the recogniser is, 0 to 1; 0 for no idea.
        alternatives: For a final, less likely readings of the same utterance, best first.
    """

    words: tuple[HypothesisWord, ...]
    end: int
    is_final: bool
    stable_words: int = 0
    confidence: float = 0.0
    alternatives: tuple[tuple[HypothesisWord, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class SpeechBegin:
    """Speech has begun.

    Attributes:
        position: Frame at which it begins.
    """

    position: int


@dataclass(frozen=True, slots=True)
class SpeechEnd:
    """Speech has ended.

    Attributes:
        position: Frame at which it ends.
    """

    position: int


RecognitionEvent = Hypothesis | SpeechBegin | SpeechEnd


class Recognition(Protocol):
    """The recognition of one channel of one stream. Its methods are called one at a time."""

    async def accept(self, samples: NDArray[np.int16]) -> Sequence[RecognitionEvent]:
        """Take the next samples (mono, any number) and return what has become known, in order."""
        ...

    async def finish(self) -> Sequence[RecognitionEvent]:
        """Say that no more samples come; return what is left, ending in a final if one is due."""
        ...

    async def aclose(self) -> None:
        """Free what this recognition holds. Called exactly once, also after an error or cancellation."""
        ...


class Recognizer(Protocol):
    """Makes recognitions. Opened once, used by any number of streams at the same time."""

    @property
    def language_codes(self) -> frozenset[str] | None:
        """The languages that it knows, as BCP-47 tags; None if it takes any."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    async def start(self, settings: RecognitionSettings) -> Recognition:
        """Begin the recognition of one channel of a new stream."""
        ...
