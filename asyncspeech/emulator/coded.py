"""Coded audio: speech for machines, in which every word says exactly what and where it is.

To count lost, repeated, garbled and misplaced words one has to know, of any piece of audio, which words
it holds, whether whole or cut, and where in them it begins. So a *word* here is a number, spelled out in
the samples, again and again, for as long as the word lasts. It is made of **cells** of eight samples::

    sync | number (3 symbols) | index of this cell (2) | cells in the word (2)

A **symbol** is one of 64 levels; ``sync`` is a level of its own. The levels are so far apart (14 %) that
they survive mu-law and A-law, whose steps are 6 % at most, and all are loud, so that voice activity
detectors hear speech. Whatever is quieter than `QUIET` is silence. Any eight samples that begin with
``sync`` can be read by themselves, so a reader may start anywhere.

`encode` makes recordings, `CodedReader` reads them back, in any chunks, and `score` compares what a
speech service made of one with what was in it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = (
    "CELL_FRAMES",
    "CodedReader",
    "CodedRecording",
    "CodedScore",
    "CodedWord",
    "HeardWord",
    "encode",
    "score",
)

CELL_FRAMES = 8
"""Frames in a cell, the resolution at which a cut word's length is known."""

QUIET = 250
"""Samples below this are silence, and symbols are above it."""

_SYMBOLS = 64
_SYNC = 64
_SILENCE = 255
_LOUDEST = 30_000.0
_SOFTEST = 400.0
_MAX_NUMBER = _SYMBOLS**3
_MAX_CELLS = _SYMBOLS**2
_CELL = np.arange(CELL_FRAMES)
# What each symbol of a cell counts for.
_WORD = np.array([0, *(_SYMBOLS**place * _MAX_CELLS for place in (2, 1, 0)), 0, 0, _SYMBOLS, 1])
_INDEX = np.array([0, 0, 0, 0, _SYMBOLS, 1, 0, 0])


def _levels() -> NDArray[np.int16]:
    """The sample for each symbol, ``sync`` last: positive and negative magnitudes in turn."""
    magnitudes = np.geomspace(_SOFTEST, _LOUDEST, _SYMBOLS // 2 + 1)
    signed = np.column_stack((magnitudes, -magnitudes)).ravel()[: _SYMBOLS + 1]
    return np.rint(signed).astype(np.int16)


def _symbols_by_sample() -> NDArray[np.uint8]:
    """The symbol for each 16-bit sample, indexed by the sample's bits: that of the nearest level."""
    samples = np.arange(1 << 16, dtype=np.uint16).view(np.int16).astype(np.float64)
    step = np.log(_LOUDEST / _SOFTEST) / (_SYMBOLS // 2)
    magnitude = np.rint(np.log(np.maximum(np.abs(samples), 1) / _SOFTEST) / step)
    symbols = 2 * np.clip(magnitude, 0, _SYMBOLS // 2) + (samples < 0)
    # The loudest negative level would be symbol 65, which does not exist.
    symbols = np.where((np.abs(samples) < QUIET) | (symbols > _SYNC), _SILENCE, symbols)
    return symbols.astype(np.uint8)


_LEVELS = _levels()
_SYMBOL_OF = _symbols_by_sample()


@dataclass(frozen=True, slots=True)
class CodedWord:
    """A word of a coded recording.

    Attributes:
        number: Which word it is.
        start: Frame at which it begins.
        end: Frame at which it ends.
    """

    number: int
    start: int
    end: int

    @property
    def text(self) -> str:
        """How a recogniser writes it."""
        return f"w{self.number}"


@dataclass(frozen=True, slots=True)
class CodedRecording:
    """A recording and what is in it.

    Attributes:
        audio: The recording as LINEAR16, mono.
        words: Its words, in order.
        sample_rate_hertz: Frames per second.
    """

    audio: bytes
    words: tuple[CodedWord, ...]
    sample_rate_hertz: int

    @property
    def samples(self) -> NDArray[np.int16]:
        """The recording as an array."""
        return np.frombuffer(self.audio, "<i2").astype(np.int16, copy=False)

    @property
    def duration(self) -> float:
        """How many seconds it lasts."""
        return len(self.audio) / 2 / self.sample_rate_hertz


def encode(
    count: int,
    *,
    first: int = 0,
    sample_rate_hertz: int = 16_000,
    word_seconds: float = 0.3,
    gap_seconds: float = 0.05,
    words_per_utterance: int = 5,
    pause_seconds: float = 0.7,
) -> CodedRecording:
    """A recording of ``count`` words, numbered from ``first``.

    Args:
        count: How many words.
        first: The number of the first.
        sample_rate_hertz: Frames per second.
        word_seconds: How long a word lasts, rounded to whole cells.
        gap_seconds: Silence between the words of an utterance.
        words_per_utterance: How many words there are between pauses.
        pause_seconds: Silence after each utterance, and before the first.

    Raises:
        ValueError: A word would be too long to be numbered through, or a number too large.
    """
    cells = max(2, round(word_seconds * sample_rate_hertz / CELL_FRAMES))
    if cells >= _MAX_CELLS or first + count > _MAX_NUMBER:
        raise ValueError(f"coded words have up to {_MAX_CELLS} cells and numbers up to {_MAX_NUMBER}")
    gap, pause = (
        np.zeros(round(seconds * sample_rate_hertz), np.int16)
        for seconds in (gap_seconds, pause_seconds)
    )
    pieces, words, position = [pause], [], len(pause)
    for offset in range(count):
        samples = _word(first + offset, cells)
        words.append(CodedWord(first + offset, position, position + len(samples)))
        ends_utterance = (offset + 1) % words_per_utterance == 0 or offset + 1 == count
        silence = pause if ends_utterance else gap
        pieces += [samples, silence]
        position += len(samples) + len(silence)
    audio = np.concatenate(pieces).astype("<i2").tobytes()
    return CodedRecording(audio, tuple(words), sample_rate_hertz)


def _word(number: int, cells: int) -> NDArray[np.int16]:
    index = np.arange(cells)
    symbols = np.empty((cells, CELL_FRAMES), np.intp)
    symbols[:, 0] = _SYNC
    symbols[:, 1:4] = _digits(number, 3)
    symbols[:, 4], symbols[:, 5] = index // _SYMBOLS, index % _SYMBOLS
    symbols[:, 6:8] = _digits(cells, 2)
    return _LEVELS[symbols].ravel()


def _digits(value: int, count: int) -> list[int]:
    return [value // _SYMBOLS**power % _SYMBOLS for power in reversed(range(count))]


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word that a reader came across.

    Attributes:
        number: Which word it is.
        start: Frame at which what was heard of it begins.
        end: Frame at which what was heard of it ends.
        is_whole: Whether all of it was heard, and nothing twice.
    """

    number: int
    start: int
    end: int
    is_whole: bool

    @property
    def text(self) -> str:
        """How a recogniser writes it. A cut word is marked, so that it counts as garbled."""
        return f"w{self.number}" if self.is_whole else f"w{self.number}~"


class _Run(NamedTuple):
    """Neighbouring cells of one word, each the successor of the last."""

    number: int
    first_cell: int
    next_cell: int
    cells: int
    start: int
    end: int

    def heard(self) -> HeardWord:
        is_whole = self.first_cell == 0 and self.next_cell == self.cells
        return HeardWord(self.number, self.start, self.end, is_whole)


class CodedReader:
    """Finds the words in coded audio that comes in chunks of any size."""

    def __init__(self) -> None:
        self._tail = np.empty(0, np.uint8)
        self._position = 0
        self._run: _Run | None = None

    @property
    def position(self) -> int:
        """How many frames have been read."""
        return self._position

    @property
    def speech_start(self) -> int | None:
        """Frame at which the word that is being heard began; None between words."""
        return None if self._run is None else self._run.start

    def read(self, samples: NDArray[np.int16]) -> list[HeardWord]:
        """Take the next samples (mono) and return the words that have ended in them."""
        symbols = np.concatenate((self._tail, _SYMBOL_OF[samples.view(np.uint16)]))
        start = self._position - len(self._tail)
        self._position += len(samples)
        # A cell that is not complete yet stays for the next time, with whatever could begin one.
        complete = max(0, len(symbols) - CELL_FRAMES + 1)
        self._tail = symbols[complete:]
        at = np.flatnonzero(symbols[:complete] == _SYNC)
        words: list[HeardWord] = []
        if len(at):
            cells = symbols[at[:, np.newaxis] + _CELL].astype(np.int64)
            if cells[:, 1:].max() >= _SYMBOLS:
                readable = cells[:, 1:].max(axis=1) < _SYMBOLS
                cells, at = cells[readable], at[readable]
            for run in _runs(cells, at + start):
                self._join(run, words)
        if self._run is not None and self._run.end < start + complete:
            self._end_run(words)
        return words

    def finish(self) -> list[HeardWord]:
        """Say that no more samples come, and return the word that was cut by that, if any."""
        words: list[HeardWord] = []
        self._end_run(words)
        return words

    def _join(self, run: _Run, words: list[HeardWord]) -> None:
        last = self._run
        if (
            last is not None
            and (last.number, last.next_cell, last.cells) == (run.number, run.first_cell, run.cells)
            and last.end == run.start
        ):
            run = run._replace(first_cell=last.first_cell, start=last.start)
        else:
            self._end_run(words)
        self._run = run
        if run.next_cell == run.cells:
            self._end_run(words)

    def _end_run(self, words: list[HeardWord]) -> None:
        if self._run is not None:
            words.append(self._run.heard())
            self._run = None


def _runs(cells: NDArray[np.int64], at: NDArray[np.intp]) -> Iterable[_Run]:
    """The runs among ``cells`` (n x 8 symbols), which stand at the frames ``at``."""
    if not len(cells):
        return
    word = cells @ _WORD  # its number and its length, in one
    index = cells @ _INDEX
    broken = (word[1:] != word[:-1]) | (index[1:] - index[:-1] != 1) | (at[1:] - at[:-1] != CELL_FRAMES)
    breaks = np.flatnonzero(broken) + 1
    bounds = [0, *breaks.tolist(), len(cells)]
    for first, after in pairwise(bounds):
        last = after - 1
        yield _Run(
            number=int(word[first]) // _MAX_CELLS,
            first_cell=int(index[first]),
            next_cell=int(index[last]) + 1,
            cells=int(word[first]) % _MAX_CELLS,
            start=int(at[first]),
            end=int(at[last]) + CELL_FRAMES,
        )


@dataclass(frozen=True, slots=True)
class CodedScore:
    """What became of the words of a recording.

    Attributes:
        expected: How many words there were.
        lost: Words that were not heard.
        repeated: Words that were heard again.
        garbled: Words that were heard cut, or that were never said.
        out_of_order: Words that were heard after one that follows them.
        worst_error: The largest error of a word's start or end, in seconds; 0 if there are no times.
    """

    expected: int
    lost: int = 0
    repeated: int = 0
    garbled: int = 0
    out_of_order: int = 0
    worst_error: float = 0.0

    @property
    def is_perfect(self) -> bool:
        """Whether every word was heard once, whole and in order."""
        return not (self.lost or self.repeated or self.garbled or self.out_of_order)


def score(
    recording: CodedRecording, heard: Sequence[tuple[str, float | None, float | None]]
) -> CodedScore:
    """Compare what was heard with what was said.

    Args:
        recording: What was said.
        heard: What was heard, in order: text, start and end of each word in seconds (or None).
    """
    said = {word.text: word for word in recording.words}
    texts = [text for text, _, _ in heard]
    counts = Counter(texts)
    numbers = [said[text].number for text in texts if text in said]
    rate = recording.sample_rate_hertz
    errors = [
        abs(time - frame / rate)
        for text, start, end in heard
        if text in said
        for time, frame in ((start, said[text].start), (end, said[text].end))
        if time is not None
    ]
    return CodedScore(
        expected=len(said),
        lost=sum(text not in counts for text in said),
        repeated=sum(counts[text] - 1 for text in said if text in counts),
        garbled=sum(text not in said for text in texts),
        out_of_order=sum(later < earlier for earlier, later in pairwise(numbers)),
        worst_error=max(errors, default=0.0),
    )
