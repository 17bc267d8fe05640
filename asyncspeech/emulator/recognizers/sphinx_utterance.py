"""One utterance, decoded while it is being spoken.

Its first second is held back, for the cepstral mean (see `sphinx_decoders`); then it goes into a decoder
as it comes, so that little is left to do when it ends. If all decoders are at work, the samples wait
until one is free, at the latest until the utterance has ended. What comes out is the same either way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech.emulator.recognizers.sphinx_decoders import SAMPLE_RATE_HERTZ

if TYPE_CHECKING:
    from asyncspeech.emulator.recognizers.sphinx_decoders import DecodedWord, Decoder, Decoders

__all__ = ("Utterance",)

_BYTES_PER_SAMPLE = 2
_HEAD_BYTES = SAMPLE_RATE_HERTZ * _BYTES_PER_SAMPLE  # one second


class Utterance:
    """An utterance that is being spoken.

    Args:
        start: The sample of the stream at which it begins, at 16 kHz.
        decoders: Where to get a decoder.
    """

    def __init__(self, start: int, decoders: Decoders) -> None:
        self.start = start
        self.end = start
        """The first sample of the stream that has not been fed."""
        self._decoders = decoders
        self._decoder: Decoder | None = None
        self._waiting = bytearray()

    def feed(self, samples: bytes) -> None:
        """Take the next samples: 16 bits each, at 16 kHz."""
        self.end += len(samples) // _BYTES_PER_SAMPLE
        self._waiting += samples
        if self._decoder is None and len(self._waiting) >= _HEAD_BYTES:
            self._decoder = self._decoders.borrow()
            if self._decoder is not None:
                self._begin(self._decoder)
        if self._decoder is not None:
            self._decode(self._decoder)

    def words(self) -> list[DecodedWord]:
        """What it is taken to be so far; nothing before it is being decoded."""
        return [] if self._decoder is None else self._decoder.words()

    def finish(self) -> list[DecodedWord]:
        """End it, and return what it is taken to be in the end."""
        decoder = self._decoder
        if decoder is None:
            decoder = self._decoders.borrow_now()
            self._begin(decoder)
            self._decode(decoder)
        decoder.end()
        words = decoder.words()
        self._decoders.give_back(decoder)
        return words

    def abandon(self) -> None:
        """Forget it. It is of no use after this."""
        if self._decoder is not None:
            self._decoder.end()
            self._decoders.give_back(self._decoder)

    def _begin(self, decoder: Decoder) -> None:
        head = bytes(self._waiting[:_HEAD_BYTES])
        decoder.begin(self._decoders.cepstral_mean(head))

    def _decode(self, decoder: Decoder) -> None:
        decoder.feed(bytes(self._waiting))
        self._waiting.clear()
