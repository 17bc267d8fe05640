"""Limits and faults, seen by clients that are not ours."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import anyio
import grpc
import pytest
from google.api_core import exceptions
from google.cloud.speech_v2 import types
from google.rpc.error_details_pb2 import RetryInfo
from grpc_status import rpc_status

from asyncspeech.emulator import (
    Abort,
    Assumptions,
    Blackhole,
    Close,
    Coded,
    CutConnection,
    Delay,
    DuplicateInterims,
    Emulator,
    Faults,
    Limits,
    RefuseConnections,
    Stall,
    coded,
    relay,
)
from tests.support import bare
from tests.support.bare import audio_requests, config_request, live_stream, recognize

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from asyncspeech.emulator import RecognitionSettings, StreamRecord
    from asyncspeech.emulator.recognizer import RecognitionEvent

RECORDING = coded.encode(10)
AUDIO = audio_requests(RECORDING.audio)
CONFIG = config_request(streaming_features={"interim_results": True})
# What a stream takes that is not read. What was read before may or may not have been credited by then.
WINDOW = 65_535


def texts(responses: Sequence[types.StreamingRecognizeResponse], *, final: bool = True) -> list[str]:
    return [
        "".join(result.alternatives[0].transcript for result in response.results)
        for response in responses
        if response.results and response.results[0].is_final == final
    ]


async def fail(call: Any) -> tuple[list[types.StreamingRecognizeResponse], grpc.aio.AioRpcError]:
    """What a raw call hears before it fails, and how it fails."""
    heard: list[types.StreamingRecognizeResponse] = []
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await hear(call, heard)
    return heard, failure.value


async def hear(call: Any, heard: list[types.StreamingRecognizeResponse]) -> None:
    """Hear out a raw call."""
    async for response in call:
        heard.append(response)  # noqa: PERF401 - what came before a failure counts


async def read(call: Any) -> bool:
    """Whether a raw call says something before it ends."""
    return isinstance(await call.read(), types.StreamingRecognizeResponse)


async def ended(emulator: Emulator, number: int = 1) -> StreamRecord:
    """The record of a stream, as soon as it has ended."""
    with anyio.fail_after(5):
        while emulator.streams[number - 1].is_open:
            await anyio.sleep(0.005)
    return emulator.streams[number - 1]


class TestStreamLimits:
    async def test_a_stream_is_aborted_at_its_longest_however_busy_it_is(self) -> None:
        async with Emulator(Coded(), limits=Limits(stream_seconds=0.3)) as emulator:
            async with live_stream(emulator.address) as call:
                await call.write(CONFIG)

                async def send() -> None:
                    for message in AUDIO:
                        await call.write(message)
                        await asyncio.sleep(0.02)

                sending = asyncio.create_task(send())
                heard, failure = await fail(call)
                sending.cancel()
            assert failure.code() is grpc.StatusCode.ABORTED
            assert failure.details() == "Max duration of 5 minutes reached for stream."
            assert texts(heard, final=False)
            record = await ended(emulator)
            assert record.status == "ABORTED"
            assert 0.3 <= (record.closed or 0) - record.opened < 1

    async def test_at_the_limit_the_finals_may_be_told_first(self) -> None:
        assumptions = Assumptions(finals_at_stream_limit=True)
        limits = Limits(stream_seconds=0.3)
        async with Emulator(Coded(), limits=limits, assumptions=assumptions) as emulator:
            async with live_stream(emulator.address) as call:
                for message in (config_request(), *AUDIO[:15]):
                    await call.write(message)
                heard, failure = await fail(call)
        assert failure.code() is grpc.StatusCode.ABORTED
        assert texts(heard) == ["w0 w1 w2~"]

    @pytest.mark.parametrize("requests", [[], [CONFIG], [CONFIG, *AUDIO[:20]]])
    async def test_a_client_that_falls_silent_is_aborted(
        self, requests: list[types.StreamingRecognizeRequest]
    ) -> None:
        async with Emulator(Coded(), limits=Limits(idle_seconds=0.1)) as emulator:
            async with live_stream(emulator.address) as call:
                for request in requests:
                    await call.write(request)
                _, failure = await fail(call)
            record = await ended(emulator)
        assert failure.code() is grpc.StatusCode.ABORTED
        assert failure.details() == "Stream timed out after receiving no more client requests."
        assert record.closed is not None
        assert 0.1 <= record.closed - record.opened < 1.0

    async def test_a_client_that_sends_is_not_idle_and_neither_is_one_that_waits_for_its_results(
        self,
    ) -> None:
        class Slow(Coded):
            async def start(self, settings: RecognitionSettings) -> Any:
                recognition = await super().start(settings)
                accept = recognition.accept

                async def slowly(samples: np.ndarray) -> list[RecognitionEvent]:
                    await asyncio.sleep(0.3)
                    return await accept(samples)

                recognition.accept = slowly  # type: ignore[method-assign]
                return recognition

        async with Emulator(Slow(), limits=Limits(idle_seconds=0.2)) as emulator:
            responses = await recognize(
                emulator.address, [CONFIG, *audio_requests(RECORDING.audio, 25_600)]
            )
        assert len(texts(responses)) == 2

    async def test_a_connection_carries_as_many_streams_as_may_be_and_the_next_waits(self) -> None:
        async with Emulator(Coded(), limits=Limits(streams_per_connection=2)) as emulator:
            async with bare.bare_client(emulator.address) as client:
                gates = [asyncio.Event() for _ in range(3)]

                async def requests(gate: asyncio.Event) -> Any:
                    yield CONFIG
                    for message in AUDIO:
                        yield message
                    await gate.wait()

                calls: list[Any] = [
                    await client.streaming_recognize(requests=requests(gate)) for gate in gates[:2]
                ]
                for call in calls:
                    assert await anext(aiter(call))
                third = asyncio.ensure_future(client.streaming_recognize(requests=requests(gates[2])))
                await asyncio.wait({third}, timeout=0.2)
                assert not third.done()
                assert len(emulator.streams) == 2
                for gate in gates:
                    gate.set()
                for call in calls:
                    assert [response async for response in call]
                assert [response async for response in await third]

    async def test_a_scaled_clock_leaves_the_text_as_it_is(self) -> None:
        assert Limits().scaled(0.04) == Limits(stream_seconds=12.0, idle_seconds=0.4)


class TestAborts:
    @pytest.mark.parametrize(
        ("fault", "code", "text"),
        [
            (Abort("UNAVAILABLE", at=1.0), "UNAVAILABLE", "The service is currently unavailable."),
            (Abort("INTERNAL", at=1.0), "INTERNAL", "Internal error encountered."),
            (Abort("CANCELLED", at=1.0), "CANCELLED", "The operation was cancelled."),
            (
                Abort("ABORTED", at=1.0),
                "ABORTED",
                "Stream timed out after receiving no more client requests.",
            ),
            (Abort("ABORTED", message="why, so", at=1.0), "ABORTED", "why, so"),
            (
                Abort("DATA_LOSS", at=1.0),
                "DATA_LOSS",
                "The emulator ends the stream with DATA_LOSS, as planned.",
            ),
        ],
    )
    async def test_end_the_stream_with_any_status_at_an_audio_position(
        self, fault: Abort, code: str, text: str
    ) -> None:
        async with Emulator(Coded(), faults=Faults(fault)) as emulator:
            async with live_stream(emulator.address) as call:
                for message in (CONFIG, *AUDIO[:10]):
                    await call.write(message)
                heard, failure = await fail(call)
            record = await ended(emulator)
        assert (failure.code().name, failure.details()) == (code, text)
        assert texts(heard, final=False) == ["w0"]
        assert record.audio_seconds == 1.0
        assert record.faults == (fault,)
        assert (record.status, record.reason) == (code, text)

    async def test_carry_retry_info_if_they_are_to(self) -> None:
        fault = Abort("UNAVAILABLE", retry_delay=1.5)
        async with Emulator(Coded(), faults=Faults(fault)) as emulator:
            with pytest.raises(exceptions.ServiceUnavailable) as failure:
                await recognize(emulator.address, [])
        status = rpc_status.from_call(failure.value.errors[0])
        (detail,) = status.details
        info = RetryInfo()
        assert detail.Unpack(info)
        assert info.retry_delay.ToMilliseconds() == 1_500

    async def test_befall_the_stream_that_they_are_for(self) -> None:
        async with Emulator(Coded(), faults=Faults(Abort("UNAVAILABLE", stream=2))) as emulator:
            assert await recognize(emulator.address, [CONFIG, *AUDIO])
            with pytest.raises(exceptions.ServiceUnavailable):
                await recognize(emulator.address, [])
            assert await recognize(emulator.address, [CONFIG, *AUDIO])

    async def test_come_after_a_while_whatever_the_client_does(self) -> None:
        fault = Abort("UNAVAILABLE", after=0.1)
        async with Emulator(Coded(), faults=Faults(fault)) as emulator:
            async with live_stream(emulator.address) as call:
                _, failure = await fail(call)
        assert failure.code() is grpc.StatusCode.UNAVAILABLE

    async def test_in_a_burst_are_hidden_from_the_users_of_grpc_aio_now_and_then(self) -> None:
        # grpc#36066: of aborts that come while the client writes without a pause, most are hidden.
        seen: set[str] = set()
        async with Emulator(Coded(), faults=Faults(Abort("ABORTED", at=0.5))) as emulator:
            with anyio.fail_after(60):
                while len(seen) < 2:
                    with pytest.raises((exceptions.Aborted, exceptions.InternalServerError)) as failure:
                        await recognize(emulator.address, [CONFIG, *AUDIO])
                    seen.add(failure.value.message)
            assert {record.status for record in emulator.streams} == {"ABORTED"}
        assert seen == {
            "Internal error from Core",
            "Stream timed out after receiving no more client requests.",
        }

    async def test_in_the_middle_of_a_write_come_when_writes_have_backed_up(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(relay, "_QUIET_SECONDS", 1.0)  # this client may be held up, too
        fault = Abort("ABORTED", at=0.5, mid_write=True)
        async with Emulator(Coded(), faults=Faults(fault)) as emulator:
            async with live_stream(emulator.address) as call:
                for message in (CONFIG, *AUDIO[:5]):
                    await call.write(message)
                written = 0
                with pytest.raises((grpc.aio.AioRpcError, asyncio.InvalidStateError)):
                    while True:
                        await call.write(AUDIO[5])
                        written += 1
            record = await ended(emulator)
        assert (5 + written) * 3_200 > WINDOW - 6_400
        assert written * 3_200 < 2 * WINDOW
        assert (record.messages, record.status) == (5, "ABORTED")


class TestOtherEnds:
    async def test_an_early_close_is_ok_and_says_no_more(self) -> None:
        async with Emulator(Coded(), faults=Faults(Close(at=3.0))) as emulator:
            async with live_stream(emulator.address) as call:
                for message in (config_request(), *AUDIO[:30]):
                    await call.write(message)
                heard: list[types.StreamingRecognizeResponse] = []
                await hear(call, heard)
                assert await call.code() is grpc.StatusCode.OK
            record = await ended(emulator)
        assert texts(heard) == ["w0 w1 w2 w3 w4"]
        assert (record.status, record.reason) == ("OK", "closed early, as planned")

    async def test_a_cut_connection_takes_all_its_streams_with_it(self) -> None:
        faults = Faults(CutConnection(stream=2, at=1.0))
        async with (
            Emulator(Coded(), faults=faults) as emulator,
            bare.bare_client(emulator.address) as client,
        ):

            async def requests(audio: Sequence[Any]) -> Any:
                yield CONFIG
                for message in audio:
                    yield message
                await asyncio.get_running_loop().create_future()

            first: Any = await client.streaming_recognize(requests=requests(AUDIO[:10]))
            assert await anext(aiter(first))
            second: Any = await client.streaming_recognize(requests=requests(AUDIO[:10]))
            for call in (first, second):
                with pytest.raises(exceptions.ServiceUnavailable):
                    await anext(aiter(call))
            assert await recognize(emulator.address, [CONFIG, *AUDIO])
            assert (await ended(emulator, 2)).status == "CANCELLED"

    async def test_connections_are_refused_for_a_while(self) -> None:
        faults = Faults(RefuseConnections(0.4, stream=1, at=1.0))
        async with Emulator(Coded(), faults=faults) as emulator:
            async with live_stream(emulator.address) as call:
                for message in (CONFIG, *AUDIO[:10]):
                    await call.write(message)
                assert await read(call)
                with pytest.raises(exceptions.ServiceUnavailable):
                    await recognize(emulator.address, [CONFIG])
                await call.write(AUDIO[10])  # what is up stays up
                await call.done_writing()
                assert await read(call)
            with anyio.fail_after(5):
                while True:
                    try:
                        assert await recognize(emulator.address, [CONFIG, *AUDIO])
                        break
                    except exceptions.ServiceUnavailable:
                        await anyio.sleep(0.05)

    async def test_connections_may_be_refused_from_the_start(self) -> None:
        async with Emulator(Coded(), faults=Faults(RefuseConnections(60))) as emulator:
            with pytest.raises(exceptions.ServiceUnavailable):
                await recognize(emulator.address, [CONFIG])


class TestSlowness:
    async def test_a_delay_makes_every_answer_late_and_keeps_their_order(self) -> None:
        plain: list[str] = []
        late: list[str] = []
        for faults, heard in ((Faults(), plain), (Faults(Delay(0.3, jitter=0.2)), late)):
            async with Emulator(Coded(), faults=faults) as emulator:
                begun = asyncio.get_running_loop().time()
                heard.extend(texts(await recognize(emulator.address, [CONFIG, *AUDIO]), final=False))
                took = asyncio.get_running_loop().time() - begun
        assert late == plain
        assert took >= 0.3

    async def test_a_stall_holds_what_there_is_to_say_until_it_is_over(self) -> None:
        fault = Stall(at=1.0, seconds=0.3)
        async with Emulator(Coded(), faults=Faults(fault)) as emulator:
            begun = asyncio.get_running_loop().time()
            responses = await recognize(emulator.address, [CONFIG, *AUDIO])
            took = asyncio.get_running_loop().time() - begun
        assert texts(responses) == ["w0 w1 w2 w3 w4", " w5 w6 w7 w8 w9"]
        assert took >= 0.3

    async def test_a_stall_without_end_reads_on_and_says_nothing(self) -> None:
        limits = Limits(stream_seconds=0.4)
        faults = Faults(Stall(at=1.0))
        async with Emulator(Coded(), limits=limits, faults=faults) as emulator:
            async with live_stream(emulator.address) as call:
                for message in (CONFIG, *AUDIO):
                    await call.write(message)
                await call.done_writing()
                heard, failure = await fail(call)
            assert failure.details() == "Max duration of 5 minutes reached for stream."
            assert texts(heard, final=False) == ["w0"]
            assert (await ended(emulator)).audio_seconds == 5.5

    async def test_a_stall_that_does_not_read_lets_writes_back_up(self) -> None:
        faults = Faults(Stall(at=0.5, reads=False))
        async with Emulator(Coded(), faults=faults) as emulator:
            async with live_stream(emulator.address) as call:
                await call.write(CONFIG)
                written = 0

                async def write() -> None:
                    nonlocal written
                    for message in AUDIO:
                        await call.write(message)
                        written += 1

                writing = asyncio.create_task(write())
                with anyio.fail_after(5):
                    while written * 3_200 <= WINDOW - 6_400:
                        await anyio.sleep(0.005)
                await asyncio.wait({writing}, timeout=0.2)
                assert not writing.done()
                assert (written - 5) * 3_200 < 2 * WINDOW
                writing.cancel()
                await asyncio.wait({writing})
            record = await ended(emulator)
        assert record.messages == 5

    async def test_a_stall_that_does_not_read_goes_on_when_it_is_over(self) -> None:
        faults = Faults(Stall(at=0.5, reads=False, seconds=0.2))
        async with Emulator(Coded(), limits=Limits(idle_seconds=0.1), faults=faults) as emulator:
            responses = await recognize(emulator.address, [CONFIG, *AUDIO])
        assert len(texts(responses)) == 2

    async def test_of_two_stalls_at_once_the_longer_counts(self) -> None:
        faults = Faults(
            Stall(at=0.5, seconds=0.4, reads=False), Stall(at=0.5, seconds=0.05, reads=False)
        )
        async with Emulator(Coded(), faults=faults) as emulator:
            begun = asyncio.get_running_loop().time()
            responses = await recognize(emulator.address, [CONFIG, *AUDIO])
            took = asyncio.get_running_loop().time() - begun
        assert len(texts(responses)) == 2
        assert took >= 0.4

    async def test_interims_may_come_twice_and_finals_never(self) -> None:
        faults = Faults(DuplicateInterims(times=3))
        async with Emulator(Coded(), faults=faults) as emulator:
            responses = await recognize(emulator.address, [CONFIG, *AUDIO])
        interims = texts(responses, final=False)
        assert len(interims) == 30
        assert interims[:4] == ["w0", "w0", "w0", "w0 w1"]
        assert len(texts(responses)) == 2

    async def test_a_blackhole_carries_nothing_and_then_all(self) -> None:
        faults = Faults(Blackhole(at=1.0, seconds=0.3))
        async with Emulator(Coded(), faults=faults) as emulator:
            begun = asyncio.get_running_loop().time()
            responses = await recognize(emulator.address, [CONFIG, *AUDIO])
            took = asyncio.get_running_loop().time() - begun
        assert len(texts(responses)) == 2
        assert took >= 0.3


class TestTheRecord:
    async def test_says_what_each_stream_saw(self) -> None:
        async with Emulator(Coded()) as emulator:
            assert not emulator.streams
            small = audio_requests(bytes(1_600), 1_600)
            await recognize(emulator.address, [CONFIG, *AUDIO, *small])
            with pytest.raises(exceptions.InvalidArgument):
                await recognize(emulator.address, [CONFIG, types.StreamingRecognizeRequest()])
            first, second = emulator.streams
        assert (first.number, second.number) == (1, 2)
        assert first.recognizer == bare.RECOGNIZER
        assert (first.messages, first.audio_bytes) == (len(AUDIO) + 1, len(RECORDING.audio) + 1_600)
        assert (first.largest_message, first.audio_seconds) == (3_200, 5.55)
        assert first.finals == ("w0 w1 w2 w3 w4", " w5 w6 w7 w8 w9")
        assert first.interims == 10
        assert (first.status, first.reason) == ("OK", "the client half-closed")
        assert second.status == "INVALID_ARGUMENT"
        assert first.closed is not None
        assert 0 <= first.opened <= first.closed <= second.opened
        assert not first.is_open

    async def test_says_when_the_client_went_away_or_the_emulator_stopped(self) -> None:
        async with Emulator(Coded()) as emulator:
            async with live_stream(emulator.address) as call:
                for message in (CONFIG, *AUDIO[:10]):
                    await call.write(message)
                await call.read()
                assert emulator.streams[0].is_open
            assert (await ended(emulator)).status == "CANCELLED"
            async with live_stream(emulator.address) as call:
                await call.write(CONFIG)
                while len(emulator.streams) < 2:
                    await anyio.sleep(0.005)
                await emulator.__aexit__(None, None, None)
        assert emulator.streams[1].status == "CANCELLED"

    async def test_is_printed_without_what_was_said(self) -> None:
        async with Emulator(Coded(), faults=Faults(Delay(0.01))) as emulator:
            await recognize(emulator.address, [CONFIG, *AUDIO])
            report = emulator.report()
        assert "faults: delay:0.01" in report
        assert "stream 1: " in report
        assert "5.50 s of audio in 55 messages of at most 3200 bytes; 2 finals, 10 interims" in report
        assert "w0" not in report

    async def test_and_the_plan_are_the_same_for_the_same_seed(self) -> None:
        runs = []
        for _ in range(2):
            faults = Faults.seeded(11, probability=1.0, within=5.0)
            async with Emulator(Coded(), faults=faults) as emulator:
                for _ in range(6):
                    with suppress(exceptions.GoogleAPICallError):
                        await recognize(emulator.address, [CONFIG, *AUDIO])
                runs.append([record.faults for record in emulator.streams])
        assert runs[0] == runs[1]
        assert sum(map(len, runs[0])) >= 5

    async def test_faults_may_be_changed_while_it_runs(self) -> None:
        async with Emulator(Coded()) as emulator:
            assert await recognize(emulator.address, [CONFIG, *AUDIO])
            emulator.faults = Faults(Abort("UNAVAILABLE"))
            with pytest.raises(exceptions.ServiceUnavailable):
                await recognize(emulator.address, [])
            emulator.faults = Faults()
            assert await recognize(emulator.address, [CONFIG, *AUDIO])
