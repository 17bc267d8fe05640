"""The front door alone, before a server that is no gRPC server."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import pytest

from asyncspeech.emulator.relay import Relay

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Server:
    """Sends back what it gets, in capitals, and knows its peers."""

    def __init__(self) -> None:
        self.peers: list[str] = []
        self.closed = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = writer.get_extra_info("peername")
        self.peers.append(f"ipv4:{host}:{port}")
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                writer.write(data.upper())
                await writer.drain()
        self.closed += 1
        writer.close()


@asynccontextmanager
async def relayed() -> AsyncGenerator[tuple[Relay, Server], None]:
    server = Server()
    listener = await asyncio.start_server(server, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    try:
        async with Relay("127.0.0.1", 0, port) as relay:
            yield relay, server
    finally:
        listener.close()


@asynccontextmanager
async def connected(
    relay: Relay,
) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter], None]:
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def serves(relay: Relay) -> bool:
    """Whether a new connection gets an answer."""
    try:
        async with connected(relay) as (reader, writer):
            writer.write(b"x")
            return await reader.read(1) == b"X"
    except ConnectionError:
        return False


async def until(condition: object) -> None:
    with anyio.fail_after(5):
        while not condition():  # type: ignore[operator]
            await anyio.sleep(0.005)


@pytest.mark.usefixtures("no_task_is_left")
class TestRelay:
    async def test_passes_on_all_that_comes_either_way(self) -> None:
        async with relayed() as (relay, _), connected(relay) as (reader, writer):
            data = bytes(range(97, 123)) * 100_000  # more than the system's buffers hold
            writer.write(data)
            assert await reader.readexactly(len(data)) == data.upper()

    async def test_closes_the_end_across_when_one_is_closed(self) -> None:
        async with relayed() as (relay, server):
            async with connected(relay) as (reader, writer):
                writer.write(b"x")
                assert await reader.read(1) == b"X"
            await until(lambda: server.closed == 1)
            assert relay.connection(server.peers[0]) is None

    async def test_does_not_read_what_nobody_takes(self) -> None:
        async with relayed() as (relay, server):
            async with connected(relay) as (_, writer):
                writer.transport.set_write_buffer_limits(0)
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(1):
                        while True:  # the answers are not read, so at some time nothing moves
                            writer.write(bytes(1_000_000))
                            await writer.drain()
            await until(lambda: server.closed == 1)

    async def test_finds_a_connection_by_the_servers_name_for_it(self) -> None:
        async with relayed() as (relay, server), connected(relay) as one, connected(relay) as two:
            for reader, writer in (one, two):
                writer.write(b"x")
                assert await reader.read(1) == b"X"
            first, second = map(relay.connection, server.peers)
            assert first is not None
            assert second is not None
            assert first is not second
            assert relay.connection("ipv4:127.0.0.1:1") is None
            assert relay.connection("unix:") is None

    async def test_a_cut_is_an_error_at_both_ends(self) -> None:
        async with relayed() as (relay, server), connected(relay) as (reader, writer):
            writer.write(b"x")
            assert await reader.read(1) == b"X"
            connection = relay.connection(server.peers[0])
            assert connection is not None
            connection.cut()
            with pytest.raises(ConnectionResetError):
                await reader.read(1)
            await until(lambda: server.closed == 1)
            connection.cut()  # once more does no harm

    async def test_a_blackhole_keeps_what_comes_and_lets_it_through_afterwards(self) -> None:
        async with relayed() as (relay, server), connected(relay) as (reader, writer):
            writer.write(b"x")
            assert await reader.read(1) == b"X"
            connection = relay.connection(server.peers[0])
            assert connection is not None
            connection.blackhole(0.3)
            writer.write(b"y")
            answer = asyncio.ensure_future(reader.read(1))
            await asyncio.wait({answer}, timeout=0.1)
            assert not answer.done()
            assert await asyncio.wait_for(answer, 5) == b"Y"
            connection.blackhole(None)
            connection.blackhole(0.01)  # does not make it shorter
            writer.write(b"z")
            answer = asyncio.ensure_future(reader.read(1))
            await asyncio.wait({answer}, timeout=0.1)
            assert not answer.done()
            connection.close()
            with pytest.raises(ConnectionResetError):  # there was something that it had not read
                await answer

    async def test_refuses_for_a_while_and_leaves_what_is_up(self) -> None:
        async with relayed() as (relay, _), connected(relay) as (reader, writer):
            writer.write(b"x")
            assert await reader.read(1) == b"X"
            relay.refuse(0.3)
            assert not await serves(relay)
            writer.write(b"y")
            assert await reader.read(1) == b"Y"
            with anyio.fail_after(5):
                while not await serves(relay):
                    await anyio.sleep(0.01)

    async def test_closes_a_connection_that_finds_no_server(self) -> None:
        async with relayed() as (relay, _):
            relay._server_port = 1
            async with connected(relay) as (reader, _):
                assert await asyncio.wait_for(reader.read(), 5) == b""

    async def test_a_refusal_within_a_longer_one_does_not_shorten_it(self) -> None:
        async with relayed() as (relay, _):
            relay.refuse(60)
            relay.refuse(0.01)
            await asyncio.sleep(0.1)
            assert not await serves(relay)

    async def test_refusals_that_were_planned_come_one_after_the_other(self) -> None:
        async with relayed() as (relay, _):
            relay.refuse_later(0.1, 0.2)
            relay.refuse_later(0.8, 60)
            seen = [True]
            with anyio.fail_after(5):
                while seen != [True, False, True, False]:
                    is_open = await serves(relay)
                    seen += [is_open] if seen[-1] != is_open else []
                    await anyio.sleep(0.01)

    async def test_no_refusal_comes_after_its_end(self) -> None:
        async with relayed() as (relay, _):
            relay.refuse_later(60, 60)
