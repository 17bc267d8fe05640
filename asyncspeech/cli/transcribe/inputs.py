"""Which recordings the arguments of the command mean."""

from __future__ import annotations

import glob
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncspeech.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ("STANDARD_INPUT", "Input", "find")

STANDARD_INPUT = "-"
"""What is written for it in place of a file."""


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """A recording to transcribe.

    Attributes:
        name: Its path, as it was given; ``-`` for standard input.
        size: Its bytes; None where that is not known, as for a pipe or what is not there.
        changed: When it was written last, in nanoseconds since the epoch; None likewise.
    """

    name: str
    size: int | None = None
    changed: int | None = None


def find(arguments: Iterable[str]) -> tuple[tuple[Input, ...], tuple[AudioError, ...]]:
    """The recordings that are meant, in order, and what is wrong with the rest of the arguments.

    An argument is a path, or a pattern of the shell in which ``**`` is any number of folders. What is
    there by that very name is no pattern. Of what a pattern matches, folders are left out. A path that
    is not there is an input all the same: opening it says what is wrong with it.
    """
    inputs: list[Input] = []
    errors: list[AudioError] = []
    for argument in arguments:
        if argument == STANDARD_INPUT:
            inputs.append(Input(argument))
        elif os.path.isdir(argument):  # noqa: PTH112 - a path stays as it was written
            pattern = os.path.join(argument, "*")  # noqa: PTH118 - as above
            errors.append(AudioError(argument, "is a folder", hint=f"give its files: '{pattern}'"))
        elif glob.has_magic(argument) and not os.path.lexists(argument):
            found = _match(argument)
            inputs += map(_look, found)
            if not found:
                errors.append(AudioError(argument, "matches no file"))
        else:
            inputs.append(_look(argument))
    return tuple(inputs), tuple(errors)


def _match(pattern: str) -> Sequence[str]:
    found = glob.glob(pattern, recursive=True)  # noqa: PTH207 - a path stays as it was written
    return sorted(path for path in found if not os.path.isdir(path))  # noqa: PTH112 - as above


def _look(path: str) -> Input:
    try:
        found = os.stat(path)  # noqa: PTH116 - as above
    except (OSError, ValueError):
        return Input(path)
    return Input(path, found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else Input(path)
