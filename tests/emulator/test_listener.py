"""The recognitions of a call, and how they are freed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions

from asyncspeech.emulator import Abort, Coded, Emulator, Faults, coded
from tests.support.bare import audio_requests, config_request, recognize

if TYPE_CHECKING:
    from asyncspeech.emulator import RecognitionSettings

RECORDING = audio_requests(coded.encode(3).audio)


class Slow(Coded):
    """A recogniser that takes a while to free a recognition, and counts those that it has freed."""

    freed = 0

    async def start(self, settings: RecognitionSettings) -> Any:
        recognition = await super().start(settings)

        async def aclose() -> None:
            await asyncio.sleep(0.01)
            self.freed += 1

        recognition.aclose = aclose  # type: ignore[method-assign]
        return recognition


class TestEnd:
    async def test_a_recognition_is_freed_in_its_own_time_when_its_stream_is_aborted(self) -> None:
        recognizer = Slow()
        async with Emulator(recognizer, faults=Faults(Abort("UNAVAILABLE", at=0.5))) as emulator:
            with pytest.raises(exceptions.ServiceUnavailable):
                await recognize(emulator.address, [config_request(), *RECORDING])
        assert recognizer.freed == 1
