"""One call over real gRPC, with servers that do what servers should not."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import anyio
import grpc
import pytest
from google.cloud.speech_v2.types import StreamingRecognizeResponse

from asyncspeech.config import SessionConfig
from asyncspeech.errors import (
    InvalidRequestError,
    PermissionDeniedError,
    ServiceError,
    StreamLostError,
)
from asyncspeech.transport import call
from asyncspeech.transport.call import StreamingRecognizeCall
from asyncspeech.transport.channels import Channels
from asyncspeech.transport.endpoint import Endpoint
from tests.support.servers import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncspeech.core.events import StreamResponse

Context = grpc.aio.ServicerContext[Any, Any]


@pytest.fixture
async def no_call_is_left() -> AsyncIterator[None]:
    """Fails a test that leaves a task of a call behind, gRPC's own included."""
    yield
    for _ in range(20):
        left = [task for task in asyncio.all_tasks() if "_consume_request" in repr(task)]
        if not left:
            return
        await asyncio.sleep(0.005)
    pytest.fail(f"left behind: {left}")


pytestmark = pytest.mark.usefixtures("no_call_is_left")


class Caller:
    """A call, and what became of it."""

    def __init__(self, address: str, *, is_cautious: bool = False, **changes: Any) -> None:
        self.channels = Channels(Endpoint("p", "global", address))
        self.sent = 0
        self.call = StreamingRecognizeCall(
            self.channels,
            SessionConfig(**changes),
            "projects/p/locations/global/recognizers/_",
            stream=0,
            on_sent=self._on_sent,
            is_cautious=is_cautious,
        )

    def _on_sent(self, frames: int) -> None:
        self.sent += frames

    async def responses(self) -> list[StreamResponse]:
        try:
            async with aclosing(self.call.responses()) as responses:
                return [response async for response in responses]
        finally:
            # Not even gRPC's own task pulls requests any more.
            assert self.call._requests_over.is_set()
            await self.channels.close()


class Recorder:
    """A server that takes everything down and says nothing."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.ended = asyncio.Event()

    async def __call__(self, requests: Any, context: Context) -> None:
        del context
        try:
            async for message in requests:
                self.messages.append(message)
        finally:
            self.ended.set()

    @property
    def audio(self) -> list[bytes]:
        return [message.audio for message in self.messages[1:]]


async def record(chunks: list[bytes], **changes: Any) -> tuple[Recorder, Caller]:
    recorder = Recorder()
    async with serving(recorder) as address:
        caller = Caller(address, **changes)
        for chunk in chunks:
            caller.call.send(chunk)
        caller.call.half_close()
        assert await caller.responses() == []
    return recorder, caller


class TestRequests:
    async def test_the_configuration_comes_first_and_once(self) -> None:
        recorder, _ = await record([b"ab"])
        kinds = [message.WhichOneof("streaming_request") for message in recorder.messages]
        assert kinds == ["streaming_config", "audio"]
        assert [bool(message.recognizer) for message in recorder.messages] == [True, False]

    @pytest.mark.parametrize("channels", [1, 2, 3, 7])
    async def test_long_audio_is_cut_into_messages_between_frames(self, channels: int) -> None:
        audio = bytes(range(256)) * 21 * 60
        recorder, caller = await record([audio], audio_channel_count=channels)
        assert b"".join(recorder.audio) == audio
        assert max(map(len, recorder.audio)) <= 25_600
        assert max(map(len, recorder.audio)) > 25_600 - 2 * channels
        assert all(len(piece) % (2 * channels) == 0 for piece in recorder.audio)
        assert caller.sent == len(audio) // (2 * channels)

    async def test_what_waits_together_goes_together(self) -> None:
        chunks = [bytes([number % 256]) * 2 for number in range(20_000)]
        recorder, _ = await record(chunks)
        assert b"".join(recorder.audio) == b"".join(chunks)
        assert len(recorder.audio) == 2

    async def test_a_call_without_audio_is_half_closed(self) -> None:
        recorder, _ = await record([])
        assert len(recorder.messages) == 1

    async def test_audio_goes_out_as_it_comes(self) -> None:
        recorder = Recorder()
        async with serving(recorder) as address:
            caller = Caller(address)
            task = asyncio.create_task(caller.responses())
            for number in range(3):
                caller.call.send(b"ab")
                while len(recorder.messages) < number + 2:
                    await asyncio.sleep(0)
            caller.call.half_close()
            await task
        assert recorder.audio == [b"ab"] * 3


class TestEnds:
    async def test_a_refusal_is_told_with_its_code_and_text(self) -> None:
        async def refuse(requests: Any, context: Context) -> None:
            del requests
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no such model")

        async with serving(refuse) as address:
            caller = Caller(address)
            with pytest.raises(InvalidRequestError, match="INVALID_ARGUMENT: no such model"):
                await caller.responses()

    async def test_a_server_that_ends_early_leaves_nothing_waiting_for_audio(self) -> None:
        async def leave(requests: Any, context: Context) -> None:
            del requests, context

        async with serving(leave) as address:
            for _ in range(20):
                caller = Caller(address)
                caller.call.send(bytes(25_600))
                try:
                    assert await caller.responses() == []
                except StreamLostError as error:  # now and then, gRPC hides even an OK
                    assert error.code == "INTERNAL"  # noqa: PT017 - only now and then

    async def test_a_server_that_fails_while_audio_waits_leaves_nothing(self) -> None:
        async def fail(requests: Any, context: Context) -> None:
            async for _ in requests:
                await context.abort(grpc.StatusCode.UNAVAILABLE, "going away")

        async with serving(fail) as address:
            caller = Caller(address)
            for _ in range(100):
                caller.call.send(bytes(25_600))
            with pytest.raises(StreamLostError):
                await caller.responses()

    async def test_audio_that_comes_while_a_call_ends_holds_nothing_up(self) -> None:
        async def fail(requests: Any, context: Context) -> None:
            async for _ in requests:
                await context.abort(grpc.StatusCode.UNAVAILABLE, "going away")

        async with serving(fail) as address:
            for _ in range(20):
                caller = Caller(address)

                async def talk(call: StreamingRecognizeCall = caller.call) -> None:
                    while True:
                        call.send(bytes(3_200))
                        await asyncio.sleep(0)

                talking = asyncio.create_task(talk())
                with pytest.raises(StreamLostError):
                    await asyncio.wait_for(caller.responses(), 5)
                talking.cancel()

    async def test_an_address_where_nobody_listens_is_unavailable(self) -> None:
        async with serving(Recorder()) as address:
            pass
        caller = Caller(address)
        with pytest.raises(StreamLostError) as lost:
            await caller.responses()
        assert lost.value.code == "UNAVAILABLE"

    async def test_cancelling_ends_the_call_on_the_server_too(self) -> None:
        recorder = Recorder()
        async with serving(recorder) as address:
            caller = Caller(address)
            caller.call.send(b"ab")
            task = asyncio.create_task(caller.responses())
            while not recorder.messages:
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wait_for(recorder.ended.wait(), 1)

    async def test_closing_the_responses_ends_the_call_on_the_server_too(self) -> None:
        ended = asyncio.Event()

        async def answer_once(requests: Any, context: Context) -> None:
            try:
                await context.write(StreamingRecognizeResponse.pb()())
                async for _ in requests:
                    pass
            finally:
                ended.set()

        async with serving(answer_once) as address:
            caller = Caller(address)
            async with aclosing(caller.call.responses()) as responses:
                await anext(responses)
            await asyncio.wait_for(ended.wait(), 1)
            await caller.channels.close()

    async def test_a_status_in_the_middle_of_a_burst_is_itself_or_says_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def refuse(requests: Any, context: Context) -> None:
            async for _ in requests:
                await context.abort(grpc.StatusCode.PERMISSION_DENIED, "not you")

        monkeypatch.setattr(call, "_BURST_GAP_SECONDS", 0)  # gRPC hides about 19 of 20
        async with serving(refuse) as address:
            codes = set()
            for _ in range(20):
                caller = Caller(address)
                for _ in range(50):
                    caller.call.send(bytes(25_600))
                with pytest.raises(ServiceError) as refusal:
                    await caller.responses()
                assert refusal.value.__cause__ is not None
                codes.add(refusal.value.code)
        assert codes <= {"PERMISSION_DENIED", "INTERNAL"}

    async def test_a_cautious_call_is_told_why_its_configuration_is_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def refuse(requests: Any, context: Context) -> None:
            async for _ in requests:
                await context.abort(grpc.StatusCode.PERMISSION_DENIED, "not you")

        monkeypatch.setattr(call, "_BURST_GAP_SECONDS", 0)  # gRPC hides about 19 of 20
        async with serving(refuse) as address:
            for _ in range(10):
                caller = Caller(address, is_cautious=True)
                for _ in range(50):
                    caller.call.send(bytes(25_600))
                with pytest.raises(PermissionDeniedError, match="not you"):
                    await caller.responses()

    async def test_cancelling_while_the_server_reads_nothing_ends_the_call(self) -> None:
        entered = asyncio.Event()

        async def stall(requests: Any, context: Context) -> None:
            del requests, context
            entered.set()
            await asyncio.get_running_loop().create_future()

        async with serving(stall) as address:
            caller = Caller(address)
            caller.call.send(bytes(50_000_000))
            task = asyncio.create_task(caller.responses())
            await entered.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    @pytest.mark.parametrize("ticks", range(40))
    async def test_a_cancel_scope_around_a_call_catches_its_own_cancellation(self, ticks: int) -> None:
        async with serving(Recorder()) as address:
            caller = Caller(address)
            caller.call.send(bytes(25_600))
            with anyio.CancelScope() as scope:

                async def cancel() -> None:
                    for _ in range(ticks):  # whatever the call is doing then
                        await asyncio.sleep(0)
                    scope.cancel()

                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(cancel())
                    await caller.responses()
            assert scope.cancelled_caught

    async def test_an_error_of_ours_while_sending_is_itself_and_no_cancellation(self) -> None:
        async with serving(Recorder()) as address:
            caller = Caller(address)
            caller.call.send(b"ab")

            def fail(frames: int) -> None:
                raise ZeroDivisionError(frames)

            caller.call._on_sent = fail
            with pytest.raises(ZeroDivisionError):
                await caller.responses()
