"""Somebody who takes one result a second while recognition runs on."""

from __future__ import annotations

import asyncio

import pytest

from asyncspeech.emulator import Abort, Faults
from tests.session.scenario import Live, scaled, score, stage, utterances

pytestmark = pytest.mark.usefixtures("no_task_is_left")

SECOND = 1.0 / 4.0  # scaled like everything


async def test_finals_are_all_there_and_interims_are_conflated() -> None:
    recording = utterances(24)
    slow = []
    async with stage(faults=Faults(Abort("UNAVAILABLE", stream=1, at=5.0))) as (emulator, client):
        async with asyncio.timeout(30), client.session(scaled()) as session:
            live = Live(session, emulator, client)

            async def speak() -> float:
                begun = asyncio.get_running_loop().time()
                await live.feed(recording.audio)
                await session.end()
                await session.wait()
                return asyncio.get_running_loop().time() - begun

            speaking = asyncio.create_task(speak())
            async for result in session:
                slow.append(result)
                await asyncio.sleep(SECOND)
        took = await speaking
    assert took < recording.duration / 4 + 2.0, "recognition waited for the reader"
    assert score(recording, session.transcript.results).is_perfect
    assert [result for result in slow if result.is_final] == list(session.transcript.results)
    interims = [result for result in slow if not result.is_final]
    assert session.stats.interim_results >= len(recording.words) / 2
    assert len(interims) < session.stats.interim_results
    # An interim never comes after the final of its segment.
    finals: set[int] = set()
    for result in slow:
        assert result.segment not in finals
        if result.is_final:
            finals.add(result.segment)
