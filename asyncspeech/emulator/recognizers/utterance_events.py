"""What is told of an utterance while it is spoken, and when it is over."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from asyncspeech.emulator.recognizer import Hypothesis, SpeechBegin, SpeechEnd
from asyncspeech.emulator.recognizers.sphinx_interims import Interims

if TYPE_CHECKING:
    from asyncspeech.emulator.recognizer import HypothesisWord, RecognitionEvent, RecognitionSettings

__all__ = ("Timeline", "UtteranceEvents")


class Timeline:
    """From an engine's seconds to frames of the stream.

    Args:
        sample_rate_hertz: The stream's rate.
    """

    def __init__(self, sample_rate_hertz: int) -> None:
        self._rate = sample_rate_hertz
        self.end = 0
        """The first frame that has not come yet."""

    def advance(self, frames: int) -> None:
        """Count frames that have come."""
        self.end += frames

    def frame_at(self, seconds: float) -> int:
        """The frame at a time since the start of the stream, no later than what has come."""
        return min(max(0, round(seconds * self._rate)), self.end)


class UtteranceEvents:
    """The events of one utterance after the other.

    Args:
        settings: Says whether interims are wanted.
        interim_every: For an engine that makes interims on demand, how often, in samples.
    """

    def __init__(self, settings: RecognitionSettings, interim_every: int = 0) -> None:
        self._interim_results = settings.interim_results
        self._interim_every = interim_every
        self._interims = Interims(interim_every)
        self._begun = False

    @property
    def want_partials(self) -> bool:
        """Whether to look at what has been heard so far: for an interim, or for the first word."""
        return self._interim_results or not self._begun

    def interim_is_due(self, length: int) -> bool:
        """Whether it is time for an interim, when the utterance is ``length`` samples long."""
        return self._interim_results and self._interims.are_due(length)

    def begin(self, position: int) -> list[RecognitionEvent]:
        """Speech has begun at ``position``, if it had not before."""
        if self._begun:
            return []
        self._begun = True
        return [SpeechBegin(position)]

    def partial(self, words: tuple[HypothesisWord, ...], end: int) -> list[RecognitionEvent]:
        """These words have been heard so far, in the audio up to ``end``."""
        if not words:
            return []
        events = self.begin(words[0].start)
        if self._interim_results:
            stable = self._interims.tell([word.text for word in words])
            if stable is not None:
                events.append(Hypothesis(words, end, is_final=False, stable_words=stable))
        return events

    def final(
        self,
        words: tuple[HypothesisWord, ...],
        end: int,
        *,
        speech_end: int = 0,
        alternatives: tuple[tuple[HypothesisWord, ...], ...] = (),
    ) -> list[RecognitionEvent]:
        """The utterance is over, and these are its words; the next one begins.

        Args:
            words: Its words. If there are none, and it had not begun, there is nothing to tell.
            end: The frame up to which the audio has been taken into account.
            speech_end: Where the engine heard the speech end, which is not before its last word does.
            alternatives: Other readings, best first.
        """
        events: list[RecognitionEvent] = self.begin(words[0].start) if words else []
        if self._begun:
            speech_end = max(speech_end, words[-1].end) if words else speech_end or end
            confidence = fmean(word.confidence for word in words) if words else 0.0
            events += [
                SpeechEnd(speech_end),
                Hypothesis(words, end, is_final=True, confidence=confidence, alternatives=alternatives),
            ]
        self._begun = False
        self._interims = Interims(self._interim_every)
        return events
