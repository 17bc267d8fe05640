"""Tokens in lines: as few as will do, broken where the language has a break, and of about one length."""

from __future__ import annotations

from itertools import accumulate
from math import inf
from typing import TYPE_CHECKING

from asyncspeech.output.tokens import Break

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.output.tokens import Token

__all__ = ("fill",)

# What a break costs. Two lines that are 10 columns longer and shorter than both would be at their best
# cost 200, so that a comma is worth as much.
_COST = {Break.SENTENCE: 0, Break.CLAUSE: 50, Break.WORD: 250, Break.INSIDE: 400}


def fill(tokens: Sequence[Token], max_width: int) -> list[str]:
    """The lines of a text, as few as can be; none is wider than ``max_width`` unless a single token is.

    Args:
        tokens: The tokens; at least one.
        max_width: Columns of a line.
    """
    fewest = _fewest(tokens, max_width)
    starts = [0] if fewest == 1 else _starts(tokens, fewest, max_width)
    return [
        _text(tokens[first:last]) for first, last in zip(starts, [*starts[1:], len(tokens)], strict=True)
    ]


def _text(tokens: Sequence[Token]) -> str:
    rest = "".join(" " * token.space + token.text for token in tokens[1:])
    return tokens[0].text + rest


def _fewest(tokens: Sequence[Token], max_width: int) -> int:
    lines, width = 1, tokens[0].width
    for token in tokens[1:]:
        width += token.space + token.width
        if width > max_width:
            lines, width = lines + 1, token.width
    return lines


def _starts(tokens: Sequence[Token], lines: int, max_width: int) -> list[int]:
    """Where the lines begin: of all ways to make so many, the one of the least cost."""
    reached = [0, *accumulate(token.space + token.width for token in tokens)]
    ideal = reached[-1] / lines
    # What ends at a token after so many lines: its cost, and where the last line begins.
    best: dict[int, float] = {0: 0.0}
    begins: list[dict[int, int]] = []
    for line in range(1, lines + 1):
        is_last = line == lines
        found: dict[int, float] = {}
        begin: dict[int, int] = {}
        for end in (len(tokens),) if is_last else range(line, len(tokens)):
            for first, before in best.items():
                width = reached[end] - reached[first] - tokens[first].space
                if first >= end or (width > max_width and end - first > 1):
                    continue
                cost = before + (width - ideal) ** 2
                if not is_last:
                    # Of two as good the one whose upper line is shorter, which hides less of the
                    # picture.
                    cost += _COST[tokens[end - 1].after] + width
                if cost < found.get(end, inf):
                    found[end], begin[end] = cost, first
        best = found
        begins.append(begin)
    starts = [len(tokens)]
    for begin in reversed(begins):
        starts.append(begin[starts[-1]])
    return starts[:0:-1]
