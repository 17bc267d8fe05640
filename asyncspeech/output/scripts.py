"""What scripts ask of whoever joins, measures and breaks their text.

Spaces: Chinese, Japanese, Thai, Lao, Khmer, Burmese and Tibetan are written without spaces between words
(UAX #14 calls their scripts ideographic, or in need of a dictionary). Widths: a character that UAX #11
calls wide or full width takes two columns, a combining mark none, every other one. Breaks: a line of
Chinese or Japanese may begin with any character but closing punctuation and what belongs to the one
before it, and end with any but opening punctuation (JIS X 4051; the W3C's "Requirements for Japanese
Text Layout", 3.1.7 and 3.1.8). Scripts in need of a dictionary break at spaces alone, as there is no
dictionary here.
"""

# ruff: noqa: RUF001 - the look-alikes are what this is about

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = (
    "clusters",
    "columns",
    "divides",
    "ends_clause",
    "ends_sentence",
    "is_closing",
    "is_ideographic",
    "is_opening",
    "is_unspaced",
    "is_unspaced_language",
    "one_line",
)

# By primary subtag.
_UNSPACED_LANGUAGES = frozenset({"bo", "cmn", "dz", "ja", "km", "lo", "my", "th", "wuu", "yue", "zh"})

# Blocks, by their first and last character. Han, kana and their punctuation:
_IDEOGRAPHIC = (
    (0x2E80, 0x2FDF),  # radicals
    (0x3000, 0x312F),  # punctuation, hiragana, katakana, bopomofo
    (0x31A0, 0x4DBF),  # bopomofo extended to Han extension A
    (0x4E00, 0x9FFF),  # Han
    (0xF900, 0xFAFF),  # Han, compatibility
    (0xFE30, 0xFE4F),  # forms for vertical text
    (0xFF00, 0xFFEF),  # full-width and half-width forms
    (0x1B000, 0x1B16F),  # kana, historic
    (0x20000, 0x3FFFF),  # Han, extensions
)
# What takes a dictionary to divide:
_COMPLEX = ((0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF))  # Thai, Lao, Tibetan; Burmese; Khmer

# Full stops and what is like them: Latin, CJK, Arabic, Devanagari, Armenian, Ethiopic, Burmese, Khmer.
_SENTENCE_ENDS = frozenset(".!?…。！？．｡؟۔।॥։።။។")
_CLAUSE_ENDS = frozenset(",;:—–、，；：､،؛፣၊")
# A character that may not begin a line, besides marks that close: small kana and the long vowel mark.
_FOLLOWS = frozenset(
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿー々〻ゝゞヽヾ‐゠〜～・"
)
_CLOSING_SIGNS = _SENTENCE_ENDS | _CLAUSE_ENDS - frozenset("—–") | frozenset("%‰℃％")
_CLOSING_QUOTES = "\"'”’»›)]}」』】〕〉》）］｝"

# White space and control characters; but not the spaces at which lines do not break.
_SPACE = re.compile(r"(?:[^\S\u00a0\u2007\u202f]|[\x00-\x1f\x7f-\x9f])+")

_CLUSTER = re.compile(r".\ufe0f?(?:\u200d.\ufe0f?)*", re.DOTALL)


def one_line(text: str) -> str:
    """A text with a space for what it has of white space, and none around it."""
    return _SPACE.sub(" ", text).strip()


def is_unspaced_language(language_code: str) -> bool:
    """Whether a language is written without spaces between words."""
    return language_code.lower().partition("-")[0] in _UNSPACED_LANGUAGES


@lru_cache(4096)
def is_ideographic(character: str) -> bool:
    """Whether lines may break before and after a character, as in Chinese and Japanese."""
    code = ord(character)
    return code >= _IDEOGRAPHIC[0][0] and any(first <= code <= last for first, last in _IDEOGRAPHIC)


@lru_cache(4096)
def is_unspaced(character: str) -> bool:
    """Whether a character is of a script that is written without spaces between words."""
    code = ord(character)
    return is_ideographic(character) or any(first <= code <= last for first, last in _COMPLEX)


@lru_cache(4096)
def is_closing(character: str) -> bool:
    """Whether a character is punctuation that belongs to what is before it."""
    return character in _CLOSING_SIGNS or unicodedata.category(character) in {"Pe", "Pf"}


@lru_cache(4096)
def is_opening(character: str) -> bool:
    """Whether a character is punctuation that belongs to what is after it."""
    return character in "¿¡" or unicodedata.category(character) in {"Ps", "Pi"}


def columns(text: str) -> int:
    """How wide a text is: its characters, of which some count twice and some not at all."""
    return len(text) if text.isascii() else sum(map(_columns, text))


@lru_cache(4096)
def _columns(character: str) -> int:
    # Marks that enclose or do not advance, and characters that only say how others are written.
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def ends_sentence(text: str) -> bool:
    """Whether a text ends as sentences do, whatever quotes and brackets it closes behind that."""
    bare = text.rstrip(_CLOSING_QUOTES)
    return bare[-1:] in _SENTENCE_ENDS and bool(bare)


def ends_clause(text: str) -> bool:
    """Whether a text ends with a comma or the like."""
    bare = text.rstrip(_CLOSING_QUOTES)
    return bare[-1:] in _CLAUSE_ENDS and bool(bare)


@lru_cache(4096)
def _begins_no_line(character: str) -> bool:
    is_mark = unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"}
    return is_mark or is_closing(character) or character in _FOLLOWS


def divides(before: str, after: str, *, between_words: bool = False) -> bool:
    """Whether a line may break between two characters that no space is between.

    Args:
        before: The character before the break.
        after: The character after it.
        between_words: Whether a word is known to end there, which counts where the script has no spaces.
    """
    if is_opening(before) or _begins_no_line(after):
        return False
    if is_ideographic(before) or is_ideographic(after):
        return between_words or not before.isdigit()  # what is counted stays with its number
    return between_words and is_unspaced(before) and is_unspaced(after)


def clusters(text: str) -> list[str]:
    """Characters as people count them, each with its marks: UAX #29's clusters, roughly."""
    found: list[str] = []
    for match in _CLUSTER.finditer(text):
        part = match[0]
        if found and unicodedata.category(part[0]) in {"Mn", "Mc", "Me", "Cf"}:
            found[-1] += part
        else:
            found.append(part)
    return found
