"""Audio that comes all at once, or crumb by crumb."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from asyncspeech.emulator import Abort, Faults, coded
from tests.session.scenario import LIMITS, assert_promise, play, utterances

if TYPE_CHECKING:
    from tests.session.scenario import Live

pytestmark = pytest.mark.usefixtures("no_task_is_left")


async def test_a_minute_in_one_send() -> None:
    recording = utterances(60)

    async def speak(live: Live) -> None:
        await live.session.send(recording.audio)

    outcome = await play(recording, speak=speak)
    assert_promise(outcome)
    assert outcome.stats.audio_sent >= recording.duration


async def test_a_minute_in_one_send_over_a_stream_that_breaks() -> None:
    recording = utterances(60)

    async def speak(live: Live) -> None:
        await live.session.send(recording.audio)

    faults = Faults(Abort("UNAVAILABLE", stream=1, at=20.0), Abort("INTERNAL", stream=2, at=20.0))
    outcome = await play(recording, speak=speak, faults=faults)
    assert_promise(outcome)


async def test_a_minute_in_one_send_to_a_service_that_insists_on_a_pace() -> None:
    recording = utterances(60)

    async def speak(live: Live) -> None:
        await live.session.send(recording.audio)

    limits = replace(LIMITS, pace=60.0)
    outcome = await play(recording, speak=speak, limits=limits)
    assert_promise(outcome)
    assert outcome.stats.recoveries == 0, "it was sent faster than catch_up allows"


async def test_single_bytes() -> None:
    recording = coded.encode(5, pause_seconds=0.6)
    audio = recording.audio

    async def speak(live: Live) -> None:
        for start in range(len(audio)):
            await live.session.send(audio[start : start + 1])
            if start % 500 == 0:
                await asyncio.sleep(0)

    outcome = await play(recording, speak=speak)
    assert_promise(outcome)


@pytest.mark.parametrize("size", [3, 641, 3_201, 25_601])
async def test_odd_numbers_of_bytes(size: int) -> None:
    recording = utterances(14)
    audio = recording.audio

    async def speak(live: Live) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for start in range(0, len(audio), size):
            await live.session.send(audio[start : start + size])
            if start % (size * 50) == 0:
                await asyncio.sleep(begun + start / (32_000 * 4) - loop.time())

    outcome = await play(recording, speak=speak)
    assert_promise(outcome)


async def test_a_hundred_sends_a_millisecond() -> None:
    recording = utterances(20)
    audio = recording.audio
    size = len(audio) // 10_000 // 2 * 2

    async def speak(live: Live) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for number, start in enumerate(range(0, len(audio), size)):
            live.session.send_nowait(audio[start : start + size])
            if number % 100 == 99:
                await asyncio.sleep(begun + number / 100_000 - loop.time())

    outcome = await play(recording, speak=speak)
    assert_promise(outcome)
