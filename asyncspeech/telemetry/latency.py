"""`Latency`: how long results took; and the histogram that it is read from.

A histogram's buckets grow with the value, so each percentile is within 1 % of the true one, however many
results there are and however they are spread (DDSketch, https://arxiv.org/abs/1908.10693). It takes some
kilobytes, and histograms can be added up, which percentiles cannot.
"""

from __future__ import annotations

from dataclasses import dataclass

from ddsketch import LogCollapsingLowestDenseDDSketch

__all__ = ("Latency", "LatencyHistogram")

_ACCURACY = 0.01

# From 1 ms to 30 s is 515 of them. What is shorter than that shares the lowest, if there is so much.
_MOST_BUCKETS = 512


@dataclass(frozen=True, slots=True)
class Latency:
    """How long results took, from taking in their last frame to handing them over.

    Attributes:
        count: How many results were measured.
        mean: Seconds on average; 0 if there were none.
        p50: Seconds that half of them took at most, within 1 %; 0 if there were none.
        p95: Seconds that 95 of 100 took at most, likewise.
        p99: Seconds that 99 of 100 took at most, likewise.
        worst: Seconds at worst; 0 if there were none.
    """

    count: int = 0
    mean: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    worst: float = 0.0


class LatencyHistogram:
    """Counts latencies."""

    def __init__(self) -> None:
        self._sketch = LogCollapsingLowestDenseDDSketch(_ACCURACY, bin_limit=_MOST_BUCKETS)
        self._worst = 0.0

    def add(self, seconds: float) -> None:
        """Count one result that took ``seconds``."""
        self._sketch.add(seconds)
        self._worst = max(self._worst, seconds)

    def merge(self, other: LatencyHistogram) -> None:
        """Count what another histogram has counted."""
        self._sketch.merge(other._sketch)
        self._worst = max(self._worst, other._worst)

    @property
    def value(self) -> Latency:
        """What was counted so far."""
        sketch, count = self._sketch, round(self._sketch.count)
        if not count:
            return Latency()
        p50, p95, p99 = (
            # An estimate of the highest may lie above it.
            min(sketch.get_quantile_value(share) or 0.0, self._worst)
            for share in (0.50, 0.95, 0.99)
        )
        return Latency(count, sketch.sum / count, p50, p95, p99, self._worst)
