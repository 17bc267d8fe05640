"""The shell's timer, with an engine that wants nothing but to be woken."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from asyncspeech.supervisor import Supervisor


class Sleeper:
    """An engine with a deadline that the test sets, and notes of when it was woken."""

    def __init__(self) -> None:
        self.due: float | None = None
        self.woken: list[float] = []
        self.was_woken = asyncio.Event()

    def audio(self, data: bytes, now: float, **_: Any) -> bool:
        del data, now
        return True

    def abort(self, now: float) -> None:
        del now
        self.due = None

    def actions(self) -> list[Any]:
        return []

    def deadline(self) -> float | None:
        return self.due

    def wake(self, now: float) -> None:
        if self.due is not None and now >= self.due:
            self.woken.append(self.due)
            self.due = None
            self.was_woken.set()


def _supervisor(engine: Sleeper) -> Supervisor:
    nothing: Any = None
    return Supervisor(engine, open_call=nothing, listener=nothing)  # type: ignore[arg-type]


async def test_a_deadline_that_comes_nearer_is_kept() -> None:
    engine = Sleeper()
    supervisor = _supervisor(engine)
    now = asyncio.get_running_loop().time()
    engine.due = now + 3_600
    supervisor.audio(b"")
    engine.due = now + 0.01
    supervisor.audio(b"")
    await asyncio.wait_for(engine.was_woken.wait(), 1)
    assert engine.woken == [now + 0.01]


async def test_a_deadline_that_moves_away_is_kept_as_well() -> None:
    engine = Sleeper()
    supervisor = _supervisor(engine)
    now = asyncio.get_running_loop().time()
    engine.due = now + 0.01
    supervisor.audio(b"")
    engine.due = now + 0.05
    supervisor.audio(b"")
    await asyncio.wait_for(engine.was_woken.wait(), 1)
    assert engine.woken == [now + 0.05]


async def test_a_deadline_that_is_gone_wakes_nobody() -> None:
    engine = Sleeper()
    supervisor = _supervisor(engine)
    engine.due = asyncio.get_running_loop().time() + 0.01
    supervisor.audio(b"")
    supervisor.abort()
    assert supervisor._timer is None


async def test_a_mistake_in_the_engine_ends_the_session_also_if_a_timer_meets_it() -> None:
    class Broken(Sleeper):
        def wake(self, now: float) -> None:
            raise ZeroDivisionError(now)

    engine = Broken()
    supervisor = _supervisor(engine)
    running = asyncio.create_task(supervisor.run())
    await supervisor.started()
    engine.due = asyncio.get_running_loop().time()
    supervisor.audio(b"")
    with pytest.raises(ExceptionGroup) as failure:
        await asyncio.wait_for(running, 1)
    assert failure.group_contains(ZeroDivisionError)
