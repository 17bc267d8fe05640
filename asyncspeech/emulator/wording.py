"""How words are written: masked, and normalised.

The service writes "f***" where a profanity was said (``profanity_filter``), and replaces texts by others
that the client lists (``transcript_normalization``), one after the other, in finals and in interims that
are likely to stay.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from asyncspeech.emulator.recognizer import HypothesisWord

__all__ = ("Wording",)

# A hundred replacements, each of one letter by a hundred, would make a text that no memory holds.
_LONGEST_TEXT = 10_000


class Wording:
    """Writes the words of one call.

    Args:
        config: What the call asks for, a raw ``RecognitionConfig``.
        profanities: What ``profanity_filter`` masks, lower-cased.
    """

    def __init__(self, config: Any, profanities: Collection[str]) -> None:
        self._masked = profanities if config.features.profanity_filter else ()
        self._replacements = [
            (
                re.compile(
                    re.escape(entry.search), re.NOFLAG if entry.case_sensitive else re.IGNORECASE
                ),
                entry.replace.replace("\\", r"\\"),  # as it is, not as a template
            )
            for entry in config.transcript_normalization.entries
            if entry.search
        ]

    def words(self, words: Sequence[HypothesisWord]) -> Sequence[HypothesisWord]:
        """The words, masked."""
        if not self._masked:
            return words
        return [
            replace(word, text=word.text[0] + "*" * (len(word.text) - 1))
            if word.text.lower() in self._masked
            else word
            for word in words
        ]

    def text(self, words: Sequence[HypothesisWord], *, is_stable: bool = True) -> str:
        """The text of words that `words` has given, normalised if it is likely to stay."""
        text = " ".join(word.text for word in words)
        for search, replacement in self._replacements if is_stable else ():
            text = search.sub(replacement, text)[:_LONGEST_TEXT]
        return text
