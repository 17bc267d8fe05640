"""Servers that hand out access tokens, in a thread of their own: as slow and as unwilling as wanted."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from google.oauth2.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Generator

REFRESH_TOKEN = "1//refresh-secret"  # noqa: S105 - what tests look for
CLIENT_SECRET = "client-secret"  # noqa: S105 - as above


class TokenServer:
    """A token endpoint, and a metadata server.

    Attributes:
        url: Its address.
        delay: Seconds that it takes to answer.
        expires_in: How long a token is good for, in seconds.
        refusal: The reason for which it gives no token (RFC 6749, 5.2); empty if it does.
        status: The HTTP status of a refusal.
        given: The tokens that it gave.
        asked: How often it was asked for one, answered or not.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.delay = 0.0
        self.expires_in = 3_600
        self.refusal = ""
        self.status = 400
        self.given: list[str] = []
        self.asked = 0

    def credentials(self) -> Credentials:
        """Credentials of a person whose tokens come from here."""
        return Credentials(
            None,
            refresh_token=REFRESH_TOKEN,
            token_uri=f"{self.url}/token",
            client_id="client",
            client_secret=CLIENT_SECRET,
        )

    def answer(self, path: str) -> tuple[int, str, dict[str, str]]:
        """Status, body and headers of an answer."""
        self.asked += path.startswith("/token") or (
            "token" in path and path.startswith("/computeMetadata")
        )
        time.sleep(self.delay)
        metadata = {"Metadata-Flavor": "Google", "Content-Type": "application/text"}
        if path.startswith("/computeMetadata/v1/project/project-id"):
            return 200, "metadata-project", metadata
        if "universe" in path:
            return 200, "googleapis.com", metadata
        if path.startswith("/computeMetadata") and "token" not in path:
            account = {"aliases": ["default"], "email": "me@example.com", "scopes": ["x"]}
            return 200, json.dumps(account), {**metadata, "Content-Type": "application/json"}
        if not path.startswith(("/token", "/computeMetadata")):
            return 200, "", metadata
        kind = {**metadata, "Content-Type": "application/json"}
        if self.refusal:
            body = {"error": self.refusal, "error_description": "Token has been expired or revoked."}
            return self.status, json.dumps(body), kind
        token = f"token-secret-{len(self.given) + 1}"
        self.given.append(token)
        answer = {"access_token": token, "expires_in": self.expires_in, "token_type": "Bearer"}
        return 200, json.dumps(answer), kind


@contextmanager
def token_server() -> Generator[TokenServer, None, None]:
    """A server on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body, headers = server.answer(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            with suppress(ConnectionError):  # somebody who did not want to wait
                self.end_headers()
                self.wfile.write(body.encode())

        do_POST = do_GET  # noqa: N815 - the name that the library looks for

        def log_message(self, *_: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = TokenServer(f"http://127.0.0.1:{http.server_port}")
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
