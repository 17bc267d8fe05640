"""The server, and which connections it takes: those that Twilio has signed.

https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from websockets.asyncio.server import serve

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from websockets.asyncio.server import Server, ServerConnection
    from websockets.http11 import Request, Response

    from .switchboard import Switchboard

__all__ = ("Doorkeeper", "listen", "signature")

MOST_MESSAGE_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Decides which connections are taken.

    Attributes:
        public_url: The address that Twilio was told to call.
        auth_token: What Twilio signs with; empty to take unsigned connections.
        most_calls: How many calls there may be at a time.
    """

    public_url: str
    auth_token: str
    most_calls: int

    @property
    def path(self) -> str:
        """Where calls come in here."""
        return urlsplit(self.public_url).path or "/"

    def check(self, socket: ServerConnection, request: Request) -> Response | None:
        """Refuse a connection, or give None to take it."""
        if request.path != self.path:
            return socket.respond(HTTPStatus.NOT_FOUND, "no calls here\n")
        given = request.headers.get_all("X-Twilio-Signature")
        if self.auth_token and not self._is_signature(given):
            return socket.respond(HTTPStatus.FORBIDDEN, "not signed by Twilio\n")
        if len(socket.server.connections) >= self.most_calls:
            return socket.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many calls\n")
        return None

    def _is_signature(self, given: list[str]) -> bool:
        wanted = signature(self.public_url, self.auth_token).encode()
        return len(given) == 1 and hmac.compare_digest(given[0].encode(), wanted)


def signature(url: str, auth_token: str) -> str:
    """What Twilio signs a GET of an address with; of a POST, its parameters follow the address."""
    digest = hmac.digest(auth_token.encode(), url.encode(), hashlib.sha1)
    return base64.b64encode(digest).decode()


def listen(
    switchboard: Switchboard, doorkeeper: Doorkeeper, host: str, port: int
) -> AbstractAsyncContextManager[Server]:
    """The server. Leaving it hangs up all calls, and writes down what was said in them."""
    return serve(
        switchboard.answer,
        host,
        port,
        process_request=doorkeeper.check,
        max_size=MOST_MESSAGE_BYTES,
        compression=None,  # base64 of mu-law does not get smaller
    )
