"""Decoders: dear to make, so kept and lent.

A decoder takes half a second to build and 60 to 100 MB to keep, and decodes one utterance at a time.
Utterances borrow one while they last. Few are lent to utterances that are still being spoken: a core can
decode two or three as fast as they are spoken, so more decoders would take memory and save no time.

An utterance's result must not depend on which decoder it got, so everything that a decoder remembers is
set when an utterance begins: the noise level, and the cepstral mean.

**The cepstral mean** is what a microphone and a room add to every frame. It is subtracted, and how well
an utterance is understood depends more on it than on anything else here. pocketsphinx either waits for
the whole utterance and averages that, or begins with a fixed guess and mends it as it goes, which
doubles the errors. The mean of the first second does as well as that of the whole, and lets decoding
keep up with the speaker. So there is a second kind of decoder, without a vocabulary, that does nothing
but average.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import pocketsphinx

__all__ = ("SAMPLE_RATE_HERTZ", "DecodedWord", "Decoder", "Decoders")

SAMPLE_RATE_HERTZ = 16_000

_MOST_LENT = 4
_SAMPLES_PER_FRAME = 160
_SEARCH = {
    # Bounds the work per frame where noise makes everything likely. In clean speech it costs
    # no accuracy.
    "maxhmmpf": 6_000,
    # A second search at the end of an utterance: no more accurate with this model, and the final would
    # come after a tenth of the utterance's length instead of a sixtieth.
    "fwdflat": False,
}
# How the names of pauses and noises begin: <s>, <sil>, [NOISE], ++UM++.
_FILLER_MARKS = ("<", "[", "+")


@dataclass(frozen=True, slots=True)
class DecodedWord:
    """A word of an utterance.

    Attributes:
        text: The word.
        start: The sample of the utterance at which it begins.
        end: The first sample that is no longer part of it.
        confidence: Its posterior probability, 0 to 1; 0 before the utterance is over.
    """

    text: str
    start: int
    end: int
    confidence: float


class Decoder:
    """Decodes one utterance after another, as its samples come."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder
        self._is_over = True

    def begin(self, cepstral_mean: str) -> None:
        """Begin an utterance.

        Args:
            cepstral_mean: What `Decoders.cepstral_mean` found.
        """
        self._decoder.set_cmn(cepstral_mean)
        _forget_noise(self._decoder)
        self._decoder.start_utt()
        self._is_over = False

    def feed(self, samples: bytes) -> None:
        """Take the utterance's next samples."""
        self._decoder.process_raw(samples)

    def end(self) -> None:
        """End the utterance: `words` are its last word now."""
        self._decoder.end_utt()
        self._is_over = True

    def words(self) -> list[DecodedWord]:
        """What the utterance is taken to be so far."""
        return [
            self._decoded_word(segment)
            for segment in self._decoder.seg() or ()
            if not segment.word.startswith(_FILLER_MARKS)
        ]

    def _decoded_word(self, segment: Any) -> DecodedWord:
        return DecodedWord(
            segment.word.partition("(")[0],  # "read(2)" is the second pronunciation of "read"
            segment.start_frame * _SAMPLES_PER_FRAME,
            (segment.end_frame + 1) * _SAMPLES_PER_FRAME,
            min(1.0, max(0.0, segment.prob)) if self._is_over else 0.0,
        )


class Decoders:
    """The decoders of a process. The first is built at once."""

    def __init__(self) -> None:
        first = _build_decoder()
        # The largest part of a decoder that decoders can share: 34 MB, 40 ms.
        path = pocketsphinx.get_model_path("en-us/en-us.lm.bin")
        self._language_model = pocketsphinx.NGramModel(first.config, first.logmath, path)
        self._free = [self._ready(first)]
        self._lent = 0
        self._averager = _build_averager()

    def borrow(self) -> Decoder | None:
        """A decoder for an utterance that is being spoken; None if enough are at work."""
        return None if self._lent >= _MOST_LENT else self.borrow_now()

    def borrow_now(self) -> Decoder:
        """A decoder for an utterance that is over: it will be back before anyone else needs one."""
        self._lent += 1
        return self._free.pop() if self._free else self._ready(_build_decoder())

    def give_back(self, decoder: Decoder) -> None:
        """Take back a decoder whose utterance has ended."""
        self._lent -= 1
        self._free.append(decoder)

    def cepstral_mean(self, samples: bytes) -> str:
        """The mean of some speech, in the form that `Decoder.begin` takes."""
        averager = self._averager
        _forget_noise(averager)
        averager.start_utt()
        averager.process_raw(samples, no_search=True, full_utt=True)
        averager.end_utt()
        mean: str = averager.get_cmn(False)  # noqa: FBT003 - the only way to say: as it is
        return mean

    def _ready(self, decoder: Any) -> Decoder:
        decoder.add_lm("words", self._language_model)
        decoder.activate_search("words")
        return Decoder(decoder)


def _build_decoder() -> Any:
    return pocketsphinx.Decoder(loglevel="FATAL", lm=None, **_SEARCH)


def _build_averager() -> Any:
    # No dictionary, and the smallest of language models, since an utterance has to have one.
    phones = pocketsphinx.get_model_path("en-us/en-us-phone.lm.bin")
    return pocketsphinx.Decoder(loglevel="FATAL", lm=None, dict=None, allphone=phones)


def _forget_noise(decoder: Any) -> None:
    # Deprecated as unnecessary, but results depend on what the decoder heard before if it is left out.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        decoder.start_stream()
