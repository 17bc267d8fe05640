"""`Emulator`: the service's address on this machine."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Any

import grpc
from google.cloud.speech_v2.types import StreamingRecognizeRequest, StreamingRecognizeResponse

from asyncspeech.emulator import errors
from asyncspeech.emulator.stream import serve_stream
from asyncspeech.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType
    from typing import Self

    from asyncspeech.emulator.recognizer import Recognizer

__all__ = ("Emulator",)

_SERVICE = "google.cloud.speech.v2.Speech"
_LOOPBACK = "127.0.0.1"
# Two emulators must not share a port, as gRPC would let them.
_OPTIONS = (("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", -1))

_log = logging.getLogger(__name__)


class Emulator:
    """Speech-to-Text V2 on the loopback interface, inside ``async with``.

    Point any client at `address`, without TLS and credentials; ``asyncspeech.Client`` by
    ``emulator_host=`` or by the environment variable ``SPEECH_EMULATOR_HOST``.

    Args:
        recognizer: What recognises the audio.
        port: The port to listen on; 0 for any that is free.
    """

    def __init__(self, recognizer: Recognizer, *, port: int = 0) -> None:
        self._recognizer = recognizer
        self._port = port
        self._address: str | None = None
        self._resources = AsyncExitStack()

    @property
    def address(self) -> str:
        """Where it listens, as ``host:port``.

        Raises:
            UsageError: It does not listen yet.
        """
        if self._address is None:
            raise UsageError(
                "the emulator is not running", hint="use it inside 'async with Emulator(...)'"
            )
        return self._address

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as resources:
            await resources.enter_async_context(self._recognizer)
            server = grpc.aio.server(options=_OPTIONS)
            server.add_generic_rpc_handlers((self._handlers(),))
            try:
                port = server.add_insecure_port(f"{_LOOPBACK}:{self._port}")
            except RuntimeError as error:
                raise UsageError(
                    f"port {self._port} of {_LOOPBACK} cannot be listened on",
                    hint="another emulator may be running there; port 0 takes any that is free",
                ) from error
            resources.push_async_callback(server.stop, None)
            await server.start()
            self._address = f"{_LOOPBACK}:{port}"
            self._resources = resources.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._address = None
        await self._resources.aclose()

    def _handlers(self) -> grpc.GenericRpcHandler[Any, Any]:
        return grpc.method_handlers_generic_handler(
            _SERVICE,
            {
                "StreamingRecognize": grpc.stream_stream_rpc_method_handler(
                    self._streaming_recognize,
                    request_deserializer=StreamingRecognizeRequest.pb().FromString,
                    response_serializer=StreamingRecognizeResponse.pb().SerializeToString,
                )
            },
        )

    async def _streaming_recognize(
        self, requests: AsyncIterator[Any], context: grpc.aio.ServicerContext[Any, Any]
    ) -> None:
        # The client learns at once that its call has arrived, as from any Google front end.
        await context.send_initial_metadata(())
        try:
            async with aclosing(serve_stream(requests, self._recognizer)) as responses:
                async for response in responses:
                    await context.write(response)
        except errors.Refusal as refusal:
            await context.abort(refusal.code, refusal.message)
        except Exception:  # noqa: BLE001 - a recogniser may be the user's, and raise anything
            _log.exception("the recogniser failed")
            failure = errors.internal()
            await context.abort(failure.code, failure.message)
