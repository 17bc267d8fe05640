"""uvicorn, which lets conversations finish before it stops.

The first thing that uvicorn does to stop is to close all web sockets, before the application hears of
it. So the conversations have to be over by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import uvicorn

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from starlette.applications import Starlette

    from .limits import Limits

__all__ = ("Server",)

# What is larger than the application takes is answered in words; what is larger than this is not read.
_SIZE_IN_MESSAGES = 4
_URGENT_SECONDS = 0.1
_FAREWELL_SECONDS = 5


class Server(uvicorn.Server):
    """Serves the application.

    Args:
        app: What `create_app` made.
        limits: What it was made with.
        host: The address to listen on.
        port: The port to listen on; 0 for any that is free.
    """

    def __init__(self, app: Starlette, limits: Limits, *, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                server_header=False,
                timeout_graceful_shutdown=_FAREWELL_SECONDS,
                ws="websockets-sansio",
                ws_max_size=_SIZE_IN_MESSAGES * limits.message_bytes,
                ws_per_message_deflate=False,  # audio hardly gets smaller
            )
        )
        self._app = app
        self._is_urgent = False

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the conversations finish, unless Ctrl-C is pressed again; then stop."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._stop_waiting, tasks.cancel_scope)
            await self._app.state.conversations.drain()
            tasks.cancel_scope.cancel()
        await super().shutdown(sockets)

    async def _stop_waiting(self, scope: anyio.CancelScope) -> None:
        while not self._is_urgent:  # noqa: ASYNC110 - set by a signal handler, which wakes nobody
            await anyio.sleep(_URGENT_SECONDS)
        scope.cancel()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; told so again, do not wait for anybody. The application is left in an orderly way."""
        self._is_urgent = self.should_exit
        super().handle_exit(sig, frame)
        self.force_exit = False  # else uvicorn would leave it running
