"""The pages, the transcripts, and who may open a web socket."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from asyncspeech import SessionConfig, Transcript

from .conversations import Conversations
from .endings import Refusal
from .limits import Limits
from .line import serve

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
    from starlette.websockets import WebSocket

    from asyncspeech import Client

__all__ = ("create_app",)

_log = logging.getLogger(__name__)

_STATIC = Path(__file__).with_name("static")
_BEARER = "Bearer "
# What a transcript can be had as, with its media type.
_FORMS: dict[str, tuple[str, Callable[[Transcript], str]]] = {
    "txt": ("text/plain", Transcript.to_txt),
    "srt": ("application/x-subrip", Transcript.to_srt),
    "vtt": ("text/vtt", Transcript.to_vtt),
}
# The page has no script, style or picture but its own files, and nobody may frame it.
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_app(
    connect: Callable[[], Client],
    *,
    config: SessionConfig | None = None,
    limits: Limits | None = None,
    hosts: Collection[str] = ("127.0.0.1", "localhost"),
    origins: Collection[str] = (),
) -> Starlette:
    """The application. ``app.state.conversations`` are its conversations, while it runs.

    Args:
        connect: Makes the one client that all conversations share.
        config: What their sessions are to do; pages say at which rate they record.
        limits: What a page may ask for.
        hosts: The names by which the service is reached. A page that reaches it by another, as one does
            that has its own name point here, is refused.
        origins: Pages of which other origins may open web sockets, such as ``"https://example.org"``.
    """
    limits = limits or Limits()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None, None]:
        async with (
            connect() as client,
            Conversations(client, config or SessionConfig(), limits) as app.state.conversations,
        ):
            yield

    async def listen(websocket: WebSocket) -> None:
        origin = websocket.headers.get("origin", "")
        if origin != _own_origin(websocket) and origin not in origins:
            _log.warning("a page of %r may not open a web socket here", origin)
            await websocket.close()  # before it is accepted: the answer is 403
            return
        await websocket.accept()
        await serve(websocket, websocket.app.state.conversations, limits)

    return Starlette(
        routes=[
            WebSocketRoute("/listen", listen),
            Route("/transcript.{form}", _transcript),
            Route("/health", _health),
            Mount("/", StaticFiles(directory=_STATIC, html=True)),
        ],
        middleware=[
            Middleware(_Headers),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
        ],
        lifespan=lifespan,
    )


def _own_origin(websocket: WebSocket) -> str:
    """The origin of the pages that are served here, as a browser writes it."""
    scheme = "https" if websocket.url.scheme == "wss" else "http"
    return f"{scheme}://{websocket.headers.get('host', '')}"


async def _transcript(request: Request) -> Response:
    """What a conversation has said, to whoever has its token: in a header, as addresses are logged."""
    form = _FORMS.get(request.path_params["form"])
    if form is None:
        return PlainTextResponse(f"There are {', '.join(_FORMS)}.\n", 404)
    conversations: Conversations = request.app.state.conversations
    try:
        conversation = conversations.find(request.headers.get("authorization", "").removeprefix(_BEARER))
    except Refusal as refusal:
        return PlainTextResponse(f"{refusal.ending.message}\n", 404)
    media_type, write = form
    return Response(
        write(conversation.transcript), media_type=media_type, headers={"Cache-Control": "no-store"}
    )


async def _health(request: Request) -> Response:
    """Tells a load balancer that the service is up, and how many are speaking."""
    return PlainTextResponse(f"{len(request.app.state.conversations.live)} conversations\n")


class _Headers:
    """Adds headers to every response, but for those that it has."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
