"""Credentials, endpoint and channels: how a client reaches the service.

A front end lets about 100 streams share one HTTP/2 connection, and further ones wait without a word. So
streams are spread over a pool of channels, and another is opened before that number is reached. Each
channel has its own connection: without ``grpc.use_local_subchannel_pool``, gRPC would let channels to
the same address share one.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import anyio.from_thread
import anyio.to_thread
import google.auth
import grpc
from google.api_core.client_options import ClientOptions
from google.auth.exceptions import DefaultCredentialsError
from google.cloud.speech_v2 import SpeechAsyncClient
from google.cloud.speech_v2.services.speech.transports import SpeechGrpcAsyncIOTransport

from asyncspeech.errors import ConfigurationError, CredentialsError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from google.auth.credentials import Credentials

__all__ = ("Channels", "Endpoint", "find_endpoint")

STREAMS_PER_CHANNEL = 90
"""How many streams share a channel before another is opened; a little under the usual 100."""

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_EMULATOR_PROJECT = "emulator"

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


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a client sends its calls, and as whom.

    Attributes:
        project: The project that recognises and pays.
        location: The location, ``"global"`` or a region.
        emulator_host: ``host:port`` of an emulator, called without TLS and credentials; or None.
        credentials: Google credentials; None only for an emulator.
        client_options: Further options for the client library.
    """

    project: str
    location: str
    emulator_host: str | None = None
    credentials: Credentials | None = None
    client_options: ClientOptions | None = None

    def recognizer(self, recognizer_id: str) -> str:
        """The full resource name of a recogniser."""
        return f"projects/{self.project}/locations/{self.location}/recognizers/{recognizer_id}"


async def find_endpoint(
    *,
    project: str | None,
    location: str,
    credentials: Credentials | None = None,
    client_options: ClientOptions | dict[str, Any] | None = None,
    emulator_host: str | None = None,
) -> Endpoint:
    """Complete what the user gave from the environment, without blocking the event loop.

    The project comes from the argument, then ``GOOGLE_CLOUD_PROJECT``, then Application Default
    Credentials. An emulator comes from the argument, then ``SPEECH_EMULATOR_HOST``.

    Raises:
        CredentialsError: No credentials, or no project, can be found.
        ConfigurationError: Arguments contradict each other.
    """
    if isinstance(client_options, dict):
        client_options = ClientOptions(**client_options)
    project = project or os.environ.get("GOOGLE_CLOUD_PROJECT")
    emulator_host = emulator_host or os.environ.get("SPEECH_EMULATOR_HOST")
    if emulator_host:
        if "://" in emulator_host:
            raise ConfigurationError(
                "emulator_host",
                f"{emulator_host!r} is a URL",
                hint="give host:port, such as localhost:8443",
            )
        return Endpoint(project or _EMULATOR_PROJECT, location, emulator_host)
    if credentials is None:
        credentials, default_project = await _default_credentials()
        project = project or default_project
    if not project:
        raise CredentialsError(
            "no Google Cloud project is known",
            hint="give Client(project=...) or set GOOGLE_CLOUD_PROJECT",
        )
    return Endpoint(project, location, None, credentials, client_options)


async def _default_credentials() -> tuple[Credentials, str | None]:
    # Looks at files and, on Google's machines, asks a metadata server: neither belongs on the loop.
    try:
        return await anyio.to_thread.run_sync(_load_default_credentials, abandon_on_cancel=True)
    except DefaultCredentialsError as error:
        raise CredentialsError(
            "no Google credentials were found on this machine",
            hint="run 'gcloud auth application-default login', set GOOGLE_APPLICATION_CREDENTIALS, "
            "or use Client.local(), which needs none",
        ) from error


def _load_default_credentials() -> tuple[Credentials, str | None]:
    credentials, project = google.auth.default(scopes=[_SCOPE])
    return credentials, project


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

    Args:
        endpoint: Where they lead.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._channels: list[_Channel] = []
        self._dead: list[_Channel] = []
        self._opening = anyio.Lock()

    def __len__(self) -> int:
        """How many channels are open."""
        return len(self._channels)

    @asynccontextmanager
    async def lease(self) -> AsyncGenerator[Lease, None]:
        """Room for one more stream on a channel."""
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

    async def close(self) -> None:
        """Close all channels. Calls that are still on them end."""
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

    async def _with_room(self) -> _Channel:
        """A channel on which one more stream has been counted."""
        async with self._opening:  # those who find no room wait for one new channel, not for one each
            # The fullest that has room, so that streams gather on few connections.
            free = [channel for channel in self._channels if channel.streams < STREAMS_PER_CHANNEL]
            channel = max(free, key=lambda item: item.streams, default=None)
            if channel is None:
                # The library looks at files and the environment; only the channel belongs on the loop.
                channel = _Channel(await anyio.to_thread.run_sync(_make_client, self._endpoint))
                self._channels.append(channel)
            channel.streams += 1
            return channel


# What follows runs in a worker thread, but for what goes through _on_loop.


def _make_client(endpoint: Endpoint) -> SpeechAsyncClient:
    if endpoint.emulator_host:
        return SpeechAsyncClient(transport=partial(_emulator_transport, endpoint.emulator_host))
    options = endpoint.client_options or ClientOptions()
    if options.api_endpoint is None and endpoint.location != "global":
        host = f"{endpoint.location}-speech.{options.universe_domain or 'googleapis.com'}"
        options = ClientOptions(**vars(options) | {"api_endpoint": host})
    return SpeechAsyncClient(
        credentials=endpoint.credentials, transport=_transport, client_options=options
    )


def _emulator_transport(address: str, /, **_: Any) -> SpeechGrpcAsyncIOTransport:
    return SpeechGrpcAsyncIOTransport(
        channel=_on_loop(partial(grpc.aio.insecure_channel, address, options=_CHANNEL_OPTIONS))
    )


def _transport(**kwargs: Any) -> SpeechGrpcAsyncIOTransport:
    """The transport that the client library wants to make, on a channel with our options."""
    return SpeechGrpcAsyncIOTransport(**kwargs, channel=_channel)


def _channel(host: str, **kwargs: Any) -> grpc.aio.Channel:
    kwargs["options"] = [*kwargs.get("options", ()), *_CHANNEL_OPTIONS]
    return _on_loop(partial(SpeechGrpcAsyncIOTransport.create_channel, host, **kwargs))


def _on_loop(make: Callable[[], grpc.aio.Channel]) -> grpc.aio.Channel:
    return anyio.from_thread.run_sync(make)
