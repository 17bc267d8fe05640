"""From functions to gRPC methods: who may call, and how a refusal becomes a status."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, TypeVar

import grpc
from google.cloud.speech_v2.types import StreamingRecognizeRequest
from google.protobuf.message import DecodeError

from asyncspeech.emulator import errors, locations, speech
from asyncspeech.emulator.errors import Refusal
from asyncspeech.emulator.status import trailing_metadata
from asyncspeech.emulator.stream import ClientGoneError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from asyncspeech.emulator.service import Service
    from asyncspeech.emulator.stream import Streams
    from asyncspeech.emulator.unary import Answer

    Context = grpc.aio.ServicerContext[Any, Any]

__all__ = ("Handlers",)

_SPEECH = "google.cloud.speech.v2.Speech"
_METHODS = {_SPEECH: speech.METHODS, "google.cloud.location.Locations": locations.METHODS}
_INSTEAD = {"BatchRecognize": "Use StreamingRecognize, or Recognize for up to a minute of audio."}

_T = TypeVar("_T")

_log = logging.getLogger(__name__)


class Handlers(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # only its stubs are generic
    """The methods of an emulator, by name.

    Args:
        service: What the calls share.
        streams: Serves ``StreamingRecognize``.
    """

    def __init__(self, service: Service, streams: Streams) -> None:
        self._service = service
        self._streams = streams
        self._calls: set[asyncio.Task[Any]] = set()
        self._handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            f"/{package}/{name}": grpc.unary_unary_rpc_method_handler(
                self._unary(f"{package}.{name}", method.answer, _reader(method.request)),
                response_serializer=_serialize,
            )
            for package, methods in _METHODS.items()
            for name, method in methods.items()
        }
        self._handlers[f"/{_SPEECH}/StreamingRecognize"] = grpc.stream_stream_rpc_method_handler(
            self._streaming_recognize,
            request_deserializer=_reader(StreamingRecognizeRequest.pb()),
            response_serializer=_serialize,
        )

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        """The handler of a call; None for a gRPC service that the emulator knows nothing of."""
        package, _, name = details.method.lstrip("/").partition("/")
        missing = self._missing(name) if package in _METHODS else None
        return self._handlers.get(details.method, missing)

    async def ended(self) -> None:
        """Wait until no call is served any more. gRPC ends them when it stops, and does not wait."""
        if self._calls:
            await asyncio.wait(self._calls)

    def _count(self) -> None:
        """Count the call that is served by this task. gRPC runs each call in a task of its own."""
        task = asyncio.current_task()
        if task is not None:
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    def _missing(self, name: str) -> grpc.RpcMethodHandler[Any, Any]:
        async def refuse(request: Any, service: Service) -> Any:
            del request, service
            raise errors.not_emulated(name, _INSTEAD.get(name, ""))

        return grpc.unary_unary_rpc_method_handler(self._unary(f"{_SPEECH}.{name}", refuse, bytes))

    def _unary(
        self, name: str, answer: Answer, read: Callable[[bytes], Any]
    ) -> Callable[[bytes, Context], Awaitable[Any]]:
        async def serve(data: bytes, context: Context) -> Any:
            self._count()
            try:
                self._service.project.authenticate(context.invocation_metadata() or (), name)
                # Not by gRPC, which would answer UNKNOWN to what cannot be read.
                return await answer(read(data), self._service)
            except Refusal as refusal:
                await self._abort(context, refusal)
            except Exception:  # noqa: BLE001 - a recogniser may be the user's, and raise anything
                _log.exception("the recogniser failed")
                await self._abort(context, errors.internal())

        return serve

    async def _streaming_recognize(self, requests: AsyncIterator[Any], context: Context) -> None:
        self._count()
        try:
            self._service.project.authenticate(
                context.invocation_metadata() or (), f"{_SPEECH}.StreamingRecognize"
            )
            if self._service.assumptions.initial_metadata_at_once:
                await _unless_gone(context.send_initial_metadata(()))
            await self._streams.serve(
                lambda: _unless_gone(anext(requests, None)),
                lambda response: _unless_gone(context.write(response)),
                context.peer(),
            )
        except Refusal as refusal:
            await self._abort(context, refusal)
        except ClientGoneError:
            raise asyncio.CancelledError from None  # gRPC logs anything else as a failure

    async def _abort(self, context: Context, refusal: Refusal) -> None:
        """End a call with a refusal. Raises what gRPC ends a call with."""
        everywhere = self._service.assumptions.status_proto_on_every_refusal
        is_idle = refusal.message == errors.idle().message
        status_proto = refusal.from_backend and (everywhere or is_idle)
        trailers = trailing_metadata(
            refusal, status_proto=status_proto, error_info=self._service.assumptions.error_info
        )
        try:
            await _unless_gone(context.abort(refusal.code, refusal.message, trailers))
        except ClientGoneError:
            raise asyncio.CancelledError from None


async def _unless_gone(work: Awaitable[_T]) -> _T:
    """Do something with a call's context, which fails with gRPC's own errors if nobody is there.

    Raises:
        ClientGoneError: It failed: the client has gone away, or the server is stopping.
    """
    try:
        return await work
    except grpc.aio.AbortError:  # that is what `abort` does
        raise
    except grpc.aio.BaseError:
        raise ClientGoneError from None


def _reader(message_class: Any) -> Callable[[bytes], Any]:
    def read(data: bytes) -> Any:
        try:
            return message_class.FromString(data)
        except DecodeError:
            raise errors.unreadable() from None

    return read


def _serialize(message: Any) -> bytes:
    data: bytes = message.SerializeToString()
    return data
