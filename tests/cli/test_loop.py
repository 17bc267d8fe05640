"""The event loop of a command."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from asyncspeech.cli import loop


def test_what_the_coroutine_returns_is_returned() -> None:
    async def one() -> int:
        return 1

    assert loop.run(one()) == 1


def test_an_interrupt_cancels_what_runs_and_is_raised() -> None:
    ended = []

    async def wait() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        loop.run(wait())
    assert ended == [True]


def test_a_sleeping_loop_is_woken_by_what_a_signal_writes() -> None:
    """A handler in Python cannot run until the loop wakes; the file of signals is what wakes it."""
    before = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(before)

    async def woken() -> bool:
        file = signal.set_wakeup_fd(-1)
        running = asyncio.get_running_loop()
        turns: list[int] = []
        select = running._selector.select  # type: ignore[attr-defined] # what the loop sleeps in

        def counted(timeout: float | None) -> object:
            events = select(timeout)
            turns.append(len(events))
            return events

        running._selector.select = counted  # type: ignore[attr-defined]
        os.write(file, bytes([signal.SIGINT]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        signal.set_wakeup_fd(file)
        return any(turns)

    assert loop.run(woken())
    assert signal.set_wakeup_fd(before) == before
