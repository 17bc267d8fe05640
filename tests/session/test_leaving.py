"""Leaving a session, in whatever way and whatever it is doing."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from asyncspeech import (
    AsyncSpeechError,
    IdlePolicy,
    Parked,
    RenewalPolicy,
    Result,
    StreamLostError,
)
from asyncspeech.emulator import (
    Abort,
    Assumptions,
    Coded,
    CutConnection,
    Delay,
    Faults,
    Limits,
    RefuseConnections,
    Stall,
)
from tests.session.scenario import Live, is_idle, scaled, stage, unbroken, utterances

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from asyncspeech import (
        Client,
        SessionConfig,
    )
    from asyncspeech.emulator import Emulator

pytestmark = pytest.mark.usefixtures("no_task_is_left")

PROMPTLY = 0.1
TALK = unbroken(4)
ENDLESS = replace(Limits(), stream_seconds=60.0)


@dataclass(frozen=True, slots=True)
class Phase:
    """How to bring a session into one of its phases.

    Attributes:
        reach: Does it; returns when it is there.
        faults: What the service has to do for that.
        config: What the session has to do for that.
    """

    reach: Callable[[Live], Awaitable[object]]
    faults: Faults
    config: SessionConfig


async def opening(live: Live) -> None:
    await live.feed(TALK.audio[:32_000])
    await live.until_service(lambda service: service.streams[1:])


async def talking(live: Live) -> None:
    await live.feed(TALK.audio[:64_000])
    await live.first(Result)


async def renewing(live: Live) -> None:
    await live.feed(TALK.audio)
    await live.until_service(lambda service: sum(stream.is_open for stream in service.streams) == 2)


async def recovering(live: Live) -> None:
    await live.feed(TALK.audio[:64_000])
    await live.until_service(lambda service: service.streams[1:] and is_idle(service))


async def parked(live: Live) -> None:
    await live.feed(utterances(2).audio)
    await live.first(Parked)


async def draining(live: Live) -> None:
    await live.feed(TALK.audio[:64_000])
    await live.session.end()
    await live.until_service(lambda service: service.streams[1:])


async def draining_while_recovering(live: Live) -> None:
    await recovering(live)
    await live.session.end()


CONFIG = scaled(renewal=RenewalPolicy(after=20.0, by=30.0, overlap=0.5), drain_timeout=0.3)
HURRIED = replace(CONFIG, renewal=RenewalPolicy(after=0.3, by=0.5, overlap=0.5))
IDLE = replace(CONFIG, idle=IdlePolicy(after=0.1))
BREAKS = Faults(RefuseConnections(60.0, stream=2, at=0.5), CutConnection(stream=2, at=0.5))
PHASES = {
    "opening": Phase(opening, Faults(Stall()), CONFIG),
    "live": Phase(talking, Faults(), CONFIG),
    "renewing": Phase(renewing, Faults(Delay(5.0)), HURRIED),
    "recovering": Phase(recovering, BREAKS, CONFIG),
    "parked": Phase(parked, Faults(), IDLE),
    "draining": Phase(draining, Faults(Stall()), CONFIG),
    "draining while recovering": Phase(draining_while_recovering, BREAKS, CONFIG),
}


class LeftError(Exception):
    """A mistake in the user's own code."""


@asynccontextmanager
async def nothing_is_left(
    phase: Phase, caplog: pytest.LogCaptureFixture
) -> AsyncGenerator[tuple[Emulator, Client], None]:
    """A service and a client; afterwards no task, call or thread may be there that was not before."""
    # Nothing comes back from a stream that is opening, not even that it is.
    assumptions = Assumptions(initial_metadata_at_once=False)
    recognizer = Coded(max_utterance_seconds=60.0)
    async with stage(recognizer=recognizer, limits=ENDLESS, assumptions=assumptions) as (
        emulator,
        client,
    ):
        await client.transcribe(_second())  # brings the connection, and the thread that made it
        emulator.faults = phase.faults
        tasks, threads = _tasks(), set(threading.enumerate())
        yield emulator, client
        with anyio.fail_after(1.0):
            while not is_idle(emulator):
                await asyncio.sleep(0.002)
        # What served the service's own streams may need a moment to end.
        if left := _tasks() - tasks:
            await asyncio.wait(left, timeout=0.2)
        assert not _tasks() - tasks
        assert set(threading.enumerate()) <= threads
    gc.collect()  # a task that was forgotten says so when it goes
    errors = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    # gRPC's poller says so of itself when it was woken for nothing (grpc/grpc#42357).
    assert [error for error in errors if "PollerCompletionQueue" not in error] == []


def _tasks() -> set[asyncio.Task[Any]]:
    """All tasks, but for the one that waits for the service's next stream, another one for each."""
    return {
        task
        for task in asyncio.all_tasks()
        if getattr(task.get_coro(), "__qualname__", "") != "AioServer._request_call"
    }


async def _second() -> AsyncGenerator[bytes, None]:
    yield TALK.audio[:32_000]


class Visit:
    """A session that is entered, brought into a phase, and left; ``took`` says how long that was."""

    def __init__(self, emulator: Emulator, client: Client, phase: Phase) -> None:
        self._emulator = emulator
        self._client = client
        self._phase = phase
        self._left_at = 0.0
        self.reached = asyncio.Event()
        self.took = 0.0

    async def stay(self, leave: Callable[[], Awaitable[object]]) -> None:
        """Go into the phase, and then ``leave``, which raises if the block is to be left by that."""
        loop = asyncio.get_running_loop()
        reader: asyncio.Task[None] | None = None
        try:
            async with self._client.session(self._phase.config) as session:
                live = Live(session, self._emulator, self._client)
                reader = asyncio.create_task(live.read_events(session.events()))
                await self._phase.reach(live)
                self._left_at = loop.time()
                self.reached.set()
                await leave()
            if live.error is not None:  # it is raised once, and was to whoever read the events
                raise live.error
        finally:
            self.took = loop.time() - self._left_at
            if reader is not None:
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)


@pytest.mark.parametrize("name", PHASES)
class TestAtOnce:
    async def test_by_an_exception(self, name: str, caplog: pytest.LogCaptureFixture) -> None:
        async def leave() -> None:
            raise LeftError

        async with nothing_is_left(PHASES[name], caplog) as (emulator, client):
            visit = Visit(emulator, client, PHASES[name])
            with pytest.raises(LeftError):
                await visit.stay(leave)
            assert visit.took < PROMPTLY

    async def test_by_a_cancellation(self, name: str, caplog: pytest.LogCaptureFixture) -> None:
        async with nothing_is_left(PHASES[name], caplog) as (emulator, client):
            visit = Visit(emulator, client, PHASES[name])
            staying = asyncio.create_task(visit.stay(asyncio.Event().wait))
            async with asyncio.timeout(5):
                await visit.reached.wait()
            await asyncio.sleep(0)  # it waits by now
            staying.cancel()
            with pytest.raises(asyncio.CancelledError):
                await staying
            assert visit.took < PROMPTLY

    async def test_by_a_cancellation_while_results_are_waited_for(
        self, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with nothing_is_left(PHASES[name], caplog) as (emulator, client):
            visit = Visit(emulator, client, PHASES[name])

            async def iterate() -> None:
                (session,) = client.sessions
                async for _ in session:
                    pass

            staying = asyncio.create_task(visit.stay(iterate))
            async with asyncio.timeout(5):
                await visit.reached.wait()
            await asyncio.sleep(0)
            staying.cancel()
            with pytest.raises(asyncio.CancelledError):
                await staying
            assert visit.took < PROMPTLY

    async def test_by_a_timeout(self, name: str, caplog: pytest.LogCaptureFixture) -> None:
        async with nothing_is_left(PHASES[name], caplog) as (emulator, client):
            visit = Visit(emulator, client, PHASES[name])
            async with asyncio.timeout(5):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(None) as limit:

                        async def leave() -> None:
                            limit.reschedule(asyncio.get_running_loop().time())
                            await asyncio.Event().wait()

                        await visit.stay(leave)
            assert visit.took < PROMPTLY

    async def test_by_a_scope_of_anyio(self, name: str, caplog: pytest.LogCaptureFixture) -> None:
        async with nothing_is_left(PHASES[name], caplog) as (emulator, client):
            visit = Visit(emulator, client, PHASES[name])
            with anyio.CancelScope() as scope:

                async def leave() -> None:
                    scope.cancel()
                    await anyio.sleep_forever()

                await visit.stay(leave)
            assert visit.took < PROMPTLY

    async def test_while_it_is_left_already(self, name: str, caplog: pytest.LogCaptureFixture) -> None:
        """A session that drains when its task is cancelled."""
        async with nothing_is_left(PHASES[name], caplog) as (emulator, client):
            patient = replace(PHASES[name].config, drain_timeout=30.0)
            visit = Visit(emulator, client, replace(PHASES[name], config=patient))

            async def leave() -> None:
                pass

            loop = asyncio.get_running_loop()
            staying = asyncio.create_task(visit.stay(leave))
            async with asyncio.timeout(5):
                await visit.reached.wait()
            await asyncio.sleep(0)
            begun = loop.time()
            staying.cancel()
            # One that has nothing to wait for is gone before that.
            await asyncio.gather(staying, return_exceptions=True)
            assert loop.time() - begun < PROMPTLY


class TestByBreakingOff:
    """A block that is left normally drains: as long as the service takes, and no longer than allowed."""

    async def test_a_live_session_is_left_with_all_that_was_said(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        phase = PHASES["live"]
        async with nothing_is_left(phase, caplog) as (emulator, client):
            async with client.session(phase.config) as session:
                live = Live(session, emulator, client)
                await live.feed(TALK.audio[: 2 * TALK.words[9].end])
                async for _ in session:
                    break
                left_at = asyncio.get_running_loop().time()
            assert asyncio.get_running_loop().time() - left_at < PROMPTLY
        assert session.transcript.text.split() == [word.text for word in TALK.words[:10]]

    async def test_a_parked_session_is_left_at_once(self, caplog: pytest.LogCaptureFixture) -> None:
        async def leave() -> None:
            pass

        async with nothing_is_left(PHASES["parked"], caplog) as (emulator, client):
            visit = Visit(emulator, client, PHASES["parked"])
            await visit.stay(leave)
            assert visit.took < PROMPTLY

    @pytest.mark.parametrize(
        "name", ["opening", "renewing", "recovering", "draining", "draining while recovering"]
    )
    async def test_one_that_gets_no_answer_fails_after_the_drain_timeout(
        self, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def leave() -> None:
            pass

        async with nothing_is_left(PHASES[name], caplog) as (emulator, client):
            visit = Visit(emulator, client, PHASES[name])
            with pytest.raises(StreamLostError) as lost:
                await visit.stay(leave)
            assert visit.took < 0.3 + PROMPTLY  # its drain_timeout
        assert lost.value.partial is not None
        assert lost.value.unsent > 0


async def test_the_error_of_a_session_that_failed_hides_none_of_the_users(
    caplog: pytest.LogCaptureFixture,
) -> None:
    phase = Phase(talking, Faults(Abort("PERMISSION_DENIED")), CONFIG)
    async with nothing_is_left(phase, caplog) as (_, client):
        with pytest.raises(LeftError):
            async with client.session(CONFIG) as session:
                await session.send(TALK.audio[:32_000])
                with pytest.raises(AsyncSpeechError):
                    await _exhaust(session)
                raise LeftError


async def _exhaust(session: Any) -> None:
    async for _ in session:
        pass
