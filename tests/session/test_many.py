"""Many sessions of one client at once."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import TYPE_CHECKING

import pytest

from asyncspeech import RenewalPolicy
from asyncspeech.emulator import Abort, Faults, coded
from tests.session.scenario import most_open, perform, scaled, score, stage

if TYPE_CHECKING:
    from tests.session.scenario import Live

pytestmark = pytest.mark.usefixtures("no_task_is_left")

SESSIONS, FAULTY = 150, 50
CHUNK_SECONDS = 0.25
RECORDING = coded.encode(13)


async def say(starts_after: float, live: Live) -> None:
    # Those of real people are not in step.
    await live.mute(starts_after)
    await live.feed(RECORDING.audio, pace=1.0, chunk_seconds=CHUNK_SECONDS)


async def test_all_get_every_word_also_those_whose_streams_break() -> None:
    lot = random.Random(5)
    faults = Faults(
        *(
            Abort("UNAVAILABLE", stream=number, at=round(lot.uniform(0.3, 1.9), 1))
            for number in lot.sample(range(1, SESSIONS + 1), FAULTY)
        )
    )
    config = scaled(
        renewal=RenewalPolicy(after=2.0, by=2.75, overlap=1.0), stall_timeout=8.0, catch_up=10.0
    )
    async with stage(faults=faults) as (emulator, client):
        lives = await asyncio.gather(
            *(
                perform(
                    emulator,
                    client,
                    config,
                    partial(say, CHUNK_SECONDS * number / SESSIONS),
                    patience=60.0,
                )
                for number in range(SESSIONS)
            )
        )
        assert [live.error for live in lives] == [None] * SESSIONS, emulator.report()
        scores = [score(RECORDING, live.session.transcript.results) for live in lives]
        assert all(result.is_perfect for result in scores), emulator.report()
        assert max(result.worst_error for result in scores) <= 0.001
        assert sum(live.session.stats.recoveries for live in lives) >= FAULTY
        assert sum(live.session.stats.renewals for live in lives) >= SESSIONS
        # 100 streams share a connection.
        assert 2 <= len(client._channels) <= 4
        assert most_open(emulator.streams) <= 2 * SESSIONS
