"""The pool of channels. None of it needs the network."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from grpc import ChannelConnectivity

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
