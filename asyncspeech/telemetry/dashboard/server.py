"""`serve`: the dashboard as one task, which leaves nothing behind.

NiceGUI would run its own server, take the process's signals and restart itself. Here it is an
application on a server of ours, which ends when it is cancelled. It keeps its pages in the process, of
which there can so be one.
"""

from __future__ import annotations

import ipaddress
import socket
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import anyio
import uvicorn
from fastapi import FastAPI
from nicegui import Event, ui

from asyncspeech.errors import ConfigurationError
from asyncspeech.telemetry.dashboard.page import Page
from asyncspeech.telemetry.dashboard.watch import Watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from asyncspeech.telemetry.dashboard.address import Address

__all__ = ("is_loopback", "listen", "serve")

_FAREWELL = 1
"""Whole seconds that a browser has to close its connection."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """A socket that browsers can connect to. May block, to look the host up.

    Raises:
        ConfigurationError: The port cannot be listened on.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigurationError(
            "port",
            f"port {port} of {host} cannot be listened on: {error.strerror or error}",
            hint="another dashboard may run there; port 0 takes any that is free",
        ) from error


async def serve(
    addresses: Sequence[Address],
    listener: socket.socket,
    *,
    every: float,
    started: anyio.Event,
    ended: anyio.Event,
) -> None:
    """Serve the page, until told to end. Once in a process.

    Args:
        addresses: The endpoints that it shows.
        listener: Where, from `listen`; it is closed in the end.
        every: Seconds from one round of questions to the next.
        started: Set when pages can be fetched.
        ended: Set it to end.
    """
    rounds: Event[[]] = Event()
    watch = Watch(addresses, every=every, on_round=rounds.emit)

    @ui.page("/")
    def _index() -> None:
        rounds.subscribe(Page(watch).show)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        started.set()
        yield

    application = FastAPI(lifespan=lifespan, openapi_url=None)
    ui.run_with(
        application,
        title="asyncspeech dashboard",
        dark=None,
        language="en-GB",
        tailwind=False,
        show_welcome_message=False,
        # What a tab missed while it was away is not worth keeping: the next round has it all.
        message_history_length=0,
    )
    server = _Server(
        uvicorn.Config(
            application,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=_FAREWELL,
        )
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch.run)
        tasks.start_soon(_end, server, ended)
        await server.serve([listener])
        tasks.cancel_scope.cancel()


async def _end(server: uvicorn.Server, ended: anyio.Event) -> None:
    await ended.wait()
    server.should_exit = True


class _Server(uvicorn.Server):
    """Leaves the process's signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
