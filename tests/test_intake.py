"""Audio that is treated before it is sent: in order, off the loop if that pays, to the last frame."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest

from asyncspeech import BufferPolicy, SessionConfig, TurnPolicy, VoiceActivity, VoiceGate
from asyncspeech.audio.stages.base import silence
from asyncspeech.errors import ConfigurationError, MissingExtraError, SessionClosedError
from tests.support.calls import FakeService
from tests.support.loud import LoudDetector

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech.audio.stages.base import Block, Stage

pytestmark = pytest.mark.usefixtures("no_task_is_left")

TENTH = b"\x00\x20" * 1_600
LISTENS = VoiceActivity(detector=LoudDetector(), lead=0.1)


@dataclass(frozen=True, slots=True)
class Treatment:
    """Passes audio on, 100 frames late, and notes which threads do so.

    Attributes:
        threads: By which threads, chunk by chunk.
        meanwhile: What to do before a chunk is passed on.
    """

    threads: list[int] = field(default_factory=list)
    meanwhile: Callable[[], object] = int

    def start(self, sample_rate_hertz: int) -> Stage:
        del sample_rate_hertz
        return Treating(self)


class Treating:
    delay = 100 / 16_000

    def __init__(self, treatment: Treatment) -> None:
        self._treatment = treatment
        self._held = silence(0, 1)

    def process(self, block: Block) -> Block:
        if len(block):
            self._treatment.threads.append(threading.get_ident())
            self._treatment.meanwhile()
        audio = np.concatenate((self._held, block))
        self._held = audio[-100:]
        return audio[:-100]

    def flush(self) -> Block:
        held, self._held = self._held, silence(0, 1)
        return held


class Gatekeeper:
    """Holds up a worker thread until it is let go."""

    def __init__(self) -> None:
        self._may_go = threading.Event()
        self.is_waited_for = threading.Event()

    def __call__(self) -> None:
        self.is_waited_for.set()
        assert self._may_go.wait(5)

    def let_go(self) -> None:
        self._may_go.set()

    async def come(self) -> None:
        """Wait until a thread is held up."""
        assert await asyncio.to_thread(self.is_waited_for.wait, 5)


@pytest.fixture
def service() -> FakeService:
    return FakeService()


async def close(service: FakeService) -> None:
    """End the one call, once no more audio comes on it."""
    call = await service.call()
    await call.half_closed.wait()
    call.close()


def numbered(count: int) -> list[bytes]:
    """Chunks of a tenth of a second, each of which says which it is."""
    return [np.full(1_600, 100 + number, "<i2").tobytes() for number in range(count)]


async def test_all_of_it_is_sent_in_order_to_the_last_frame(service: FakeService) -> None:
    chunks = numbered(30)
    async with service.session(preprocess=(Treatment(),)) as session:
        for chunk in chunks:
            await session.send(chunk)
        await session.end()
        call = await service.call()
        await call.half_closed.wait()
        assert call.audio == b"".join(chunks)
        call.close()
    assert session.stats.audio_accepted == session.stats.audio_sent == pytest.approx(3.0)


async def test_the_first_chunk_is_treated_in_a_thread_and_what_takes_no_time_on_the_spot(
    service: FakeService,
) -> None:
    treatment = Treatment()
    async with service.session(preprocess=(treatment,)) as session:
        await session.send(TENTH)
        await service.call()
        for _ in range(5):
            await session.send(TENTH)
        assert treatment.threads[0] != threading.get_ident()
        assert set(treatment.threads[1:]) == {threading.get_ident()}
        await session.end()
        await close(service)


async def test_chunks_that_come_while_a_thread_is_busy_wait_in_line_and_are_treated_together(
    service: FakeService,
) -> None:
    keeper, chunks = Gatekeeper(), numbered(20)
    treatment = Treatment(meanwhile=keeper)
    async with service.session(preprocess=(treatment,)) as session:
        await session.send(chunks[0])
        await keeper.come()
        for chunk in chunks[1:10]:
            await session.send(chunk)
        for chunk in chunks[10:]:
            session.send_threadsafe(chunk)
        await asyncio.sleep(0)
        assert session.stats.audio_accepted == pytest.approx(2.0)
        keeper.let_go()
        await session.end()
        call = await service.call()
        await call.half_closed.wait()
        assert call.audio == b"".join(chunks)
        assert len(treatment.threads) == 2
        call.close()


async def test_what_waits_for_a_thread_fills_the_buffer(service: FakeService) -> None:
    keeper = Gatekeeper()
    buffer = BufferPolicy(max_seconds=0.5)
    async with service.session(preprocess=(Treatment(meanwhile=keeper),), buffer=buffer) as session:
        await session.send(TENTH)
        await keeper.come()
        for _ in range(4):
            await session.send(TENTH)
        sender = asyncio.create_task(session.send(TENTH))
        await asyncio.sleep(0)
        assert not sender.done()
        keeper.let_go()
        await sender
        await session.end()
        await close(service)


async def test_an_hour_at_once_is_treated_in_parts(service: FakeService) -> None:
    treatment = Treatment()
    async with service.session(preprocess=(treatment,), buffer=BufferPolicy(max_seconds=1e6)) as session:
        await session.send(TENTH * 350)
        await session.end()
        assert len(treatment.threads) == 4
        await close(service)


async def test_finalizing_brings_out_what_is_held(service: FakeService) -> None:
    async with service.session(preprocess=(Treatment(),)) as session:
        await session.send(TENTH)
        finalizing = asyncio.create_task(session.finalize())
        call = await service.call()
        await call.half_closed.wait()
        assert call.audio == TENTH
        call.say("one", end=0.1)
        call.close()
        await finalizing


async def test_what_is_held_when_the_user_falls_silent_comes_out_by_itself(service: FakeService) -> None:
    async with service.session(preprocess=(Treatment(),)) as session:
        await session.send(TENTH)
        call = await service.call()
        async with asyncio.timeout(5):
            while call.audio != TENTH:
                await asyncio.sleep(0.01)
        await session.end()
        await close(service)


async def test_the_last_of_speech_counts_from_when_it_was_given(service: FakeService) -> None:
    keeper = Gatekeeper()
    async with service.session(preprocess=(Treatment(meanwhile=keeper),)) as session:
        loop = asyncio.get_running_loop()
        given = loop.time()
        await session.send(TENTH)
        await keeper.come()
        await asyncio.sleep(0.05)
        keeper.let_go()
        call = await service.call()
        call.say("one", end=0.09)
        result = await session.next_final()
        assert 0.05 <= result.latency <= loop.time() - given
        await session.end()
        await close(service)


class TestTrouble:
    async def test_a_treatment_that_fails_ends_the_session_once_all_before_is_recognised(
        self, service: FakeService
    ) -> None:
        chunks = iter(range(3))

        def fail_at_last() -> None:
            if next(chunks) == 2:
                raise ArithmeticError("no such frequency")

        session = service.session(preprocess=(Treatment(meanwhile=fail_at_last),))
        with pytest.raises(ArithmeticError, match="no such frequency"):
            async with session:
                await session.send(TENTH)
                call = await service.call()
                await session.send(TENTH)
                await session.send(TENTH)
                await call.half_closed.wait()
                with pytest.raises(SessionClosedError):
                    await session.send(TENTH)
                call.say("one", end=0.1)
                call.close()
        assert session.transcript.text == "one"

    async def test_so_does_one_that_fails_in_a_thread(self, service: FakeService) -> None:
        def fail() -> None:
            raise ArithmeticError("no such frequency")

        session = service.session(preprocess=(Treatment(meanwhile=fail),))
        with pytest.raises(ArithmeticError, match="no such frequency"):
            async with session:
                await session.send(TENTH)
                await session.end()

    async def test_a_missing_extra_is_told_on_entering(self, service: FakeService) -> None:
        class Missing:
            def start(self, sample_rate_hertz: int) -> Stage:
                raise MissingExtraError(f"this at {sample_rate_hertz} Hz", "denoise")

        with pytest.raises(MissingExtraError, match="extra 'denoise'"):
            async with service.session(preprocess=(Missing(),)):
                pass

    async def test_leaving_by_an_error_waits_for_no_thread_longer_than_for_its_chunk(
        self, service: FakeService
    ) -> None:
        keeper = Gatekeeper()
        with pytest.raises(ZeroDivisionError):
            async with service.session(preprocess=(Treatment(meanwhile=keeper),)) as session:
                for _ in range(50):
                    await session.send(TENTH)
                await keeper.come()
                asyncio.get_running_loop().call_later(0.01, keeper.let_go)
                raise ZeroDivisionError

    @pytest.mark.parametrize("method", ["end", "finalize"])
    async def test_whoever_waits_is_let_go_when_the_session_is_aborted(
        self, service: FakeService, method: str
    ) -> None:
        keeper = Gatekeeper()
        session = service.session(preprocess=(Treatment(meanwhile=keeper),))
        async with session:
            await session.send(TENTH)
            await keeper.come()
            waiting = asyncio.create_task(getattr(session, method)())
            await asyncio.sleep(0)
            session.abort()
            keeper.let_go()
            async with asyncio.timeout(5):
                await asyncio.gather(waiting, return_exceptions=True)

    async def test_ending_that_is_cancelled_can_be_done_again(self, service: FakeService) -> None:
        keeper = Gatekeeper()
        async with service.session(preprocess=(Treatment(meanwhile=keeper),)) as session:
            await session.send(TENTH)
            await keeper.come()
            ending = asyncio.create_task(session.end())
            await asyncio.sleep(0)
            ending.cancel()
            await asyncio.gather(ending, return_exceptions=True)
            with pytest.raises(SessionClosedError):
                await session.send(TENTH)
            keeper.let_go()
            await session.end()
            call = await service.call()
            await call.half_closed.wait()
            assert call.audio == TENTH
            call.close()

    async def test_what_is_done_to_the_audio_stays_as_it_is(self, service: FakeService) -> None:
        async with service.session(preprocess=(LISTENS,)) as session:
            for changes in ({"preprocess": ()}, {"preprocess": (LISTENS, VoiceGate())}):
                with pytest.raises(ConfigurationError, match="preprocess"):
                    await session.reconfigure(SessionConfig(**changes))
            await session.reconfigure(SessionConfig(preprocess=(LISTENS,), turn=TurnPolicy()))
            await session.end()
