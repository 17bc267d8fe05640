"""Results where there is no notebook: on standard output, a line for each that is final.

On a terminal, what is guessed stands below them, and is replaced in place. Elsewhere, as in a pipe, what
is not final is not written.
"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

from asyncspeech.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

__all__ = ("Lines",)

_TO_THE_LINE_S_BEGINNING_AND_CLEAR_IT = "\r\x1b[K"  # ECMA-48: CR, and EL
_LONGEST = 1_000_000  # a line of text is written whole


class Lines:
    """Writes lines of text, and below them on a terminal one that is replaced.

    Args:
        out: Where to; None for standard output as it is now.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = sys.stdout if out is None else out
        self._is_terminal = self._out.isatty()
        self._written = 0
        self._guess = ""

    def show(self, lines: Sequence[str], guess: str) -> None:
        """Write what is new.

        Args:
            lines: All that is final, including what was written before.
            guess: What is not; empty if nothing is.
        """
        guess = _fit(one_line(guess, _LONGEST)) if self._is_terminal else ""
        new = lines[self._written :]
        if not new and guess == self._guess:
            return
        clear = _TO_THE_LINE_S_BEGINNING_AND_CLEAR_IT if self._guess else ""
        text = "".join(f"{one_line(line, _LONGEST)}\n" for line in new)
        self._out.write(f"{clear}{text}{guess}")
        self._out.flush()
        self._written, self._guess = len(lines), guess


def _fit(text: str) -> str:
    """As much of the end of ``text`` as a line of the terminal holds: it grows there."""
    room = shutil.get_terminal_size().columns - 1  # the cursor's own place
    for start in range(len(text), 0, -1):
        room -= _columns(text[start - 1])
        if room < 0:
            return text[start:]
    return text


def _columns(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
