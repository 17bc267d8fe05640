"""A session that lasts, under faults, and takes no more memory for it."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from asyncspeech import IdlePolicy, RenewalPolicy, RetryPolicy
from asyncspeech.emulator import Delay, coded
from tests.session.scenario import (
    LIMITS,
    assert_bounds,
    mishaps,
    perform,
    scaled,
    score,
    stage,
)

if TYPE_CHECKING:
    from tests.session.scenario import (
        Live,
    )

pytestmark = pytest.mark.usefixtures("no_task_is_left")

PACE = 60.0
MINUTES = 6
MEGABYTES = 5


async def test_memory_is_flat_and_every_word_is_there() -> None:
    recording = coded.encode(round(MINUTES * 60 / 0.48))
    limits = replace(LIMITS, stream_seconds=3.0, idle_seconds=1.0)
    # Answers are late by up to a second of speech.
    faults = mishaps(7, mean=0.5, also=[Delay(0.002, jitter=0.015)])
    config = scaled(
        renewal=RenewalPolicy(after=2.4, by=2.85, overlap=2.0),
        retry=RetryPolicy(initial_delay=0.01, max_delay=0.1, max_outage=15.0),
        idle=IdlePolicy(after=0.9),
        catch_up=600.0,
    )
    used: list[float] = []

    async def speak(live: Live) -> None:
        live.keeps_interims = False
        half = len(recording.audio) // 4 * 2
        quarter = half // 4 * 2
        tracemalloc.start()
        try:
            for part in (
                recording.audio[:quarter],
                recording.audio[quarter:half],
                recording.audio[half:],
            ):
                await live.feed(part, pace=PACE, chunk_seconds=0.5)
                gc.collect()
                used.append(tracemalloc.get_traced_memory()[0] / 1e6)
        finally:
            tracemalloc.stop()

    async with stage(limits=limits, faults=faults) as (emulator, client):
        live = await perform(emulator, client, config, speak)
        outcome = live.outcome(recording)
    assert outcome.error is None, outcome
    assert score(recording, outcome.transcript.results).is_perfect, outcome
    assert outcome.score.worst_error <= 0.001
    assert_bounds(outcome)
    assert outcome.stats.recoveries >= 5
    # After three quarters no more is in use than after one, but for the words themselves.
    assert used[-1] - used[0] < MEGABYTES, used
