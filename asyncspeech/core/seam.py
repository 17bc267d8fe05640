"""One run of words out of two streams that overlap.

When a stream has to be replaced while somebody is speaking, the old stream and the new one both hear the
last seconds before the cut, the *overlap*. The old one has heard the words from their beginnings but may
have had its last word cut off; the new one has heard the words to their ends but may have come in the
middle of its first. So the old stream's words count up to a point in the overlap, and the new one's from
there.

Where words have times, that point is the last gap between the old stream's words that lies safely before
the cut (`join_point`), and which side a word belongs to is decided by its middle: the two streams may
place it a little differently, and still nothing is lost or said twice.

Where words have no times (in interim results, and with models that give none), the texts are laid over
one another at the longest run of words that both have (`common_run`); and of a text that begins with
what was said already, the rest is taken (`unsaid`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from asyncspeech.core.events import StreamAlternative

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asyncspeech.core.events import StreamResult, StreamWord

__all__ = (
    "common_run",
    "has_times",
    "join_point",
    "keep_after",
    "keep_before",
    "unsaid",
    "with_text",
)

# Scripts without spaces between words (Thai, kana, Han) are compared sign by sign.
_SIGN = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_SIGN}]|[^\s{_SIGN}]+")
_PUNCTUATION = (
    ".,;:!?\u2026\u3001\u3002\uff01\uff0c\uff1f\"'()[]\u00bf\u00a1\u201c\u201d\u2018\u2019-\u2013\u2014"
)

# Words on either side that are compared: far more than anybody says in an overlap.
_WINDOW = 40
# Words at the beginning of the new stream's text that may be wrong because they were heard in part.
_CUT_WORDS = 2


class _Token(NamedTuple):
    word: str
    start: int
    end: int


def has_times(result: StreamResult) -> bool:
    """Whether the words of a result say when they were spoken."""
    words = result.alternatives[0].words if result.alternatives else ()
    return bool(words) and words[0].start is not None


def join_point(words: Sequence[StreamWord], start: int, cut: int, margin: int) -> int:
    """Where in an overlap to pass from the old stream's words to the new one's.

    Args:
        words: The old stream's words, with times, in order.
        start: Where the overlap begins: the new stream's first frame.
        cut: Where it ends: the old stream's last frame.
        margin: How far before the cut a word must have ended to be heard whole for certain. The new
            stream is given as much time to come in.
    """
    last, first = cut - margin, start + margin
    gaps = [(left.end or 0, right.start or 0) for left, right in pairwise(words)]
    if words:
        gaps.append((words[-1].end or 0, cut))
        gaps.insert(0, (start, words[0].start or 0))
    for begins, ends in reversed(gaps):
        low, high = max(begins, first), min(ends, last)
        if low <= high:
            return (low + high) // 2
    # No gap: a word as long as the overlap. Its middle decides, like that of any word.
    return (start + cut) // 2 if words else start


def keep_before(result: StreamResult, position: int) -> StreamResult | None:
    """What of a result, whose words have times, was said before ``position``; None if nothing."""
    return _keep(result, lambda word: _middle(word) < position)


def keep_after(result: StreamResult, position: int) -> StreamResult | None:
    """What of a result, whose words have times, was said from ``position`` on; None if nothing."""
    return _keep(result, lambda word: _middle(word) >= position)


def with_text(result: StreamResult, text: str) -> StreamResult:
    """A result whose words have no times, with another text; of its readings the best alone."""
    best = result.alternatives[0]
    return replace(result, alternatives=(StreamAlternative(text, best.confidence, ()),))


def common_run(said: str, text: str) -> tuple[int, int] | None:
    """Where the end of ``said`` and the beginning of ``text`` have the longest run of words in common.

    Returns:
        Where that run ends in ``said``, and where in ``text``, as indices; None if there is none.
    """
    left, right = _tokens(said)[-_WINDOW:], _tokens(text)[:_WINDOW]
    old, new = [item.word for item in left], [item.word for item in right]
    match = SequenceMatcher(None, old, new, autojunk=False).find_longest_match()
    if not match.size:
        return None
    return left[match.a + match.size - 1].end, right[match.b + match.size - 1].end


def unsaid(said: str, text: str) -> str:
    """What of ``text``, which may begin before the end of ``said``, follows it.

    A single word in common counts only at the very beginning: further on it may be another one.
    """
    left, right = _tokens(said)[-_WINDOW:], _tokens(text)
    old, new = [item.word for item in left], [item.word for item in right]
    for size in range(min(len(old), len(new)), 0, -1):
        tail = old[-size:]
        for start in range(min(len(new) - size, _WINDOW if size > 1 else _CUT_WORDS) + 1):
            if new[start : start + size] == tail:
                return text[right[start + size - 1].end :].lstrip().lstrip(_PUNCTUATION).lstrip()
    for start in range(min(len(new), _CUT_WORDS)):
        rest = new[start:]
        if any(old[index : index + len(rest)] == rest for index in range(len(old) - len(rest) + 1)):
            return ""  # all of it has been said
    return text


def _middle(word: StreamWord) -> float:
    start, end = word.start or 0, word.end or 0
    return (start + end) / 2


def _keep(result: StreamResult, wanted: Callable[[StreamWord], bool]) -> StreamResult | None:
    kept = [_keep_words(item, wanted) for item in result.alternatives if item.words]
    alternatives = tuple(item for item in kept if item.words)
    if not alternatives:
        return None
    if all(
        len(item.words) == len(given.words)
        for item, given in zip(kept, result.alternatives, strict=False)
    ):
        return result
    return replace(result, alternatives=alternatives)


def _keep_words(item: StreamAlternative, wanted: Callable[[StreamWord], bool]) -> StreamAlternative:
    words = [word for word in item.words if wanted(word)]
    if len(words) == len(item.words):
        return item
    return StreamAlternative(_text_of(item, words), item.confidence, tuple(words))


def _text_of(item: StreamAlternative, words: list[StreamWord]) -> str:
    """The part of a reading's text that some of its words, neighbours, are."""
    if not words:
        return ""
    spans, index = [], 0
    for word in item.words:
        start = item.text.find(word.text, index)
        if start < 0:  # the text is not made of its words, as with numbers that are written out
            return " ".join(kept.text for kept in words)
        index = start + len(word.text)
        spans.append((start, index))
    first = next(index for index, word in enumerate(item.words) if word is words[0])
    start, end = spans[first][0], spans[first + len(words) - 1][1]
    while end < len(item.text) and item.text[end] in _PUNCTUATION:
        end += 1
    return item.text[start:end]


def _tokens(text: str) -> list[_Token]:
    found = (
        _Token(match[0].casefold().strip(_PUNCTUATION), match.start(), match.end())
        for match in _TOKEN.finditer(text)
    )
    return [token for token in found if token.word]
