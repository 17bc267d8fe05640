"""Figures that add up."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.telemetry.stats import Counts, SessionStats

# Whole numbers, also for seconds: sums of others depend on the order.
NUMBERS = st.integers(min_value=0, max_value=10**6)
KEYED = st.dictionaries(st.sampled_from(["OK", "UNAVAILABLE", "STALLED"]), NUMBERS)


@st.composite
def counts(draw: st.DrawFn) -> Counts:
    values: dict[str, Any] = {
        field.name: draw(KEYED if field.name.partition("_by_")[1] else NUMBERS)
        for field in fields(Counts)
    }
    return Counts(**values)


def without_zeros(some: Counts) -> Counts:
    """As they are, but that a cause which was never seen is left out."""
    values = {field.name: getattr(some, field.name) for field in fields(Counts)}
    for name, value in values.items():
        if isinstance(value, dict):
            values[name] = {key: number for key, number in value.items() if number}
    return Counts(**values)


@given(counts(), counts())
def test_what_was_added_can_be_taken_off_again(some: Counts, others: Counts) -> None:
    assert without_zeros((some + others) - others) == without_zeros(some)


@given(st.lists(counts(), max_size=4))
def test_a_total_is_the_sum_one_after_the_other(many: list[Counts]) -> None:
    total = Counts()
    for some in many:
        total += some
    assert Counts.total(many) == total


@given(counts())
def test_what_is_past_is_all_but_what_is_now(some: Counts) -> None:
    now = some - some.past
    assert (now.audio_waiting, now.streams_open) == (some.audio_waiting, some.streams_open)
    assert now.audio_accepted == now.cost == now.words == 0


@given(counts())
def test_a_sessions_figures_keep_those_that_add_up(some: Counts) -> None:
    stats = SessionStats.of(some, waiting_peak=3.0)
    assert stats - Counts() == some
    assert stats.waiting_peak == 3.0
