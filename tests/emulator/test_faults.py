"""The plan of what goes wrong, and its text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncspeech.emulator import (
    Abort,
    Blackhole,
    Close,
    CutConnection,
    Delay,
    DuplicateInterims,
    Fault,
    Faults,
    RefuseConnections,
    Stall,
    parse_fault,
)
from asyncspeech.errors import ConfigurationError

seconds = st.floats(0, 1e4)
times: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}), seconds.map(lambda value: {"at": value}), seconds.map(lambda value: {"after": value})
)
streams: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}), st.integers(1, 10_000).map(lambda value: {"stream": value})
)
texts = st.text(st.characters(exclude_categories=("C", "Z")), max_size=20) | st.just('a, "b" = c')
whens = st.builds(lambda when, which: when | which, times, streams)
optional = st.none() | seconds
faults: st.SearchStrategy[Fault] = st.one_of(
    st.builds(
        lambda code, message, delay, mid_write, when: Abort(
            code, message=message, retry_delay=delay, mid_write=mid_write, **when
        ),
        st.sampled_from(["ABORTED", "UNAVAILABLE", "INTERNAL", "DATA_LOSS"]),
        texts,
        optional,
        st.booleans(),
        whens,
    ),
    st.builds(lambda when: Close(**when), whens),
    st.builds(
        lambda length, reads, when: Stall(seconds=length, reads=reads, **when),
        optional,
        st.booleans(),
        whens,
    ),
    st.builds(lambda late, jitter, when: Delay(late, jitter=jitter, **when), seconds, seconds, whens),
    st.builds(lambda count, when: DuplicateInterims(times=count, **when), st.integers(1, 9), whens),
    st.builds(lambda when: CutConnection(**when), whens),
    st.builds(lambda length, when: Blackhole(seconds=length, **when), optional, whens),
    st.builds(lambda length, after: RefuseConnections(length, after=after), seconds, optional),
)


class TestText:
    @given(faults)
    @settings(deadline=None)
    def test_a_fault_that_was_printed_is_read_as_the_same(self, fault: Fault) -> None:
        assert parse_fault(str(fault)) == fault

    def test_is_short_and_plain(self) -> None:
        fault = Abort("UNAVAILABLE", stream=1, at=3.0, retry_delay=0.5, mid_write=True)
        assert str(fault) == "abort:UNAVAILABLE,stream=1,at=3.0,retry_delay=0.5,mid_write=true"
        assert str(Close()) == "close"
        assert str(Faults(Close(stream=2), Delay(1.5))) == "close:stream=2\ndelay:1.5"
        assert str(Faults()) == "no faults"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("explode", "'explode' is no kind of fault"),
            ("", "'' is no kind of fault"),
            ("abort", "abort needs code"),
            ("delay:x", "'x' is no value for seconds"),
            ("close:stream=one", "'one' is no value for stream"),
            ("stall:reads=maybe", "'maybe' is no value for reads"),
            ("stall:seconds=1,2", "stall has no '2'"),
            ("close:now", "close has no 'now'"),
            ("close:where=here", "close has no 'where=here'"),
            ("abort:WRONG", "'WRONG' is none of ABORTED"),
        ],
    )
    def test_that_is_none_is_refused_by_what_is_wrong_with_it(self, text: str, message: str) -> None:
        with pytest.raises(ConfigurationError, match=message):
            parse_fault(text)


class TestFault:
    @pytest.mark.parametrize(
        ("make", "field"),
        [
            (lambda: Close(stream=0), "stream"),
            (lambda: Close(at=1.0, after=1.0), "after"),
            (lambda: Close(at=-1.0), "at"),
            (lambda: Close(after=float("inf")), "after"),
            (lambda: Delay(float("nan")), "seconds"),
            (lambda: Delay(1.0, jitter=-1.0), "jitter"),
            (lambda: Abort("ABORTED", retry_delay=-1.0), "retry_delay"),
            (lambda: Abort("ABORTED", retry_delay=1e300), "retry_delay"),
            (lambda: Abort("ABORTED", message="\ud800"), "message"),
            (lambda: Abort("OK"), "code"),
            (lambda: RefuseConnections(1.0, at=1.0), "at"),
        ],
    )
    def test_that_makes_no_sense_is_refused_when_it_is_made(self, make: Any, field: str) -> None:
        with pytest.raises(ConfigurationError) as refusal:
            make()
        assert refusal.value.field == field

    def test_an_abort_with_ok_is_told_of_close(self) -> None:
        with pytest.raises(ConfigurationError) as refusal:
            Abort("OK")
        assert "Close" in refusal.value.hint


class TestSeeded:
    @given(st.integers(), st.floats(0, 1), st.floats(0.1, 100))
    @settings(deadline=None)
    def test_plans_are_the_same_for_the_same_seed(self, seed: int, share: float, within: float) -> None:
        plan = Faults.seeded(seed, probability=share, within=within, streams=20)
        again = Faults.seeded(seed, probability=share, within=within, streams=20)
        assert plan == again
        assert hash(plan) == hash(again)
        assert str(plan) == str(again)
        assert all(fault.at is not None and fault.at <= within + 0.05 for fault in plan.script)
        assert len({fault.stream for fault in plan.script}) == len(plan.script)

    def test_plans_differ_by_seed_and_have_everything_in_them(self) -> None:
        plans = [Faults.seeded(seed, probability=1.0) for seed in range(3)]
        assert len(set(plans)) == 3
        kinds = {type(fault) for fault in plans[0].script}
        assert kinds == {Abort, Close, CutConnection, Delay, DuplicateInterims, Stall}
        assert len(plans[0].script) == 100

    def test_a_stream_s_fault_does_not_depend_on_how_many_there_are(self) -> None:
        few = Faults.seeded(5, streams=10).script
        assert Faults.seeded(5, streams=50).script[: len(few)] == few

    def test_only_what_may_go_wrong_does(self) -> None:
        plan = Faults.seeded(1, probability=1.0, kinds=[Close, Blackhole, RefuseConnections])
        assert {type(fault) for fault in plan.script} == {Close, Blackhole, RefuseConnections}
        assert Faults.seeded(1, probability=0.0) == Faults(seed=1)

    def test_what_cannot_be_drawn_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="0 to 1"):
            Faults.seeded(1, probability=1.5)
        with pytest.raises(ConfigurationError, match="none given"):
            Faults.seeded(1, kinds=[])
        with pytest.raises(ConfigurationError, match="Fault"):
            Faults.seeded(1, kinds=[Fault])


class TestPlan:
    def test_each_stream_has_its_own_faults_and_those_for_all(self) -> None:
        plan = Faults(Close(stream=2), Delay(1.0), RefuseConnections(1.0), Stall(stream=2, at=1.0))
        assert plan.of_stream(1) == (Delay(1.0),)
        assert plan.of_stream(2) == (Close(stream=2), Delay(1.0), Stall(stream=2, at=1.0))
        assert plan.of_emulator() == (RefuseConnections(1.0),)
        assert repr(plan).startswith("Faults(Close(")
        assert plan != "a plan"
