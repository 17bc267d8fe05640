"""PocketSphinx at work, in a process of its own.

The other side is `asyncspeech.emulator.recognizers.pocketsphinx`.

PocketSphinx holds the interpreter's lock while it decodes, so it would stop the event loop for seconds.
A worker serves any number of recognitions, one request after the other.

**Two passes.** Utterances are found by PocketSphinx's own endpointer. While one lasts, a fast pass (no
second and third search, a small beam) gives interims; that pass is skipped if nobody wants them. When
it is over, it is decoded again as a whole by a thorough pass, which may look ahead and knows the mean
of the whole utterance's cepstra; that halves the errors on clean speech.

**The protocol.** A message is its length in four bytes, big-endian, and a pickle. Requests are
``(method, recognition, arguments)``, and each gets one answer, in order: ``(True, value)`` or ``(False,
text)``. The process ends when its standard input does, so it never outlives its parent.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pocketsphinx
import soxr

from asyncspeech.emulator.recognizer import Hypothesis, HypothesisWord, SpeechBegin, SpeechEnd
from asyncspeech.emulator.recognizers.framing import LENGTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from asyncspeech.emulator.recognizer import RecognitionEvent, RecognitionSettings

__all__ = ("SphinxRecognition", "main")


RATE = 16_000
"""The sample rate of PocketSphinx's model of US English."""

# Found by trying them on recordings of read, spontaneous and synthetic speech: a shorter pre-roll loses
# soft beginnings, a shorter window cuts sentences in two, a longer one only delays the finals.
_VAD_MODE = 2
_WINDOW_SECONDS = 0.45
_PRE_ROLL = round(0.3 * RATE)

_INTERIM_EVERY = round(0.3 * RATE)
_MAX_UTTERANCE = 15 * RATE
_CUT_WITHIN = 3 * RATE
_QUIET_WINDOW = round(0.1 * RATE)
_SAMPLES_PER_DECODER_FRAME = RATE // 100
_FAST = {"bestpath": False, "fwdflat": False, "maxhmmpf": 3_000}
_THOROUGH: dict[str, Any] = {}
_SETTLED, _OPEN = 0.9, 0.1


class Decoders:
    """Decoders, which take about half a second to make and are therefore used again."""

    def __init__(self) -> None:
        self._fast: list[Any] = []
        self._thorough = pocketsphinx.Decoder(loglevel="FATAL", **_THOROUGH)

    @property
    def thorough(self) -> Any:
        """For whole utterances. One does for all, since it keeps nothing between them."""
        return self._thorough

    def take_fast(self) -> Any:
        """One for a recognition's interims."""
        return self._fast.pop() if self._fast else pocketsphinx.Decoder(loglevel="FATAL", **_FAST)

    def give_back(self, decoder: Any) -> None:
        """Take back what `take_fast` gave."""
        self._fast.append(decoder)


class SphinxRecognition:
    """The recognition of one channel of one stream.

    Positions are samples at `RATE` inside, and frames of the stream in what comes out.
    """

    def __init__(self, settings: RecognitionSettings, decoders: Decoders) -> None:
        self._rate = settings.sample_rate_hertz
        self._decoders = decoders
        self._interims = Interims(decoders) if settings.interim_results else None
        self._resampler: Any = None
        if self._rate != RATE:
            self._resampler = soxr.ResampleStream(self._rate, RATE, 1, dtype="int16", quality="HQ")
        self._endpointer = pocketsphinx.Endpointer(window=_WINDOW_SECONDS, vad_mode=_VAD_MODE)
        self._step = self._endpointer.frame_bytes // 2
        # What may still be needed, from position _base: the utterance, or what may become its beginning.
        self._samples = np.empty(0, np.int16)
        self._base = 0
        self._heard = 0  # how far the endpointer has listened
        self._start: int | None = None  # where the utterance begins
        self._free_from = 0  # where the last one ended

    def accept(self, samples: bytes) -> list[RecognitionEvent]:
        """Take samples at the stream's rate."""
        return self._listen(self._resample(np.frombuffer(samples, np.int16), last=False))

    def finish(self) -> list[RecognitionEvent]:
        """Take the end of the stream."""
        events = self._listen(self._resample(np.empty(0, np.int16), last=True))
        if self._start is not None:
            events += self._end(self._base + len(self._samples))
        return events

    def close(self) -> None:
        """Give back what is shared."""
        if self._interims is not None:
            self._interims.close()

    def _resample(self, samples: NDArray[np.int16], *, last: bool) -> NDArray[np.int16]:
        if self._resampler is None:
            return samples
        resampled: NDArray[np.int16] = self._resampler.resample_chunk(samples, last)
        return resampled

    def _listen(self, samples: NDArray[np.int16]) -> list[RecognitionEvent]:
        events: list[RecognitionEvent] = []
        self._samples = np.concatenate((self._samples, samples))
        while self._heard + self._step <= self._base + len(self._samples):
            at = self._heard - self._base
            self._endpointer.process(self._samples[at : at + self._step].tobytes())
            self._heard += self._step
            if self._start is None:
                if self._endpointer.in_speech:
                    events += self._begin()
            elif not self._endpointer.in_speech:
                events += self._end(round(self._endpointer.speech_end * RATE))
            elif self._heard - self._start >= _MAX_UTTERANCE:
                events.append(self._cut())
        if self._start is None:
            self._forget(self._heard - round(_WINDOW_SECONDS * RATE) - _PRE_ROLL)
        elif self._interims is not None:
            events += self._interim(self._start)
        return events

    def _begin(self) -> list[RecognitionEvent]:
        speech_start = round(self._endpointer.speech_start * RATE)
        self._start = max(self._free_from, speech_start - _PRE_ROLL, self._base)
        return [SpeechBegin(self._frame(speech_start))]

    def _end(self, end: int) -> list[RecognitionEvent]:
        """The utterance is over at ``end``."""
        end = min(end, self._base + len(self._samples))
        events: list[RecognitionEvent] = [SpeechEnd(self._frame(end)), self._final(end)]
        self._start = None
        return events

    def _cut(self) -> Hypothesis:
        """Make the utterance final in the quietest moment of its last seconds, and go on from there."""
        recent = self._samples[self._heard - self._base - _CUT_WITHIN : self._heard - self._base]
        energy = np.convolve(recent.astype(np.float64) ** 2, np.ones(_QUIET_WINDOW), "valid")
        quietest = int(np.argmin(energy)) + _QUIET_WINDOW // 2
        cut = self._heard - _CUT_WITHIN + quietest
        final = self._final(cut)
        self._start = cut
        return final

    def _final(self, end: int) -> Hypothesis:
        start = self._start or 0
        decoder = self._decoders.thorough
        _forget_noise(decoder)
        decoder.start_utt()
        decoder.process_raw(self._piece(start, end).tobytes(), full_utt=True)
        decoder.end_utt()
        words = self._words(decoder, start)
        if self._interims is not None:
            self._interims.end()
        self._free_from = end
        self._forget(end)
        confidence = sum(word.confidence for word in words) / len(words) if words else 0.0
        return Hypothesis(words, self._frame(end), is_final=True, confidence=confidence)

    def _interim(self, start: int) -> list[RecognitionEvent]:
        assert self._interims is not None  # noqa: S101 - for the type checker; the caller has looked
        decoder = self._interims.feed(self._piece(start, self._heard), self._heard)
        if decoder is None:
            return []
        words = self._words(decoder, start)
        stability = self._interims.compare(tuple(word.text for word in words))
        if stability is None:
            return []
        return [Hypothesis(words, self._frame(self._heard), is_final=False, stability=stability)]

    def _piece(self, start: int, end: int) -> NDArray[np.int16]:
        return self._samples[start - self._base : end - self._base]

    def _forget(self, position: int) -> None:
        """Drop the samples before ``position``."""
        if position > self._base:
            self._samples = self._samples[position - self._base :].copy()
            self._base = position

    def _words(self, decoder: Any, start: int) -> tuple[HypothesisWord, ...]:
        exp = decoder.get_logmath().exp
        return tuple(
            HypothesisWord(
                text=segment.word.partition("(")[0],  # read(2) is another way to say "read"
                start=self._frame(start + segment.start_frame * _SAMPLES_PER_DECODER_FRAME),
                end=self._frame(start + (segment.end_frame + 1) * _SAMPLES_PER_DECODER_FRAME),
                confidence=min(1.0, exp(segment.prob)),
            )
            for segment in decoder.seg() or ()
            if segment.word[0] not in "<[+("  # silence, noises
        )

    def _frame(self, position: int) -> int:
        """A position of ours as a frame of the stream."""
        return round(position * self._rate / RATE)


class Interims:
    """The fast pass over the utterance that is being spoken."""

    def __init__(self, decoders: Decoders) -> None:
        self._decoders = decoders
        self._decoder: Any = None
        self._fed = 0
        self._next = 0
        self._last: tuple[str, ...] = ()

    def feed(self, utterance: NDArray[np.int16], position: int) -> Any | None:
        """Decode what is new of ``utterance``, which reaches up to ``position``.

        Returns:
            The decoder, if it is time for another interim.
        """
        if self._decoder is None:
            self._decoder = self._decoders.take_fast()
            _forget_noise(self._decoder)
            self._decoder.start_utt()
        if len(utterance) > self._fed:
            self._decoder.process_raw(utterance[self._fed :].tobytes())
            self._fed = len(utterance)
        if position < self._next:
            return None
        self._next = position + _INTERIM_EVERY
        return self._decoder

    def compare(self, words: tuple[str, ...]) -> float | None:
        """How stable ``words`` are, or None if they are no news.

        A guess that only goes on where the last one stopped is likely to stay.
        """
        last, self._last = self._last, words
        if not words or words == last:
            return None
        return _SETTLED if last and words[: len(last)] == last else _OPEN

    def end(self) -> None:
        """The utterance is over."""
        if self._decoder is not None:
            self._decoder.end_utt()
            self._decoders.give_back(self._decoder)
        self._decoder, self._fed, self._next, self._last = None, 0, 0, ()

    def close(self) -> None:
        """The recognition is over."""
        self.end()


def _forget_noise(decoder: Any) -> None:
    """Have a decoder forget the background of what it heard before.

    This is deprecated as unnecessary; without it, what is heard depends on what was heard before.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        decoder.start_stream()


class Worker:
    """Answers requests."""

    def __init__(self) -> None:
        self._decoders = Decoders()
        self._recognitions: dict[int, SphinxRecognition] = {}

    def answer(self, method: str, number: int, arguments: tuple[Any, ...]) -> Any:
        """Do what a request asks for."""
        if method == "start":
            (settings,) = arguments
            self._recognitions[number] = SphinxRecognition(settings, self._decoders)
            return None
        if method == "close":
            self._recognitions.pop(number).close()
            return None
        return getattr(self._recognitions[number], method)(*arguments)


def main() -> None:
    """Answer requests from standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    pocketsphinx.set_loglevel("FATAL")
    with suppress(BrokenPipeError), os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # whatever a library prints must not get between the answers
        _serve(sys.stdin.buffer, answers)


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    worker = Worker()
    while (request := _receive(requests)) is not None:
        try:
            answer: tuple[bool, Any] = (True, worker.answer(*request))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is the parent's to hear of
            answer = (False, f"{type(error).__name__}: {error}")
        message = pickle.dumps(answer)
        answers.write(LENGTH.pack(len(message)) + message)
        answers.flush()


def _receive(stream: BinaryIO) -> Any:
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return pickle.loads(stream.read(*LENGTH.unpack(head)))  # noqa: S301 - from our own parent


if __name__ == "__main__":
    main()
