"""How a command ends: one line that says why it could not do what it was asked to, and an exit code."""

from __future__ import annotations

import shlex
import sys
from typing import IO, TYPE_CHECKING, Any

import click

from asyncspeech.audio.recordings.reasons import HEADERLESS_HINT, WAIT_HINT
from asyncspeech.cli.loop import Terminated
from asyncspeech.errors import AsyncSpeechError, AudioError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("INTERRUPTED", "TERMINATED", "Failure", "WrongCall", "exit_code", "one_line")

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells count it: 128 and the signal's number."""

TERMINATED = 143
"""The exit code after SIGTERM."""


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


def exit_code(work: Callable[[], object]) -> int:
    """Do what a command does, and tell with which code it ends.

    Args:
        work: Does it. What it returns says whether all went well; only False says that it did not.

    Raises:
        WrongCall: A setting cannot work.
        Failure: Something else went wrong.
    """
    try:
        done = work()
    except ConfigurationError as error:
        raise WrongCall(error) from None
    except AsyncSpeechError as error:
        raise Failure(error) from None
    except BrokenPipeError:  # whoever read our output has had enough
        sys.stdout = None
        return 1
    except Terminated:
        return TERMINATED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 1 if done is False else 0


def one_line(error: AsyncSpeechError) -> str:
    """What went wrong, and what to do about it."""
    hint = _hint(error)
    return f"{error.message} (hint: {hint})" if hint else error.message


def _hint(error: AsyncSpeechError) -> str:
    """What to do about it here, where nobody can hand in anything but files."""
    if isinstance(error, AudioError) and error.hint == HEADERLESS_HINT:
        is_file = not error.source.startswith("<")
        name = shlex.quote(error.source) if is_file else "INPUT"
        return (
            "are these headerless samples? Then give them a header, of what they are: "
            f"ffmpeg -f s16le -ar 16000 -ac 1 -i {name} OUTPUT.wav"
        )
    return error.hint.replace(WAIT_HINT, "write it to a file first, and give that")
