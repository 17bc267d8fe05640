"""A recogniser for coded audio (`asyncspeech.emulator.coded`): exact, and fast enough for load tests.

It writes word 17 as ``w17``, and as ``w17~`` if it heard only a part. An utterance ends after a pause,
like with any recogniser, or when it grows too long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech.emulator.coded import CodedReader
from asyncspeech.emulator.recognizer import Hypothesis, HypothesisWord, SpeechBegin, SpeechEnd

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray

    from asyncspeech.emulator.coded import HeardWord
    from asyncspeech.emulator.recognizer import RecognitionEvent, RecognitionSettings

__all__ = ("Coded",)


class Coded:
    """Recognises coded audio.

    Args:
        endpoint_seconds: The pause after which an utterance is final.
        max_utterance_seconds: An utterance longer than this is made final at the end of a word. The
            service's long models are known to talk on for about a minute.
    """

    language_codes: frozenset[str] | None = None

    def __init__(self, *, endpoint_seconds: float = 0.5, max_utterance_seconds: float = 60.0) -> None:
        self._endpoint_seconds = endpoint_seconds
        self._max_utterance_seconds = max_utterance_seconds

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return

    async def start(self, settings: RecognitionSettings) -> CodedRecognition:
        """Begin the recognition of one channel of a new stream."""
        rate = settings.sample_rate_hertz
        return CodedRecognition(
            round((settings.endpoint_seconds or self._endpoint_seconds) * rate),
            round(self._max_utterance_seconds * rate),
            interim_results=settings.interim_results,
        )


class CodedRecognition:
    """The recognition of one channel of one stream. Lengths are in frames."""

    def __init__(self, endpoint: int, max_utterance: int, *, interim_results: bool) -> None:
        self._endpoint = endpoint
        self._max_utterance = max_utterance
        self._interim_results = interim_results
        self._reader = CodedReader()
        self._words: list[HypothesisWord] = []
        self._in_speech = False

    async def accept(self, samples: NDArray[np.int16]) -> list[RecognitionEvent]:
        """Take the next samples and return what has become known."""
        events: list[RecognitionEvent] = []
        news = False
        for word in self._reader.read(samples):
            self._close_if_over(word.start, events)
            self._begin(word.start, events)
            self._words.append(_hypothesis_word(word))
            news = True
        speech_start = self._reader.speech_start
        if speech_start is not None:
            self._close_if_over(speech_start, events)
            self._begin(speech_start, events)
        else:
            self._close_if_over(self._reader.position, events)
        if news and self._words and self._interim_results:
            events.append(self._hypothesis(is_final=False))
        return events

    async def finish(self) -> list[RecognitionEvent]:
        """Say that no more samples come; return what is left."""
        events: list[RecognitionEvent] = []
        for word in self._reader.finish():
            self._close_if_over(word.start, events)
            self._begin(word.start, events)
            self._words.append(_hypothesis_word(word))
        if self._words:
            events.append(self._hypothesis(is_final=True))
            self._words = []
        return events

    async def aclose(self) -> None:
        """Free nothing: there is nothing to free."""

    def _begin(self, position: int, events: list[RecognitionEvent]) -> None:
        if not self._in_speech:
            self._in_speech = True
            events.append(SpeechBegin(position))

    def _close_if_over(self, position: int, events: list[RecognitionEvent]) -> None:
        """Make the utterance final if, as of ``position``, it is over or has grown too long."""
        if not self._words:
            return
        end = self._words[-1].end
        paused = position - end >= self._endpoint
        if paused or end - self._words[0].start >= self._max_utterance:
            if paused:
                self._in_speech = False
                events.append(SpeechEnd(end))
            events.append(self._hypothesis(is_final=True))
            self._words = []

    def _hypothesis(self, *, is_final: bool) -> Hypothesis:
        return Hypothesis(
            words=tuple(self._words),
            end=self._words[-1].end if is_final else self._reader.position,
            is_final=is_final,
            # The last word that was said is the one that a recogniser most often takes back.
            stable_words=0 if is_final else len(self._words) - 1,
            confidence=1.0 if is_final else 0.0,
        )


def _hypothesis_word(word: HeardWord) -> HypothesisWord:
    return HypothesisWord(word.text, word.start, word.end, confidence=1.0 if word.is_whole else 0.5)
