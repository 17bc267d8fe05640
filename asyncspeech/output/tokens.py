"""Text as tokens: what neither a line nor a caption may break, and how good a break after each is.

A token is a word with its punctuation or, in Chinese and Japanese, a character with what must not be
parted from it. Where a script has no spaces and the service gave its words, breaks between the words are
better than others; without them all are alike in Chinese and Japanese, and there are none but at spaces
in Thai, Lao, Khmer, Burmese and Tibetan, unless a line could not hold what is between.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from asyncspeech.output.scripts import (
    clusters,
    columns,
    divides,
    ends_clause,
    ends_sentence,
    is_unspaced,
)
from asyncspeech.output.segments import between

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asyncspeech.output.spoken import Spoken

__all__ = ("Break", "Token", "tokens")

# A pause that is heard as one, in milliseconds; what is shorter than 250 is mostly articulation
# (Goldman-Eisler, Psycholinguistics, 1968).
_HEARD_PAUSE = 250

# What ends in a full stop and stands before a name: English, German, French, Spanish.
_TITLES = frozenset(
    {"dr.", "fr.", "hr.", "m.", "mme.", "mr.", "mrs.", "ms.", "prof.", "sr.", "sra.", "st."}
)


class Break(IntEnum):
    """What a break comes after, from the best to the worst."""

    SENTENCE = 0
    CLAUSE = 1
    WORD = 2
    INSIDE = 3


@dataclass(slots=True)
class Token:
    """A bit of text that is not broken.

    Attributes:
        text: The text, without space around it.
        width: Its width in columns.
        space: Columns of space before it, unless it begins a line: 0 or 1.
        start: Session time in milliseconds at which it begins.
        end: Session time in milliseconds at which it ends.
        after: What a break after it would come after.
    """

    text: str
    width: int
    space: int
    start: int
    end: int
    after: Break = Break.WORD


def tokens(bits: Sequence[Spoken], max_width: int) -> list[Token]:
    """The tokens of bits that follow one another; none if they have no text.

    Args:
        bits: What was spoken.
        max_width: Columns from which on what has no spaces is divided between any two of its characters.
    """
    found: list[Token] = []
    last: Spoken | None = None
    for bit in bits:
        if not bit.text:
            continue
        space = len(between(last, bit)) if last is not None else 0
        more = _of_bit(bit, space, max_width)
        if found and not space and not divides(found[-1].text[-1], bit.text[0], between_words=True):
            _glue(found[-1], next(more))
        found.extend(more)
        last = bit
    for token, following in pairwise(found):
        token.after = _break(token, following)
    return found


def _glue(token: Token, more: Token) -> None:
    token.text += more.text
    token.width += more.width
    token.end = max(token.end, more.end)
    token.after = more.after


def _break(token: Token, following: Token) -> Break:
    if ends_sentence(token.text) and token.text.lower() not in _TITLES:
        # "etc. and so on" goes on.
        return Break.CLAUSE if following.text[0].islower() else Break.SENTENCE
    if ends_clause(token.text) or following.start - token.end >= _HEARD_PAUSE:
        return Break.CLAUSE
    return token.after


def _of_bit(bit: Spoken, space: int, max_width: int) -> Iterator[Token]:
    start, end = round(bit.start * 1000), round(bit.end * 1000)
    if bit.text.isascii() and " " not in bit.text:
        yield Token(bit.text, len(bit.text), space, start, end)
        return
    parts = list(_parts(bit.text, max_width))
    widths = [columns(text) for text, _ in parts]
    share = (end - start) / max(sum(widths), 1)
    passed = 0
    for index, ((text, spaced), width) in enumerate(zip(parts, widths, strict=True)):
        begin, passed = passed, passed + width
        token = Token(text, width, spaced, start + round(share * begin), start + round(share * passed))
        if not index:
            token.space = space
        if index + 1 < len(parts) and not parts[index + 1][1]:
            token.after = Break.INSIDE
        yield token


def _parts(text: str, max_width: int) -> Iterator[tuple[str, int]]:
    """What a text can be broken into, each with the columns of space before it."""
    for index, word in enumerate(text.split(" ")):
        space = 1 if index else 0
        for part in _of_word(word, max_width):
            yield part, space
            space = 0


def _of_word(word: str, max_width: int) -> Iterator[str]:
    if word.isascii():
        yield word
        return
    begin = 0
    for index in range(1, len(word)):
        if divides(word[index - 1], word[index]):
            yield from _short(word[begin:index], max_width)
            begin = index
    yield from _short(word[begin:], max_width)


def _short(part: str, max_width: int) -> Iterator[str]:
    if columns(part) > max_width and any(map(is_unspaced, part)):
        yield from clusters(part)
    else:
        yield part
