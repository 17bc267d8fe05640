"""One channel of one stream: from samples at any rate to words.

::

    samples ── resample to 16 kHz ── frames of 30 ms ── speech? ── utterance ── decoder
                                          └── the latest, for an utterance that begins in hindsight

Inside, positions are counted in samples at 16 kHz; what is told is in frames at the stream's own rate.
Nothing depends on how the samples are cut into blocks: everything works in blocks of its own.
"""

from __future__ import annotations

from collections import deque
from statistics import fmean
from typing import TYPE_CHECKING

import pocketsphinx

from asyncspeech.emulator.recognizer import Hypothesis, HypothesisWord, SpeechBegin, SpeechEnd
from asyncspeech.emulator.recognizers.sphinx_decoders import SAMPLE_RATE_HERTZ
from asyncspeech.emulator.recognizers.sphinx_endpointer import (
    BEGIN_WINDOW,
    FRAME_SECONDS,
    Began,
    Cut,
    Ended,
    Endpointer,
)
from asyncspeech.emulator.recognizers.sphinx_interims import Interims
from asyncspeech.emulator.recognizers.sphinx_utterance import Utterance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from asyncspeech.emulator.recognizer import RecognitionEvent
    from asyncspeech.emulator.recognizers.sphinx_decoders import DecodedWord, Decoders
    from asyncspeech.emulator.recognizers.sphinx_resampler import Resampler

__all__ = ("SphinxStream",)

_BYTES_PER_SAMPLE = 2
_FRAME = round(FRAME_SECONDS * SAMPLE_RATE_HERTZ)
_FRAME_BYTES = _BYTES_PER_SAMPLE * _FRAME
# The strictest (of 0 to 3) that still finds all of the speech.
_VAD_MODE = 2
# An utterance takes in what was heard before it: a soft beginning, and some silence, which the
# decoder expects.
_LEAD_IN = 10  # frames
_INTERIM_EVERY = round(0.3 * SAMPLE_RATE_HERTZ)


class SphinxStream:
    """The recognition of one channel of one stream.

    Args:
        sample_rate_hertz: The rate of its samples.
        interim_results: Whether interims are wanted.
        decoders: Where to get decoders.
    """

    def __init__(self, sample_rate_hertz: int, *, interim_results: bool, decoders: Decoders) -> None:
        self._rate = sample_rate_hertz
        self._interim_results = interim_results
        self._decoders = decoders
        self._resampler = _resampler(sample_rate_hertz)
        self._vad = pocketsphinx.Vad(_VAD_MODE, SAMPLE_RATE_HERTZ, FRAME_SECONDS)
        self._endpointer = Endpointer()
        self._accepted = 0  # frames at the stream's rate
        self._pending = bytearray()  # less than a frame
        self._latest: deque[bytes] = deque(maxlen=_LEAD_IN + BEGIN_WINDOW)
        self._position = 0  # the first sample after the latest frame
        self._utterance: Utterance | None = None
        self._interims = Interims(_INTERIM_EVERY)

    def accept(self, samples: bytes) -> list[RecognitionEvent]:
        """Take the next samples, 16 bits each, and return what has become known."""
        self._accepted += len(samples) // _BYTES_PER_SAMPLE
        return self._hear(samples if self._resampler is None else self._resampler.push(samples))

    def finish(self) -> list[RecognitionEvent]:
        """Say that no more samples come, and return what is left."""
        events = self._hear(b"" if self._resampler is None else self._resampler.finish())
        if (ended := self._endpointer.finish()) is not None:
            if self._pending:
                self._continue(bytes(self._pending))
            events += self._end(ended)
        return events

    def close(self) -> None:
        """Forget an utterance that is still being spoken."""
        if self._utterance is not None:
            self._utterance.abandon()

    def _hear(self, samples: bytes) -> list[RecognitionEvent]:
        """Take the next samples at 16 kHz."""
        self._pending += samples
        events: list[RecognitionEvent] = []
        whole = len(self._pending) // _FRAME_BYTES * _FRAME_BYTES
        for start in range(0, whole, _FRAME_BYTES):
            events += self._hear_frame(bytes(self._pending[start : start + _FRAME_BYTES]))
        del self._pending[:whole]
        return events

    def _hear_frame(self, frame: bytes) -> Sequence[RecognitionEvent]:
        in_utterance = self._endpointer.in_utterance
        change = self._endpointer.push(is_speech=self._vad.is_speech(frame))
        if in_utterance:
            self._continue(frame)
        else:
            self._latest.append(frame)
        self._position += _FRAME
        match change:
            case Began():
                return self._begin(change)
            case Ended():
                return self._end(change)
            case Cut():
                return self._cut()
            case None:
                return self._interim()

    def _begin(self, began: Began) -> Sequence[RecognitionEvent]:
        heard = list(self._latest)[-(_LEAD_IN + began.frames) :]
        self._latest.clear()
        self._utterance = self._new_utterance(self._position - len(heard) * _FRAME)
        self._utterance.feed(b"".join(heard))
        # Not where the frames of speech begin: the first word may begin before them.
        return [SpeechBegin(self._frame_at(self._utterance.start))]

    def _continue(self, samples: bytes) -> None:
        """Go on with the utterance, or with a new one where the last was cut."""
        if self._utterance is None:
            self._utterance = self._new_utterance(self._position)
        self._utterance.feed(samples)

    def _end(self, ended: Ended) -> Sequence[RecognitionEvent]:
        speech_end = self._frame_at(self._position - ended.silence * _FRAME)
        if self._utterance is None:  # it was cut, and nothing has been heard since
            return [SpeechEnd(speech_end)]
        final = self._final(self._utterance)
        if final.words:  # the last of them may end after the frames of speech do
            speech_end = max(speech_end, final.words[-1].end)
        return [SpeechEnd(speech_end), final]

    def _cut(self) -> Sequence[RecognitionEvent]:
        return [] if self._utterance is None else [self._final(self._utterance)]

    def _final(self, utterance: Utterance) -> Hypothesis:
        self._utterance = None
        words = self._words(utterance, utterance.finish())
        confidence = fmean(word.confidence for word in words) if words else 0.0
        end = self._frame_at(utterance.end)
        return Hypothesis(words, end, is_final=True, confidence=confidence)

    def _interim(self) -> Sequence[RecognitionEvent]:
        utterance = self._utterance
        if utterance is None or not self._interim_results:
            return []
        if not self._interims.are_due(utterance.end - utterance.start):
            return []
        words = self._words(utterance, utterance.words())
        stable = self._interims.tell([word.text for word in words])
        if stable is None:
            return []
        end = self._frame_at(utterance.end)
        return [Hypothesis(words, end, is_final=False, stable_words=stable)]

    def _new_utterance(self, start: int) -> Utterance:
        self._interims = Interims(_INTERIM_EVERY)
        return Utterance(start, self._decoders)

    def _words(self, utterance: Utterance, words: Iterable[DecodedWord]) -> tuple[HypothesisWord, ...]:
        start = utterance.start
        return tuple(
            HypothesisWord(
                word.text,
                self._frame_at(start + word.start),
                self._frame_at(min(start + word.end, utterance.end)),
                word.confidence,
            )
            for word in words
        )

    def _frame_at(self, position: int) -> int:
        """The stream's frame at a position, in samples at 16 kHz."""
        return min(position * self._rate // SAMPLE_RATE_HERTZ, self._accepted)


def _resampler(sample_rate_hertz: int) -> Resampler | None:
    if sample_rate_hertz == SAMPLE_RATE_HERTZ:
        return None
    # Most streams are at 16 kHz, and NumPy takes a tenth of a second to load.
    from asyncspeech.emulator.recognizers.sphinx_resampler import Resampler  # noqa: PLC0415

    return Resampler(sample_rate_hertz, SAMPLE_RATE_HERTZ)
