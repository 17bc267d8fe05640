"""A recogniser that hears what a script says, whatever the audio is: to drive the tests of a bot.

A script is a list of utterances, each with its place in the audio. Silence will do for the audio; what
counts is how much of it has come. An utterance is told like a real one: its beginning, its words one by
one as interims, its end, and its final a little later::

    Scripted(
        "I would like to book a table",
        Utterance("for two", start=4.0, end=4.6, confidence=0.8, alternatives=("four two",)),
    )

Every stream hears the script from the beginning, on each of its channels.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncspeech.emulator.recognizer import Hypothesis, HypothesisWord, SpeechBegin, SpeechEnd
from asyncspeech.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray

    from asyncspeech.emulator.recognizer import RecognitionEvent, RecognitionSettings

__all__ = ("Scripted", "Utterance")

_WORD_SECONDS = 0.3
_PAUSE_SECONDS = 1.0
_ENDPOINT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something that is said.

    Attributes:
        text: The words.
        start: When they begin, in seconds of audio; None for a second after the utterance before.
        end: When they end; None for 0.3 s a word.
        confidence: How sure the recogniser is, 0 to 1.
        alternatives: What it might have been instead, best first.

    Raises:
        ConfigurationError: It has no words, or ends before it begins.
    """

    text: str
    start: float | None = None
    end: float | None = None
    confidence: float = 0.9
    alternatives: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.text.split():
            raise ConfigurationError("text", "an utterance has at least one word")
        if self.start is not None and self.start < 0:
            raise ConfigurationError("start", f"it is not negative, not {self.start}")
        if self.end is not None and (self.start is None or self.end <= self.start):
            raise ConfigurationError("end", f"it comes after the start, {self.start}, not at {self.end}")


class Scripted:
    """Hears a script.

    Args:
        script: What is said, in order; plain text is an `Utterance` with nothing but its text.
        endpoint_seconds: How long after its end an utterance is final.

    Raises:
        ConfigurationError: An utterance begins before the one before it has ended.
    """

    language_codes: frozenset[str] | None = None

    def __init__(self, *script: str | Utterance, endpoint_seconds: float = _ENDPOINT_SECONDS) -> None:
        self._endpoint_seconds = endpoint_seconds
        self._script = tuple(_placed(script))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return

    async def start(self, settings: RecognitionSettings) -> ScriptedRecognition:
        """Begin the recognition of one channel of a new stream."""
        endpoint = settings.endpoint_seconds or self._endpoint_seconds
        events = [
            timed
            for utterance, start, end in self._script
            for timed in _events(utterance, start, end, endpoint, settings)
        ]
        return ScriptedRecognition(events)


class ScriptedRecognition:
    """The recognition of one channel of one stream. `Scripted.start` makes it."""

    def __init__(self, events: list[tuple[int, RecognitionEvent]]) -> None:
        self._events = events
        self._next = 0
        self._position = 0

    async def accept(self, samples: NDArray[np.int16]) -> list[RecognitionEvent]:
        """Take the next samples and return what has become known."""
        self._position += len(samples)
        first = self._next
        while self._next < len(self._events) and self._events[self._next][0] <= self._position:
            self._next += 1
        return [event for _, event in self._events[first : self._next]]

    async def finish(self) -> list[RecognitionEvent]:
        """Say that no more samples come; return the final of the utterance that was being heard."""
        heard = [event for _, event in self._events[: self._next]]
        rest = [event for _, event in self._events[self._next :]]
        is_speaking = any(isinstance(event, SpeechBegin) for event in heard) and not _is_final(heard[-1])
        if not is_speaking:
            return []
        final = next(event for event in rest if isinstance(event, Hypothesis) and event.is_final)
        words = tuple(word for word in final.words if word.end <= self._position)
        if not words:
            return []
        is_whole = len(words) == len(final.words)
        alternatives = final.alternatives if is_whole else ()
        end = min(final.end, self._position)
        return [
            Hypothesis(words, end, is_final=True, confidence=final.confidence, alternatives=alternatives)
        ]

    async def aclose(self) -> None:
        """Free nothing: there is nothing to free."""


def _is_final(event: RecognitionEvent) -> bool:
    return isinstance(event, Hypothesis) and event.is_final


def _placed(script: tuple[str | Utterance, ...]) -> Iterator[tuple[Utterance, float, float]]:
    """The utterances, with their starts and ends in seconds."""
    before = 0.0
    for item in script:
        utterance = Utterance(item) if isinstance(item, str) else item
        start = before + _PAUSE_SECONDS if utterance.start is None else utterance.start
        if start < before:
            raise ConfigurationError(
                "start", f"{utterance.text!r} begins before the utterance before it has ended"
            )
        end = utterance.end
        if end is None:
            end = start + _WORD_SECONDS * len(utterance.text.split())
        yield utterance, start, end
        before = end


def _events(
    utterance: Utterance, start: float, end: float, endpoint: float, settings: RecognitionSettings
) -> Iterator[tuple[int, RecognitionEvent]]:
    """What is told of an utterance, each with the position at which it is told."""
    rate = settings.sample_rate_hertz
    words = _spread(utterance, utterance.text, round(start * rate), round(end * rate))
    alternatives = tuple(
        _spread(utterance, text, words[0].start, words[-1].end) for text in utterance.alternatives
    )
    yield words[0].start, SpeechBegin(words[0].start)
    for count, word in enumerate(words if settings.interim_results else ()):
        yield word.end, Hypothesis(words[: count + 1], word.end, is_final=False, stable_words=count)
    final = Hypothesis(
        words,
        words[-1].end,
        is_final=True,
        confidence=utterance.confidence,
        alternatives=alternatives[: settings.max_alternatives - 1],
    )
    told = words[-1].end + round(endpoint * rate)
    yield told, SpeechEnd(words[-1].end)
    yield told, final


def _spread(utterance: Utterance, text: str, start: int, end: int) -> tuple[HypothesisWord, ...]:
    """The words of ``text``, spread over the frames from ``start`` to ``end`` by their lengths."""
    words = text.split()
    shares = list(itertools.accumulate((len(word) for word in words), initial=0))
    bounds = [start + (end - start) * share // shares[-1] for share in shares]
    return tuple(
        HypothesisWord(word, *span, confidence=utterance.confidence)
        for word, span in zip(words, itertools.pairwise(bounds), strict=True)
    )
