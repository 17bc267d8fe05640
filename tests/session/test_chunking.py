"""The same audio, cut in other ways."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from asyncspeech.emulator import Limits
from tests.session.scenario import perform, scaled, score, stage, utterances

if TYPE_CHECKING:
    from tests.session.scenario import Live

pytestmark = pytest.mark.usefixtures("no_task_is_left")

RECORDING = utterances(12)
AUDIO = RECORDING.audio


def cuts(seed: int) -> list[bytes]:
    """The audio in 2 to 400 pieces, cut at any byte."""
    lot = random.Random(seed)
    bounds = sorted(lot.sample(range(1, len(AUDIO)), lot.randrange(1, 400)))
    return [AUDIO[start:end] for start, end in zip([0, *bounds], [*bounds, len(AUDIO)], strict=True)]


async def test_twenty_random_ways_to_cut_give_the_same_finals() -> None:
    limits = replace(Limits(), stream_seconds=60.0)
    async with stage(limits=limits) as (emulator, client):

        async def say(chunks: list[bytes]) -> Live:
            async def speak(live: Live) -> None:
                for chunk in chunks:
                    await live.session.send(chunk)
                    await asyncio.sleep(0)

            return await perform(emulator, client, scaled(), speak)

        lives = await asyncio.gather(*(say(cuts(seed)) for seed in range(20)))
    assert [live.error for live in lives] == [None] * 20
    finals = {
        tuple(
            (result.segment, result.start, result.end, result.words)
            for result in live.session.transcript.results
        )
        for live in lives
    }
    assert len(finals) == 1
    assert score(RECORDING, lives[0].session.transcript.results).is_perfect


@pytest.mark.parametrize("seed", range(3))
async def test_cuts_give_the_same_words_over_renewals(seed: int) -> None:
    async with stage() as (emulator, client):

        async def speak(live: Live) -> None:
            loop = asyncio.get_running_loop()
            begun, sent = loop.time(), 0
            for chunk in cuts(seed):
                await asyncio.sleep(begun + sent / (32_000 * 4) - loop.time())
                await live.session.send(chunk)
                sent += len(chunk)

        live = await perform(emulator, client, scaled(), speak)
    assert live.error is None
    result = score(RECORDING, live.session.transcript.results)
    assert result.is_perfect, emulator.report()
    assert result.worst_error <= 0.001
