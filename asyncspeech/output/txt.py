"""Text for people: running text or, if there are several speakers, a line for each turn."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from asyncspeech.output.segments import runs, text_of
from asyncspeech.output.speakers import labels
from asyncspeech.output.text import join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.model import Result
    from asyncspeech.output.spoken import Spoken

__all__ = ("dump",)

# Seconds, as segments have them.
_PAUSE = 1.0


def dump(results: Sequence[Result]) -> str:
    """``results`` as the content of a text file; empty if nothing was said."""
    # Pauses divide what others spoke in, and are no line of their own.
    found = runs(results, pause=_PAUSE)
    who = labels(found, {})
    if any(who):
        turns = groupby(zip(who, found, strict=True), key=itemgetter(0))
        lines = [_turn(label, [bit for _, run in group for bit in run]) for label, group in turns]
    else:
        lines = [join(results)]
    return "".join(f"{line}\n" for line in lines if line)


def _turn(label: str, bits: Sequence[Spoken]) -> str:
    return f"{label}: {text_of(bits)}" if label else text_of(bits)
