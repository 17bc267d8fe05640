"""The pool of channels. None of it needs the network."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack
from typing import Any

import pytest
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import ClientCertError
from grpc import ChannelConnectivity

from asyncspeech.errors import ConfigurationError, UsageError
from asyncspeech.transport import channels
from asyncspeech.transport.channels import Channels
from asyncspeech.transport.endpoint import Endpoint


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

    async def test_none_is_opened_in_a_pool_that_is_closed(self) -> None:
        pool = Channels(Endpoint("p", "global", "localhost:1"))
        await pool.close()
        with pytest.raises(UsageError, match="the client is closed"):
            async with pool.lease():
                pass

    async def test_one_that_is_being_opened_as_the_pool_is_closed_is_closed_too(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begun, go_on, made = asyncio.Event(), threading.Event(), list[Any]()
        make, loop = channels._make_client, asyncio.get_running_loop()

        def make_slowly(endpoint: Endpoint) -> Any:
            loop.call_soon_threadsafe(begun.set)
            go_on.wait()
            made.append(make(endpoint))
            return made[0]

        monkeypatch.setattr(channels, "_make_client", make_slowly)
        pool = Channels(Endpoint("p", "global", "localhost:1"))
        connecting = asyncio.create_task(pool.connect(5.0))
        await begun.wait()
        await pool.close()
        go_on.set()
        with pytest.raises(UsageError, match="the client is closed"):
            await connecting
        assert made[0].transport.grpc_channel.get_state() is ChannelConnectivity.SHUTDOWN
        assert len(pool) == 0

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
            ("global", ClientOptions(), "speech.googleapis.com"),
            ("eu", ClientOptions(), "eu-speech.googleapis.com"),
            ("us-central1", ClientOptions(quota_project_id="q"), "us-central1-speech.googleapis.com"),
            ("eu", ClientOptions(api_endpoint="own.example"), "own.example"),
        ],
    )
    async def test_the_endpoint_is_the_locations(
        self, location: str, options: ClientOptions, host: str
    ) -> None:
        credentials = AnonymousCredentials()
        pool = Channels(Endpoint("p", location, None, credentials, options))
        async with pool.lease() as lease:
            assert lease.client.transport.host == f"{host}:443"
        await pool.close()

    @pytest.mark.parametrize(
        ("mtls", "location", "host"),
        [
            ("always", "global", "speech.mtls.googleapis.com"),
            ("always", "eu", "eu-speech.mtls.googleapis.com"),
            ("auto", "eu", "eu-speech.googleapis.com"),
            ("never", "eu", "eu-speech.googleapis.com"),
        ],
    )
    async def test_the_environment_may_want_the_endpoints_for_certificates(
        self, mtls: str, location: str, host: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GOOGLE_API_USE_MTLS_ENDPOINT", mtls)
        pool = Channels(Endpoint("p", location))
        async with pool.lease() as lease:
            assert lease.client.transport.host == f"{host}:443"
        await pool.close()

    async def test_another_universe_has_its_own_endpoints(self) -> None:
        options = ClientOptions(universe_domain="example.org")
        pool = Channels(Endpoint("p", "eu", client_options=options))
        async with pool.lease() as lease:
            assert lease.client.transport.host == "eu-speech.example.org:443"
        await pool.close()

    async def test_an_environment_that_makes_no_sense_is_one_clear_error(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name = "GOOGLE_API_USE_MTLS_ENDPOINT"
        monkeypatch.setenv(name, "perhaps")
        pool = Channels(Endpoint("p", "global"))
        with pytest.raises(ConfigurationError, match=name) as refusal:
            async with pool.lease():
                pass
        assert refusal.value.field == "client_options"
        assert "\n" not in refusal.value.message
        await pool.close()

    async def test_a_certificate_that_cannot_be_had_is_one_clear_error(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail() -> tuple[bytes, bytes]:
            raise ClientCertError("the card is not in its slot")

        monkeypatch.setenv("GOOGLE_API_USE_CLIENT_CERTIFICATE", "true")
        pool = Channels(Endpoint("p", "global", client_options=ClientOptions(client_cert_source=fail)))
        with pytest.raises(ConfigurationError, match="the card is not in its slot"):
            async with pool.lease():
                pass
        await pool.close()
