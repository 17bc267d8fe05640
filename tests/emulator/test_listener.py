"""The recognitions of a call, and how they are freed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions

from asyncspeech.emulator import Abort, Coded, Emulator, Faults, coded
from asyncspeech.emulator.listener import Listener
from asyncspeech.emulator.registry import RecognizerName
from asyncspeech.emulator.request import RecognitionRequest, StreamingFeatures
from tests.support.bare import audio_requests, bare_client, config_request, recognize_sync

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncspeech.emulator import RecognitionSettings

RECORDING = audio_requests(coded.encode(3).audio)


class Slow(Coded):
    """A recogniser that takes a while to free a recognition, and counts those that it has freed."""

    freed = 0

    def __init__(self) -> None:
        super().__init__()
        self.started = asyncio.Event()

    async def start(self, settings: RecognitionSettings) -> Any:
        recognition = await super().start(settings)

        async def aclose() -> None:
            await asyncio.sleep(0.01)
            self.freed += 1

        self.started.set()

        recognition.aclose = aclose  # type: ignore[method-assign]
        return recognition


class TestEnd:
    async def test_a_recognition_is_freed_in_its_own_time_when_its_stream_is_aborted(self) -> None:
        recognizer = Slow()
        async with Emulator(recognizer, faults=Faults(Abort("UNAVAILABLE", at=0.5))) as emulator:
            with pytest.raises(exceptions.ServiceUnavailable):
                await recognize_sync(emulator.address, [config_request(), *RECORDING])
        assert recognizer.freed == 1

    @pytest.mark.usefixtures("no_task_is_left")
    async def test_a_recognition_is_freed_also_when_its_call_is_cancelled_again_meanwhile(self) -> None:
        recognizer = Slow()
        config = config_request().streaming_config.config
        request = RecognitionRequest(
            RecognizerName("p", "global", "_"),
            type(config).pb(config),
            "en-US",
            separate_channels=False,
            streaming=StreamingFeatures(),
        )

        async def call() -> None:
            async with Listener(request, recognizer) as listener:
                await listener.accept(RECORDING[0].audio)
                await asyncio.get_running_loop().create_future()

        task = asyncio.create_task(call())
        await recognizer.started.wait()
        while not task.done():
            task.cancel()
            await asyncio.sleep(0)
        assert recognizer.freed == 1

    @pytest.mark.usefixtures("no_task_is_left")
    async def test_an_emulator_that_stops_waits_for_it(self) -> None:
        recognizer = Slow()
        emulator = Emulator(recognizer)
        requests = [config_request(), *RECORDING]
        stopped = asyncio.Event()
        async with emulator, bare_client(emulator.address) as client:

            async def stream() -> AsyncIterator[Any]:
                for request in requests:
                    yield request
                # gRPC goes on asking for requests when the service has ended the call.
                await stopped.wait()

            await client.streaming_recognize(requests=stream())
            await recognizer.started.wait()
            await emulator.__aexit__(None, None, None)
            stopped.set()
            assert recognizer.freed == 1
            assert not any(record.is_open for record in emulator.streams)
