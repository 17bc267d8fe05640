"""What a person sees of the demo: a table that moves, or lines where nothing can move."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from asyncspeech.cli.demo.figures import Figures

__all__ = ("Screen",)

_WIDTH = 80
_SECONDS_PER_LINE = 5.0


class Screen:
    """Shows a run of the demo, inside ``with``.

    Args:
        headline: What is shown.
        metrics_url: Where its metrics are, or None.
    """

    def __init__(self, headline: str, metrics_url: str | None) -> None:
        self._headline = headline
        self._metrics_url = metrics_url
        self._console = Console(highlight=False, soft_wrap=True)
        self._live: Live | None = None
        self._note = "Ctrl-C ends it"
        self._next_line = 0.0

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False)
            self._live.start()
        else:
            self._write(self._headline)
            for line in self._directions():
                self._write(line)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def note(self, text: str) -> None:
        """Say what the demo is about to do."""
        self._note = text
        if self._live is None:
            self._write(text)

    def show(self, figures: Figures) -> None:
        """Show how it goes. Lines come less often."""
        if self._live is not None:
            self._live.update(self._panel(figures), refresh=True)
        elif figures.elapsed >= self._next_line:
            self._next_line = figures.elapsed + _SECONDS_PER_LINE
            self._write(figures.line())

    def end(self, figures: Figures) -> None:
        """Show how it went."""
        self._note = "ended"
        if self._live is not None:
            self._live.update(self._panel(figures), refresh=True)
            self._live.stop()
            self._live = None
        else:
            for name, value in figures.rows():
                self._write(f"{name}: {value}")
        self._write(figures.verdict())

    def _directions(self) -> list[str]:
        if self._metrics_url is None:
            return []
        return [f"metrics: {self._metrics_url}", f"see them: asyncspeech dashboard {self._metrics_url}"]

    def _panel(self, figures: Figures) -> Panel:
        table = Table.grid(padding=(0, 2))
        table.add_column(style="cyan", no_wrap=True)
        table.add_column(overflow="fold")
        good = figures.is_perfect
        for name, value in figures.rows():
            style = ("green" if good else "bold red") if name == "words" else ""
            table.add_row(name, Text(value, style=style))
        directions = Text("\n".join(self._directions()), style="dim")
        minutes, seconds = divmod(round(figures.elapsed), 60)
        return Panel(
            Group(table, *([directions] if directions else [])),
            title=Text(self._headline),
            subtitle=Text(f"{minutes}:{seconds:02}, {self._note}"),
            width=min(_WIDTH, self._console.width),
        )

    def _write(self, line: str) -> None:
        if sys.stdout is not None:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
