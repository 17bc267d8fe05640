"""What ``asyncspeech inspect`` shows to people.

What was found goes to standard output. Errors go to standard error, and progress, if that is a terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from asyncspeech.cli.failure import one_line
from asyncspeech.cli.inspect.words import CHANNEL_ROWS, file_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Self

    from rich.console import RenderableType

    from asyncspeech.audio.analysis import Advice, Analysis, SpeechCost
    from asyncspeech.audio.analysis.recording import ExaminedFile
    from asyncspeech.errors import AsyncSpeechError

__all__ = ("Report",)

_NARROWEST = 80


class Report:
    """Shows one run of the command, inside ``with``."""

    def __init__(self) -> None:
        self._output = Console(highlight=False, markup=False, emoji=False)
        self._output.width = max(self._output.width, _NARROWEST)
        self._errors = Console(stderr=True, highlight=False, markup=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=self._errors,
            transient=True,
            disable=not self._errors.is_terminal,
            # On a terminal, text has to be printed above the bar; elsewhere it must not be touched.
            redirect_stdout=self._output.is_terminal,
        )
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def progress(self, doing: str, path: str) -> Callable[[float, float | None], None]:
        """Begin something, and give what is told how far it has come."""
        self._progress.reset(self._task, description=f"{doing} {path}", total=None)

        def come(seconds: float, of: float | None) -> None:
            self._progress.update(self._task, completed=seconds, total=of)

        return come

    def error(self, error: AsyncSpeechError) -> None:
        """Something failed."""
        self._errors.print(f"error: {one_line(error)}", style="red", soft_wrap=True)

    def note(self, text: str) -> None:
        """Something is not as it might be."""
        self._errors.print(text, style="dim", soft_wrap=True)

    def show(self, file: ExaminedFile, cost: SpeechCost, advice: Sequence[Advice]) -> None:
        """Show what was found out about a recording."""
        analysis = file.examination.analysis
        output = self._output
        output.print(Text(file.path, "bold"), soft_wrap=True)
        output.print(_indented(_file_table(file, cost)))
        output.print(_indented(_channel_table(analysis)))
        if file.note:
            output.print(_indented(Text(file.note, "dim")))
        if advice:
            output.print(_indented(_advice_table(advice)))


def _indented(what: RenderableType) -> Padding:
    return Padding(what, (0, 0, 1, 2), expand=False)


def _file_table(file: ExaminedFile, cost: SpeechCost) -> Table:
    grid = _grid()
    for name, text in file_rows(file.container, file.examination.analysis, cost):
        grid.add_row(Text(name, "cyan"), Text(text))
    return grid


def _channel_table(analysis: Analysis) -> Table:
    grid = _grid()
    numbers = range(1, len(analysis.channels) + 1)
    if len(analysis.channels) > 1:
        grid.add_row("", *(Text(f"channel {number}", "bold") for number in numbers))
    for name, tell in CHANNEL_ROWS:
        texts = [tell(channel, analysis) for channel in analysis.channels]
        if any(texts):
            grid.add_row(Text(name, "cyan"), *(Text(text or "-") for text in texts))
    return grid


def _advice_table(advice: Sequence[Advice]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for item in advice:
        text = Text(item.text)
        if item.setting:
            text.append(f"\n{item.setting}", "green")
        grid.add_row(Text("→", "green"), text)
    return grid


def _grid() -> Table:
    grid = Table.grid(padding=(0, 3, 0, 0))
    grid.add_column(no_wrap=True, min_width=len("clipping "))
    return grid
