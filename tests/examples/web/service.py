"""The web example, served on loopback by its own server."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asyncspeech import Client
from examples.web.app import create_app
from examples.web.limits import Limits
from examples.web.server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from asyncspeech import SessionConfig
    from examples.web.conversations import Conversations


@dataclass(frozen=True)
class Service:
    """Where it is.

    Attributes:
        port: The port that it listens on.
        app: The application.
    """

    port: int
    app: Any

    @property
    def origin(self) -> str:
        """The origin of its pages."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Where its web sockets are."""
        return f"ws://127.0.0.1:{self.port}/listen"

    @property
    def conversations(self) -> Conversations:
        """Its conversations."""
        conversations: Conversations = self.app.state.conversations
        return conversations


@asynccontextmanager
async def serving(
    emulator_host: str,
    *,
    limits: Limits | None = None,
    connect: Callable[[], Client] | None = None,
    config: SessionConfig | None = None,
    **more: Any,
) -> AsyncGenerator[Service, None]:
    """Serve it; what it is made with is `create_app`'s."""
    limits = limits or Limits()
    app = create_app(
        connect or (lambda: Client(emulator_host=emulator_host)), limits=limits, config=config, **more
    )
    server = Server(app, limits, host="127.0.0.1", port=0)
    task = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started or task.done())
        yield Service(server.servers[0].sockets[0].getsockname()[1], app)
    finally:
        server.should_exit = True
        await task


async def until(condition: Callable[[], object], patience: float = 20.0) -> None:
    """Wait for what can only be looked at."""
    async with asyncio.timeout(patience):
        while not condition():
            await asyncio.sleep(0.01)
