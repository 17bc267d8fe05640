"""What becomes of a call before and after a method has had it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.api_core import exceptions
from grpc._cython import cygrpc  # type: ignore[attr-defined]  # its stubs leave it out

from asyncspeech.emulator import Coded, Emulator, coded
from asyncspeech.emulator.handlers import Handlers
from asyncspeech.emulator.project import Project
from tests.support.bare import RECOGNIZER, audio_requests, config_request, recognize

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SPEECH = "/google.cloud.speech.v2.Speech"
NO_MESSAGE = b"\x1a\xff"


class TestBytes:
    async def test_a_request_that_cannot_be_parsed_is_an_invalid_argument_and_no_error_of_ours(
        self, emulator: Emulator, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with grpc.aio.insecure_channel(emulator.address) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as unary:
                await channel.unary_unary(f"{SPEECH}/GetRecognizer", None, None)(NO_MESSAGE)
            with pytest.raises(grpc.aio.AioRpcError) as stream:
                method: Any = channel.stream_stream(f"{SPEECH}/StreamingRecognize", None, None)
                call = method(iter([NO_MESSAGE]))
                assert [response async for response in call] == []
        for refusal in (unary.value, stream.value):
            assert refusal.code() is grpc.StatusCode.INVALID_ARGUMENT
            assert refusal.details() == "The request cannot be parsed."
        assert not caplog.records


class GoneContext:
    """A call whose client has gone away, before gRPC has told its handler so."""

    def invocation_metadata(self) -> tuple[()]:
        return ()

    def peer(self) -> str:
        return "ipv4:127.0.0.1:1"

    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    async def send_initial_metadata(self, metadata: object) -> None:
        pass

    async def write(self, response: object) -> None:
        raise self.error(response)

    async def abort(self, *status: object) -> None:
        raise self.error(status)


class TestClientThatHasGone:
    @pytest.mark.parametrize(
        "error", [grpc.aio.InternalError, grpc.aio.UsageError, cygrpc._ServerStoppedError]
    )
    @pytest.mark.parametrize("has_config", [False, True], ids=["a refusal", "a response"])
    async def test_what_cannot_be_said_to_it_ends_its_call_as_a_cancellation(
        self, emulator: Emulator, has_config: bool, error: type[Exception]
    ) -> None:
        async def requests() -> AsyncIterator[Any]:
            for request in [config_request(), *audio_requests(coded.encode(10).audio)][not has_config :]:
                yield type(request).pb(request)
                await asyncio.sleep(0.001)

        streams = emulator._streams
        assert streams is not None
        handlers = Handlers(streams._service, streams)
        serve: Any = handlers._streaming_recognize
        with pytest.raises(asyncio.CancelledError):
            await serve(requests(), GoneContext(error))
        (record,) = emulator.streams
        assert record.status == ("CANCELLED" if has_config else "INVALID_ARGUMENT")
        assert not record.is_open

    async def test_a_message_that_cannot_be_read_any_more_is_no_failure_of_the_recognizer(
        self, emulator: Emulator, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def requests() -> AsyncIterator[Any]:
            request = config_request()
            yield type(request).pb(request)
            raise cygrpc._ServerStoppedError

        streams = emulator._streams
        assert streams is not None
        serve: Any = Handlers(streams._service, streams)._streaming_recognize
        with pytest.raises(asyncio.CancelledError):
            await serve(requests(), GoneContext(cygrpc._ServerStoppedError))
        assert not caplog.records


class TestLongTexts:
    @pytest.mark.parametrize("letter", ["x", "\xe9", "\U0001f600"])
    async def test_a_refusal_that_quotes_a_long_text_still_has_its_own_code(
        self, emulator: Emulator, letter: str
    ) -> None:
        with pytest.raises(exceptions.InvalidArgument, match="The model") as refusal:
            await recognize(emulator.address, [config_request(model=letter * 20_000)])
        assert len(refusal.value.message.encode()) < 1_010
        assert refusal.value.message.endswith(f"{letter}...")

    async def test_the_resource_of_a_denied_permission_may_be_long_too(self) -> None:
        async with Emulator(Coded(), project=Project(permissions=frozenset())) as emulator:
            with pytest.raises(exceptions.PermissionDenied):
                await recognize(
                    emulator.address, [config_request(recognizer=RECOGNIZER.replace("_", "x" * 20_000))]
                )
