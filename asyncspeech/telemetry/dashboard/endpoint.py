"""What one endpoint has answered so far.

A counter that has fallen tells that the process was started again, and that all its counters began at
zero: so Prometheus sees it, too. What it counted before has happened none the less, and is kept. The
first answer tells what was counted before anybody looked, which belongs to the totals, but not to what
happened since. A series that is new in a later answer began at zero.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from asyncspeech.telemetry.dashboard.samples import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asyncspeech.telemetry.dashboard.address import Address
    from asyncspeech.telemetry.dashboard.samples import Series

__all__ = ("Answer", "Endpoint", "Health", "add_up")


class Health(StrEnum):
    """How an endpoint is."""

    UNKNOWN = "not asked yet"
    UP = "up"
    NO_DATA = "no data"
    """It answers, but not with what is wanted."""
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking an endpoint once.

    Attributes:
        health: How it is.
        reason: Why it is not up.
        samples: If it is up, its metrics.
    """

    health: Health
    reason: str = ""
    samples: Mapping[Series, float] = field(default_factory=dict, repr=False)


class Endpoint:
    """One endpoint.

    Attributes:
        address: Where it is.
        health: How it was when it was last asked.
        reason: Why it is not up.
        since: When it became so; None if it has not been asked.
        answered: When it last was up; None if it never was.
        levels: How much there is now: nothing, unless it is up.
        totals: What was counted, by all of its processes one after the other.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self.health = Health.UNKNOWN
        self.reason = ""
        self.since: float | None = None
        self.answered: float | None = None
        self.levels: Mapping[Series, float] = {}
        self.totals: defaultdict[Series, float] = defaultdict(float)
        self._counted: Mapping[Series, float] = {}

    def take(self, answer: Answer, now: float) -> Mapping[Series, float]:
        """Take an answer in.

        Returns:
            By how much counters have grown since the last one.
        """
        if answer.health is not self.health:
            self.health, self.since = answer.health, now
        self.reason = answer.reason
        self.levels = {s: v for s, v in answer.samples.items() if s.metric in LEVELS}
        if answer.health is not Health.UP:
            return {}
        counted = {s: v for s, v in answer.samples.items() if s.metric not in LEVELS}
        grown = self._growth(counted)
        add_up(self.totals, grown)
        is_first, self.answered, self._counted = self.answered is None, now, counted
        return {} if is_first else {series: value for series, value in grown.items() if value}

    def _growth(self, counted: Mapping[Series, float]) -> dict[Series, float]:
        before = self._counted
        if any(counted.get(series, 0.0) < value for series, value in before.items()):
            before = {}
        return {series: value - before.get(series, 0.0) for series, value in counted.items()}


def add_up(totals: defaultdict[Series, float], more: Mapping[Series, float]) -> None:
    """Add each figure to the one of the same series."""
    for series, value in more.items():
        totals[series] += value
