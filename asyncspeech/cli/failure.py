"""`Failure`: the end of a command that could not do what it was asked to: one line, and an exit code."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from asyncspeech.errors import AsyncSpeechError

__all__ = ("Failure", "WrongCall", "one_line")


class Failure(click.ClickException):
    """Ends the command with exit code 1.

    Args:
        error: What went wrong.
    """

    def __init__(self, error: AsyncSpeechError) -> None:
        super().__init__(one_line(error))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the line to standard error."""
        click.echo(f"error: {self.message}", file=file, err=file is None)


class WrongCall(Failure):
    """Ends the command with exit code 2: it was called wrongly."""

    exit_code = 2


def one_line(error: AsyncSpeechError) -> str:
    """What went wrong, and what to do about it."""
    return f"{error.message} (hint: {error.hint})" if error.hint else error.message
