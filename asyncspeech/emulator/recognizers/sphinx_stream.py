"""One channel of one stream: from samples at any rate to words.

::

    samples ── resample to 16 kHz ── frames of 30 ms ── speech? ── utterance ── decoder
                                          └── the latest, for an utterance that begins in hindsight

It counts in samples at 16 kHz. What it tells is in frames at the stream's own rate. Nothing depends on how
the samples are cut into blocks: the resampler and everything after it work in blocks of their own.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import pocketsphinx

from asyncspeech.emulator.recognizer import Hypothesis, HypothesisWord, SpeechBegin, SpeechEnd
from asyncspeech.emulator.recognizers.sphinx_decoders import SAMPLE_RATE_HERTZ
from asyncspeech.emulator.recognizers.sphinx_endpointer import (
    FRAME_SECONDS,
    Began,
    Cut,
    Ended,
    Endpointer,
)
from asyncspeech.emulator.recognizers.sphinx_utterance import Utterance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asyncspeech.emulator.recognizer import RecognitionEvent
    from asyncspeech.emulator.recognizers.sphinx_decoders import DecodedWord, Decoders
    from asyncspeech.emulator.recognizers.sphinx_resampler import Resampler

__all__ = ("SphinxStream",)

# Mode 2 of 0 to 3: of those that find all of the speech, the one that takes the least noise for it.
_VAD_MODE = 2
_FRAME = round(FRAME_SECONDS * SAMPLE_RATE_HERTZ)
_FRAME_BYTES = 2 * _FRAME
# An utterance takes in what was heard before it: a soft beginning, and silence, which the decoder expects.
_LEAD_IN = 10  # frames
_INTERIM_EVERY = round(0.3 * SAMPLE_RATE_HERTZ)
# Measured: how often a word of an interim is in the final, in that order, if the interim before had it in the
# same place, and if it is new.
_STABILITY_KEPT = 0.9
_STABILITY_NEW = 0.6


class SphinxStream:
    """The recognition of one channel of one stream.

    Args:
        sample_rate_hertz: The rate of its samples.
        interim_results: Whether interims are wanted.
        decoders: Where to get decoders.
    """

    def __init__(self, sample_rate_hertz: int, *, interim_results: bool, decoders: Decoders) -> None:
        self._rate = sample_rate_hertz
        self._resampler = _resampler(sample_rate_hertz)
        self._decoders = decoders
        self._vad = pocketsphinx.Vad(mode=_VAD_MODE, sample_rate=SAMPLE_RATE_HERTZ)
        self._endpointer = Endpointer()
        self._pending = bytearray()  # less than a frame
        self._latest: deque[bytes] = deque(maxlen=_LEAD_IN + 10)
        self._position = 0  # of the first sample after the latest frame
        self._utterance: Utterance | None = None
        self._interims = _Interims() if interim_results else None

    def accept(self, samples: bytes) -> list[RecognitionEvent]:
        """Take the next samples, 16 bits each, and return what has become known."""
        if self._resampler is not None:
            samples = self._resampler.push(samples)
        self._pending += samples
        return [event for frame in self._take_frames() for event in self._hear(frame)]

    def finish(self) -> list[RecognitionEvent]:
        """Say that no more samples come, and return what is left."""
        events: list[RecognitionEvent] = []
        if self._resampler is not None:
            self._pending += self._resampler.finish()
            events += self.accept(b"")
        return events


def _resampler(sample_rate_hertz: int) -> Resampler | None:
    if sample_rate_hertz == SAMPLE_RATE_HERTZ:
        return None
    # Most streams are at 16 kHz, and NumPy takes a tenth of a second to load.
    from asyncspeech.emulator.recognizers.sphinx_resampler import Resampler  # noqa: PLC0415

    return Resampler(sample_rate_hertz, SAMPLE_RATE_HERTZ)
