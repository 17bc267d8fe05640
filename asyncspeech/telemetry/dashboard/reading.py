"""Asking an endpoint for its metrics. Whatever it does, there is an answer."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import anyio
import httpx

from asyncspeech.telemetry.dashboard.endpoint import Answer, Health
from asyncspeech.telemetry.dashboard.samples import NoSamplesError, read_samples
from asyncspeech.wording import one_line

if TYPE_CHECKING:
    from asyncspeech.telemetry.dashboard.address import Address

__all__ = ("ask", "new_client")

_MOST_BYTES = 20_000_000
_HEADERS = {"Accept": "text/plain;version=0.0.4"}
_OK = 200


def new_client() -> httpx.AsyncClient:
    """A client for `ask`: without proxies, which would be asked for this machine's own addresses."""
    return httpx.AsyncClient(trust_env=False, headers=_HEADERS)


async def ask(client: httpx.AsyncClient, address: Address, timeout: float) -> Answer:  # noqa: ASYNC109 - it is an answer, too
    """Ask once.

    Args:
        client: From `new_client`.
        address: Whom.
        timeout: How many seconds to wait for the whole answer.
    """
    with anyio.move_on_after(timeout):
        try:
            return await _fetch(client, address)
        except NoSamplesError as error:
            return Answer(Health.NO_DATA, str(error))
        except httpx.ConnectError as error:
            return Answer(Health.DOWN, f"cannot be reached: {_cause(error)}")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            return Answer(Health.DOWN, f"broke off: {one_line(str(error), 100) or type(error).__name__}")
    return Answer(Health.DOWN, f"no answer within {timeout:g} s")


async def _fetch(client: httpx.AsyncClient, address: Address) -> Answer:
    async with client.stream("GET", address.url, timeout=None) as response:
        if response.status_code != _OK:
            reason = one_line(response.reason_phrase, 50)
            raise NoSamplesError(f"answers {response.status_code} {reason}".rstrip())
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > _MOST_BYTES:
                raise NoSamplesError(f"answers with more than {_MOST_BYTES // 1_000_000} MB")
    return Answer(Health.UP, samples=read_samples(body.decode(errors="replace")))


def _cause(error: BaseException) -> str:
    """What the operating system says, which is at the end of the chain."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause.exceptions[-1] if isinstance(cause, BaseExceptionGroup) else cause
    if isinstance(error, socket.gaierror):
        return "there is no such host"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return one_line(str(error), 100)
