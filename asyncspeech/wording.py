"""Other people's words, fit for one line of ours.

What a service says, and what a caller gave by mistake, may have many lines, be very long, or hold codes
that move a terminal's cursor. An error's text is read by people, and is one line in a log.
"""

from __future__ import annotations

__all__ = ("brief", "one_line")

# Twice the longest text that the service is known to send.
_LONGEST_LINE = 1_000

_LONGEST_VALUE = 100


def one_line(text: str, most: int = _LONGEST_LINE) -> str:
    """A text on one line, without what cannot be printed, and cut off if it is very long.

    Args:
        text: The text.
        most: How many characters to give at the most.
    """
    printable = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(printable.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def brief(value: object) -> str:
    """A value as a programmer would write it, short enough to be part of a sentence."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a value that cannot even be shown; that is not what is told of
        text = object.__repr__(value)
    return one_line(text, _LONGEST_VALUE)
