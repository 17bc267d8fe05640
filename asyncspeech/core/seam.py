"""One run of words out of two streams that overlap.

When a stream has to be replaced while somebody is speaking, the old stream and the new one both hear the
last seconds before the cut, the *overlap*. The old one has heard the words from their beginnings but may
have had its last word cut off; the new one has heard the words to their ends but may have come in the
middle of its first. So the old stream's words count up to a point in the overlap, and the new one's from
there.

Where words have times, that point lies between two of the old stream's words, away from both ends of the
overlap (`join_point`), and which side a word belongs to is decided by its middle: the two streams may
place it a little differently (the service counts in steps of 100 ms), and still nothing is lost or said
twice.

Where words have no times (in interim results, and with models that give none), the texts are laid over
one another so that most words agree. `common_run` tells where to pass from one to the other; and of a
text that begins with what was said already, `unsaid` is the rest.
"""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import SequenceMatcher
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from asyncspeech.core.events import StreamAlternative

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.core.events import StreamResult, StreamWord

__all__ = (
    "but_last_word",
    "common_run",
    "has_times",
    "join_point",
    "keep_after",
    "keep_before",
    "unsaid",
    "with_text",
)

# Scripts without spaces between words (Thai, Lao, Burmese, Khmer, kana, Han) are compared sign by sign;
# what is written above or below a sign belongs to it.
_SIGN = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_MARK = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3"
    "\u3099\u309a\uff9e\uff9f"
)
_TOKEN = re.compile(rf"[{_SIGN}][{_MARK}]*|[^\s{_SIGN}]+")
_IS_SIGN = re.compile(f"[{_SIGN}]")
_CLOSING = ".,;:!?\u2026\u3001\u3002\uff01\uff0c\uff1f)]\u201d\u2019\u2013\u2014"
_PUNCTUATION = _CLOSING + "\"'([\u00bf\u00a1\u201c\u2018-"

# Words on either side that are compared: far more than anybody says in an overlap.
_WINDOW = 40

# How well two texts agree is counted in points for each word. A sign is about a third of a word.
_WORD, _SIGN_OF_WORD = 3, 1
_SAME, _DIFFERENT, _MISSING = 2.0, -2.0, -2.5
# Words at the beginning of the new stream's text may be wrong because they were heard in part, and so
# may the old stream's last one; a word cut in two may be two.
_CUT_WORDS = 2 * _WORD
_CUT = -0.5
# An interim result may not yet have got to the end of what was said, but is no overlap behind.
_BEHIND, _MOST_BEHIND = -0.1, 12 * _WORD
# One word in common will do, if it is not far from the beginning. One sign has to be there.
_ENOUGH = 2.0


class _Token(NamedTuple):
    """A word, or a sign of one; ``bare_end`` is its end without the punctuation behind it."""

    word: str
    start: int
    bare_end: int
    end: int
    weight: int


class _Step(IntEnum):
    """How a place was reached, the better one of two that are equally good last."""

    BEGIN = 0
    DELETE = 1
    INSERT = 2
    PAIR = 3


class _Span(NamedTuple):
    """When a word was spoken, in frames."""

    start: int
    end: int

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


def has_times(result: StreamResult) -> bool:
    """Whether the words of a result say when they were spoken.

    A word at the very beginning of a stream may have none all the same: the service leaves zeros out.
    """
    words = result.alternatives[0].words if result.alternatives else ()
    return any(word.end is not None for word in words)


def join_point(words: Sequence[StreamWord], start: int, cut: int, margin: int) -> int:
    """Where in an overlap to pass from the old stream's words to the new one's.

    It is between two words, or behind the last, where they can be told apart best: at least ``margin``
    from the ends of the overlap if that can be, where the middles of the words are not close to it, and
    of several such places the one that is farthest from the ends.

    Args:
        words: All of the old stream's words that may lie in the overlap, with times, in order.
        start: Where the overlap begins: the new stream's first frame.
        cut: Where it ends: the old stream's last frame.
        margin: How far before the cut a word must have ended to be heard whole for certain. The new
            stream is given as much time to come in. Two streams may place a word half of this apart.
    """
    spans = _spans(words)
    if not spans:
        return start

    def worth(place: tuple[float, float]) -> tuple[float, float, float]:
        point, clearance = place
        from_ends = min(point - start, cut - point)
        return min(from_ends, margin), min(clearance, margin / 2), from_ends

    point, _ = max(_places(spans, start, cut), key=worth)
    return round(point)


def keep_before(result: StreamResult, position: int) -> StreamResult | None:
    """What of a result, whose words have times, was said before ``position``; None if nothing."""
    return _keep(result, position, before=True)


def keep_after(result: StreamResult, position: int) -> StreamResult | None:
    """What of a result, whose words have times, was said from ``position`` on; None if nothing."""
    return _keep(result, position, before=False)


def with_text(result: StreamResult, text: str) -> StreamResult:
    """A result whose words have no times, with another text; of its readings the best alone."""
    best = result.alternatives[0]
    return replace(result, alternatives=(StreamAlternative(text, best.confidence, ()),))


def common_run(said: str, text: str) -> tuple[int, int] | None:
    """Where to pass from ``said``, whose end was cut, to ``text``, which begins before that end.

    It is where the longest run of words ends that both have when they are laid over one another.

    Returns:
        Where that run ends in ``said``, and where in ``text``, as indices; None if there is none.
    """
    left, right = _tokens(said)[-_WINDOW:], _tokens(text)[:_WINDOW]
    pairs = _overlap(left, right)
    if not pairs:
        return None
    best, size, longest = pairs[0], 0, 0
    for index, pair in enumerate(pairs):
        follows = index > 0 and (pair[0] - 1, pair[1] - 1) == pairs[index - 1]
        size = (size if follows else 0) + left[pair[0]].weight
        if size >= longest:
            best, longest = pair, size
    old, new = left[best[0]], right[best[1]]
    # A stream that comes to its end ends a sentence there; whether there is one, the new stream knows.
    is_last = best[0] == len(left) - 1
    return old.bare_end if is_last and new.bare_end == new.end else old.end, new.end


def but_last_word(text: str) -> str:
    """A text without its last word, which may have been cut off."""
    tokens = _tokens(text)
    return text[: tokens[-1].start].rstrip() if tokens else text


def unsaid(said: str, text: str) -> str:
    """What of ``text``, which may begin before the end of ``said``, follows it.

    A single word in common counts only near the very beginning: further on it may be another one. The
    last word of ``said`` is taken to be whole: where `common_run` has an answer, let it end there.
    """
    left, right = _tokens(said)[-_WINDOW:], _tokens(text)
    pairs = _overlap(left, right[:_WINDOW])
    if not pairs:
        return text
    old, new = pairs[-1]
    # Words that differ at the end of what was said have been said as well.
    new = min(new + len(left) - 1 - old, len(right) - 1)
    rest = text[right[new].end :]
    return rest.lstrip().lstrip(_CLOSING).lstrip()


def _spans(words: Sequence[StreamWord]) -> list[_Span]:
    """When words were spoken. A time that the service left out is that of the word before, or zero."""
    spans: list[_Span] = []
    last = 0
    for word in words:
        start = last if word.start is None else word.start
        last = max(start, start if word.end is None else word.end)
        spans.append(_Span(start, last))
    return spans


def _places(spans: Sequence[_Span], start: int, cut: int) -> list[tuple[float, float]]:
    """Places in an overlap between words, each with its distance from the nearest middle of a word."""
    places: list[tuple[float, float]] = []

    def add(left: float, right: float, low: float, high: float) -> None:
        point = min(max((left + right) / 2, min(low, high)), max(low, high))
        # One word may span all of the overlap: then it is on one side of it.
        point = min(max(point, start), cut)
        places.append((point, min(point - left, right - point)))

    if spans[0].start > start:
        add(start, spans[0].middle, start, spans[0].start)
    for one, other in pairwise(spans):
        if one.end <= start < other.start:  # all of the overlap before the word is a pause
            add(start, other.middle, start, other.start)
        else:
            add(one.middle, other.middle, one.end, other.start)
    # What the old stream may have begun to hear after its last word, and left out, lasts beyond the cut.
    last = min(max(spans[-1].end, start), cut)
    add((max(spans[-1].start, start) + last) / 2, (last + cut) / 2, last, cut)
    return places


def _keep(result: StreamResult, position: int, *, before: bool) -> StreamResult | None:
    kept = [_part(item, position, before=before) for item in result.alternatives if item.words]
    if not kept or kept[0] is None:
        return None  # of the best reading nothing is left: what another has here, it has elsewhere
    if kept[0] is result.alternatives[0]:
        return result
    return replace(result, alternatives=tuple(item for item in kept if item is not None))


def _part(item: StreamAlternative, position: int, *, before: bool) -> StreamAlternative | None:
    """The words of a reading before a position, or those from there on; None if there are none."""
    middles = [span.middle for span in _spans(item.words)]
    count = next((index for index, middle in enumerate(middles) if middle >= position), len(middles))
    words = item.words[:count] if before else item.words[count:]
    if not words:
        return None
    if len(words) == len(item.words):
        return item
    index = _index_of_word(item, count)
    text = item.text[:index] if before else item.text[index:]
    return StreamAlternative(text.strip(), item.confidence, words)


def _index_of_word(item: StreamAlternative, count: int) -> int:
    """Where in the text of a reading the first ``count`` of its words end and the next begins.

    The text need not be made of the words: numbers are written in figures, and Japanese words come with
    their reading. Where the two differ, the text is divided as the words are.
    """
    tokens = _tokens(item.text)
    words = [[token.word for token in _tokens(word.text)] for word in item.words]
    place = sum(len(parts) for parts in words[:count])
    said = [part for parts in words for part in parts]
    matcher = SequenceMatcher(None, said, [token.word for token in tokens], autojunk=False)
    index = 0
    for tag, first, last, low, high in matcher.get_opcodes():
        if first < place or (first == place and tag == "insert"):
            index = low + (place - first) * (high - low) // (last - first) if place < last else high
    return tokens[index].start if index < len(tokens) else len(item.text)


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    for match in _TOKEN.finditer(text):
        word = match[0].casefold().strip(_PUNCTUATION)
        if word:
            bare_end = match.start() + len(match[0].rstrip(_PUNCTUATION))
            weight = _SIGN_OF_WORD if _IS_SIGN.match(word) else _WORD
            found.append(_Token(word, match.start(), bare_end, match.end(), weight))
    return found


def _overlap(old: Sequence[_Token], new: Sequence[_Token]) -> list[tuple[int, int]]:
    """Lay the end of one text over the beginning of another.

    This is the alignment of two sequences with the most points, of which the first may begin before the
    second, and the second end after the first.

    Returns:
        Which words agree: pairs of indices, in order; empty if the texts have nothing to do with each
        other.
    """
    behind = [0] * (len(old) + 1)  # the weight of what follows in the old text
    for i in range(len(old) - 1, -1, -1):
        behind[i] = behind[i + 1] + old[i].weight
    points = [[0.0] * (len(new) + 1) for _ in behind]
    steps = [[_Step.BEGIN] * (len(new) + 1) for _ in behind]
    before = 0
    for j, right in enumerate(new, 1):
        before += right.weight
        new_is_cut = before <= _CUT_WORDS
        insert = right.weight * (_CUT if new_is_cut else _MISSING)
        points[0][j], steps[0][j] = points[0][j - 1] + insert, _Step.INSERT
        for i, left in enumerate(old, 1):
            old_is_cut = behind[i - 1] <= _CUT_WORDS
            if left.word == right.word:
                pair = left.weight * _SAME
            else:
                rate = _CUT if old_is_cut or new_is_cut else _DIFFERENT
                pair = max(left.weight, right.weight) * rate
            points[i][j], steps[i][j] = max(
                (points[i - 1][j - 1] + pair, _Step.PAIR),
                (points[i][j - 1] + insert, _Step.INSERT),
                (points[i - 1][j] + left.weight * (_CUT if old_is_cut else _MISSING), _Step.DELETE),
            )
    ends = [(points[-1][j], len(old), j) for j in range(len(new) + 1)]
    ends += [
        (row[-1] + behind[i] * _BEHIND, i, len(new))
        for i, row in enumerate(points)
        if behind[i] <= _MOST_BEHIND
    ]
    most, i, j = max(ends, key=lambda end: end[0])
    return _pairs(old, new, steps, i, j) if most >= _ENOUGH else []


def _pairs(
    old: Sequence[_Token], new: Sequence[_Token], steps: Sequence[Sequence[_Step]], i: int, j: int
) -> list[tuple[int, int]]:
    """Go back on the way that led to a place, and collect the words that agree."""
    pairs = []
    while j:
        step = steps[i][j]
        i, j = i - (step is not _Step.INSERT), j - (step is not _Step.DELETE)
        if step is _Step.PAIR and old[i].word == new[j].word:
            pairs.append((i, j))
    return pairs[::-1]
