"""Audio that comes all at once, or crumb by crumb."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from asyncspeech.emulator import Abort, Coded, Faults, coded
from tests.session.scenario import LIMITS, assert_promise, play, unbroken, utterances

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


async def test_what_is_said_again_is_no_burst() -> None:
    """A service that insists on a pace of 60, and allows two seconds to come at once."""
    faults = Faults(*(Abort("UNAVAILABLE", stream=number, at=9.0) for number in (1, 2)))
    outcome = await play(
        unbroken(16),
        recognizer=Coded(max_utterance_seconds=60.0),
        faults=faults,
        limits=replace(LIMITS, pace=60.0),
    )
    assert_promise(outcome)
    assert {stream.status for stream in outcome.streams} <= {"UNAVAILABLE", "OK", "CANCELLED"}


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
