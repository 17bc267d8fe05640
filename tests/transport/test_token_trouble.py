"""Tokens that come by way of other servers than a person's, and what their trouble means."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from google.auth import compute_engine, identity_pool, impersonated_credentials
from google.oauth2.credentials import Credentials as Person

from asyncspeech import AuthenticationError, StreamLostError
from asyncspeech.transport.credentials import Authorization

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from google.auth.credentials import Credentials

DENIED = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource"


@contextmanager
def answering(status: int, body: str) -> Iterator[str]:
    """The address of a server that answers everything so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Metadata-Flavor", "Google")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET  # noqa: N815 - the name that the library looks for

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"127.0.0.1:{http.server_port}"
        finally:
            http.shutdown()
            thread.join()


def impersonated(host: str, _: Path) -> Credentials:
    return impersonated_credentials.Credentials(
        Person("source-secret"), "me@theirs.example", ["x"], iam_endpoint_override=f"http://{host}/iam"
    )


def workload(host: str, folder: Path) -> Credentials:
    (folder / "subject").write_text("subject-secret")
    return identity_pool.Credentials(
        audience="//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p",
        subject_token_type="urn:ietf:params:oauth:token-type:jwt",
        token_url=f"http://{host}/sts",
        credential_source={"file": str(folder / "subject")},
        scopes=["x"],
    )


def machine(_: str, __: Path) -> Credentials:
    return compute_engine.Credentials()


KINDS = [impersonated, workload, machine]


async def headers(
    kind: Callable[[str, Path], Credentials], host: str, folder: Path, patch: pytest.MonkeyPatch
) -> Any:
    patch.setattr("google.auth.compute_engine._metadata._GCE_METADATA_HOST", host)
    patch.setattr("google.auth._exponential_backoff.time.sleep", lambda _: None)
    patch.setenv("NO_PROXY", "*")
    return await Authorization(kind(host, folder)).headers()


def error_of(code: int, message: str) -> str:
    return json.dumps({"error": {"code": code, "message": message, "status": "X"}})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, error_of(503, "The service is currently unavailable.")),
        (429, error_of(429, "Too many requests.")),
        (502, "<html>" + "Bad gateway. " * 100),
    ],
    ids=["trouble", "haste", "a page"],
)
async def test_a_server_in_trouble_may_come_back(
    kind: Callable[[str, Path], Credentials],
    status: int,
    body: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with answering(status, body) as host:
        with pytest.raises(StreamLostError, match="no access token can be had: ") as lost:
            await headers(kind, host, tmp_path, monkeypatch)
    assert len(lost.value.status_message) < 700
    assert "secret" not in str(lost.value)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_server_that_is_away_may_come_back(
    kind: Callable[[str, Path], Credentials], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StreamLostError, match="no access token can be had: "):
        await headers(kind, "127.0.0.1:1", tmp_path, monkeypatch)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_refusal_is_for_ever(
    kind: Callable[[str, Path], Credentials], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(403, error_of(403, DENIED)) as host:
        with pytest.raises(AuthenticationError, match="no access token can be had: ") as refusal:
            await headers(kind, host, tmp_path, monkeypatch)
    if kind is not machine:  # which says that there is none, and what it asked
        assert DENIED in str(refusal.value)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "lifetime", "asked"),
    [(impersonated, 3_600, 1), (impersonated, 60, 2), (workload, 3_600, 1)],
)
async def test_what_is_impersonated_or_exchanged_is_used_until_it_is_stale(
    kind: Callable[[str, Path], Credentials], lifetime: int, asked: int, tmp_path: Path
) -> None:
    expiry = datetime.now(UTC) + timedelta(seconds=lifetime)
    answer = {
        "accessToken": "token-1",
        "expireTime": f"{expiry:%Y-%m-%dT%H:%M:%SZ}",
        "access_token": "token-1",
        "expires_in": lifetime,
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "Bearer",
    }
    with answering(200, json.dumps(answer)) as host:
        credentials = kind(host, tmp_path)
        refreshed = _count_refreshes(credentials)
        authorization = Authorization(credentials)
        given = [await authorization.headers() for _ in range(2)]
        assert len(refreshed) == asked
        given.append(await authorization.headers(fresh=True))
        assert len(refreshed) > asked
    assert {dict(items)["authorization"] for items in given} == {"Bearer token-1"}


def _count_refreshes(credentials: Any) -> list[None]:
    refresh, count = credentials.refresh, list[None]()

    def counted(request: Any) -> None:
        count.append(None)
        refresh(request)

    credentials.refresh = counted
    return count
