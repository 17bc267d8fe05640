"""Streams that stay open and say nothing, or take nothing."""

from __future__ import annotations

import pytest

from asyncspeech import StreamRecovered
from asyncspeech.emulator import Blackhole, Coded, Faults, Stall
from asyncspeech.transport import channels
from tests.session.scenario import LATE, assert_promise, play, unbroken, utterances

pytestmark = pytest.mark.usefixtures("no_task_is_left")

# Of the 2.5 s that ten are when scaled, a quarter: tests are to be short.
STALL_TIMEOUT = 0.6


@pytest.mark.parametrize("reads", [True, False], ids=["it reads on", "it stops reading"])
@pytest.mark.parametrize("at", [0.0, 3.0, 5.0])
async def test_a_stream_that_falls_silent_is_replaced(at: float, *, reads: bool) -> None:
    faults = Faults(Stall(stream=1, at=at, reads=reads), LATE, seed=1)
    outcome = await play(utterances(18), faults=faults, stall_timeout=STALL_TIMEOUT)
    assert_promise(outcome)
    assert outcome.stats.recoveries == 1
    assert len(outcome.those(StreamRecovered)) == 1


@pytest.mark.parametrize("reads", [True, False], ids=["it reads on", "it stops reading"])
async def test_so_is_one_in_unbroken_talk(*, reads: bool) -> None:
    faults = Faults(Stall(stream=1, at=3.0, reads=reads))
    recognizer = Coded(max_utterance_seconds=60.0)
    outcome = await play(unbroken(14), recognizer=recognizer, faults=faults, stall_timeout=STALL_TIMEOUT)
    assert_promise(outcome)
    assert outcome.stats.recoveries == 1


async def test_one_that_only_thinks_for_a_while_is_waited_for() -> None:
    faults = Faults(Stall(stream=1, at=3.0, seconds=0.2))
    outcome = await play(utterances(7), faults=faults, stall_timeout=STALL_TIMEOUT)
    assert_promise(outcome)
    assert outcome.stats.recoveries == 0


async def test_several_in_a_row_are_replaced() -> None:
    faults = Faults(*(Stall(stream=number, at=1.0, reads=False) for number in (1, 2, 3)))
    outcome = await play(utterances(18), faults=faults, stall_timeout=STALL_TIMEOUT)
    assert_promise(outcome)
    assert len(outcome.streams) >= 4


async def test_one_that_falls_silent_at_the_end_still_costs_no_word() -> None:
    recording = utterances(5)
    faults = Faults(Stall(stream=1, at=recording.duration - 1.0))
    outcome = await play(recording, faults=faults, stall_timeout=STALL_TIMEOUT, drain_timeout=3.0)
    assert_promise(outcome)


@pytest.mark.parametrize("seconds", [0.3, 1.5])
async def test_a_connection_that_carries_nothing_for_a_while_costs_no_word(seconds: float) -> None:
    faults = Faults(Blackhole(seconds=seconds, stream=1, at=4.0))
    outcome = await play(utterances(18), faults=faults, stall_timeout=STALL_TIMEOUT)
    assert_promise(outcome, channels=2)


async def test_a_connection_that_carries_nothing_any_more_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # It is the ping that finds it, after half a minute in life.
    pings = {
        "grpc.keepalive_time_ms": 1_000,
        "grpc.keepalive_timeout_ms": 500,
        "grpc.http2.ping_timeout_ms": 500,  # without it, a minute
    }
    monkeypatch.setattr(
        channels,
        "_CHANNEL_OPTIONS",
        [(name, pings.get(name, value)) for name, value in channels._CHANNEL_OPTIONS],
    )
    faults = Faults(Blackhole(stream=1, at=4.0))
    # The service cannot know that the streams on it are over: what it counts as open says nothing.
    outcome = await play(utterances(18), faults=faults, service_knows=False, stall_timeout=STALL_TIMEOUT)
    assert outcome.error is None, outcome
    assert outcome.score.is_perfect, outcome
    assert outcome.score.worst_error <= 0.001
    assert outcome.stats.recoveries >= 1
