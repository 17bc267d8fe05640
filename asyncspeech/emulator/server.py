"""`Emulator`: the service's address on this machine."""

from __future__ import annotations

import asyncio
import errno
import warnings
from contextlib import AsyncExitStack
from ipaddress import ip_address
from typing import TYPE_CHECKING

import grpc

from asyncspeech.emulator.assumptions import Assumptions
from asyncspeech.emulator.faults import Faults
from asyncspeech.emulator.handlers import Handlers
from asyncspeech.emulator.limits import Limits
from asyncspeech.emulator.log import StreamLog
from asyncspeech.emulator.models import MODELS
from asyncspeech.emulator.project import Project
from asyncspeech.emulator.relay import Relay
from asyncspeech.emulator.service import Service
from asyncspeech.emulator.stream import Streams
from asyncspeech.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from asyncspeech.emulator.log import StreamRecord
    from asyncspeech.emulator.models import Model
    from asyncspeech.emulator.recognizer import Recognizer

__all__ = ("Emulator",)

_LOOPBACK = "127.0.0.1"


class Emulator:
    """Speech-to-Text V2 on this machine, inside ``async with``.

    Point any client at `address`, without TLS and credentials; ``asyncspeech.Client`` by
    ``emulator_host=`` or by the environment variable ``SPEECH_EMULATOR_HOST``.

    Args:
        recognizer: What recognises the audio.
        host: The address to listen on. Anybody who can reach it can use the emulator, so an address that
            other machines can reach is warned of.
        port: The port to listen on; 0 for any that is free.
        limits: How much it takes, and how long it waits; as the service if None.
        faults: What goes wrong; nothing if None.
        project: Whose service it is, and what callers may do; everything if None.
        models: What models there are, where, and what they can do.
        location: The location that it serves, like one of the service's endpoints; any if None.
        assumptions: What it does where the service's way is not known.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        *,
        host: str = _LOOPBACK,
        port: int = 0,
        limits: Limits | None = None,
        faults: Faults | None = None,
        project: Project | None = None,
        models: Sequence[Model] = MODELS,
        location: str | None = None,
        assumptions: Assumptions | None = None,
    ) -> None:
        self._recognizer = recognizer
        self._host = host
        self._port = port
        self._limits = limits or Limits()
        self._faults = faults or Faults()
        self._project = project or Project()
        self._models = tuple(models)
        self._location = location
        self._assumptions = assumptions or Assumptions()
        self._streams: Streams | None = None
        self._log: StreamLog | None = None
        self._address: str | None = None
        self._resources = AsyncExitStack()

    @property
    def address(self) -> str:
        """Where it listens, as ``host:port``.

        Raises:
            UsageError: It does not listen yet.
        """
        if self._address is None:
            raise UsageError(
                "the emulator is not running", hint="use it inside 'async with Emulator(...)'"
            )
        return self._address

    @property
    def streams(self) -> tuple[StreamRecord, ...]:
        """What each stream has seen so far, in the order of their opening; the last 10,000 of them.

        It is still there after the emulator has stopped.
        """
        return () if self._log is None else self._log.records()

    @property
    def faults(self) -> Faults:
        """What goes wrong with the streams that are opened from now on. It can be set."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults = faults
        if self._streams is not None:
            self._streams.faults = faults

    def report(self) -> str:
        """The plan of faults and what each stream saw, for people; no word of what was said."""
        return "\n".join((f"faults: {self._faults}", *map(str, self.streams)))

    async def __aenter__(self) -> Self:
        _warn_if_reachable(self._host)
        async with AsyncExitStack() as resources:
            await resources.enter_async_context(self._recognizer)
            service = Service(
                recognizer=self._recognizer,
                limits=self._limits,
                assumptions=self._assumptions,
                project=self._project,
                models=self._models,
                location=self._location,
            )
            self._log = StreamLog(asyncio.get_running_loop().time)
            server = grpc.aio.server(options=_options(self._limits))
            server_port = server.add_insecure_port(f"{_LOOPBACK}:0")
            relay = Relay(self._host, self._port, server_port)
            self._streams = Streams(service, self._log, relay, self._faults)
            handlers = Handlers(service, self._streams)
            server.add_generic_rpc_handlers((handlers,))
            resources.push_async_callback(handlers.ended)
            resources.push_async_callback(server.stop, None)
            await server.start()
            try:
                await resources.enter_async_context(relay)
            except OSError as error:
                raise UsageError(
                    f"port {self._port} of {self._host} cannot be listened on",
                    hint="another emulator may be running there; port 0 takes any that is free"
                    if error.errno == errno.EADDRINUSE
                    else "it has to be an address of this machine, and a port that you may use",
                ) from error
            for fault in self._faults.of_emulator():
                relay.refuse_later(fault.after or 0.0, fault.seconds)
            host = f"[{self._host}]" if ":" in self._host else self._host
            self._address = f"{host}:{relay.port}"
            self._resources = resources.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._address = None
        await self._resources.aclose()


def _options(limits: Limits) -> tuple[tuple[str, int], ...]:
    return (
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", -1),
        ("grpc.max_concurrent_streams", limits.streams_per_connection),
        # The window of a stream stays what HTTP/2 begins with, so that it is known when a client's
        # writes have backed up.
        ("grpc.http2.bdp_probe", 0),
        # Clients look by pings whether anybody is there. By default, gRPC would hang up on the third.
        ("grpc.http2.max_ping_strikes", 0),
    )


def _warn_if_reachable(host: str) -> None:
    if host == "localhost":
        return
    try:
        is_loopback = ip_address(host).is_loopback
    except ValueError:  # a name: anything
        is_loopback = False
    if not is_loopback:
        warnings.warn(
            f"the emulator listens on {host}: whoever can reach that address can use it, unencrypted",
            stacklevel=3,
        )
