"""What all endpoints together have done of late.

A point of the history is a round of answers: how much there was then, and by how much counters had
grown since the point before, of which only those are kept that did grow. So what a window of time has
seen is the sum of its points, for any choice of series, and a quiet hour takes no room.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncspeech.telemetry.dashboard.endpoint import Endpoint, Health, add_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asyncspeech.telemetry.dashboard.address import Address
    from asyncspeech.telemetry.dashboard.endpoint import Answer
    from asyncspeech.telemetry.dashboard.samples import Series

__all__ = ("KEPT", "History", "Point")

KEPT = 900.0
"""Seconds for which the past is kept."""


@dataclass(frozen=True, slots=True)
class Point:
    """One round of answers.

    Attributes:
        at: When, in seconds since 1970.
        covers: Seconds since the round before; 0 for the first.
        is_known: Whether any endpoint has answered.
        levels: How much there was, of all that answered.
        growth: What was counted since the round before.
    """

    at: float
    covers: float
    is_known: bool
    levels: Mapping[Series, float]
    growth: Mapping[Series, float]


class History:
    """The endpoints, and what they have done.

    Attributes:
        endpoints: The endpoints, in the order that they were given.
        points: What happened, from `KEPT` seconds ago on.
    """

    def __init__(self, addresses: Sequence[Address]) -> None:
        self.endpoints = tuple(Endpoint(address) for address in addresses)
        self.points: deque[Point] = deque()

    def add(self, answers: Sequence[Answer], now: float) -> None:
        """Take a round of answers in.

        Args:
            answers: One of each endpoint, in their order.
            now: When they came, in seconds since 1970; later than the round before.
        """
        levels: defaultdict[Series, float] = defaultdict(float)
        growth: defaultdict[Series, float] = defaultdict(float)
        for endpoint, answer in zip(self.endpoints, answers, strict=True):
            add_up(growth, endpoint.take(answer, now))
            add_up(levels, endpoint.levels)
        covers = now - self.points[-1].at if self.points else 0.0
        is_known = any(endpoint.health is Health.UP for endpoint in self.endpoints)
        self.points.append(Point(now, covers, is_known, dict(levels), dict(growth)))
        while self.points[0].at < now - KEPT:
            self.points.popleft()
