from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.core.arrivals import Arrivals


def test_a_frame_came_in_with_the_chunk_that_holds_it() -> None:
    arrivals = Arrivals(resolution=10)
    arrivals.add(100, 1.0)
    arrivals.add(200, 2.0)
    assert [arrivals.at(position) for position in (1, 100, 101, 200)] == [1.0, 1.0, 2.0, 2.0]


def test_a_position_beyond_the_audio_is_that_of_the_last_frame() -> None:
    arrivals = Arrivals(resolution=10)
    arrivals.add(100, 1.0)
    assert arrivals.at(500) == 1.0


def test_nothing_is_known_before_audio_comes() -> None:
    assert Arrivals(resolution=10).at(1) is None


def test_what_is_forgotten_is_unknown_and_the_rest_stays() -> None:
    arrivals = Arrivals(resolution=10)
    for end in (100, 200, 300):
        arrivals.add(end, end / 100)
    arrivals.forget(250)
    assert arrivals.at(300) == 3.0
    assert len(arrivals) == 1


@given(st.lists(st.integers(1, 400), min_size=1, max_size=300))
def test_marks_are_at_least_a_resolution_apart_and_err_by_no_more(sizes: list[int]) -> None:
    arrivals = Arrivals(resolution=160)
    position = 0
    came: dict[int, float] = {}
    for number, size in enumerate(sizes):
        position += size
        came[position] = float(number)
        arrivals.add(position, float(number))
    assert len(arrivals) <= position // 80 + 1
    for end, time in came.items():
        told = arrivals.at(end)
        assert told is not None
        assert told >= time
        at_that_time = next(other for other, moment in came.items() if moment == told)
        assert at_that_time - end <= 160
