"""Servers that misbehave, for tests of what the client makes of them. Real gRPC on loopback."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import grpc
from google.cloud.speech_v2.types import StreamingRecognizeRequest, StreamingRecognizeResponse

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    Handler = Callable[[Any, grpc.aio.ServicerContext[Any, Any]], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncGenerator[str, None]:
    """The address of a server whose StreamingRecognize is ``handler(requests, context)``."""

    async def serve(requests: Any, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        await handler(requests, context)

    server = grpc.aio.server()
    method = grpc.stream_stream_rpc_method_handler(
        serve,
        request_deserializer=StreamingRecognizeRequest.pb().FromString,
        response_serializer=StreamingRecognizeResponse.pb().SerializeToString,
    )
    service = grpc.method_handlers_generic_handler(
        "google.cloud.speech.v2.Speech", {"StreamingRecognize": method}
    )
    server.add_generic_rpc_handlers((service,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)
