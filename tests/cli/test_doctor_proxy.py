"""Which proxy the doctor thinks that gRPC goes through, against the one that it does."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import grpc
import pytest

from asyncspeech.cli.doctor.finding import Outcome
from asyncspeech.cli.doctor.proxy import proxy_finding, proxy_for

if TYPE_CHECKING:
    from collections.abc import Generator

PROXY = "http://127.0.0.1:PORT"

ENVIRONMENTS: list[dict[str, str]] = [
    {},
    {"https_proxy": PROXY},
    {"http_proxy": PROXY},
    {"grpc_proxy": PROXY},
    {"HTTPS_PROXY": PROXY},
    {"grpc_proxy": "", "https_proxy": PROXY},
    {"https_proxy": "", "http_proxy": PROXY},
    {"https_proxy": "https://127.0.0.1:PORT"},
    {"https_proxy": "127.0.0.1:PORT"},
    {"https_proxy": "http://me:pass@127.0.0.1:PORT"},
    {"https_proxy": PROXY, "no_proxy": "*"},
    {"https_proxy": PROXY, "no_proxy": "localhost"},
    {"https_proxy": PROXY, "no_proxy": "LOCALHOST"},
    {"https_proxy": PROXY, "no_proxy": ".localhost"},
    {"https_proxy": PROXY, "no_proxy": "host"},
    {"https_proxy": PROXY, "no_proxy": "x, localhost ,y"},
    {"https_proxy": PROXY, "no_proxy": "127.0.0.1"},
    {"https_proxy": PROXY, "no_proxy": "127.0.0.0/8"},
    {"https_proxy": PROXY, "no_proxy": "10.0.0.0/8,192.168.0.0/16"},
    {"https_proxy": PROXY, "no_proxy": ""},
    {"https_proxy": PROXY, "NO_PROXY": "localhost"},
    {"https_proxy": PROXY, "no_grpc_proxy": "localhost"},
    {"https_proxy": PROXY, "no_grpc_proxy": "x", "no_proxy": "localhost"},
    {"https_proxy": PROXY, "no_grpc_proxy": "", "no_proxy": "localhost"},
]


@contextmanager
def hanging_up() -> Generator[tuple[int, threading.Event], None]:
    """The port of a server that hangs up on everybody, and whether somebody came."""
    visited = threading.Event()

    def serve() -> None:
        while True:
            connection, _ = server.accept()
            with connection:
                if not connection.recv(1):  # the end of the test
                    return
                visited.set()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], visited
        finally:
            socket.create_connection(server.getsockname()).close()
            thread.join()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("grpc", "https", "http", "no_grpc", "no"):
        for variable in (f"{name}_proxy", f"{name}_proxy".upper()):
            monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=str)
def test_grpc_goes_the_same_way(
    environment: dict[str, str], host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hanging_up() as (proxy_port, at_proxy), hanging_up() as (port, at_service):
        environment = {
            name: value.replace("PORT", str(proxy_port)) for name, value in environment.items()
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(f"{host}:{port}", options=options) as channel:
            with pytest.raises(grpc.RpcError, match="UNAVAILABLE"):
                channel.unary_unary("/a/b", None, None)(b"", timeout=5)
    proxy = proxy_for(host, environment)
    assert (at_proxy.is_set(), at_service.is_set()) == (proxy is not None, proxy is None)
    if proxy is not None:
        assert (proxy.host, proxy.port) == ("127.0.0.1", proxy_port)
        assert "pass" not in repr(proxy)


@pytest.mark.parametrize(
    ("environment", "outcome", "text", "remedy"),
    [
        ({}, "skipped", "none", ""),
        ({"http_proxy": "http://p:1"}, "ok", "p:1, by http_proxy", ""),
        ({"https_proxy": "http://me:pass@p"}, "ok", "p:80, by https_proxy", ""),
        ({"https_proxy": ""}, "skipped", "none: https_proxy is empty", ""),
        (
            {"https_proxy": "http://p:1", "no_proxy": "googleapis.com"},
            "skipped",
            "none: no_proxy excepts speech.googleapis.com",
            "",
        ),
        (
            {"https_proxy": "https://me:pass@p:1"},
            "warning",
            "none: https_proxy is no address that gRPC can use",
            "export https_proxy=http://HOST:PORT",
        ),
        (
            {"https_proxy": "http://p:pass"},
            "warning",
            "none: https_proxy is no address that gRPC can use",
            "export https_proxy=http://HOST:PORT",
        ),
        (
            {"HTTPS_PROXY": "http://p:1"},
            "warning",
            "none: HTTPS_PROXY is set, and gRPC looks at https_proxy only",
            'export https_proxy="$HTTPS_PROXY"',
        ),
    ],
)
def test_what_is_said_of_it(environment: dict[str, str], outcome: str, text: str, remedy: str) -> None:
    finding = proxy_finding("speech.googleapis.com", environment)
    assert (finding.outcome, finding.text, finding.remedy) == (Outcome(outcome), text, remedy)
