"""Results as running text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncspeech.model import Result

__all__ = ("join",)

# Languages written without spaces between words, by primary subtag (Unicode's line breaking rules,
# UAX #14, treat their scripts as ideographic or as needing a dictionary).
_UNSPACED = frozenset({"bo", "cmn", "dz", "ja", "km", "lo", "my", "th", "wuu", "yue", "zh"})


def join(results: Iterable[Result]) -> str:
    """The texts of ``results`` in one line, with spaces between them where the language has spaces."""
    pieces: list[str] = []
    for result in results:
        if not result.text:
            continue
        if pieces and result.language_code.lower().partition("-")[0] not in _UNSPACED:
            pieces.append(" ")
        pieces.append(result.text)
    return "".join(pieces)
