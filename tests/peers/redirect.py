"""Point every client of Speech-to-Text at the emulator, whoever makes it.

Libraries that build on Google's client make it themselves, deep inside, and offer no way to say where
the service is. They all come by one place, though: where the client's transport makes its gRPC channel.
Inside `every_speech_client_at` that channel leads to the emulator, without TLS and credentials; the
libraries themselves stay as they were released::

    async with Emulator(Coded()) as emulator, every_speech_client_at(emulator.address) as endpoints:
        ...  # whatever makes a SpeechClient or a SpeechAsyncClient
    assert endpoints == ["speech.googleapis.com:443"]

Clients of V1 are led there too, and told that there is no such service: what is tested stays on this
machine.

This module needs nothing of asyncspeech, so that it can be copied into other projects' tests. Libraries
want credentials all the same, and some a service account's key: `service_account_info` makes one that
opens nothing.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

import grpc
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.cloud.speech_v1.services.speech import transports as v1
from google.cloud.speech_v2.services.speech import transports as v2

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

__all__ = ("every_speech_client_at", "service_account_info")


@asynccontextmanager
async def every_speech_client_at(address: str) -> AsyncGenerator[list[str], None]:
    """Lead the channels of all clients made inside the block to ``address``, and close them at its end.

    Args:
        address: Where the emulator listens, as ``host:port``.

    Yields:
        The endpoints that clients have asked for, as ``host:port``, in order. They stand for the
        location that a library was told.
    """
    endpoints: list[str] = []
    async with AsyncExitStack() as resources:

        def async_channel(endpoint: str, *, options: Any = None, **_: Any) -> grpc.aio.Channel:
            endpoints.append(endpoint)
            channel = grpc.aio.insecure_channel(address, options)
            resources.push_async_callback(channel.close, None)
            return channel

        def sync_channel(endpoint: str, *, options: Any = None, **_: Any) -> grpc.Channel:
            endpoints.append(endpoint)
            channel = grpc.insecure_channel(address, options)
            resources.callback(channel.close)
            return channel

        for transport, make in (
            (v1.SpeechGrpcAsyncIOTransport, async_channel),
            (v1.SpeechGrpcTransport, sync_channel),
            (v2.SpeechGrpcAsyncIOTransport, async_channel),
            (v2.SpeechGrpcTransport, sync_channel),
        ):
            resources.enter_context(mock.patch.object(transport, "create_channel", staticmethod(make)))
        yield endpoints


def service_account_info(project_id: str = "p") -> dict[str, str]:
    """The contents of a service account's key file, with a key that was made just now."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        "type": "service_account",
        "project_id": project_id,
        "private_key_id": "none",
        "private_key": pem.decode(),
        "client_email": f"nobody@{project_id}.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
