"""When which frame was taken in, so that a result's latency can be told."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque

__all__ = ("Arrivals",)


class Arrivals:
    """The times at which audio came in, by position.

    Marks lie at least ``resolution`` frames apart, so a user who sends single bytes costs no more memory
    than one who sends chunks; and what a final result covers is forgotten.

    Args:
        resolution: The smallest distance between marks, in frames. It bounds the error of `at`: a frame
            is taken to have come in with the last frame of its mark.
    """

    def __init__(self, resolution: int) -> None:
        self._resolution = resolution
        self._ends: deque[int] = deque()
        self._times: deque[float] = deque()
        self._mark_start = 0

    def __len__(self) -> int:
        """How many marks are kept."""
        return len(self._ends)

    def add(self, end: int, now: float) -> None:
        """Note that all frames before position ``end`` are in, as of ``now`` (seconds)."""
        if self._ends and end - self._mark_start <= self._resolution:
            self._ends[-1] = end
            self._times[-1] = now
        else:
            self._mark_start = self._ends[-1] if self._ends else self._mark_start
            self._ends.append(end)
            self._times.append(now)

    def at(self, position: int) -> float | None:
        """When the frame before ``position`` came in; None if that is unknown or forgotten."""
        index = bisect_left(self._ends, position)
        if index < len(self._times):
            return self._times[index]
        return self._times[-1] if self._times else None

    def forget(self, position: int) -> None:
        """Forget the marks that end before ``position``."""
        while self._ends and self._ends[0] < position:
            self._mark_start = self._ends.popleft()
            self._times.popleft()
