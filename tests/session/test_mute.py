"""A user who sends nothing for longer than the service waits, twice."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from asyncspeech import IdleMode, IdlePolicy, Parked, Resumed
from asyncspeech.emulator import Faults
from tests.session.scenario import LATE, LIMITS, assert_promise, is_idle, play, utterances

if TYPE_CHECKING:
    from tests.session.scenario import Live

pytestmark = pytest.mark.usefixtures("no_task_is_left")

IMPATIENT = replace(LIMITS, idle_seconds=0.6)
IDLE = 0.3
MUTE = 3 * IMPATIENT.idle_seconds

RECORDING = utterances(12)


def parts(after_word: float) -> list[bytes]:
    """The recording, cut so long after the last words of its second and fourth utterances."""
    ends = [round((RECORDING.words[last].end / 16_000 + after_word) * 16_000) for last in (9, 19)]
    bounds = [0, *ends, len(RECORDING.audio) // 2]
    return [RECORDING.audio[2 * start : 2 * end] for start, end in pairwise(bounds)]


@pytest.mark.parametrize("after_word", [0.0, 0.3, 0.6])
async def test_the_session_is_parked_and_resumed_and_no_stream_is_open_meanwhile(
    after_word: float,
) -> None:
    async def speak(live: Live) -> None:
        for number, part in enumerate(parts(after_word)):
            if number:
                await live.first(Parked, number)
                await live.until_service(is_idle, patience=0.5)
                opened = len(live.emulator.streams)
                await live.mute(MUTE - IDLE)
                assert len(live.emulator.streams) == opened
                assert is_idle(live.emulator)
            await live.feed(part)

    outcome = await play(
        RECORDING,
        limits=IMPATIENT,
        faults=Faults(LATE, seed=2),
        speak=speak,
        idle=IdlePolicy(after=IDLE, mode=IdleMode.PARK),
    )
    assert_promise(outcome)
    parked, resumed = outcome.those(Parked), outcome.those(Resumed)
    assert len(parked) == len(resumed) == 2
    # A word that may have been cut off is heard again.
    assert all(0 <= left.at - back.at < 1.0 for left, back in zip(parked, resumed, strict=True))
    # From the half-close to the next frame, twice.
    assert outcome.stats.parked == pytest.approx(2 * (MUTE - IDLE), abs=0.6)
    assert {stream.status for stream in outcome.streams} == {"OK"}
    assert outcome.stats.recoveries == 0


@pytest.mark.parametrize("after_word", [0.3, 0.6])
async def test_or_it_keeps_its_stream_alive_and_no_time_is_out(after_word: float) -> None:
    async def speak(live: Live) -> None:
        for number, part in enumerate(parts(after_word)):
            if number:
                await live.mute(MUTE)
            await live.feed(part)

    outcome = await play(
        RECORDING,
        limits=IMPATIENT,
        faults=Faults(LATE, seed=2),
        speak=speak,
        idle=IdlePolicy(after=IDLE, mode=IdleMode.KEEP_ALIVE),
    )
    assert_promise(outcome)
    assert not outcome.those(Parked)
    assert outcome.stats.recoveries == 0, outcome
    assert outcome.stats.audio_accepted == RECORDING.duration
    assert outcome.transcript.duration == RECORDING.duration


async def test_one_who_stops_in_the_middle_of_a_pause_finds_all_words_final_by_then() -> None:
    heard = 0

    async def speak(live: Live) -> None:
        nonlocal heard
        first, *rest = parts(0.3)
        await live.feed(first)
        await live.first(Parked)
        heard = len(live.session.transcript.words)
        await live.feed(b"".join(rest))

    outcome = await play(
        RECORDING, limits=IMPATIENT, speak=speak, idle=IdlePolicy(after=IDLE, mode=IdleMode.PARK)
    )
    assert_promise(outcome)
    assert heard == 10


async def test_a_session_that_is_parked_ends_without_another_stream() -> None:
    async def speak(live: Live) -> None:
        await live.feed(RECORDING.audio)
        await live.first(Parked)

    outcome = await play(RECORDING, speak=speak, idle=IdlePolicy(after=IDLE, mode=IdleMode.PARK))
    assert_promise(outcome)
    assert not outcome.those(Resumed)


async def test_a_stream_that_the_service_ends_for_want_of_audio_costs_no_word() -> None:
    """The session would park later than the service loses its patience."""

    async def speak(live: Live) -> None:
        for number, part in enumerate(parts(0.3)):
            if number:
                await live.mute(MUTE)
            await live.feed(part)

    outcome = await play(
        RECORDING, limits=IMPATIENT, speak=speak, idle=IdlePolicy(after=60.0, mode=IdleMode.PARK)
    )
    assert_promise(outcome)
    assert any(stream.status == "ABORTED" for stream in outcome.streams)
