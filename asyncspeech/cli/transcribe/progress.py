"""What a person sees while recordings are transcribed: progress, guesses and errors.

All of it goes to standard error, and what moves only if that is a terminal. Elsewhere a long run says
now and then how far it is.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from asyncspeech.cli.failure import one_line
from asyncspeech.cli.transcribe.inputs import STANDARD_INPUT
from asyncspeech.cli.transcribe.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from rich.console import RenderableType

    from asyncspeech.cli.transcribe.inputs import Input
    from asyncspeech.cli.transcribe.tally import Running
    from asyncspeech.errors import AsyncSpeechError
    from asyncspeech.model import Result

__all__ = ("Progress", "clock_time")

_MOST_ROWS = 8
_NAME_WIDTH = 20
_BAR_WIDTHS = range(10, 41)
_TEXT_WIDTH = 62
"""What stands beside a bar."""
_REFRESHES = 8
"""Times a second."""


class Progress:
    """Shows one run, inside ``with``.

    Args:
        inputs: What there is to do.
        skipped: How many recordings were done before.
        guesses: Whether guesses are shown.
        is_quiet: Whether nothing moves, because something else has the screen.
        console: Where it is shown; by default standard error.
    """

    def __init__(
        self,
        inputs: Sequence[Input],
        *,
        skipped: int = 0,
        guesses: bool = False,
        is_quiet: bool = False,
        console: Console | None = None,
    ) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._guesses = guesses
        self._skipped = skipped
        self._moves = self._console.is_terminal and not is_quiet
        self._total = len(inputs) + skipped
        self.tally = Tally(inputs, time.monotonic)
        self._live = Live(
            get_renderable=self.render,
            console=self._console,
            transient=True,
            refresh_per_second=_REFRESHES,
            # On a terminal, text has to be printed above the bars; elsewhere it must not be touched.
            redirect_stdout=sys.stdout is not None and sys.stdout.isatty(),
        )

    def __enter__(self) -> Self:
        if self._moves:
            self._live.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    @property
    def wants_interims(self) -> bool:
        """Whether interims are of use: to be shown, or to move a bar on while a sentence lasts."""
        return self._guesses or self._moves

    @property
    def is_told_in_lines(self) -> bool:
        """Whether it has to be said in lines how far the run is."""
        return not self._console.is_terminal

    def note(self, text: str) -> None:
        """Say something about the run."""
        self._console.print(text, style="dim", markup=False, soft_wrap=True)

    def error(self, error: AsyncSpeechError) -> None:
        """Something failed."""
        self._console.print(f"error: {one_line(error)}", style="red", markup=False, soft_wrap=True)

    def result(self, item: Input, result: Result) -> None:
        """A result is there."""
        guess = result.text if self._guesses and not result.is_final else ""
        self.tally.advance(item, result.end, guess)
        if guess and not self._console.is_terminal:
            self._console.print(f"… {guess}", markup=False, soft_wrap=True)

    def tell(self) -> None:
        """Say in a line how far the run is."""
        self.note(", ".join([self._files(), *self._speed()]))

    def tell_end(self, *, stopped: bool) -> None:
        """Say in a line what was done."""
        tally = self.tally
        facts = [self._files()]
        if self._skipped:
            facts.append(f"{self._skipped} of them before (--force does them again)")
        if tally.failed:
            facts.append(f"{tally.failed} failed")
        if tally.seconds_done:
            facts.append(f"{clock_time(tally.seconds_done)} of audio in {tally.elapsed:.1f} s")
        if stopped:
            facts.append("stopped: the same command goes on with the rest")
        self.note(", ".join(facts))

    def render(self) -> RenderableType:
        """What moves."""
        tally = self.tally
        rows = tuple(tally.running.items())
        width = min(_BAR_WIDTHS[-1], max(_BAR_WIDTHS[0], self._console.width - _TEXT_WIDTH))
        grid = Table.grid(padding=(0, 1))
        grid.add_column(no_wrap=True, max_width=_NAME_WIDTH, min_width=_NAME_WIDTH)
        grid.add_column(width=width)
        grid.add_column(no_wrap=True, justify="right", min_width=4)
        grid.add_column(no_wrap=True, overflow="ellipsis")
        for item, running in rows[:_MOST_ROWS]:
            bar = _bar(running.position, running.duration, width)
            grid.add_row(Text(_name(item)), *bar, _file_facts(running))
        if len(rows) > _MOST_ROWS:
            grid.add_row(Text(f"and {len(rows) - _MOST_ROWS} more", style="dim"))
        if tally.count > 1:
            facts = Text(", ".join(self._speed()))
            bar = _bar(tally.seconds_done, tally.seconds_total, width)
            grid.add_row(Text(self._files(), "bold"), *bar, facts)
            return grid
        return Group(grid, Text(", ".join(self._speed()), style="dim")) if tally.rate else grid

    def _files(self) -> str:
        done = self.tally.done + self._skipped
        return f"{done} of {self._total} file{'' if self._total == 1 else 's'} done"

    def _speed(self) -> list[str]:
        """How much audio, how fast, and how long it takes yet; what can be told of it."""
        tally = self.tally
        facts = []
        if tally.rate is not None:
            facts.append(f"{tally.rate:.1f}x real time")
        if tally.seconds_left is not None:
            facts.append(f"{clock_time(tally.seconds_left)} left")
        if tally.failed:
            facts.append(f"{tally.failed} failed")
        return facts


def clock_time(seconds: float) -> str:
    """A length of time as people read it: 0:07, 1:02:03."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _bar(position: float, duration: float | None, width: int) -> tuple[RenderableType, Text]:
    """A bar, and a share; the bar pulses if the length is not known."""
    if not duration:
        return ProgressBar(total=None, width=width), Text("")
    share = min(1.0, position / duration)
    return ProgressBar(total=1.0, completed=share, width=width), Text(f"{share:.0%}")


def _file_facts(running: Running) -> Text:
    length = "" if running.duration is None else f" of {clock_time(running.duration)}"
    facts = Text(f"{clock_time(running.position)}{length}")
    if running.guess:
        facts.append(f"  {running.guess[-60:]}", style="dim")
    return facts


def _name(item: Input) -> str:
    """The end of a path, which tells more than its beginning."""
    name = "standard input" if item.name == STANDARD_INPUT else item.name
    if cell_len(name) <= _NAME_WIDTH:
        return name
    while cell_len(name) >= _NAME_WIDTH:
        name = name[1:]
    return f"…{name}"
