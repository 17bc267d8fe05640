"""Quantiles of what a histogram has counted.

A histogram tells how many values are at most as large as each of its bounds. The quantile q of n
values is where the q·n-th of them is, from below. The bucket that holds it is known; within the bucket
values are taken to be spread evenly, and the lowest bucket to begin at zero. So the result lies in the
same bucket as the true quantile does, and is off by no more than that bucket is wide. Beyond the last
bound nothing is known, and that bound is given. This is what Prometheus' ``histogram_quantile`` does:
https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("histogram_quantile",)


def histogram_quantile(share: float, bounds: Sequence[float], counts: Sequence[float]) -> float | None:
    """The value that this share of all values does not exceed.

    Args:
        share: Above 0 and at most 1: 0.95 for the 95th percentile.
        bounds: The upper ends of the buckets, rising; the last is infinity.
        counts: For each, how many values are not above it, so these rise, too.

    Returns:
        In the unit of the bounds; None if there are no values, or no finite bound.
    """
    if len(bounds) < 2 or counts[-1] <= 0:  # noqa: PLR2004 - infinity alone tells nothing
        return None
    rank = share * counts[-1]
    bucket = next(index for index, count in enumerate(counts) if count >= rank)
    if bucket == len(bounds) - 1:
        return bounds[-2]
    lower, below = (bounds[bucket - 1], counts[bucket - 1]) if bucket else (0.0, 0.0)
    return lower + (bounds[bucket] - lower) * (rank - below) / (counts[bucket] - below)
