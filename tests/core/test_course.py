"""Whole sessions, against a service made up in memory: whatever happens, the words are the words."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from asyncspeech.errors import BudgetExceededError
from asyncspeech.model import Result
from tests.core.simulation import RATE, Course, Simulation

if TYPE_CHECKING:
    from asyncspeech.core.actions import Finish

seeds = st.integers(0, 2**32)


def check(course: Course) -> Simulation:
    """Run a course, and hold it against all that a session promises."""
    simulation = Simulation(course).run()
    finish: Finish | None = simulation.finish
    assert finish is not None
    assert finish.error is None
    assert simulation.lost == []
    assert simulation.most_streams <= 2
    for channel in simulation.channels:
        spoken = [word for word in simulation.spoken if word.channel == channel]
        finals = simulation.finals_on(channel)
        said = [word for final in finals for word in final.text.split()]
        if course.mutes and (course.finalizes or course.turn):
            # Who wants a final in the middle of a word, and pauses there, gets it in two parts.
            said = [word for word, _ in itertools.groupby(word.rstrip("~") for word in said)]
        assert said == [f"w{word.number}" for word in spoken]
        for earlier, later in itertools.pairwise(finals):
            assert earlier.end <= later.start + 1e-9
            assert earlier.segment < later.segment
        if course.has_times:
            times = [(word.start, word.end) for final in finals for word in final.words]
            assert times == [(word.start / RATE, word.end / RATE) for word in spoken]
    return simulation


@given(seed=seeds, pause=st.sampled_from([0.0, 0.9, 3.0]), latency=st.sampled_from([0.01, 0.4, 1.5]))
@settings(max_examples=60, deadline=None)
def test_renewals_lose_and_repeat_nothing(seed: int, pause: float, latency: float) -> None:
    simulation = check(Course(seed, pause=pause, latency=latency))
    assert simulation.opened > 1


@given(seed=seeds, pause=st.sampled_from([0.0, 0.9]), latency=st.sampled_from([0.01, 0.4]))
@settings(max_examples=60, deadline=None)
def test_nor_do_they_where_words_have_no_times(seed: int, pause: float, latency: float) -> None:
    check(Course(seed, pause=pause, latency=latency, has_times=False))


@given(
    seed=seeds,
    has_times=st.booleans(),
    pause=st.sampled_from([0.0, 0.9]),
    every=st.sampled_from([1.0, 3.0, 10.0]),
)
@settings(max_examples=150, deadline=None)
def test_streams_that_break_lose_and_repeat_nothing(
    seed: int, has_times: bool, pause: float, every: float
) -> None:
    check(Course(seed, has_times=has_times, pause=pause, fault_every=every))


@given(seed=seeds, every=st.sampled_from([0.0, 5.0]))
@settings(max_examples=100, deadline=None)
def test_a_user_who_wants_finals_at_any_time_loses_nothing(seed: int, every: float) -> None:
    check(Course(seed, finalizes=True, fault_every=every))


@given(seed=seeds, every=st.sampled_from([0.0, 5.0]))
@settings(max_examples=100, deadline=None)
def test_a_user_who_falls_silent_at_any_time_loses_nothing(seed: int, every: float) -> None:
    check(Course(seed, mutes=True, fault_every=every))


@given(seed=seeds, channels=st.sampled_from([1, 2]))
@example(seed=1064, channels=2)  # a text that was cut short was taken for one that was told before
@example(seed=12409, channels=2)  # the other channel had a held word, told as final, heard again
@example(seed=20947, channels=2)  # the same, after a cut in the middle of the first words
@settings(max_examples=60, deadline=None)
def test_nor_does_one_who_does_both_where_words_have_no_times(seed: int, channels: int) -> None:
    check(Course(seed, mutes=True, finalizes=True, has_times=False, channels=channels))


@given(seed=seeds, mutes=st.booleans())
@example(seed=1050, mutes=True)  # a stream that came back when the user had long been silent
@settings(max_examples=40, deadline=None)
def test_nor_do_streams_that_stall_while_the_user_falls_silent(*, seed: int, mutes: bool) -> None:
    check(Course(seed, stalls=True, mutes=mutes, has_times=False))


@given(seed=seeds, every=st.sampled_from([0.0, 5.0]))
@settings(max_examples=60, deadline=None)
def test_streams_that_stall_lose_nothing(seed: int, every: float) -> None:
    check(Course(seed, stalls=True, fault_every=every))


@given(seed=seeds, has_times=st.booleans(), every=st.sampled_from([0.0, 4.0]), finalizes=st.booleans())
@example(seed=115965, has_times=False, every=0.0, finalizes=False)  # half of an overlap told already
@example(seed=40, has_times=False, every=4.0, finalizes=True)  # a text whose end is not known
@settings(max_examples=100, deadline=None)
def test_two_who_speak_on_two_channels_lose_nothing(
    seed: int, has_times: bool, every: float, finalizes: bool
) -> None:
    check(Course(seed, channels=2, has_times=has_times, fault_every=every, finalizes=finalizes))


@pytest.mark.parametrize("seed", range(3))
def test_interims_tell_nothing_that_was_final_before(seed: int) -> None:
    simulation = check(Course(seed, pause=0.0, latency=0.2))
    final: set[str] = set()
    for event in simulation.events:
        if isinstance(event, Result):
            words = set(event.text.split())
            assert not words & final
            if event.is_final:
                final |= words


@given(
    seed=seeds,
    budget=st.integers(1, 40),
    every=st.sampled_from([0.0, 4.0]),
    channels=st.sampled_from([1, 2]),
    mutes=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_what_a_budget_pays_for_is_recognised_and_no_more_is_taken(
    *, seed: int, budget: int, every: float, channels: int, mutes: bool
) -> None:
    course = Course(seed, budget=budget, fault_every=every, channels=channels, mutes=mutes)
    simulation = Simulation(course).run()
    assert simulation.finish is not None
    assert simulation.lost == []
    engine = simulation.engine
    assert simulation.billed <= engine.spent
    taken = round(engine.accepted_seconds * RATE)
    if taken < len(simulation.audio):
        assert simulation.finish.error is engine.over_budget
        assert isinstance(engine.over_budget, BudgetExceededError)
        assert engine.over_budget.spent == engine.spent
    if not every:  # nothing but the last stream's overlap has to be sent after the end
        assert engine.spent <= budget + channels * (simulation.config.renewal.overlap + 1)
    for channel in simulation.channels:
        finals = simulation.finals_on(channel)
        said = [word for final in finals for word in final.text.split() if not word.endswith("~")]
        spoken = [word for word in simulation.spoken if word.channel == channel]
        assert said == [f"w{word.number}" for word in spoken if word.end <= taken]


pauses = st.sampled_from([0.9, 3.0, 9.0])
gates = st.sampled_from([(0.2, 0.3), (0.5, 1.0), (0.15, 0.05)])


@given(seed=seeds, pause=pauses, gate=gates, has_times=st.booleans(), channels=st.sampled_from([1, 2]))
# An overlap that reached into a gap began in the middle of a word before it.
@example(seed=7, pause=3.0, gate=(0.15, 0.05), has_times=False, channels=1)
# The next stream began where one channel was settled, in the middle of a word on the other.
@example(seed=9, pause=3.0, gate=(0.15, 0.05), has_times=False, channels=2)
@example(seed=2063397120, pause=0.9, gate=(0.2, 0.3), has_times=False, channels=2)
@settings(max_examples=80, deadline=None)
def test_silence_that_is_withheld_takes_no_word_with_it(
    seed: int, pause: float, gate: tuple[float, float], channels: int, *, has_times: bool
) -> None:
    course = Course(
        seed, pause=pause, gate=gate, listens=True, has_times=has_times, channels=channels, mutes=True
    )
    simulation = check(course)
    assert simulation.engine.figures.withheld > 0 or _longest_pause(simulation) < 2 * sum(gate)


def _longest_pause(simulation: Simulation) -> float:
    """For how many seconds nobody speaks at the longest, between two words."""
    words = sorted(simulation.spoken, key=lambda word: word.start)
    silent_since = itertools.accumulate((word.end for word in words), max)
    return max(word.start - end for word, end in zip(words[1:], silent_since, strict=False)) / RATE


@given(seed=seeds, pause=pauses, gate=gates, every=st.sampled_from([2.0, 5.0]))
@settings(max_examples=80, deadline=None)
def test_nor_does_it_on_a_service_that_breaks_off(
    seed: int, pause: float, gate: tuple[float, float], every: float
) -> None:
    check(Course(seed, pause=pause, gate=gate, listens=True, fault_every=every))


@given(
    seed=seeds,
    pause=pauses,
    turn=st.sampled_from([0.1, 0.3, 0.5]),
    gate=st.none() | gates,
    every=st.sampled_from([0.0, 5.0]),
    has_times=st.booleans(),
    mutes=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_finals_at_the_end_of_every_turn_lose_nothing(
    seed: int,
    pause: float,
    turn: float,
    gate: tuple[float, float] | None,
    every: float,
    *,
    has_times: bool,
    mutes: bool,
) -> None:
    course = Course(
        seed,
        pause=pause,
        turn=turn,
        gate=gate,
        listens=True,
        fault_every=every,
        has_times=has_times,
        mutes=mutes and not has_times,  # a word with a pause in it has two times
    )
    check(course)
