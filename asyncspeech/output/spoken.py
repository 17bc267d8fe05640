"""A result as the bits of its text, each with the time at which it was spoken.

A result says what was said twice: as text, written as it should be read, and, where the model does that,
as words with times. The two need not agree: words may lack the punctuation, be in another case, or have
their reading with them (``日本|ニホン``). So the text is divided at the words, each of which takes the
part of it that it begins: what all further forms show is the text, and its times are those of the words.

Times that are missing are interpolated between those that are known, by the width of the text. Where no
word has a time, all there is to go by is when the result begins and ends, and it begins where the one
before it ended, however long nobody spoke. Speech has some 15 characters a second (150 words a minute of
six characters); a text is taken to be spoken at the end of its stretch, at no less than 6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from asyncspeech.output.scripts import columns, is_closing, is_opening, is_unspaced, one_line
from asyncspeech.output.text import separator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asyncspeech.model import Result, Word

__all__ = ("Spoken", "spoken")

# Columns in a second, as slow as speech is taken to be where nothing but the end of it is known.
SLOWEST_SPEECH = 6.0

_RUN = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A bit of a result's text: what one word takes of it or, in a result without words, one word.

    Attributes:
        text: The bit, without space around it; empty if the text has nothing for the word.
        spaced: Whether a space is before it in the result's text.
        start: Session time in seconds at which it begins.
        end: Session time in seconds at which it ends.
        result: The result.
        word: The result's word, or None if the result has no words.
    """

    text: str
    spaced: bool
    start: float
    end: float
    result: Result
    word: Word | None

    @property
    def speaker(self) -> str | None:
        """The speaker's label, or None."""
        return None if self.word is None else self.word.speaker

    @property
    def confidence(self) -> float | None:
        """That of the word or, where it has none, of the result."""
        if self.word is not None and self.word.confidence is not None:
            return self.word.confidence
        return self.result.confidence


def spoken(result: Result) -> list[Spoken]:
    """The bits of a result, in order; none if it has no text.

    Every word of the result is in exactly one of them, unless the result has no text at all.
    """
    words = result.words
    text = one_line(result.text) or _text_of(words, result.language_code)
    if not text:
        return []
    cuts = _cuts(text, words) if words else _words_of(text)
    texts = [text[first:last] for first, last in pairwise([*cuts, len(text)])]
    times = _times(result, [part.strip() for part in texts])
    of_words = words or (None,) * len(texts)
    return [
        Spoken(part.strip(), cut > 0 and text[cut - 1] == " ", start, end, result, word)
        for part, cut, (start, end), word in zip(texts, cuts, times, of_words, strict=True)
    ]


def _text_of(words: Sequence[Word], language_code: str) -> str:
    text = ""
    for word in words:
        bare = one_line(word.text)
        if bare:
            text += (separator(text, bare, language_code) if text else "") + bare
    return text


def _words_of(text: str) -> list[int]:
    """Where the words of a text begin, as far as spaces tell."""
    return [0, *(index + 1 for index, character in enumerate(text) if character == " ")]


def _cuts(text: str, words: Sequence[Word]) -> list[int]:
    """Where in a text the part of each word begins: the first at 0, the others in order."""
    written = [one_line(word.text) for word in words]
    if "|" not in text:
        written = [word.partition("|")[0] for word in written]
    return _exact_cuts(text, written) or _aligned_cuts(text, written)


def _exact_cuts(text: str, written: Sequence[str]) -> list[int]:
    """The cuts, if the text is made of the words and of punctuation; else nothing."""
    cuts: list[int] = []
    cursor = 0
    for word in written:
        index = text.find(word, cursor)
        if index < 0 or not _is_empty(text[cursor:index]):
            return []
        cuts.append(_with_opening(text, cursor, index) if cuts else 0)
        cursor = index + len(word)
    return cuts if _is_empty(text[cursor:]) else []


def _is_empty(text: str) -> bool:
    return not any(map(str.isalnum, text))


def _with_opening(text: str, low: int, index: int) -> int:
    """Where in ``text[low:index]``, which is space and punctuation, the next word's part begins."""
    if index - low == 1 and text[low] == " ":
        return index  # nearly always
    space = text.rfind(" ", low, index)
    if space >= 0 and not all(map(is_closing, text[space + 1 : index] or " ")):
        return space + 1
    while index > low and is_opening(text[index - 1]):
        index -= 1
    return index


def _aligned_cuts(text: str, written: Sequence[str]) -> list[int]:
    """The cuts, where words and text differ: at what they have in common and, between, evenly."""
    tokens = list(_tokens(text))
    said: list[str] = []
    firsts: list[int] = []
    for word in written:
        firsts.append(len(said))
        said.extend(token for token, _, _ in _tokens(word))
    starts = [*(start for _, start, _ in tokens), len(text)]
    ends = [0, *(end for _, _, end in tokens)]
    places = [*_places(said, [token for token, _, _ in tokens]), len(tokens)]
    cuts = [_with_opening(text, ends[places[i]], starts[places[i]]) for i in firsts[1:]]
    return [0, *cuts]


def _places(said: Sequence[str], heard: Sequence[str]) -> Iterator[int]:
    """For each of ``said``, the index in ``heard`` that it stands at; never less than the one before."""
    for tag, first, last, low, high in SequenceMatcher(None, said, heard).get_opcodes():
        for index in range(first, last):
            step = index - first
            yield low + (step if tag == "equal" else step * (high - low) // (last - first))


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of a text, and where they begin and end; characters where the script has no spaces."""
    for match in _RUN.finditer(text):
        begin, end = match.span()
        for index in range(begin, end):
            if is_unspaced(text[index]):
                if begin < index:
                    yield text[begin:index].casefold(), begin, index
                yield text[index], index, index + 1
                begin = index + 1
        if begin < end:
            yield text[begin:end].casefold(), begin, end


def _times(result: Result, texts: Sequence[str]) -> list[tuple[float, float]]:
    """When each of the texts was spoken."""
    # A text of no width takes a little time as well, so that there is always something to divide by.
    widths = [max(columns(text), 1) for text in texts]
    reached = [0, *accumulate(widths)]
    times: list[float | None] = [None, None] * len(texts)
    if result.words:
        times = [time for word in result.words for time in (word.start, word.end)]
    first, last = result.start, result.end
    if not any(time is not None for time in times):
        first = max(first, last - reached[-1] / SLOWEST_SPEECH)
    if times[0] is None:
        times[0] = first
    if times[-1] is None:
        times[-1] = last
    # Where in the text each time stands: a start with the texts before it passed, an end with its own
    # too.
    places = [place for pair in pairwise(reached) for place in pair]
    filled = list(_interpolated(times, places))
    return list(zip(filled[::2], filled[1::2], strict=True))


def _interpolated(times: Sequence[float | None], places: Sequence[int]) -> Iterator[float]:
    """``times`` with the missing ones in between the nearest that are known; both ends have to be."""
    known = [(index, time) for index, time in enumerate(times) if time is not None]
    yield known[0][1]
    for (before, low), (after, high) in pairwise(known):
        width = places[after] - places[before]
        for index in range(before + 1, after):
            share = (places[index] - places[before]) / width if width else 0.0
            yield low + (high - low) * share
        yield high
