"""What the figures have to reach, and what they may not fall behind."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.sessions.record import Figure, Record

__all__ = ("GOALS", "Goal", "behind", "print_goals")

_LEEWAY = 0.1  # of a ratio, or of a goal, beyond the spread on record


@dataclass(frozen=True, slots=True)
class Goal:
    """What one figure has to reach.

    Attributes:
        name: The figure's.
        what: In words.
        bound: The most that its median may be, or the least if ``at_least``.
        at_least: Whether more is better.
    """

    name: str
    what: str
    bound: float
    at_least: bool = False

    def is_reached(self, figure: Figure) -> bool:
        """Whether the median of the rounds is as it has to be."""
        compare: Callable[[float, float], bool] = operator.ge if self.at_least else operator.le
        return compare(figure.median, self.bound)


GOALS = (
    Goal("live/emulator/100/cpu_ratio", "CPU of 100 live sessions, to bare", 1.15),
    Goal("live/emulator/100/interim_ms_p95_added", "p95 of their interims, added ms", 5.0),
    Goal("live/emulator/100/memory_added", "memory of a live session, added kB", 150.0),
    Goal("capacity/asyncspeech", "sessions on one core with every result in time", 600, at_least=True),
    Goal("startup/asyncspeech", "import, ms", 60.0),
    Goal("handover/renewal/lost", "words lost, repeated or cut by renewals", 0.0),
    Goal("handover/recovery/lost", "words lost, repeated or cut by recoveries", 0.0),
)


def print_goals(record: Record) -> None:
    """Print how far the goals are reached that were measured."""
    print(f"\n{'goal':52}{'is':>10}{'to reach':>12}")
    for goal in GOALS:
        figure = record.figures.get(goal.name)
        if figure is not None:
            sign = ">=" if goal.at_least else "<="
            verdict = "reached" if goal.is_reached(figure) else "NOT REACHED"
            print(f"{goal.what:52}{figure.median:10.4g}{f'{sign} {goal.bound:g}':>12}  {verdict}")


def behind(now: Record, before: Record) -> list[str]:
    """Where this run is behind what is on record: beyond the worst round there, and some leeway.

    Only what does not depend on the machine is compared: ratios, and what differs between clients.
    """
    found = []
    for name, figure in now.figures.items():
        past = before.figures.get(name)
        if past is None or not _is_comparable(name):
            continue
        bound = past.most + _LEEWAY * max(abs(past.median), _scale(name))
        if name.endswith("/speed_ratio"):
            bound = past.least - _LEEWAY * past.median
            is_behind = figure.median < bound
        else:
            is_behind = figure.median > bound
        print(f"{name:52}{figure.median:10.4g}{bound:12.4g}  {'BEHIND' if is_behind else 'holds'}")
        if is_behind:
            found.append(name)
    return found


def _is_comparable(name: str) -> bool:
    return name.endswith(("_ratio", "_added", "/lost"))


def _scale(name: str) -> float:
    """What a figure that may be near zero is measured by: its goal, if it has one."""
    return next((goal.bound for goal in GOALS if goal.name == name), 0.0)
