"""A service that ends streams with OK before they were half-closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asyncspeech import RetryPolicy, StreamLostError
from asyncspeech.emulator import Close, Faults
from tests.session.scenario import LATE, assert_bounds, assert_promise, play, scaled, utterances

if TYPE_CHECKING:
    from tests.session.scenario import Live

pytestmark = pytest.mark.usefixtures("no_task_is_left")

RETRY = RetryPolicy(initial_delay=0.05, max_delay=0.5, max_outage=15.0)


@pytest.mark.parametrize("at", [0.0, 1.3, 4.0])
async def test_a_stream_that_ends_early_is_replaced(at: float) -> None:
    outcome = await play(utterances(12), faults=Faults(Close(stream=1, at=at), LATE, seed=1))
    assert_promise(outcome)
    assert len(outcome.streams) == 2 + outcome.stats.renewals


async def test_so_are_streams_that_each_end_after_an_utterance() -> None:
    outcome = await play(utterances(20), faults=Faults(Close(at=3.1)))
    assert_promise(outcome)
    assert len(outcome.streams) >= 4


async def test_a_service_that_ends_each_at_once_is_not_hammered_and_serves_when_it_can_again() -> None:
    recording = utterances(16)
    opened = 0

    async def speak(live: Live) -> None:
        nonlocal opened
        await live.feed(recording.audio[: 32_000 * 8])
        opened = len(live.emulator.streams)
        live.emulator.faults = Faults()
        await live.feed(recording.audio[32_000 * 8 :])

    outcome = await play(recording, faults=Faults(Close()), speak=speak, config=scaled(retry=RETRY))
    assert_promise(outcome)
    # Two seconds of waits that grow from 0.05 to 0.5 s, of which half is drawn on average.
    assert 3 <= opened <= 25, outcome


async def test_one_that_never_stops_that_is_given_up() -> None:
    retry = RetryPolicy(initial_delay=0.05, max_delay=0.3, max_outage=1.0)
    outcome = await play(utterances(30), faults=Faults(Close()), config=scaled(retry=retry))
    assert isinstance(outcome.error, StreamLostError), outcome
    assert len(outcome.streams) <= 25, outcome
    assert_bounds(outcome)
