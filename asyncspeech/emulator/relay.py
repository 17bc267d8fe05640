"""The front door: a TCP relay before the gRPC server, through which connections can be made to fail.

gRPC keeps its sockets to itself. To refuse connections for a while, to cut one, or to let one carry
nothing, the emulator listens itself and passes bytes on to the gRPC server, which has a port of its own.
The server knows a connection by the address of the relay's end of it; `Relay.connection` finds it by
that.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType
    from typing import Self

__all__ = ("Connection", "Relay")

_LOOPBACK = "127.0.0.1"
# To linger for no time is to close with a reset: the other end sees an error, not an end.
_RESET = struct.pack("ii", 1, 0)


class Relay:
    """Listens, and passes connections on to a server on this machine.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0 for any that is free.
        server_port: Where the server listens, on loopback.
    """

    def __init__(self, host: str, port: int, server_port: int) -> None:
        self._host = host
        self._port = port
        self._server_port = server_port
        self._listener: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._refuses_until = 0.0
        self._reopening: asyncio.Task[None] | None = None
        self._refusing: list[asyncio.TimerHandle] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._port

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for handle in self._refusing:
            handle.cancel()
        self._close_listener()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in tuple(self._connections):
            connection.close()

    def connection(self, peer: str) -> Connection | None:
        """The connection that the server knows as ``peer``, such as "ipv4:127.0.0.1:50000"."""
        for connection in self._connections:
            if peer.endswith(f":{connection.number}"):
                return connection
        return None

    def refuse(self, seconds: float) -> None:
        """Accept no new connections for so long. Those that are up stay up."""
        self._close_listener()
        self._refuses_until = max(self._refuses_until, asyncio.get_running_loop().time() + seconds)
        if self._reopening is None or self._reopening.done():
            self._reopening = self._start(self._reopen())

    def refuse_later(self, after: float, seconds: float) -> None:
        """Accept no new connections for ``seconds``, beginning in ``after`` seconds."""
        loop = asyncio.get_running_loop()
        self._refusing.append(loop.call_later(after, self.refuse, seconds))

    async def _reopen(self) -> None:
        loop = asyncio.get_running_loop()
        while (left := self._refuses_until - loop.time()) > 0 or self._listener is None:
            if left > 0:  # also if it was told to refuse again while it began to listen
                self._close_listener()
                await asyncio.sleep(left)
            else:
                await self._listen()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: self._accept().client, self._host, self._port)
        self._port = self._listener.sockets[0].getsockname()[1]

    def _close_listener(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _accept(self) -> Connection:
        connection = Connection(on_closed=self._connections.discard)
        self._connections.add(connection)
        self._start(self._dial(connection))
        return connection

    async def _dial(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: connection.server, _LOOPBACK, self._server_port)
        except OSError:  # the server is on its way out
            connection.close()

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class Connection:
    """A client's connection: two sockets, and what goes from each to the other.

    Args:
        on_closed: Called when it is closed.
    """

    def __init__(self, on_closed: Callable[[Connection], None]) -> None:
        self.client = _End(self)
        self.server = _End(self)
        self.number = 0
        self._on_closed = on_closed
        self._received = 0
        self._carries = True
        self._lighting_up: asyncio.TimerHandle | None = None
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    def cut(self) -> None:
        """Break it: both ends see a reset."""
        for end in (self.client, self.server):
            end.reset()

    def blackhole(self, seconds: float | None) -> None:
        """Carry nothing, for so long; for ever if None. What comes meanwhile waits."""
        self._carries = False
        self._update()
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._lighting_up = loop.call_later(seconds, self._light_up)

    async def received(self, more: int) -> None:
        """Wait until the client has sent so many bytes more, or the connection is closed."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._received + more, future))
        await future

    def close(self) -> None:
        """Close both ends."""
        for end in (self.client, self.server):
            end.close()
        self.ended()

    # What the ends tell.

    def opened(self) -> None:
        """One end is up. Nothing is read from the client before the server is there to take it."""
        if self.server.is_open:
            self.number = self.server.port
            if not self.client.is_open:  # it did not wait
                self.close()
        self._update()

    def data(self, end: _End, data: bytes) -> None:
        """Pass on what came from ``end``."""
        self.other(end).write(data)
        if end is self.client:
            self._received += len(data)
            if self._waiting:
                self._wake()

    def other(self, end: _End) -> _End:
        """The end across."""
        return self.server if end is self.client else self.client

    def ended(self) -> None:
        """One end is closed, and so the other has to be."""
        self._on_closed(self)
        if self._lighting_up is not None:
            self._lighting_up.cancel()
        self._received = sys.maxsize
        self._wake()

    def _light_up(self) -> None:
        self._carries = True
        self._update()

    def _update(self) -> None:
        is_up = self.client.is_open and self.server.is_open
        for end in (self.client, self.server):
            end.is_wanted = is_up and self._carries
            end.update()

    def _wake(self) -> None:
        for threshold, future in self._waiting:
            if self._received >= threshold and not future.done():
                future.set_result(None)
        self._waiting = [waiter for waiter in self._waiting if not waiter[1].done()]


class _End(asyncio.Protocol):
    """One socket of a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._transport: asyncio.Transport | None = None
        # Whether what comes is wanted, and whether the end across can take it. What is not read waits
        # in the system's buffers.
        self.is_wanted = False
        self.is_congested = False

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    @property
    def port(self) -> int:
        """Its own port; 0 before it is open."""
        if self._transport is None:
            return 0
        name: tuple[str, int] = self._transport.get_extra_info("sockname")
        return name[1]

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        if self._transport is not None:
            sock: socket.socket = self._transport.get_extra_info("socket")
            with suppress(OSError):  # it may be closed already
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._connection.opened()

    def data_received(self, data: bytes) -> None:
        self._connection.data(self, data)

    def pause_writing(self) -> None:
        across = self._connection.other(self)
        across.is_congested = True
        across.update()

    def resume_writing(self) -> None:
        across = self._connection.other(self)
        across.is_congested = False
        across.update()

    def connection_lost(self, exc: Exception | None) -> None:
        # An error at one end is one at the other.
        across = self._connection.other(self)
        if exc is None:
            across.close()
        else:
            across.reset()
        self._connection.ended()

    def update(self) -> None:
        """Read, or not, as is wanted and possible."""
        if self._transport is None or self._transport.is_closing():
            return
        if self.is_wanted and not self.is_congested:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()
