"""What a person sees of an examination: a line for each finding, on standard output.

On a terminal there are colours, what is long is wrapped, and something moves while a check takes its
time. Elsewhere there is a line for a finding and one for its remedy, and nothing else.
"""

from __future__ import annotations

import sys
import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from asyncspeech.cli.doctor.finding import Outcome

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from asyncspeech.cli.doctor.finding import Finding

__all__ = ("Report",)

_NAME_COLUMNS = 21
_MARKS = {
    Outcome.OK: ("✓", "+", "green"),
    Outcome.FAILED: ("✗", "x", "bold red"),
    Outcome.WARNING: ("!", "!", "yellow"),
    Outcome.SKIPPED: ("\N{EN DASH}", "-", "dim"),
}
_ARROW = ("→", "->")


class Report:
    """Shows one examination, inside ``with``."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._encoding = sys.stdout.encoding or "utf-8"
        self._is_plain = not _can(self._encoding, "✓✗→\N{EN DASH}")
        self._status = self._console.status("", spinner="line" if self._is_plain else "dots")
        self._counts: Counter[Outcome] = Counter()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._status.stop()
        if exc is None:
            self._print(Text())
            self._print(Text(self._summary()))

    @property
    def failures(self) -> int:
        """How many crosses there were."""
        return self._counts[Outcome.FAILED]

    def begin(self, section: str) -> None:
        """What follows is about this."""
        if self._counts:
            self._print(Text())
        self._print(Text(section, "bold"))
        self._status.update(f"looking at: {section.lower()}")

    def add(self, finding: Finding) -> None:
        """A finding is there."""
        self._counts[finding.outcome] += 1
        mark, plain_mark, style = _MARKS[finding.outcome]
        mark = plain_mark if self._is_plain else mark
        head = f"{finding.name:<{_NAME_COLUMNS}} "
        first, *more = self._wrapped(finding.text, len(head) + 2)
        self._print(Text.assemble((mark, style), f" {head}{first}"))
        for line in more:
            self._print(Text(f"  {' ' * len(head)}{line}"))
        if finding.remedy:
            # Not wrapped, even on a terminal: it is there to be copied.
            self._print(Text(f"  {_ARROW[self._is_plain]} {finding.remedy}"))

    def _wrapped(self, text: str, indent: int) -> list[str]:
        if not self._console.is_terminal:
            return [text]
        width = max(self._console.width - indent, 20)
        return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]

    def _summary(self) -> str:
        if self.failures:
            checks = self._counts.total()
            return f"{self.failures} of {checks} checks failed: mend the first, and run this again."
        warnings = self._counts[Outcome.WARNING]
        return (
            "All is well." if not warnings else f"All is well, but for what is marked '!' ({warnings})."
        )

    def _print(self, line: Text) -> None:
        line.plain = line.plain.encode(self._encoding, "replace").decode(self._encoding)
        self._console.print(line, soft_wrap=True)


def _can(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True
