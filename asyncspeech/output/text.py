"""Results as running text.

Between two results goes a space, as the service's own leading spaces have been taken away; but none
where the language is written without, and none before what is punctuation alone and belongs to the text
before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech.output.scripts import is_closing, is_unspaced, is_unspaced_language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncspeech.model import Result

__all__ = ("join", "separator")


def join(results: Iterable[Result]) -> str:
    """The texts of ``results`` in one line, with spaces between them where the language has spaces."""
    pieces: list[str] = []
    for result in results:
        text = result.text.strip()
        if not text:
            continue
        if pieces:
            pieces.append(separator(pieces[-1], text, result.language_code))
        pieces.append(text)
    return "".join(pieces)


def separator(before: str, after: str, language_code: str) -> str:
    """What belongs between two texts, neither of them empty: a space, or nothing.

    Args:
        before: The text before, without space at its end.
        after: The text after, without space at its beginning.
        language_code: The language of the text after, or empty if that is unknown.
    """
    if all(map(is_closing, after.split(maxsplit=1)[0])):
        return ""
    unspaced = [is_unspaced(before[-1]), is_unspaced(after[0])]
    if not language_code:
        return "" if all(unspaced) else " "
    # "iPhone" and "Pro" are two words in Japanese, too.
    return "" if is_unspaced_language(language_code) and any(unspaced) else " "
