"""Asking endpoints of every kind: there is always an answer."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import pytest
from anyio.abc import SocketAttribute

from asyncspeech.telemetry.dashboard.address import read_address
from asyncspeech.telemetry.dashboard.endpoint import Health
from asyncspeech.telemetry.dashboard.reading import ask, new_client
from tests.telemetry.dashboard.pages import Process

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from anyio.abc import SocketStream

    from asyncspeech.telemetry.dashboard.endpoint import Answer


@asynccontextmanager
async def serving(answer: bytes, *, hangs: bool = False) -> AsyncGenerator[str]:
    """Something that answers with these bytes, whatever it is asked."""

    async def handle(stream: SocketStream) -> None:
        async with stream:
            await stream.receive()
            await stream.send(answer)
            if hangs:
                await anyio.sleep_forever()

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, handle)
        (where,) = [one.extra(SocketAttribute.local_port) for one in listener.listeners]  # noqa: S610 - not Django's
        yield f"127.0.0.1:{where}"
        tasks.cancel_scope.cancel()


async def asked(where: str, timeout: float = 5.0) -> Answer:  # noqa: ASYNC109 - what is handed on
    async with new_client() as client:
        return await ask(client, read_address(where), timeout)


def page(body: str, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def test_metrics_are_read() -> None:
    process = Process()
    process.add("session.active", 4)
    async with serving(page(process.page)) as where:
        answer = await asked(where)
    assert answer.health is Health.UP
    assert list(answer.samples.values()) == [4.0]


@pytest.mark.parametrize(
    ("said", "health", "reason"),
    [
        (page("", "404 Not Found"), Health.NO_DATA, "answers 404 Not Found"),
        (page("<html></html>"), Health.NO_DATA, "answers with a web page, not with metrics"),
        (page("up 1\n"), Health.NO_DATA, "has no metrics of asyncspeech"),
        (b"SSH-2.0-OpenSSH\r\n", Health.DOWN, "broke off: "),
        (b"", Health.DOWN, "broke off: "),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nup", Health.DOWN, "broke off: "),
    ],
)
async def test_another_answer_is_told(said: bytes, health: Health, reason: str) -> None:
    async with serving(said) as where:
        answer = await asked(where)
    assert answer.health is health
    assert answer.reason.startswith(reason)
    assert "\n" not in answer.reason


async def test_one_that_does_not_finish_is_not_waited_for() -> None:
    async with serving(b"HTTP/1.1 200 OK\r\n", hangs=True) as where:
        answer = await asked(where, timeout=0.05)
    assert (answer.health, answer.reason) == (Health.DOWN, "no answer within 0.05 s")


async def test_one_that_is_not_there_is_told_by_the_systems_word() -> None:
    answer = await asked("127.0.0.1:1")
    assert (answer.health, answer.reason) == (Health.DOWN, "cannot be reached: Connection refused")
