"""Channels: how a client reaches the service.

A front end lets about 100 streams share one HTTP/2 connection, and further ones wait without a word. So
streams are spread over a pool of channels, and another is opened before that number is reached. Each
channel has its own connection: without ``grpc.use_local_subchannel_pool``, gRPC would let channels to
the same address share one.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_thread
import grpc
from google.auth.exceptions import GoogleAuthError
from google.cloud.speech_v2 import SpeechAsyncClient

from asyncspeech.errors import ConfigurationError, StreamLostError, UsageError
from asyncspeech.transport.credentials import Authorization
from asyncspeech.transport.raw import RawTransport

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from asyncspeech.transport.endpoint import Endpoint

__all__ = ("Channels",)

STREAMS_PER_CHANNEL = 90
"""How many streams share a channel before another is opened; a little under the usual 100."""

_CHANNEL_OPTIONS = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    # After an outage gRPC would wait for up to two minutes before it tries to connect again, and fail
    # every call at once meanwhile. How often to try is the session's business (RetryPolicy).
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # A connection that has died without a word is found by a ping that nobody answers. They are sent
    # only while a stream is open and nothing has come for so long; Google's client of Pub/Sub sends them
    # as often.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.ping_timeout_ms", 10_000),
)


@dataclass(slots=True)
class _Channel:
    client: SpeechAsyncClient
    streams: int = 0
    answers: int = 0


class Lease:
    """Room for one stream on a channel.

    Attributes:
        client: A client of the client library, on that channel.
    """

    def __init__(self, channel: _Channel) -> None:
        self.client = channel.client
        self._channel = channel
        self._answers = channel.answers
        self.is_dead = False

    def heard(self) -> None:
        """Note that something has come on the channel's connection."""
        self._channel.answers += 1

    def suspect(self) -> None:
        """Give up on the channel if nothing has come on its connection since the lease began.

        gRPC notices a dead connection only when pings go unanswered, and that takes half a minute.
        """
        self.is_dead = self._channel.answers == self._answers


class Channels:
    """The channels of one client to one endpoint.

    Attributes:
        authorization: Gives calls their headers.

    Args:
        endpoint: Where they lead.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.authorization = Authorization(endpoint.credentials)
        self._endpoint = endpoint
        self._channels: list[_Channel] = []
        self._dead: list[_Channel] = []
        self._opening = anyio.Lock()
        self._closed = False

    def __len__(self) -> int:
        """How many channels are open."""
        return len(self._channels)

    @asynccontextmanager
    async def lease(self) -> AsyncGenerator[Lease, None]:
        """Room for one more stream on a channel.

        Raises:
            UsageError: The channels are closed.
        """
        channel = await self._with_room()
        lease = Lease(channel)
        try:
            yield lease
        finally:
            channel.streams -= 1
            if lease.is_dead and channel in self._channels:
                self._channels.remove(channel)
                self._dead.append(channel)
            await self._close_dead()

    async def connect(self, timeout: float) -> None:  # noqa: ASYNC109 - the API's name
        """Look up the name, connect, shake hands and fetch a token, so that the first stream need not.

        Args:
            timeout: For how many seconds to try.

        Raises:
            AuthenticationError: The credentials are no good.
            StreamLostError: The service cannot be reached in time, or no token be had.
            UsageError: The channels are closed, or are before it is reached.
        """
        async with self.lease() as lease:
            transport: Any = lease.client.transport
            channel = transport.grpc_channel
            missing = "no access token could be had"
            try:
                with anyio.fail_after(timeout):
                    channel.get_state(try_to_connect=True)  # goes on while the token is fetched
                    await self.authorization.headers()
                    missing = f"{transport.host} could not be reached"
                    await channel.channel_ready()
            except TimeoutError:
                raise _late(missing, timeout) from None
            except grpc.aio.UsageError:
                await self._check_open()
                raise

    async def close(self) -> None:
        """Close all channels. Calls that are still on them end."""
        self._closed = True
        self.authorization.close()
        channels, self._channels, self._dead = [*self._channels, *self._dead], [], []
        for channel in channels:
            await channel.client.transport.close()  # type: ignore[no-untyped-call]

    async def _close_dead(self) -> None:
        """Close channels that were given up on, as soon as no stream is on them any more."""
        over = [channel for channel in self._dead if not channel.streams]
        for channel in over:
            self._dead.remove(channel)
            with anyio.CancelScope(shield=True):
                await channel.client.transport.close()  # type: ignore[no-untyped-call]

    async def _check_open(self) -> None:
        if self._closed:
            await anyio.lowlevel.checkpoint_if_cancelled()  # as sessions are when their client goes
            raise UsageError("the client is closed", hint="use it inside 'async with Client(...)'")

    async def _with_room(self) -> _Channel:
        """A channel on which one more stream has been counted."""
        async with self._opening:  # those who find no room wait for one new channel, not for one each
            await self._check_open()
            # The fullest that has room, so that streams gather on few connections.
            free = [channel for channel in self._channels if channel.streams < STREAMS_PER_CHANNEL]
            channel = max(free, key=lambda item: item.streams, default=None)
            if channel is None:
                # The library looks at files and the environment; only the channel belongs on the loop.
                channel = _Channel(await anyio.to_thread.run_sync(_make_client, self._endpoint))
                self._channels.append(channel)
                if self._closed:  # meanwhile
                    with anyio.CancelScope(shield=True):
                        await self.close()
                    await self._check_open()
            channel.streams += 1
            return channel


def _late(missing: str, seconds: float) -> StreamLostError:
    return StreamLostError(
        "UNAVAILABLE",
        f"{missing} within {seconds:g} s",
        hint="check the network, the proxy and the location; 'asyncspeech doctor' tries step by step",
    )


# What follows runs in a worker thread, but for what goes through _on_loop.


def _make_client(endpoint: Endpoint) -> SpeechAsyncClient:
    if endpoint.emulator_host:
        return SpeechAsyncClient(transport=partial(_emulator_transport, endpoint.emulator_host))
    options = copy(endpoint.client_options)
    # Calls bring their own headers (asyncspeech.transport.credentials).
    options.credentials_file = options.api_key = None
    try:
        return SpeechAsyncClient(transport=partial(_transport, endpoint), client_options=options)
    except (GoogleAuthError, ValueError, OSError) as error:
        raise ConfigurationError(
            "client_options",
            f"no channel can be made with them and the environment: {' '.join(str(error).split())}",
        ) from error


def _emulator_transport(address: str, /, **_: Any) -> RawTransport:
    return RawTransport(
        channel=_on_loop(partial(grpc.aio.insecure_channel, address, options=_CHANNEL_OPTIONS))
    )


def _transport(
    endpoint: Endpoint,
    /,
    *,
    host: str,
    client_cert_source_for_mtls: Callable[[], tuple[bytes, bytes]] | None,
    **_: Any,
) -> RawTransport:
    """The transport that the client library wants to make, on a channel with our options."""
    if endpoint.client_options.api_endpoint is None and endpoint.location != "global":
        host = f"{endpoint.location}-{host}"
    certificate, key = client_cert_source_for_mtls() if client_cert_source_for_mtls else (None, None)
    encryption = grpc.ssl_channel_credentials(private_key=key, certificate_chain=certificate)
    target = host if ":" in host else f"{host}:443"
    make = partial(grpc.aio.secure_channel, target, encryption, options=_CHANNEL_OPTIONS)
    return RawTransport(host=host, channel=_on_loop(make))


def _on_loop(make: Callable[[], grpc.aio.Channel]) -> grpc.aio.Channel:
    return anyio.from_thread.run_sync(make)
