"""Quantiles of a histogram, against those of the values that it has counted."""

from __future__ import annotations

import math
from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.telemetry.dashboard.quantile import histogram_quantile

BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, math.inf)
SHARES = st.sampled_from([0.01, 0.5, 0.95, 0.99, 1.0])


def counts(values: list[float]) -> list[float]:
    return [float(sum(value <= bound for value in values)) for bound in BOUNDS]


@given(st.lists(st.floats(min_value=0.001, max_value=2.5), min_size=1, max_size=60), SHARES)
def test_it_is_in_the_bucket_of_the_true_one(values: list[float], share: float) -> None:
    found = histogram_quantile(share, BOUNDS, counts(values))
    true = sorted(values)[max(0, math.ceil(share * len(values) - 1e-9) - 1)]
    bucket = bisect_left(BOUNDS, true)
    lower = BOUNDS[bucket - 1] if bucket else 0.0
    assert found is not None
    assert lower <= found <= BOUNDS[bucket]


@given(st.lists(st.floats(min_value=0.001, max_value=9), min_size=1, max_size=60))
def test_a_larger_share_is_no_less(values: list[float]) -> None:
    found = [histogram_quantile(share / 20, BOUNDS, counts(values)) for share in range(1, 21)]
    known = [value for value in found if value is not None]
    assert known == sorted(known)
    assert len(known) == 20


def test_within_a_bucket_values_are_taken_to_be_spread_evenly() -> None:
    # As Prometheus has it: of ten values from 0.25 to 0.5 the median is in the middle.
    assert histogram_quantile(0.5, BOUNDS, [0, 0, 10, 10, 10, 10]) == 0.375
    assert histogram_quantile(0.5, BOUNDS, [10, 10, 10, 10, 10, 10]) == 0.05


def test_beyond_the_last_bound_nothing_is_known_but_that() -> None:
    assert histogram_quantile(0.99, BOUNDS, [0, 0, 0, 0, 0, 3]) == 2.5


def test_of_nothing_there_is_none() -> None:
    assert histogram_quantile(0.5, BOUNDS, [0] * 6) is None
    assert histogram_quantile(0.5, (math.inf,), [3]) is None
    assert histogram_quantile(0.5, (), [0.0]) is None
