"""The service stops, and every page gets its last captions."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from asyncspeech.emulator import Coded, Emulator, Faults, Stall, coded
from examples.web.limits import Limits
from examples.web.line import Line
from tests.examples.web.service import Service, serving, until
from tests.examples.web.tab import Tab
from tests.support.commands import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


RATE = 16_000


@asynccontextmanager
async def command(
    home: Path, emulator_host: str
) -> AsyncGenerator[tuple[asyncio.subprocess.Process, Service]]:
    """``python -m examples.web`` as a user runs it, once it serves."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "examples.web",
        "--port",
        "0",
        cwd=ROOT,
        env=environment(home, SPEECH_EMULATOR_HOST=emulator_host),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        while b"running on" not in (line := await process.stderr.readline()):
            assert line
        port = int(line.split(b"127.0.0.1:")[1].split()[0])
        yield process, Service(port, None)
        rest = (await process.stderr.read()).decode()
        assert "Traceback" not in rest
        assert "ERROR" not in rest
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 0)], ids=["TERM", "INT"]
)
async def test_told_to_end_it_hears_everybody_out(
    tmp_path: Path, emulator: Emulator, number: signal.Signals, status: int
) -> None:
    recording = coded.encode(8, sample_rate_hertz=RATE)
    frames = len(recording.audio) // 2
    async with command(tmp_path, emulator.address) as (process, service):
        tabs = [Tab(service, recording) for _ in range(3)]
        async with tabs[0].connect() as one, tabs[1].connect() as two, tabs[2].connect() as three:
            for tab, socket in zip(tabs, (one, two, three), strict=True):
                await tab.begin(socket)
                await tab.send_all(socket)
                while tab.taken < frames:
                    tab.hear(await socket.recv())
            began = time.monotonic()
            process.send_signal(number)
            for tab, socket in zip(tabs, (one, two, three), strict=True):
                await tab.hear_all(socket)
        assert await process.wait() == status
        assert time.monotonic() - began < 10
    for tab in tabs:
        assert tab.score.is_perfect
        assert tab.ended is not None
        assert (tab.ended["code"], tab.close_code) == ("RESTARTING", 1012)
        assert tab.ended["hint"]


async def test_it_does_not_wait_for_a_page_that_is_away(emulator: Emulator) -> None:
    async with serving(emulator.address) as service:
        tab = Tab(service, coded.encode(2))
        async with tab.connect() as socket:
            await tab.begin(socket)
        await until(lambda: not service.conversations.live[0].is_attached)
        began = time.monotonic()
    assert time.monotonic() - began < 10


async def test_it_waits_no_longer_than_it_may(emulator: Emulator) -> None:
    emulator_is_slow = Limits(drain_seconds=0.1)
    async with serving(emulator.address, limits=emulator_is_slow) as service:
        tab = Tab(service, coded.encode(2))
        socket = await tab.connect()
        await tab.begin(socket)
        conversation = service.conversations.live[0]
        never = asyncio.Event()
        conversation.end = lambda _: never.wait()  # type: ignore[method-assign, assignment, return-value] # it hangs
        began = time.monotonic()
    assert time.monotonic() - began < 10
    await socket.close()


async def test_ctrl_c_again_does_not_wait(tmp_path: Path) -> None:
    async with Emulator(Coded(), faults=Faults(Stall())) as emulator:  # the last words never come
        async with command(tmp_path, emulator.address) as (process, service):
            tab = Tab(service, coded.encode(2))
            async with tab.connect() as socket:
                await tab.begin(socket)
                await tab.send_all(socket)
                process.send_signal(signal.SIGINT)
                other = Tab(service, coded.encode(1))
                while other.ended is None:  # it has not heard the signal yet
                    other.token = ""
                    async with other.connect() as another:
                        await other.begin(another)
                began = time.monotonic()
                process.send_signal(signal.SIGINT)
                assert await process.wait() == 0
                assert time.monotonic() - began < 12


async def test_no_conversation_begins_while_it_stops(emulator: Emulator) -> None:
    async with serving(emulator.address) as service:
        tab = Tab(service, coded.encode(2))
        await service.conversations.drain()
        await tab.speak()
        assert tab.ended is not None
        assert (tab.ended["code"], tab.close_code) == ("RESTARTING", 1012)


async def test_it_waits_for_a_page_that_is_slow_to_hear_its_last_captions(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    say = Line.say

    async def say_slowly(line: Line, kind: str, **fields: Any) -> None:
        if kind == "caption":
            await asyncio.sleep(0.3)
        await say(line, kind, **fields)

    monkeypatch.setattr(Line, "say", say_slowly)
    async with serving(emulator.address) as service:
        tab = Tab(service, coded.encode(6))
        socket = await tab.connect()
        await tab.begin(socket)
        conversation = service.conversations.live[0]
        await tab.send_all(socket)
        await until(lambda: conversation.position == len(tab.recording.audio) // 2)
    await tab.hear_all(socket)
    assert tab.score.is_perfect
    assert tab.ended is not None
    assert (tab.ended["code"], tab.close_code) == ("RESTARTING", 1012)
