"""A session that may cost so much and no more, on a service that bills."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import anyio
import pytest

from asyncspeech import (
    Budget,
    BudgetExceededError,
    BudgetNearlySpent,
    BudgetScope,
    DrainTimeoutError,
    Prices,
    PriceTier,
)
from asyncspeech.emulator import Abort, Faults, Stall
from tests.session.scenario import (
    LATE,
    assert_bounds,
    assert_order,
    perform,
    play,
    scaled,
    score,
    stage,
    utterances,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from asyncspeech import Result
    from asyncspeech.emulator.coded import CodedRecording
    from tests.session.scenario import Live, Outcome

pytestmark = pytest.mark.usefixtures("no_task_is_left")

DOLLARS = Prices(tiers=(PriceTier(0, 60.0),))
"""A dollar a second makes the sums easy."""

RATE = 16_000


def until(recording: CodedRecording, frame: int) -> CodedRecording:
    """The recording as it is if nobody speaks on from ``frame`` on."""
    words = tuple(word for word in recording.words if word.end <= frame)
    return replace(recording, words=words)


def billed(outcome: Outcome) -> int:
    """What the service bills for all streams, in seconds."""
    return sum(math.ceil(stream.audio_seconds) for stream in outcome.streams)


def assert_all_that_was_paid_for(recording: CodedRecording, outcome: Outcome, usd: int) -> None:
    """Every whole word of what was taken is final, and the service billed no more than was to be."""
    assert isinstance(outcome.error, BudgetExceededError), outcome
    assert str(outcome.error) == f"the session's budget of ${usd:.4f} is spent"
    assert outcome.error.partial == outcome.transcript
    assert outcome.error.spent == outcome.stats.cost
    taken = round(outcome.stats.audio_accepted * RATE)
    heard = [result.text for result in outcome.transcript.results]
    whole = [word for text in heard for word in text.split() if not word.endswith("~")]
    assert whole == [word.text for word in until(recording, taken).words], outcome
    assert outcome.stats.audio_lost == 0
    assert_order(outcome)
    assert_bounds(outcome)
    assert billed(outcome) <= outcome.stats.cost, outcome
    assert outcome.stats.cost <= usd + len(outcome.streams), outcome


class TestBudget:
    async def test_it_lets_through_what_it_pays_for(self) -> None:
        recording = utterances(20)
        outcome = await play(recording, budget=Budget(usd=6), prices=DOLLARS)
        assert_all_that_was_paid_for(recording, outcome, 6)
        assert outcome.stats.audio_accepted == 6
        assert billed(outcome) == 6
        assert [event.budget for event in outcome.those(BudgetNearlySpent)] == [6]

    async def test_renewals_are_paid_for(self) -> None:
        recording = utterances(40)
        outcome = await play(
            recording, faults=Faults(LATE, seed=1), budget=Budget(usd=25), prices=DOLLARS
        )
        assert_all_that_was_paid_for(recording, outcome, 25)
        assert outcome.stats.renewals >= 2
        spare = outcome.stats.streams_opened + outcome.stats.audio_replayed
        assert 25 - spare <= outcome.stats.audio_accepted < 25

    @pytest.mark.parametrize("code", ["UNAVAILABLE", "ABORTED"])
    async def test_streams_that_break_are_paid_for(self, code: str) -> None:
        recording = utterances(30)
        faults = Faults(Abort(code, stream=1, at=3.0), Abort(code, stream=2, at=4.0))
        outcome = await play(recording, faults=faults, budget=Budget(usd=15), prices=DOLLARS)
        assert_all_that_was_paid_for(recording, outcome, 15)
        assert outcome.stats.recoveries == 2
        assert outcome.stats.audio_accepted < 15

    async def test_a_stream_that_breaks_at_the_end_loses_no_word(self) -> None:
        recording = utterances(20)
        faults = Faults(Abort("UNAVAILABLE", stream=1, at=5.95))
        outcome = await play(recording, faults=faults, budget=Budget(usd=6), prices=DOLLARS)
        assert isinstance(outcome.error, BudgetExceededError), outcome
        assert outcome.error.partial == outcome.transcript
        taken = round(outcome.stats.audio_accepted * RATE)
        whole = [word.text for word in outcome.transcript.words if not word.text.endswith("~")]
        assert whole == [word.text for word in until(recording, taken).words], outcome
        assert outcome.stats.recoveries == 1

    async def test_a_session_within_its_budget_ends_as_ever(self) -> None:
        recording = utterances(5)
        seconds = math.ceil(recording.duration)
        outcome = await play(recording, budget=Budget(usd=seconds), prices=DOLLARS)
        assert outcome.error is None, outcome
        assert outcome.score.is_perfect, outcome


class TestWhoeverSends:
    async def test_a_send_that_waits_is_told_after_the_last_word(self) -> None:
        recording = utterances(20)
        told: list[BudgetExceededError] = []
        texts: list[str] = []

        async def speak(live: Live) -> None:
            with pytest.raises(BudgetExceededError) as caught:
                await live.session.send(recording.audio)
            told.append(caught.value)
            texts.append(live.session.transcript.text)
            with pytest.raises(BudgetExceededError):
                await live.session.send(b"\0\0")
            with pytest.raises(BudgetExceededError):
                live.session.send_nowait(b"\0\0")
            with pytest.raises(BudgetExceededError):
                await asyncio.to_thread(live.session.send_threadsafe, b"\0\0")

        outcome = await play(recording, speak=speak, budget=Budget(usd=6), prices=DOLLARS)
        assert_all_that_was_paid_for(recording, outcome, 6)
        assert told == [outcome.error]
        assert texts == [outcome.transcript.text]

    async def test_leaving_by_the_error_waits_for_the_last_word(self) -> None:
        recording = utterances(20)
        config = scaled(budget=Budget(usd=6), prices=DOLLARS)
        async with stage() as (_, client):
            with pytest.raises(BudgetExceededError) as caught:
                async with client.session(config) as session:
                    session.send_nowait(recording.audio)
            assert caught.value.partial == session.transcript
            whole = [word.text for word in session.transcript.words if not word.text.endswith("~")]
            assert whole == [word.text for word in until(recording, 6 * RATE).words]

    async def test_what_was_final_is_told_also_if_the_service_says_nothing_after(self) -> None:
        config = scaled(budget=Budget(usd=6), prices=DOLLARS, drain_timeout=0.2)
        async with stage(faults=Faults(Stall())) as (_, client):
            with pytest.raises(DrainTimeoutError) as lost:
                async with client.session(config) as session:
                    with pytest.raises(BudgetExceededError) as caught:
                        session.send_nowait(utterances(20).audio)
                    await session.wait()
            assert caught.value.partial == lost.value.partial == session.transcript

    async def test_a_thread_that_sends_too_much_hears_of_it_the_next_time(self) -> None:
        recording = utterances(20)
        config = scaled(budget=Budget(usd=6), prices=DOLLARS)
        async with stage() as (_, client), client.session(config) as session:
            await asyncio.to_thread(session.send_threadsafe, recording.audio)
            with pytest.raises(BudgetExceededError):
                await session.wait()
            with pytest.raises(BudgetExceededError):
                await asyncio.to_thread(session.send_threadsafe, b"\0\0")
            assert session.stats.audio_accepted == 6

    async def test_ending_the_audio_of_a_thread_that_sent_too_much_is_no_error(self) -> None:
        config = scaled(budget=Budget(usd=2), prices=DOLLARS)
        async with stage() as (_, client), client.session(config) as session:
            session.send_threadsafe(bytes(3 * 2 * RATE))
            await session.end()
            with pytest.raises(BudgetExceededError):
                await session.wait()

    async def test_a_source_is_stopped(self) -> None:
        recording = utterances(20)
        given = 0

        async def chunks() -> AsyncGenerator[bytes, None]:
            nonlocal given
            for start in range(0, len(recording.audio), 3_200):
                given += 1
                yield recording.audio[start : start + 3_200]

        config = scaled(budget=Budget(usd=6), prices=DOLLARS)
        async with stage() as (_, client):
            session = client.session(config, source=chunks())
            finals: list[Result] = []
            with pytest.raises(BudgetExceededError) as caught:
                async with session:
                    async for result in session:
                        if result.is_final:
                            finals.append(result)  # noqa: PERF401 - what came before the error is kept
            assert given == 61
            assert caught.value.partial == session.transcript
            assert list(session.transcript.results) == finals
            assert score(until(recording, 6 * RATE), finals).lost == 0

    async def test_finalize_and_reconfigure_are_refused_as_well(self) -> None:
        config = scaled(budget=Budget(usd=2), prices=DOLLARS)
        async with stage() as (_, client), client.session(config) as session:
            with pytest.raises(BudgetExceededError):
                await session.send(bytes(3 * 2 * RATE))
            with pytest.raises(BudgetExceededError):
                await session.finalize()
            with pytest.raises(BudgetExceededError):
                await session.reconfigure(config)
            with pytest.raises(BudgetExceededError):
                await session.wait()
            with pytest.raises(BudgetExceededError):
                await session.next_final()


class TestOneBudgetForAll:
    """A budget per client: what one session spends, the others do not have."""

    SHARED = Budget(usd=12, per=BudgetScope.CLIENT)

    async def test_sessions_at_the_same_time_end_when_it_is_spent_and_lose_no_word(self) -> None:
        recording = utterances(10)
        config = scaled(budget=self.SHARED, prices=DOLLARS)
        lives: list[Live] = []

        async def talk() -> None:
            lives.append(await perform(emulator, client, config, partial(say, recording.audio)))

        async with stage() as (emulator, client):
            async with anyio.create_task_group() as tasks:
                for _ in range(3):
                    tasks.start_soon(talk)
            cost = client.stats.cost
            assert client.stats.errors_by_code == {"BUDGET_EXCEEDED": 3}
        assert 12 <= cost <= 12 + 3
        for live in lives:
            error, session = live.error, live.session
            assert isinstance(error, BudgetExceededError)
            assert str(error) == "the client's budget of $12.0000 is spent"
            assert (error.per, error.budget, error.partial) == ("client", 12, session.transcript)
            assert 12 <= error.spent <= cost
            heard = [word.text for word in session.transcript.words if not word.text.endswith("~")]
            taken = round(session.stats.audio_accepted * RATE)
            assert heard == [word.text for word in until(recording, taken).words]
            assert len([event for event in live.events if isinstance(event, BudgetNearlySpent)]) == 1

    async def test_a_session_after_it_is_spent_is_told_with_its_first_audio(self) -> None:
        recording = utterances(20)
        async with stage() as (emulator, client):
            config = scaled(budget=self.SHARED, prices=DOLLARS)
            await perform(emulator, client, config, partial(say, recording.audio))
            opened = len(emulator.streams)
            late = await perform(emulator, client, config, partial(say, recording.audio))
            assert isinstance(late.error, BudgetExceededError)
            assert late.session.stats.audio_accepted == 0
            assert len(emulator.streams) == opened, "it costs nothing more"
            other = scaled(budget=Budget(usd=99, per=BudgetScope.CLIENT), prices=DOLLARS)
            free = await perform(emulator, client, other, partial(say, utterances(1).audio))
            assert free.error is None, "another budget is another purse"

    async def test_each_client_has_its_own(self) -> None:
        config = scaled(budget=self.SHARED, prices=DOLLARS)
        for _ in range(2):
            async with stage() as (emulator, client):
                live = await perform(emulator, client, config, partial(say, utterances(8).audio))
                assert live.error is None


async def say(audio: bytes, live: Live) -> None:
    try:
        await live.feed(audio)
    except BudgetExceededError as error:
        live.failed(error)
