"""Percentiles of latencies, against the sorted list that is not kept."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.telemetry.latency import Latency, LatencyHistogram

SECONDS = st.floats(min_value=0.001, max_value=30.0)


def histogram(values: list[float]) -> LatencyHistogram:
    counted = LatencyHistogram()
    for value in values:
        counted.add(value)
    return counted


def exact(values: list[float], share: float) -> float:
    return sorted(values)[math.floor(share * (len(values) - 1))]


@given(st.lists(SECONDS, min_size=1, max_size=200))
def test_percentiles_are_within_a_hundredth_of_the_true_ones(values: list[float]) -> None:
    latency = histogram(values).value
    assert latency.count == len(values)
    assert latency.mean == pytest.approx(sum(values) / len(values))
    assert latency.worst == max(values)
    shares = {0.50: latency.p50, 0.95: latency.p95, 0.99: latency.p99}
    for share, found in shares.items():
        assert found == pytest.approx(exact(values, share), rel=0.0101)
    assert latency.p50 <= latency.p95 <= latency.p99 <= latency.worst


@given(st.lists(SECONDS, max_size=50), st.lists(SECONDS, max_size=50))
def test_two_added_up_are_as_one_of_all(some: list[float], others: list[float]) -> None:
    both = histogram(some)
    both.merge(histogram(others))
    whole = histogram(some + others).value
    assert both.value.count == whole.count
    assert (both.value.p50, both.value.p99, both.value.worst) == (whole.p50, whole.p99, whole.worst)
    assert both.value.mean == pytest.approx(whole.mean)


def test_without_results_there_is_nothing_to_tell() -> None:
    assert LatencyHistogram().value == Latency()


def test_a_result_that_took_no_time_counts() -> None:
    latency = histogram([0.0, 0.0]).value
    assert (latency.count, latency.p99, latency.worst) == (2, 0.0, 0.0)
