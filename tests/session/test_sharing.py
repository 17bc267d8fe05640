"""What sessions share: connections, places, and the process that they live in."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from contextlib import AsyncExitStack
from functools import partial

import pytest

from asyncspeech import Client, Session, UsageError
from asyncspeech.emulator import Coded, Emulator, Faults, Stall, coded

pytestmark = pytest.mark.usefixtures("no_task_is_left")


async def test_more_streams_than_a_connection_takes_share_two_and_none_waits() -> None:
    async with Emulator(Coded()) as emulator, Client(emulator_host=emulator.address) as client:
        async with AsyncExitStack() as stack:
            sessions = [await stack.enter_async_context(client.session()) for _ in range(110)]
            audio = coded.encode(2).audio
            await asyncio.gather(*(session.send(audio) for session in sessions))
            # All are open at once: the service lets 100 share a connection, and more wait in silence.
            finals = await asyncio.gather(*(session.next_final(timeout=20) for session in sessions))
            assert len(client._channels) == 2
            assert sum(stream.is_open for stream in emulator.streams) == 110
        assert {final.text for final in finals} == {finals[0].text}


@pytest.mark.parametrize("seed", range(5))
async def test_places_are_given_in_turn_whoever_gives_up_meanwhile(seed: int) -> None:
    lot = random.Random(seed)
    async with Emulator(Coded()) as emulator:
        async with Client(emulator_host=emulator.address, max_sessions=3) as client:
            entered: list[int] = []

            async def visit(number: int) -> None:
                async with client.session():
                    entered.append(number)
                    await asyncio.sleep(0)

            async with AsyncExitStack() as first:
                for _ in range(3):
                    await first.enter_async_context(client.session())
                visits = []
                for number in range(30):
                    visits.append(asyncio.create_task(visit(number)))
                    await asyncio.sleep(0)
                gone = set(lot.sample(range(30), 10))
                for number in gone:
                    visits[number].cancel()
                await asyncio.sleep(0)
                assert not entered
                assert len(client.sessions) == 3
            await asyncio.gather(*visits, return_exceptions=True)
    assert entered == [number for number in range(30) if number not in gone]


async def test_a_client_that_is_left_while_it_connects_says_so() -> None:
    async with Client(emulator_host="127.0.0.1:1") as client:
        connecting = asyncio.create_task(client.connect())
        await asyncio.sleep(0.05)
    with pytest.raises(UsageError, match="the client is closed"):
        await connecting


async def test_a_client_that_is_left_drains_its_sessions_all_at_once() -> None:
    async with Emulator(Coded(), faults=Faults(Stall())) as emulator:
        loop, sessions = asyncio.get_running_loop(), list[Session]()

        async def hold(client: Client) -> None:
            async with client.session(drain_timeout=0.5) as session:
                await session.send(coded.encode(5).audio)
                sessions.append(session)
                await asyncio.Event().wait()

        async with Client(emulator_host=emulator.address) as client:
            holding = [asyncio.create_task(hold(client)) for _ in range(10)]
            while len(sessions) < len(holding) or len(emulator.streams) < len(holding):
                await asyncio.sleep(0.01)
            began = loop.time()
        assert 0.5 <= loop.time() - began < 1.5
        for task in holding:
            task.cancel()
        await asyncio.gather(*holding, return_exceptions=True)


async def test_a_client_that_is_left_by_an_exception_ends_its_sessions_at_once() -> None:
    async with Emulator(Coded(), faults=Faults(Stall())) as emulator:
        entered, errors = asyncio.Event(), list[BaseException]()

        async def hold(client: Client) -> None:
            try:
                async with client.session() as session:
                    await session.send(coded.encode(5).audio)
                    entered.set()
                    await session.wait()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
                errors.append(error)

        loop = asyncio.get_running_loop()
        with pytest.raises(KeyError):
            async with Client(emulator_host=emulator.address) as client:
                holding = asyncio.create_task(hold(client))
                await entered.wait()
                began = loop.time()
                raise KeyError
        await holding
        assert loop.time() - began < 0.5
        assert errors == []


async def test_a_session_that_is_used_elsewhere_says_so(emulator: Emulator) -> None:
    async with Client(emulator_host=emulator.address) as client, client.session() as session:

        async def elsewhere() -> None:
            for use in (session.send(bytes(2)), session.end(), session.wait(), anext(session)):
                with pytest.raises(UsageError, match="session is used on another event loop") as refusal:
                    await use
                assert "send_threadsafe" in refusal.value.hint
            with pytest.raises(UsageError, match="client is used on another event loop"):
                await client.connect()

        def without_a_loop() -> None:
            for use in (partial(session.send_nowait, bytes(2)), session.abort):
                with pytest.raises(UsageError, match="session is used in a thread") as refusal:
                    use()
                assert "send_threadsafe" in refusal.value.hint
            session.send_threadsafe(bytes(2))

        await asyncio.to_thread(asyncio.run, elsewhere())
        await asyncio.to_thread(without_a_loop)
    assert session.transcript.duration * 16_000 == 1


FORK = """
import asyncio, os, sys
from asyncspeech import Client, UsageError
from asyncspeech.emulator import Coded, Emulator

async def say(what):
    try:
        await what
    except UsageError as error:
        print(error.message, "|", error.hint, flush=True)

async def main():
    async with Emulator(Coded()) as emulator, Client(emulator_host=emulator.address) as client:
        async with client.session() as session:
            if os.fork() == 0:
                # The child of a fork has the parent's loop, which runs on in it for this experiment.
                await say(client.transcribe(b""))
                await say(session.send(bytes(2)))
                await say(client.connect())
                try:
                    session.send_threadsafe(bytes(2))
                except UsageError as error:
                    print(error.message, flush=True)
                await client.__aexit__(None, None, None)
                await say(session.__aexit__(None, None, None))
                await session.__aexit__(KeyboardInterrupt, KeyboardInterrupt(), None)
                os._exit(0)
            await asyncio.to_thread(os.wait)
            await session.send(bytes(3200))
            await session.end()
        print("the parent goes on")

asyncio.run(main())
"""


def test_neither_a_client_nor_a_session_outlives_a_fork() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    hint = "connections do not outlive a fork: open a client in each process"
    assert run.stdout.splitlines() == [
        f"the client was opened in another process, before a fork | {hint}",
        f"the session was opened in another process, before a fork | {hint}",
        f"the client was opened in another process, before a fork | {hint}",
        "the session was opened in another process, before a fork",
        f"the session was opened in another process, before a fork | {hint}",
        "the parent goes on",
    ], run.stderr
