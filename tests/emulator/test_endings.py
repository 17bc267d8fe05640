"""How a stream ends when several things could end it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from google.api_core import exceptions

from asyncspeech.emulator import Abort, Assumptions, Coded, Emulator, Faults, Limits, Stall, coded
from asyncspeech.emulator.errors import Refusal
from tests.support.bare import audio_requests, config_request, recognize

RECORDING = audio_requests(coded.encode(10).audio, 25_600)
SHORT = Limits(stream_seconds=0.3)


class TestAfterTheHalfClose:
    @pytest.mark.parametrize("finals", [False, True])
    async def test_a_stream_that_cannot_say_its_last_words_is_aborted_at_its_longest_duration(
        self, *, finals: bool
    ) -> None:
        assumptions = Assumptions(finals_at_stream_limit=finals)
        async with (
            asyncio.timeout(5),
            Emulator(Coded(), limits=SHORT, faults=Faults(Stall()), assumptions=assumptions) as emulator,
        ):
            with pytest.raises(exceptions.Aborted, match="Max duration of 5 minutes"):
                await recognize(emulator.address, [config_request(), *RECORDING])

    @pytest.mark.parametrize("model", ["long", "latest_short"])
    async def test_an_abort_still_ends_a_stream_that_has_not_said_its_last_words(
        self, model: str
    ) -> None:
        faults = Faults(Stall(), Abort("UNAVAILABLE", after=0.1))
        async with Emulator(Coded(), faults=faults) as emulator:
            with pytest.raises(exceptions.ServiceUnavailable):
                await recognize(emulator.address, [config_request(model=model), *RECORDING])


class TestAbortInTheMiddleOfAWrite:
    async def test_a_client_that_writes_no_more_is_aborted_when_it_has_been_idle_for_too_long(
        self,
    ) -> None:
        faults = Faults(Abort("UNAVAILABLE", mid_write=True))
        async with (
            asyncio.timeout(5),
            Emulator(Coded(), limits=Limits(idle_seconds=0.2), faults=faults) as emulator,
        ):
            with pytest.raises(exceptions.ServiceUnavailable):
                await recognize(emulator.address, [config_request(), RECORDING[0]])


class TestInTheMiddleOfAResponse:
    async def test_a_refusal_waits_until_the_response_is_said_and_says_the_rest(
        self, emulator: Emulator
    ) -> None:
        saying = 0
        said = []

        async def say(response: Any) -> None:
            nonlocal saying
            assert saying == 0
            saying += 1
            await asyncio.sleep(0.02)
            saying -= 1
            said.append(response)

        requests = iter([config_request(), *RECORDING, config_request()])

        async def read() -> Any:
            await asyncio.sleep(0)
            request = next(requests)
            return type(request).pb(request)

        streams = emulator._streams
        assert streams is not None
        with pytest.raises(Refusal, match="Malordered"):
            await streams.serve(read, say, "ipv4:127.0.0.1:1")
        assert [response.results[0].is_final for response in said] == [True, True]
        assert saying == 0
