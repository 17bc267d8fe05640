"""Sessions whose tokens expire, are refused, or are slow to come; over TLS, as in earnest."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.auth.credentials import AnonymousCredentials

from asyncspeech import (
    AuthenticationError,
    Client,
    RenewalPolicy,
    RetryPolicy,
    StreamLostError,
    StreamRecovered,
)
from asyncspeech.emulator import Coded, Emulator, Project, coded
from tests.session.scenario import scaled, score
from tests.support.servers import serving
from tests.support.tls import encrypting, self_signed
from tests.support.tokens import token_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path

    from tests.support.tokens import TokenServer

pytestmark = pytest.mark.usefixtures("no_task_is_left")

CERTIFICATE = self_signed("a test")
RECORDING = coded.encode(20)


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with token_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the tests' certificate, and no other."""
    trusting = partial(grpc.ssl_channel_credentials, CERTIFICATE.certificate)
    monkeypatch.setattr(grpc, "ssl_channel_credentials", trusting)
    monkeypatch.delenv("SPEECH_EMULATOR_HOST", raising=False)


@asynccontextmanager
async def client_of(
    address: str, tokens: TokenServer, folder: Path, **options: Any
) -> AsyncGenerator[Client, None]:
    async with encrypting(address, CERTIFICATE, folder) as endpoint:
        async with Client(
            "p",
            credentials=tokens.credentials(),
            client_options={"api_endpoint": endpoint, **options},
        ) as client:
            yield client


async def test_a_session_has_a_token_for_each_stream_and_a_new_one_when_the_last_is_stale(
    tokens: TokenServer, tmp_path: Path
) -> None:
    tokens.expires_in = 226  # good for a second, as google-auth wants to have 225 s left
    seen: list[dict[str, Any]] = []

    async def note(requests: Any, context: Any) -> None:
        seen.append(dict(context.invocation_metadata()))
        count = 0
        async for _ in requests:
            count += 1
            if len(seen) == 1 and count == 2:
                await asyncio.sleep(1.1)
                await context.abort(grpc.StatusCode.ABORTED, "Max duration of 5 minutes reached.")

    async with serving(note) as address:
        async with client_of(address, tokens, tmp_path, quota_project_id="payer") as client:
            async with client.session(drain_timeout=5) as session:
                events = session.events()
                await session.send(bytes(3_200))
                async for event in events:
                    if isinstance(event, StreamRecovered):
                        break
    assert [headers["authorization"] for headers in seen] == [
        "Bearer token-secret-1",
        "Bearer token-secret-2",
    ]
    assert {headers["x-goog-user-project"] for headers in seen} == {"payer"}
    assert all("gapic" in headers["x-goog-api-client"] for headers in seen)


async def test_a_token_that_is_refused_is_replaced_once_and_no_word_is_lost(
    tokens: TokenServer, tmp_path: Path
) -> None:
    project = Project(access_token="token-secret-2")  # the first is no good
    async with Emulator(Coded(), project=project) as emulator:
        async with client_of(emulator.address, tokens, tmp_path) as client:
            transcript = await client.transcribe(_chunks(RECORDING.audio))
        assert [stream.status for stream in emulator.streams] == ["OK"]
    assert tokens.given == ["token-secret-1", "token-secret-2"]
    assert score(RECORDING, transcript.results).lost == 0


async def test_a_fresh_token_that_is_refused_as_well_ends_the_session(
    tokens: TokenServer, tmp_path: Path
) -> None:
    async with Emulator(Coded(), project=Project(access_token="another")) as emulator:
        async with client_of(emulator.address, tokens, tmp_path) as client:
            with pytest.raises(
                AuthenticationError, match="invalid authentication credentials"
            ) as refusal:
                await client.transcribe(_chunks(RECORDING.audio))
    assert tokens.given == ["token-secret-1", "token-secret-2"]
    assert refusal.value.unsent == pytest.approx(RECORDING.duration, abs=0.5)


async def test_many_sessions_that_are_refused_together_share_one_fresh_token(
    tokens: TokenServer, tmp_path: Path
) -> None:
    project = Project(access_token="token-secret-2")
    async with Emulator(Coded(), project=project) as emulator:
        async with client_of(emulator.address, tokens, tmp_path) as client:
            transcripts = await asyncio.gather(
                *(client.transcribe(_chunks(RECORDING.audio)) for _ in range(20))
            )
    assert tokens.given == ["token-secret-1", "token-secret-2"]
    assert all(score(RECORDING, transcript.results).lost == 0 for transcript in transcripts)


async def test_a_token_server_that_is_down_is_waited_for(tokens: TokenServer, tmp_path: Path) -> None:
    tokens.refusal, tokens.status = "temporarily_unavailable", 400
    retry = RetryPolicy(initial_delay=0.02, max_delay=0.05, max_outage=5.0)
    async with Emulator(Coded()) as emulator:
        async with client_of(emulator.address, tokens, tmp_path) as client:
            async with client.session(retry=retry) as session:
                await session.send(RECORDING.audio)
                await session.end()
                while tokens.asked < 3:
                    await asyncio.sleep(0.01)
                tokens.refusal = ""
                await session.wait()
    assert score(RECORDING, session.transcript.results).lost == 0


async def test_credentials_that_are_revoked_are_given_up_on_at_once(
    tokens: TokenServer, tmp_path: Path
) -> None:
    tokens.refusal = "invalid_grant"
    async with Emulator(Coded()) as emulator:
        async with client_of(emulator.address, tokens, tmp_path) as client:
            with pytest.raises(AuthenticationError, match="invalid_grant") as refusal:
                await client.transcribe(_chunks(RECORDING.audio))
            assert not emulator.streams
    assert tokens.asked == 2
    assert refusal.value.partial is not None


async def test_a_caller_may_have_to_show_a_certificate(
    tokens: TokenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_API_USE_CLIENT_CERTIFICATE", "true")
    own = self_signed("a caller")

    async with Emulator(Coded()) as emulator:
        async with encrypting(emulator.address, CERTIFICATE, tmp_path, client=own) as endpoint:
            options = {
                "api_endpoint": endpoint,
                "client_cert_source": lambda: (own.certificate, own.key),
            }
            async with Client("p", credentials=tokens.credentials(), client_options=options) as client:
                transcript = await client.transcribe(_chunks(RECORDING.audio))
            assert score(RECORDING, transcript.results).lost == 0
            monkeypatch.setenv("GOOGLE_API_USE_CLIENT_CERTIFICATE", "false")
            async with Client("p", credentials=tokens.credentials(), client_options=options) as client:
                with pytest.raises(StreamLostError):
                    await client.transcribe(_chunks(RECORDING.audio), retry=RetryPolicy(max_outage=0.2))


class TestConnect:
    async def test_the_first_session_finds_everything_done(
        self, tokens: TokenServer, tmp_path: Path
    ) -> None:
        tokens.delay = 0.3
        async with Emulator(Coded()) as emulator:
            async with client_of(emulator.address, tokens, tmp_path) as client:
                await asyncio.gather(client.connect(), client.connect())
                await client.connect()
                assert tokens.asked == 1
                loop = asyncio.get_running_loop()
                began = loop.time()
                await client.transcribe(_chunks(RECORDING.audio[:32_000]))
                assert loop.time() - began < 0.3
                assert tokens.asked == 1

    async def test_a_service_that_cannot_be_reached_is_one_clear_error(self) -> None:
        async with Client(
            "p",
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": "localhost:1"},
        ) as client:
            with pytest.raises(StreamLostError) as lost:
                await client.connect(0.2)
        assert str(lost.value) == "UNAVAILABLE: localhost:1 could not be reached within 0.2 s"
        assert "asyncspeech doctor" in lost.value.hint

    async def test_nor_is_a_token_waited_for_too_long(self, tokens: TokenServer, tmp_path: Path) -> None:
        tokens.delay = 0.5
        async with Emulator(Coded()) as emulator:
            async with client_of(emulator.address, tokens, tmp_path) as client:
                with pytest.raises(StreamLostError, match=r"no access token could be had within 0\.2 s"):
                    await client.connect(0.2)

    async def test_revoked_credentials_are_told_as_such(
        self, tokens: TokenServer, tmp_path: Path
    ) -> None:
        tokens.refusal = "invalid_grant"
        async with Emulator(Coded()) as emulator:
            async with client_of(emulator.address, tokens, tmp_path) as client:
                with pytest.raises(AuthenticationError, match="invalid_grant"):
                    await client.connect()

    async def test_it_can_be_cancelled(self, tokens: TokenServer, tmp_path: Path) -> None:
        tokens.delay = 0.5
        async with Emulator(Coded()) as emulator:
            async with client_of(emulator.address, tokens, tmp_path) as client:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await client.connect()


METADATA = """
import asyncio
from asyncspeech import Client

async def main():
    loop = asyncio.get_running_loop()
    worst = 0.0

    async def tick():
        nonlocal worst
        while True:
            last = loop.time()
            await asyncio.sleep(0.005)
            worst = max(worst, loop.time() - last)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.05)
    worst, began = 0.0, loop.time()
    async with Client(client_options={"api_endpoint": "localhost:1"}) as client:
        headers = await client._channels.authorization.headers()
        print(client._endpoint.project, headers[0][1], round(loop.time() - began, 2), round(worst, 3))
    ticking.cancel()

asyncio.run(main())
"""


async def test_a_slow_metadata_server_does_not_hold_up_the_loop(
    tokens: TokenServer, tmp_path: Path
) -> None:
    tokens.delay = 0.3
    host = tokens.url.removeprefix("http://")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GOOGLE_")},
        "GCE_METADATA_HOST": host,
        "GCE_METADATA_ROOT": host,
        "GCE_METADATA_IP": host,
        "CLOUDSDK_CONFIG": str(tmp_path),
        "GCE_METADATA_TIMEOUT": "30",  # a busy machine has more than 3 s
        "NO_PROXY": "*",
        "PYTHONWARNINGS": "error,ignore::FutureWarning",  # so Google announces what it will not support
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", METADATA, env=environment, stdout=PIPE, stderr=PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    project, scheme, token, took, worst = output.decode().split()
    assert (project, scheme, token) == ("metadata-project", "Bearer", "token-secret-1")
    assert float(took) >= 0.9  # it is asked three times at least: is it there, which project, a token
    assert float(worst) < 0.2


async def _chunks(audio: bytes) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(audio), 3_200):
        yield audio[start : start + 3_200]


async def test_a_stream_that_replaces_another_shares_its_connection(
    tokens: TokenServer, tmp_path: Path
) -> None:
    renewal = RenewalPolicy(after=0.2, by=0.4, overlap=0.1)
    async with Emulator(Coded()) as emulator:
        async with client_of(emulator.address, tokens, tmp_path) as client:
            async with client.session(replace(scaled(), renewal=renewal)) as session:
                for start in range(0, len(RECORDING.audio), 3_200):
                    await session.send(RECORDING.audio[start : start + 3_200])
                    await asyncio.sleep(0.01)
            assert session.stats.renewals >= 2
            assert len(client._channels) == 1
    assert tokens.asked == 1
