"""Figures for people."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asyncspeech.telemetry.dashboard.board import Tally

__all__ = ("NOTHING", "clock", "count", "duration", "latency", "money", "tally")

NOTHING = "-"
_MINUTE, _HOUR = 60, 3600


def count(number: float) -> str:
    """How many: ``1,234``."""
    return f"{number:,.0f}"


def money(dollars: float | None) -> str:
    """US dollars: ``$1,234.50``; below one with what costs a second or two, ``$0.0053``."""
    if dollars is None:
        return NOTHING
    return f"${dollars:,.2f}" if abs(dollars) >= 1 else f"${dollars:.4f}"


def duration(seconds: float) -> str:
    """How long: ``4.2 s``, ``3m 20s``, ``12h 05m``."""
    if seconds < _MINUTE - 0.05:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02}s"
    return f"{whole // _HOUR:,}h {whole % _HOUR // _MINUTE:02}m"


def latency(seconds: float | None) -> str:
    """How late: ``312 ms``."""
    return NOTHING if seconds is None else f"{seconds * 1000:,.0f} ms"


def clock(at: float | None) -> str:
    """When, in this machine's time zone: ``14:05:59``."""
    if at is None:
        return NOTHING
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")


def tally(
    counted: Tally,
    amount: Callable[[float], str] = count,
    kinds: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """How much, in all that is remembered: ``12 in the last 15 minutes: UNAVAILABLE 8, STALLED 4``.

    Args:
        counted: How much of what.
        amount: How a number of it is written.
        kinds: How kinds are called, where not by their own names.
    """
    sums = {kind: sum(counts) for kind, counts in counted.counts.items()}
    if not sums:
        return "none in the last 15 minutes"
    shown = (f"{kinds.get(kind.lower(), kind) or 'other'} {amount(much)}" for kind, much in sums.items())
    return f"{amount(sum(sums.values()))} in the last 15 minutes: {', '.join(shown)}"
