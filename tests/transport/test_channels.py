"""Credentials, project and endpoint; channels. None of it needs the network."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import google.auth
import pytest
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError
from grpc import ChannelConnectivity

from asyncspeech.errors import ConfigurationError, CredentialsError
from asyncspeech.transport import channels
from asyncspeech.transport.channels import Channels, Endpoint, find_endpoint


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_CLOUD_PROJECT", "SPEECH_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)


def _give_credentials(monkeypatch: pytest.MonkeyPatch, project: str | None) -> AnonymousCredentials:
    found = AnonymousCredentials()  # type: ignore[no-untyped-call]
    monkeypatch.setattr(google.auth, "default", lambda scopes: (found, project))  # noqa: ARG005
    return found


class TestFindEndpoint:
    async def test_an_emulator_needs_neither_credentials_nor_project(self) -> None:
        endpoint = await find_endpoint(project=None, location="global", emulator_host="localhost:1")
        assert endpoint.emulator_host == "localhost:1"
        assert endpoint.recognizer("_") == "projects/emulator/locations/global/recognizers/_"

    async def test_the_environment_names_the_emulator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SPEECH_EMULATOR_HOST", "localhost:2")
        endpoint = await find_endpoint(project="p", location="eu")
        assert endpoint.emulator_host == "localhost:2"
        assert endpoint.recognizer("r") == "projects/p/locations/eu/recognizers/r"

    async def test_a_url_is_no_emulator_host(self) -> None:
        with pytest.raises(ConfigurationError, match="is a URL"):
            await find_endpoint(project=None, location="global", emulator_host="http://localhost:1")

    async def test_the_project_is_the_argument_then_the_environments_then_the_credentials(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _give_credentials(monkeypatch, "theirs")
        assert (await find_endpoint(project=None, location="global")).project == "theirs"
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "environment")
        assert (await find_endpoint(project=None, location="global")).project == "environment"
        assert (await find_endpoint(project="mine", location="global")).project == "mine"

    async def test_missing_credentials_are_one_clear_error(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(scopes: object) -> None:
            del scopes
            raise DefaultCredentialsError("long story")  # type: ignore[no-untyped-call]

        monkeypatch.setattr(google.auth, "default", fail)
        with pytest.raises(CredentialsError, match="no Google credentials") as missing:
            await find_endpoint(project="p", location="global")
        assert "Client.local()" in missing.value.hint
        assert isinstance(missing.value.__cause__, DefaultCredentialsError)

    async def test_a_missing_project_is_one_clear_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _give_credentials(monkeypatch, None)
        with pytest.raises(CredentialsError, match="no Google Cloud project"):
            await find_endpoint(project=None, location="global")

    async def test_credentials_are_looked_up_off_the_loop(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def slow(scopes: object) -> tuple[AnonymousCredentials, str]:
            del scopes
            time.sleep(0.01)  # on the loop, this would fail the test
            return AnonymousCredentials(), "p"  # type: ignore[no-untyped-call]

        monkeypatch.setattr(google.auth, "default", slow)
        await find_endpoint(project=None, location="global")


class TestChannels:
    async def test_streams_share_a_channel_until_it_is_nearly_full(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(channels, "STREAMS_PER_CHANNEL", 3)
        pool = Channels(Endpoint("p", "global", "localhost:1"))
        async with AsyncExitStack() as leases:
            made = [await leases.enter_async_context(pool.lease()) for _ in range(7)]
            clients = [lease.client for lease in made]
            assert len(pool) == 3
            assert [clients.count(client) for client in dict.fromkeys(clients)] == [3, 3, 1]
        async with pool.lease() as lease:
            assert lease.client in clients
        assert len(pool) == 3
        await pool.close()
        assert len(pool) == 0

    async def test_many_who_ask_at_once_share_a_new_channel(self) -> None:
        pool = Channels(Endpoint("p", "global", "localhost:1"))
        async with AsyncExitStack() as leases:
            await asyncio.gather(*(leases.enter_async_context(pool.lease()) for _ in range(20)))
            assert len(pool) == 1
        await pool.close()

    async def test_a_channel_on_which_nothing_came_is_not_used_again_and_closed_with_its_last_stream(
        self,
    ) -> None:
        pool = Channels(Endpoint("p", "global", "localhost:1"))
        async with pool.lease() as other:
            async with pool.lease() as lease:
                lease.suspect()
            assert len(pool) == 0
            transport: Any = other.client.transport
            assert transport.grpc_channel.get_state() is ChannelConnectivity.IDLE
            async with pool.lease() as fresh:
                assert fresh.client is not other.client
        assert transport.grpc_channel.get_state() is ChannelConnectivity.SHUTDOWN
        await pool.close()

    async def test_a_channel_on_which_another_stream_was_answered_is_kept(self) -> None:
        pool = Channels(Endpoint("p", "global", "localhost:1"))
        async with pool.lease() as other, pool.lease() as lease:
            other.heard()
            lease.suspect()
        assert len(pool) == 1
        await pool.close()

    @pytest.mark.parametrize(
        ("location", "options", "host"),
        [
            ("global", None, "speech.googleapis.com"),
            ("eu", None, "eu-speech.googleapis.com"),
            ("us-central1", ClientOptions(quota_project_id="q"), "us-central1-speech.googleapis.com"),
            ("eu", ClientOptions(api_endpoint="own.example"), "own.example"),
        ],
    )
    async def test_the_endpoint_is_the_locations(
        self, location: str, options: ClientOptions | None, host: str
    ) -> None:
        credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
        pool = Channels(Endpoint("p", location, None, credentials, options))
        async with pool.lease() as lease:
            assert lease.client.transport.host == f"{host}:443"
        await pool.close()
