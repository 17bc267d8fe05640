"""Audio is given at the speed at which it was spoken, or a multiple of it."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import pytest

from asyncspeech.audio import RawAudio, open_source
from asyncspeech.audio.pacing import PacedSource
from asyncspeech.errors import ConfigurationError
from asyncspeech.model import AudioEncoding, AudioFormat
from tests.audio.recordings import MONO_16K, collect, encoded, noise

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Tape:
    """A source of chunks of so many bytes."""

    def __init__(self, *sizes: int, audio_format: AudioFormat = MONO_16K) -> None:
        self.audio_format = audio_format
        self.duration = 12.5
        self.closed = 0
        self._chunks = self._give(sizes)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks

    async def __anext__(self) -> bytes:
        return await anext(self._chunks)

    async def aclose(self) -> None:
        """Be closed."""
        self.closed += 1

    async def _give(self, sizes: tuple[int, ...]) -> AsyncIterator[bytes]:
        for number, size in enumerate(sizes):
            yield bytes([number % 256]) * size


class Clock:
    """A clock that sleeping sets, and that is a little late."""

    def __init__(self, late: float = 0.0) -> None:
        self.now = 1_000.0
        self.late = late

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Be later."""
        assert seconds > 0
        self.now += seconds + self.late


def paced(tape: Tape, pace: float, clock: Clock) -> PacedSource:
    return PacedSource(tape, pace, clock=clock, sleep=clock.sleep)


@pytest.mark.parametrize(("pace", "step"), [(1.0, 0.1), (4.0, 0.025), (0.5, 0.2)])
async def test_each_tenth_of_a_second_comes_when_it_would_have_been_spoken(
    pace: float, step: float
) -> None:
    clock = Clock()
    source = paced(Tape(32_000, 3_200, 6_400), pace, clock)
    times = [clock.now - 1_000 async for _ in source]
    assert times == pytest.approx([step * number for number in range(1, 14)])


async def test_chunks_are_cut_but_not_put_together_and_nothing_is_lost() -> None:
    source = paced(Tape(32_000, 1_000, 5_000), 1.0, Clock())
    sizes = [len(chunk) async for chunk in source]
    assert sizes == [3_200] * 10 + [1_000, 3_200, 1_800]


async def test_late_wake_ups_do_not_add_up() -> None:
    clock = Clock(late=0.013)
    source = paced(Tape(*[3_200] * 36_000), 1.0, clock)
    assert len([chunk async for chunk in source]) == 36_000
    assert clock.now - 1_000 == pytest.approx(3_600.013)


async def test_it_is_never_faster_than_asked() -> None:
    clock = Clock(late=0.004)
    begin, given = clock.now, 0
    async for chunk in paced(Tape(48_000, 700, 90_000), 2.0, clock):
        given += len(chunk)
        assert clock.now - begin >= given / 32_000 / 2 - 1e-9


async def test_who_comes_late_is_given_half_a_second_at_once_and_no_more() -> None:
    clock = Clock()
    source = paced(Tape(320_000), 1.0, clock)
    await anext(source)
    clock.now += 5
    late = clock.now
    at_once = 0
    while True:
        await anext(source)
        if clock.now > late:
            break
        at_once += 1
    assert at_once == 6  # what was due, and half a second
    assert clock.now - late == pytest.approx(0.1)


async def test_a_source_that_is_slower_is_not_held_back() -> None:
    clock = Clock()

    class Slow(Tape):
        async def _give(self, sizes: tuple[int, ...]) -> AsyncIterator[bytes]:
            for size in sizes:
                clock.now += 0.15
                yield bytes(size)

    source = paced(Slow(*[3_200] * 20), 1.0, clock)
    assert len([chunk async for chunk in source]) == 20
    assert clock.now - 1_000 == pytest.approx(3.0)


async def test_telephone_audio_has_its_own_bytes_per_second() -> None:
    clock = Clock()
    tape = Tape(8_000, audio_format=AudioFormat(AudioEncoding.MULAW, 8_000))
    assert [len(chunk) async for chunk in paced(tape, 1.0, clock)] == [800] * 10
    assert clock.now - 1_000 == pytest.approx(1.0)


async def test_it_is_the_source_in_all_else_and_closes_it() -> None:
    tape = Tape(3_200)
    source = paced(tape, 1.0, Clock())
    assert source.audio_format == MONO_16K
    assert source.duration == 12.5
    await source.aclose()
    assert tape.closed == 1
    with pytest.raises(StopAsyncIteration):
        await anext(source)


async def test_a_recording_is_opened_at_a_pace() -> None:
    content = encoded(noise(16_000), 16_000)
    loop = asyncio.get_running_loop()
    begin = loop.time()
    async with open_source(content, MONO_16K, pace=20) as source:
        assert source.duration == 1.0
        assert await collect(source) == content[44:]
    assert loop.time() - begin >= 0.049


@pytest.mark.parametrize("pace", [0, -1, math.nan, math.inf])
def test_what_is_no_speed_is_refused(pace: float) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_source(RawAudio(b"", MONO_16K), MONO_16K, pace=pace)
    assert caught.value.field == "pace"
