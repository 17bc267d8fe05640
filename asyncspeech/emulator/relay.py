"""The front door: a TCP relay before the gRPC server, through which connections can be made to fail.

gRPC keeps its sockets to itself. To refuse connections for a while, to cut one, or to let one carry
nothing, the emulator listens itself and passes bytes on to the gRPC server, which has a port of its own.
The server knows a connection by the address of the relay's end of it; `Relay.connection` finds it by
that.
"""

from __future__ import annotations

import asyncio
import math
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

__all__ = ("Connection", "Relay")

_LOOPBACK = "127.0.0.1"
# To linger for no time is to close with a reset: the other end sees an error, not an end.
_RESET = struct.pack("ii", 1, 0)
# The window of an HTTP/2 stream (RFC 9113, 6.9.2): what a client can send if the server does not read.
WINDOW_BYTES = 65_535
# Longer than the usual pause between two chunks of audio.
_QUIET_SECONDS = 0.25


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
        self._refuses_until = 0.0
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._planned: list[asyncio.TimerHandle] = []

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._port

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._accept, self._host, self._port)
        self._port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for handle in self._planned:
            handle.cancel()
        if self._listener is not None:
            self._listener.close()
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
        """Reset new connections for so long, as they come. Those that are up stay up.

        To a gRPC client, whose connection is none before the server has said something, that is the same
        as if nobody listened; and nobody else can take the port meanwhile.
        """
        now = asyncio.get_running_loop().time()
        self._refuses_until = max(self._refuses_until, now + seconds)

    def refuse_later(self, after: float, seconds: float) -> None:
        """Reset new connections for ``seconds``, beginning in ``after`` seconds."""
        loop = asyncio.get_running_loop()
        self._planned.append(loop.call_later(after, self.refuse, seconds))

    def _accept(self) -> asyncio.BaseProtocol:
        if asyncio.get_running_loop().time() < self._refuses_until:
            return _Refused()
        connection = Connection(on_closed=self._connections.discard)
        self._connections.add(connection)
        task = asyncio.get_running_loop().create_task(self._dial(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return connection.client

    async def _dial(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: connection.server, _LOOPBACK, self._server_port)
        except OSError:  # the server is on its way out
            connection.close()


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
        self._dark_until = 0.0
        self._lighting_up: asyncio.TimerHandle | None = None

    def cut(self) -> None:
        """Break it: both ends see a reset."""
        for end in (self.client, self.server):
            end.reset()

    def blackhole(self, seconds: float | None) -> None:
        """Carry nothing, for so long; for ever if None. What comes meanwhile waits."""
        until = math.inf if seconds is None else asyncio.get_running_loop().time() + seconds
        self._dark_until = max(self._dark_until, until)
        self._light_up_if_it_is_time()

    async def backed_up(self) -> None:
        """Wait until the client can send no more to a stream that is no longer read.

        That is so when it has sent as much as a stream's window holds, or has sent nothing for a while:
        what it had sent before counts too. A closed connection is not waited for.
        """
        most = self._received + WINDOW_BYTES
        before = -1
        while before < self._received < most:
            before = self._received
            await asyncio.sleep(_QUIET_SECONDS)

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

    def other(self, end: _End) -> _End:
        """The end across."""
        return self.server if end is self.client else self.client

    def ended(self) -> None:
        """One end is closed, and so the other has to be."""
        self._on_closed(self)
        if self._lighting_up is not None:
            self._lighting_up.cancel()

    def _light_up_if_it_is_time(self) -> None:
        loop = asyncio.get_running_loop()
        if self._lighting_up is not None:
            self._lighting_up.cancel()
        self._carries = loop.time() >= self._dark_until
        if not self._carries and self._dark_until < math.inf:
            self._lighting_up = loop.call_at(self._dark_until, self._light_up_if_it_is_time)
        self._update()

    def _update(self) -> None:
        is_up = self.client.is_open and self.server.is_open
        for end in (self.client, self.server):
            end.is_wanted = is_up and self._carries
            end.update()


class _Refused(asyncio.Protocol):
    """A connection that is reset as soon as it is made."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        _reset(cast("asyncio.Transport", transport))


class _End(asyncio.Protocol):
    """One socket of a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._transport: asyncio.Transport | None = None
        # Whether what comes is wanted, and whether the end across can take it. What is not read waits
        # in the system's buffers.
        self.is_wanted = False
        self.is_congested = False
        # What came for it before it was open: Python before 3.11.4 reads on when it is told not to as
        # a connection is made (python/cpython#103607).
        self._early: list[bytes] = []

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
        if self._transport is None:
            self._early.append(data)
        else:
            self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        if self._transport is not None:
            _reset(self._transport)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"".join(self._early))
        self._early.clear()
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


def _reset(transport: asyncio.Transport) -> None:
    sock: socket.socket = transport.get_extra_info("socket")
    with suppress(OSError):  # it may be closed already
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()
