"""What a person sees while recordings are transcribed.

Text goes to standard output. Everything about it (progress, guesses, errors) goes to standard error, and
what moves only if that is a terminal.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from asyncspeech.cli.failure import one_line

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from asyncspeech.errors import AsyncSpeechError
    from asyncspeech.model import Result
    from asyncspeech.transcript import Transcript

__all__ = ("Report",)


class Report:
    """Shows one run of ``asyncspeech transcribe``, inside ``with``.

    Args:
        form: ``"text"`` or ``"json"``.
        headings: Whether each file's text has its name above it.
        interim: Whether guesses are shown.
    """

    def __init__(self, *, form: str, headings: bool, interim: bool) -> None:
        self._form = form
        self._headings = headings
        self._interim = interim
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[guess]}", style="dim", markup=False),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
            # On a terminal, text has to be printed above the bar; elsewhere it must not be touched.
            redirect_stdout=sys.stdout.isatty(),
        )
        self._task = self._progress.add_task("", total=None, guess="")

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

    @property
    def wants_interims(self) -> bool:
        """Whether interims are of use: to be shown, or to move the bar on while a sentence lasts."""
        return self._interim or self._console.is_terminal

    def note(self, text: str) -> None:
        """Say something about the run."""
        self._console.print(text, style="dim", markup=False, soft_wrap=True)

    def begin(self, file: str, duration: float | None) -> None:
        """A file is begun that lasts ``duration`` seconds, as far as is known."""
        self._progress.reset(self._task, description=file, total=duration, guess="")
        if self._form == "text" and self._headings:
            self._write(f"==> {file} <==")

    def result(self, result: Result) -> None:
        """A result is there."""
        guess = result.text if self._interim and not result.is_final else ""
        self._progress.update(self._task, completed=result.end, guess=guess[-40:])
        if result.is_final and self._form == "text":
            self._write(result.text)
        elif not result.is_final and self._interim and not self._console.is_terminal:
            self._console.print(f"… {result.text}", markup=False, soft_wrap=True)

    def end(self, file: str, transcript: Transcript) -> None:
        """A file is done, or as much of it as could be."""
        if self._form == "json":
            document = {"file": file, **json.loads(transcript.to_json())}
            self._write(json.dumps(document, ensure_ascii=False))

    def error(self, error: AsyncSpeechError) -> None:
        """Something failed."""
        self._console.print(f"error: {one_line(error)}", style="red", markup=False, soft_wrap=True)

    def _write(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
