"""No secret, and nothing that was said, gets into texts, logs, errors or figures."""

from __future__ import annotations

import logging
import pickle
import traceback
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.api_core.client_options import ClientOptions

from asyncspeech import AsyncSpeechError, Client, RetryPolicy
from asyncspeech.emulator import Abort, Emulator, Faults, Project, Scripted
from tests.support.tls import encrypting, self_signed
from tests.support.tokens import CLIENT_SECRET, REFRESH_TOKEN, token_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path

    from tests.support.tokens import TokenServer

API_KEY = "api-key-secret"
SAID = "unmentionable"
SECRETS = ("token-secret", REFRESH_TOKEN, CLIENT_SECRET, API_KEY, SAID)
CERTIFICATE = self_signed("a test")


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with token_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    trusting = partial(grpc.ssl_channel_credentials, CERTIFICATE.certificate)
    monkeypatch.setattr(grpc, "ssl_channel_credentials", trusting)


@asynccontextmanager
async def open_client(
    tokens: TokenServer, folder: Path, **emulator: Any
) -> AsyncGenerator[Client, None]:
    async with Emulator(Scripted(SAID), **emulator) as service:
        async with encrypting(service.address, CERTIFICATE, folder) as endpoint:
            options = {"api_endpoint": endpoint}
            async with Client("p", credentials=tokens.credentials(), client_options=options) as client:
                yield client


def texts_of(*things: object, depth: int = 4) -> Iterator[str]:
    """What things look like, and what they are made of: what a debugger or a log would show."""
    for thing in things:
        if type(thing).__module__.startswith("asyncspeech"):
            yield repr(thing)
            yield str(thing)
            if depth and hasattr(thing, "__dict__"):
                yield from texts_of(*vars(thing).values(), depth=depth - 1)


def assert_silent(*texts: str, but: tuple[str, ...] = ()) -> None:
    for text in texts:
        assert not [secret for secret in SECRETS if secret in text and secret not in but], text


@pytest.mark.parametrize(
    "trouble",
    [
        {},
        {"project": Project(access_token="another")},
        {"project": Project(permissions=frozenset())},
        {"faults": Faults(Abort("UNAVAILABLE"))},
        {"faults": Faults(Abort("UNAVAILABLE", stream=1, at=1.5))},
    ],
    ids=["all is well", "a refused token", "no permission", "an outage", "a recovery"],
)
async def test_neither_in_logs_nor_in_errors_nor_in_figures(
    trouble: dict[str, Any],
    tokens: TokenServer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    errors: list[AsyncSpeechError] = []
    async with open_client(tokens, tmp_path, **trouble) as client:
        session = client.session(retry=RetryPolicy(max_outage=0.2))
        try:
            async with session:
                await session.send(bytes(32_000) * 3)
        except AsyncSpeechError as error:
            errors.append(error)
        assert_silent(*texts_of(client), repr(session), str(session.stats))
    assert tokens.given
    for failure in errors:
        assert_silent(
            repr(failure), failure.hint, *traceback.format_exception(failure), str(failure.__cause__)
        )
        assert_silent(*map(str, vars(pickle.loads(pickle.dumps(failure))).values()))  # noqa: S301 - ours
    assert_silent(caplog.text)
    assert_silent(*capfd.readouterr())


async def test_nor_when_no_token_can_be_had(
    tokens: TokenServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tokens.refusal = "invalid_grant"
    async with open_client(tokens, tmp_path) as client:
        with pytest.raises(AsyncSpeechError) as refusal:
            await client.connect()
    assert_silent("".join(traceback.format_exception(refusal.value)), repr(refusal.value), caplog.text)


async def test_an_api_key_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for options in ({"api_key": API_KEY}, ClientOptions(api_key=API_KEY)):
        async with Client("p", client_options=options) as client:
            assert_silent(*texts_of(client._endpoint, client, depth=1))
            with suppress(AsyncSpeechError):
                await client.connect(0.01)
    assert_silent(caplog.text)


def test_the_test_would_see_one() -> None:
    with pytest.raises(AssertionError):
        assert_silent(f"Bearer {SECRETS[0]}-1")
