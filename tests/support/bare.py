"""The client library as its documentation shows it: a client that is not ours."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import grpc
from google.cloud.speech_v2 import SpeechAsyncClient, SpeechClient, types
from google.cloud.speech_v2.services.speech.transports import (
    SpeechGrpcAsyncIOTransport,
    SpeechGrpcTransport,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence

# Each client has a connection of its own, which gRPC would let them share.
OPTIONS = (("grpc.use_local_subchannel_pool", 1),)
RECOGNIZER = "projects/p/locations/global/recognizers/_"


@asynccontextmanager
async def bare_client(address: str) -> AsyncGenerator[SpeechAsyncClient, None]:
    channel = grpc.aio.insecure_channel(address, options=OPTIONS)
    try:
        yield SpeechAsyncClient(transport=SpeechGrpcAsyncIOTransport(channel=channel))
    finally:
        await channel.close(None)


def config_request(
    *,
    recognizer: str = RECOGNIZER,
    decoding: dict[str, Any] | None = None,
    features: dict[str, Any] | None = None,
    streaming_features: dict[str, Any] | None = None,
    **config: Any,
) -> types.StreamingRecognizeRequest:
    """A first message that the service would take, but for what is given."""
    explicit = {"encoding": "LINEAR16", "sample_rate_hertz": 16_000, "audio_channel_count": 1}
    recognition: dict[str, Any] = {"model": "long", "language_codes": ["en-US"], **config}
    recognition.setdefault("explicit_decoding_config", explicit | (decoding or {}))
    return types.StreamingRecognizeRequest(
        recognizer=recognizer,
        streaming_config=types.StreamingRecognitionConfig(
            config=types.RecognitionConfig(features=features or {}, **recognition),
            streaming_features=streaming_features or {},
        ),
    )


def audio_requests(audio: bytes, size: int = 3_200) -> list[types.StreamingRecognizeRequest]:
    """``audio`` in messages of ``size`` bytes."""
    return [
        types.StreamingRecognizeRequest(audio=audio[start : start + size])
        for start in range(0, len(audio), size)
    ]


async def recognize(
    address: str, requests: Iterable[types.StreamingRecognizeRequest]
) -> list[types.StreamingRecognizeResponse]:
    """What the service answers to ``requests`` and a half-close."""

    async def stream() -> AsyncIterator[types.StreamingRecognizeRequest]:
        for request in requests:
            yield request

    async with bare_client(address) as client:
        return [response async for response in await client.streaming_recognize(requests=stream())]


async def recognize_sync(
    address: str, requests: Sequence[types.StreamingRecognizeRequest]
) -> list[types.StreamingRecognizeResponse]:
    """The same by the synchronous client.

    It never hides how a stream ends while it is being written to, as grpc.aio does (grpc#36066).
    """

    def run() -> list[types.StreamingRecognizeResponse]:
        with grpc.insecure_channel(address, options=OPTIONS) as channel:
            client = SpeechClient(transport=SpeechGrpcTransport(channel=channel))
            return list(client.streaming_recognize(requests=iter(requests)))

    return await asyncio.to_thread(run)


@asynccontextmanager
async def live_stream(address: str) -> AsyncGenerator[Any, None]:
    """A stream that is written and read by hand, message by message: a raw gRPC call."""
    async with grpc.aio.insecure_channel(address, options=OPTIONS) as channel:
        method: Any = channel.stream_stream(
            "/google.cloud.speech.v2.Speech/StreamingRecognize",
            request_serializer=types.StreamingRecognizeRequest.serialize,
            response_deserializer=types.StreamingRecognizeResponse.deserialize,
        )
        call = method()
        try:
            yield call
        finally:
            call.cancel()
