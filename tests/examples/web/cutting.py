"""A relay whose connections break: a reset, after so many bytes."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

_RESET = struct.pack("ii", 1, 0)  # to linger for no time is to close with a reset


class CuttingRelay:
    """Passes connections on to a port, and breaks each after as many bytes as it was allotted.

    Args:
        port: Where to.
        allotted: For each connection, how many bytes it carries from the client, and how many to it.
            Those after the last carry everything.
    """

    def __init__(self, port: int, allotted: Iterator[tuple[int, int]]) -> None:
        self.cuts = 0
        self.refuses = False
        self.port = 0
        self._server_port = port
        self._allotted = allotted
        self._writers: set[asyncio.StreamWriter] = set()
        self._silent: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[CuttingRelay, None]:
        """Relay."""
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self
            self.cut()

    def cut(self) -> None:
        """Break all connections that there are."""
        for writer in tuple(self._writers):
            _reset(writer)

    def fall_silent(self) -> None:
        """Carry nothing more over the connections that there are, and leave them open."""
        self._silent.update(self._writers)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            _reset(writer)
            return
        there_reader, there = await asyncio.open_connection("127.0.0.1", self._server_port)
        up, down = next(self._allotted, (1 << 62, 1 << 62))
        ends = (writer, there)
        self._writers.update(ends)
        pumps = [
            asyncio.create_task(self._pump(reader, there, up)),
            asyncio.create_task(self._pump(there_reader, writer, down)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        for end in ends:
            _reset(end)
            self._writers.discard(end)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, allotted: int
    ) -> None:
        with suppress(OSError):
            while data := await source.read(4_096):
                if sink in self._silent:
                    continue
                sink.write(data[:allotted])
                await sink.drain()
                allotted -= len(data)
                if allotted <= 0:
                    self.cuts += 1
                    return


def _reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # it may be closed already
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
