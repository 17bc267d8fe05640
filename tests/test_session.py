"""What a user holds, over calls made up in memory."""

from __future__ import annotations

import array
import asyncio
import io
import threading
import time
from typing import TYPE_CHECKING, Any

import anyio
import numpy as np
import pytest
import soundfile

from asyncspeech import AudioFormat, RawAudio
from asyncspeech.config import BufferPolicy, RetryPolicy
from asyncspeech.errors import (
    AudioError,
    BufferOverflowError,
    ConfigurationError,
    DrainTimeoutError,
    InvalidRequestError,
    SessionClosedError,
    StreamLostError,
    UsageError,
)
from tests.support.calls import FakeService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from asyncspeech.model import Result
    from asyncspeech.session import Session

pytestmark = pytest.mark.usefixtures("no_task_is_left")

TENTH = b"\x01\x02" * 1_600
SECOND = TENTH * 10


@pytest.fixture
def service() -> FakeService:
    return FakeService()


async def collect(session: Session) -> list[Result]:
    return [result async for result in session]


class TestOneConversation:
    async def test_results_come_in_order_and_the_iteration_ends_with_the_stream(
        self, service: FakeService
    ) -> None:
        async with service.session() as session:
            await session.send(SECOND)
            call = await service.call()
            call.say("on", end=0.5, is_final=False)
            first = await anext(session)
            call.say("one", end=1.0)
            await session.end()
            await call.half_closed.wait()
            call.close()
            rest = await collect(session)
        assert [(result.text, result.is_final) for result in [first, *rest]] == [
            ("on", False),
            ("one", True),
        ]

    async def test_the_transcript_and_the_stats_are_there_after_the_block(
        self, service: FakeService
    ) -> None:
        async with service.session() as session:
            await session.send(SECOND)
            call = await service.call()
            call.say("o", end=0.5, is_final=False)
            call.say("one", end=1.0)
            call.close()
            await session.end()
        assert session.transcript.text == "one"
        assert session.transcript.duration == 1.0
        stats = session.stats
        assert (stats.audio_accepted, stats.audio_sent, stats.audio_unsettled) == (1.0, 1.0, 0.0)
        assert (stats.interim_results, stats.final_results, stats.streams_opened) == (1, 1, 1)
        assert stats.final_latency.count == 1
        assert 0 <= stats.final_latency.worst < 1  # the clock of uvloop goes by the millisecond

    async def test_a_session_that_is_aborted_has_nothing_open_and_nothing_that_waits(self) -> None:
        service = FakeService(stalled=True)
        async with service.session() as session:
            await session.send(SECOND * 3)
            assert session.stats.audio_waiting == 3.0
            await service.call()
            assert session.stats.streams_open == 1
            with pytest.raises(UsageError, match="has not ended"):
                _ = session.summary
            session.abort()
        stats = session.summary.stats
        assert (stats.audio_waiting, stats.streams_open, stats.waiting_peak) == (0.0, 0, 3.0)
        assert session.summary.outcome == "ABANDONED"
        assert [stream.status for stream in session.summary.streams] == ["CANCELLED"]

    async def test_audio_reaches_the_call_as_it_was_sent(self, service: FakeService) -> None:
        async with service.session() as session:
            for size in (1, 3, 1_000, 2, 4):
                await session.send(SECOND[:size])
            call = await service.call()
            call.close()
            await session.end()
        assert call.audio == SECOND[:1] + SECOND[:3] + SECOND[:1_000] + SECOND[:2] + SECOND[:4]

    async def test_a_buffer_that_is_used_again_is_copied(self, service: FakeService) -> None:
        async with service.session() as session:
            buffer = bytearray(TENTH)
            await session.send(buffer)
            buffer[:] = bytes(len(buffer))
            await session.send(array.array("h", [258] * 4))
            call = await service.call()
            call.close()
            await session.end()
        assert call.audio == TENTH + b"\x02\x01" * 4

    @pytest.mark.parametrize("data", ["text", 17, array.array("f", [0.5]), None])
    async def test_what_is_no_audio_is_refused(self, service: FakeService, data: object) -> None:
        async with service.session() as session:
            with pytest.raises(ConfigurationError, match="data: "):
                await session.send(data)  # type: ignore[arg-type]
        assert not service.calls

    @pytest.mark.parametrize("shape", [(160, 1), (1, 160), (160,)])
    async def test_an_array_of_one_channel_is_taken_in_any_shape(
        self, service: FakeService, shape: tuple[int, ...]
    ) -> None:
        async with service.session() as session:
            await session.send(np.full(shape, 0x0201, "<i2").data)
            call = await service.call()
            call.close()
            await session.end()
        assert call.audio == b"\x01\x02" * 160

    @pytest.mark.parametrize(("shape", "channels"), [((160, 2), 1), ((160, 1), 2), ((2, 160), 2)])
    async def test_an_array_of_other_channels_is_refused(
        self, service: FakeService, shape: tuple[int, ...], channels: int
    ) -> None:
        async with service.session(audio_channel_count=channels) as session:
            with pytest.raises(ConfigurationError, match=rf"shape .* audio_channel_count={channels}"):
                await session.send(np.zeros(shape, "<i2").data)
        assert not service.calls

    async def test_a_file_that_is_sent_as_samples_is_refused_each_time(
        self, service: FakeService
    ) -> None:
        file = io.BytesIO()
        soundfile.write(file, np.zeros(160), 16_000, format="FLAC")
        async with service.session() as session:
            with pytest.raises(ConfigurationError, match=r"data: .* a file, FLAC"):
                await session.send(file.getvalue())
            with pytest.raises(ConfigurationError, match=r"data: .* a file, FLAC"):
                session.send_nowait(file.getvalue())
            with pytest.raises(ConfigurationError, match=r"data: .* a file, FLAC"):
                session.send_threadsafe(file.getvalue())
        assert not service.calls

    async def test_samples_that_look_like_a_file_later_on_are_samples(
        self, service: FakeService
    ) -> None:
        async with service.session() as session:
            await session.send(b"")
            await session.send(TENTH)
            await session.send(b"fLaC")
            call = await service.call()
            call.close()
            await session.end()
        assert call.audio == TENTH + b"fLaC"

    async def test_a_final_that_does_not_come_in_time_is_told_with_the_time(
        self, service: FakeService
    ) -> None:
        async with service.session() as session:
            with pytest.raises(TimeoutError, match=r"no final result within 0\.01 s"):
                await session.next_final(timeout=0.01)

    async def test_a_timeout_of_the_source_is_not_taken_for_one_of_waiting(
        self, service: FakeService
    ) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            yield TENTH
            raise TimeoutError("the line went quiet")

        async with service.session(source=chunks()) as session:
            (await service.call()).close()
            with pytest.raises(TimeoutError, match="the line went quiet"):
                await session.next_final(timeout=30)
            with pytest.raises(TimeoutError, match="the line went quiet"):
                await session.wait()

    async def test_a_session_without_audio_has_an_empty_transcript(self, service: FakeService) -> None:
        async with service.session() as session:
            await session.end()
            assert await collect(session) == []
        assert session.transcript.text == ""
        assert not service.calls

    async def test_a_slow_reader_gets_every_final_and_only_the_newest_interim(
        self, service: FakeService
    ) -> None:
        async with service.session() as session:
            await session.send(SECOND * 9)
            call = await service.call()
            while len(call.audio) < len(SECOND) * 9:
                await asyncio.sleep(0)
            for number in range(3):
                for guess in range(5):
                    call.say(f"guess {guess}", end=number + 0.1 * guess, is_final=False)
                call.say(f"final {number}", end=number + 1)
            call.say("last guess", end=3.5, is_final=False)
            call.say("", end=3.5)
            await session.end()
            call.close()
            await session.wait()
            texts = [result.text for result in await collect(session)]
        assert texts == ["final 0", "final 1", "final 2", "last guess"]


class TestMisuse:
    async def test_a_session_has_to_be_entered(self, service: FakeService) -> None:
        session = service.session()
        for use in (session.send(SECOND), session.end(), session.wait(), anext(session)):
            with pytest.raises(UsageError, match="not open yet"):
                await use
        with pytest.raises(UsageError, match="not open yet"):
            session.send_nowait(SECOND)
        with pytest.raises(UsageError, match="not open yet"):
            session.send_threadsafe(SECOND)

    async def test_a_session_is_entered_once(self, service: FakeService) -> None:
        async with service.session() as session:
            with pytest.raises(UsageError, match="entered once"):
                await session.__aenter__()
        with pytest.raises(UsageError, match="entered once"):
            await session.__aenter__()

    async def test_audio_after_the_end_is_refused(self, service: FakeService) -> None:
        async with service.session() as session:
            await session.end()
            with pytest.raises(SessionClosedError):
                await session.send(SECOND)
            with pytest.raises(SessionClosedError):
                session.send_nowait(SECOND)
            with pytest.raises(SessionClosedError):
                session.send_threadsafe(SECOND)

    async def test_two_tasks_that_iterate_are_told_so(self, service: FakeService) -> None:
        async with service.session() as session:
            first = asyncio.create_task(collect(session))
            await asyncio.sleep(0)
            with pytest.raises(UsageError, match="two tasks"):
                await anext(session)
            await session.end()
            assert await first == []


class TestBackpressure:
    async def test_send_waits_while_the_buffer_is_full_and_goes_on_when_audio_goes_out(self) -> None:
        service = FakeService(stalled=True)
        async with service.session(buffer=BufferPolicy(max_seconds=2)) as session:
            await session.send(SECOND)
            await session.send(SECOND)
            waiting = asyncio.create_task(session.send(SECOND))
            call = await service.call()
            assert not waiting.done()
            call.take()
            await waiting
            await session.end()
            call.take()
            assert call.audio == SECOND * 3
            call.close()

    async def test_send_nowait_and_threadsafe_raise_when_full_and_take_nothing(self) -> None:
        service = FakeService(stalled=True)
        async with service.session(buffer=BufferPolicy(max_seconds=1)) as session:
            session.send_nowait(SECOND)
            with pytest.raises(BufferOverflowError) as overflow:
                session.send_nowait(SECOND)
            assert overflow.value.seconds == 1.0
            with pytest.raises(BufferOverflowError):
                session.send_threadsafe(SECOND)
            await session.end()
            call = await service.call()
            assert call.audio == SECOND
            call.take()
            call.close()

    async def test_a_chunk_longer_than_the_buffer_is_taken_whole(self) -> None:
        service = FakeService(stalled=True)
        async with service.session(buffer=BufferPolicy(max_seconds=0.1)) as session:
            await session.send(SECOND * 60)
            await session.end()
            call = await service.call()
            while len(call.audio) < len(SECOND) * 60:
                call.take()
            call.take()
            call.close()

    async def test_a_waiting_send_is_let_go_when_the_session_fails(self) -> None:
        service = FakeService(stalled=True)
        with pytest.raises(InvalidRequestError):
            async with service.session(buffer=BufferPolicy(max_seconds=1)) as session:
                await session.send(SECOND)
                waiting = asyncio.create_task(session.send(SECOND))
                (await service.call()).close(InvalidRequestError("INVALID_ARGUMENT", "no"))
                with pytest.raises(InvalidRequestError):
                    await waiting


class TestThreads:
    async def test_chunks_from_a_thread_arrive_in_order(self, service: FakeService) -> None:
        chunks = [number.to_bytes(2, "little") for number in range(2_000)]
        async with service.session() as session:

            def callback() -> None:
                for chunk in chunks:
                    session.send_threadsafe(chunk)

            await anyio.to_thread.run_sync(callback)
            await session.end()
            call = await service.call()
            call.close()
        assert call.audio == b"".join(chunks)

    async def test_what_a_thread_sent_before_the_end_is_not_lost(self, service: FakeService) -> None:
        async with service.session() as session:
            # The loop has no chance to take the chunk before the end is said.
            thread = threading.Thread(target=session.send_threadsafe, args=(TENTH,))
            thread.start()
            thread.join()
            await session.end()
            call = await service.call()
            call.close()
        assert call.audio == TENTH

    async def test_a_thread_is_told_when_the_session_is_over(self, service: FakeService) -> None:
        async with service.session() as session:
            pass
        with pytest.raises(SessionClosedError):
            await anyio.to_thread.run_sync(session.send_threadsafe, TENTH)


class TestSource:
    async def test_a_session_with_a_source_feeds_and_ends_itself(self, service: FakeService) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(5):
                yield TENTH

        async with service.session(source=chunks()) as session:
            call = await service.call()
            await call.half_closed.wait()
            call.say("all", end=0.5)
            call.close()
            assert [result.text for result in await collect(session)] == ["all"]
        assert call.audio == TENTH * 5

    async def test_pieces_of_a_file_that_are_not_said_to_be_so_fail_the_session(
        self, service: FakeService
    ) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"OggS" + bytes(100)

        with pytest.raises(ConfigurationError, match="a file, Ogg") as caught:
            async with service.session(source=pieces()) as session:
                await session.wait()
        assert "EncodedAudio(pieces)" in caught.value.hint
        assert not service.calls

    async def test_leaving_the_block_stops_taking_from_the_source(self, service: FakeService) -> None:
        closed = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield TENTH
                    await asyncio.sleep(0)
            finally:
                closed.set()

        async with service.session(source=endless()) as session:
            call = await service.call()
            call.say("enough", end=0.1)
            async for _ in session:
                break
            call.close()
        assert session.transcript.text == "enough"
        assert closed.is_set()

    async def test_leaving_the_block_lets_go_of_a_source_that_waits(self, service: FakeService) -> None:
        closed = asyncio.Event()

        async def silent() -> AsyncIterator[bytes]:
            try:
                yield TENTH
                await asyncio.get_running_loop().create_future()
            finally:
                closed.set()

        async def converse() -> None:
            async with service.session(source=silent()):
                await service.call()

        conversation = asyncio.create_task(converse())
        # While the service still owes its results: it has not closed the stream.
        await closed.wait()
        (await service.call()).close()
        await conversation

    async def test_a_source_that_fails_ends_the_session_with_its_error_after_the_results(
        self, service: FakeService
    ) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield SECOND
            raise AudioError("tape", "it tore")

        heard = []
        with pytest.raises(AudioError, match="it tore"):
            async with service.session(source=broken()) as session:
                call = await service.call()
                await call.half_closed.wait()
                call.say("until here", end=1.0)
                call.close()
                async for result in session:
                    heard.append(result.text)  # noqa: PERF401 - what comes before the error counts
        assert heard == ["until here"]
        assert session.transcript.text == "until here"

    async def test_any_exception_of_a_users_source_is_the_users_to_see(
        self, service: FakeService
    ) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield SECOND
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            async with service.session(source=broken()) as session:
                (await service.call()).close()
                await session.wait()

    async def test_send_from_can_leave_the_audio_open(self, service: FakeService) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            yield TENTH

        async with service.session() as session:
            await session.send_from(chunks(), end=False)
            await session.send_from(chunks())
            call = await service.call()
            call.close()
        assert call.audio == TENTH * 2

    async def test_a_source_of_no_known_kind_is_refused_before_any_call(
        self, service: FakeService
    ) -> None:
        with pytest.raises(ConfigurationError, match="source: "):
            async with service.session(source=42) as session:
                await session.wait()
        assert not service.calls


class TestFailure:
    async def test_a_refusal_is_raised_by_the_iteration_and_only_once(
        self, service: FakeService
    ) -> None:
        async with service.session() as session:
            await session.send(SECOND)
            (await service.call()).close(InvalidRequestError("INVALID_ARGUMENT", "no such model"))
            with pytest.raises(InvalidRequestError, match="no such model"):
                await collect(session)
            assert await collect(session) == []

    async def test_a_failure_that_nobody_saw_is_raised_when_the_block_is_left(
        self, service: FakeService
    ) -> None:
        with pytest.raises(InvalidRequestError, match="no such model"):
            async with service.session() as session:
                await session.send(SECOND)
                (await service.call()).close(InvalidRequestError("INVALID_ARGUMENT", "no such model"))

    async def test_results_before_a_failure_are_handed_over_first(self, service: FakeService) -> None:
        heard = []
        with pytest.raises(InvalidRequestError):
            async with service.session() as session:
                await session.send(SECOND * 3)
                call = await service.call()
                call.say("one", end=1.0)
                call.close(InvalidRequestError("INVALID_ARGUMENT", "gone"))
                async for result in session:
                    heard.append(result.text)  # noqa: PERF401 - what comes before the error counts
        assert heard == ["one"]
        assert session.transcript.text == "one"

    async def test_an_outage_that_lasts_tells_what_there_was_and_what_is_missing(
        self, service: FakeService
    ) -> None:
        with pytest.raises(StreamLostError) as lost:
            async with service.session(retry=RetryPolicy(max_outage=0.05)) as session:
                await session.send(SECOND * 3)
                call = await service.call()
                call.say("one", end=1.0)
                while True:
                    service.calls[-1].close(StreamLostError("UNAVAILABLE", "gone"))
                    await service.calls[-1].over.wait()
                    await session.send(TENTH)
                    await asyncio.sleep(0.01)
        assert lost.value.partial is not None
        assert lost.value.partial.text == "one"
        assert lost.value.unsent > 2.0
        assert lost.value.status_message == "gone"

    async def test_sending_to_a_failed_session_raises_what_it_failed_with(
        self, service: FakeService
    ) -> None:
        with pytest.raises(InvalidRequestError):
            async with service.session() as session:
                await session.send(SECOND)
                (await service.call()).close(InvalidRequestError("INVALID_ARGUMENT", "no"))
                while True:
                    await session.send(TENTH)
                    await asyncio.sleep(0)

    async def test_a_service_that_stays_silent_is_given_up(self, service: FakeService) -> None:
        with pytest.raises(DrainTimeoutError) as timeout:
            async with service.session(drain_timeout=0.05) as session:
                await session.send(SECOND)
                (await service.call()).say("one", end=0.25)
        assert timeout.value.partial is not None
        assert timeout.value.partial.text == "one"
        assert timeout.value.unsent == 0.75
        assert service.calls[0].over.is_set()


async def opening(service: FakeService, session: Session) -> None:
    """The session is open and has had no audio."""


async def live(service: FakeService, session: Session) -> None:
    """Audio is on its way."""
    await session.send(SECOND)
    await service.call()


async def draining(service: FakeService, session: Session) -> None:
    """The audio has ended, and the service has not answered."""
    await live(service, session)
    await session.end()


async def full(service: FakeService, session: Session) -> None:
    """The buffer is full, and another task waits in send."""
    await live(service, session)
    await session.send(SECOND * 100)


async def fastest_of_three(leave: Callable[[], Awaitable[float]]) -> float:
    """How many seconds it takes, on a machine that may be busy with something else once or twice."""
    return min([await leave() for _ in range(3)])


class TestMistakesOfOurs:
    async def test_a_call_that_cannot_be_made_is_raised_and_nobody_waits_for_it(
        self, service: FakeService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(service, "open_call", broken)
        async with asyncio.timeout(5):
            with pytest.raises(ZeroDivisionError):
                async with service.session() as session:
                    await session.send(TENTH)
            await session.wait()
        assert service.places == 0


@pytest.mark.parametrize("phase", [opening, live, draining, full])
class TestLeaving:
    """Whatever a session is doing, leaving it otherwise than normally takes milliseconds."""

    async def test_by_an_exception(self, phase: object) -> None:
        async def leave() -> float:
            service = FakeService(stalled=True)
            with pytest.raises(ZeroDivisionError):
                async with service.session() as session:
                    await phase(service, session)  # type: ignore[operator]
                    began = time.perf_counter()
                    raise ZeroDivisionError
            took = time.perf_counter() - began
            assert all(call.over.is_set() for call in service.calls)
            assert service.places == 0
            return took

        assert await fastest_of_three(leave) < 0.1

    async def test_by_cancelling_the_task(self, phase: object) -> None:
        async def leave() -> float:
            service = FakeService(stalled=True)
            ready = asyncio.Event()

            async def converse() -> None:
                async with service.session() as session:
                    await phase(service, session)  # type: ignore[operator]
                    ready.set()
                    await asyncio.get_running_loop().create_future()

            task = asyncio.create_task(converse())
            await ready.wait()
            began = time.perf_counter()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            took = time.perf_counter() - began
            assert all(call.over.is_set() for call in service.calls)
            assert service.places == 0
            return took

        assert await fastest_of_three(leave) < 0.1

    async def test_by_a_timeout_while_draining_at_the_end_of_the_block(self, phase: object) -> None:
        async def leave() -> float:
            service = FakeService(stalled=True)
            began = time.perf_counter()
            with anyio.move_on_after(0.05):
                async with service.session() as session:
                    await phase(service, session)  # type: ignore[operator]
            took = time.perf_counter() - began
            assert all(call.over.is_set() for call in service.calls)
            assert service.places == 0
            return took

        assert await fastest_of_three(leave) < 0.15

    async def test_by_cancelling_a_task_that_iterates(self, phase: object) -> None:
        service = FakeService(stalled=True)
        ready = asyncio.Event()

        async def converse() -> None:
            async with service.session() as session:
                await phase(service, session)  # type: ignore[operator]
                ready.set()
                await collect(session)

        task = asyncio.create_task(converse())
        await ready.wait()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert all(call.over.is_set() for call in service.calls)


@pytest.mark.parametrize("ticks", range(6))
async def test_cancelling_the_entry_at_any_moment_leaves_nothing(
    service: FakeService, ticks: int
) -> None:
    session = service.session()
    entering = asyncio.create_task(session.__aenter__())
    for _ in range(ticks):
        await asyncio.sleep(0)
    entering.cancel()
    try:
        await entering
    except asyncio.CancelledError:
        assert service.places == 0
    else:  # it was in already
        await session.__aexit__(None, None, None)
    assert service.places == 0


async def test_a_session_may_be_left_in_another_task_than_it_was_entered_in(
    service: FakeService,
) -> None:
    session = service.session()
    await asyncio.create_task(session.__aenter__())
    await session.send(SECOND)
    await session.end()
    (await service.call()).close()
    await asyncio.create_task(session.__aexit__(None, None, None))
    assert service.places == 0


async def test_cancelling_a_get_loses_no_result(service: FakeService) -> None:
    async with service.session() as session:
        await session.send(SECOND)
        call = await service.call()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(session), 0.001)
        call.say("one", end=1.0)
        assert (await anext(session)).text == "one"
        call.close()


class TestHowASourceIsRead:
    def stereo(self) -> bytes:
        """A recording with two channels, of a sample each."""
        samples = np.tile(np.array([[1_000, 3_000]], "<i2"), (1_600, 1))
        file = io.BytesIO()
        soundfile.write(file, samples, 16_000, format="WAV")
        return file.getvalue()

    @pytest.mark.parametrize(("channel", "sample"), [(None, 2_000), (1, 1_000), (2, 3_000)])
    async def test_of_several_channels_the_mean_is_sent_or_the_one_that_is_wanted(
        self, service: FakeService, channel: int | None, sample: int
    ) -> None:
        async with service.session(source=self.stereo(), channel=channel) as session:
            call = await service.call()
            await call.half_closed.wait()
            assert set(np.frombuffer(call.audio, "<i2")) == {sample}
            call.close()
            await session.wait()

    async def test_it_is_sent_at_the_pace_that_is_wanted(self, service: FakeService) -> None:
        recording = RawAudio(bytes(32_000), AudioFormat())
        loop = asyncio.get_running_loop()
        async with service.session() as session:
            begun = loop.time()
            await session.send_from(recording, pace=10.0)
            assert loop.time() - begun >= 0.1
            call = await service.call()
            await call.half_closed.wait()
            assert len(call.audio) == 32_000
            call.close()

    @pytest.mark.parametrize("how", [{"pace": 0.0}, {"pace": -1.0}, {"channel": 0}, {"channel": True}])
    async def test_what_makes_no_sense_is_refused_at_the_call(
        self, service: FakeService, how: dict[str, Any]
    ) -> None:
        (field,) = how
        with pytest.raises(ConfigurationError, match=field):
            service.session(source=self.stereo(), **how)
