"""The same words are recognised whatever they are wrapped in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import soundfile
import soxr

from asyncspeech import Client, EncodedAudio
from tests.audio.containers import CONTAINERS, PIECES, contain

pytest.importorskip("pocketsphinx", reason="what is said has to be recognised")

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncspeech.audio.stages.base import Block

ROOT = Path(__file__).resolve().parents[2]
WEATHER = ROOT / "examples" / "audio" / "weather.flac"
CARDS = ROOT.parent / "shared" / "corpus" / "cards-001.wav"


def spoken(path: Path, rate: int) -> Block:
    """A recording at another rate."""
    samples, recorded = soundfile.read(path, dtype="float32", always_2d=True)
    block: Block = soxr.resample(samples, recorded, rate)
    return block


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1_000):
        yield content[start : start + 1_000]


async def check(path: Path, said: str, name: str, rate: int) -> None:
    async with Client.local() as client:
        if name in CONTAINERS:
            content = contain(spoken(path, rate), rate, CONTAINERS[name])
            assert (await client.transcribe(content)).text == said
        if name in PIECES:
            content = contain(spoken(path, rate), rate, PIECES[name])
            assert (await client.transcribe(EncodedAudio(pieces(content)))).text == said


@pytest.mark.parametrize(("name", "rate"), [("m4a", 44_100), ("webm, live", 48_000)])
async def test_the_weather_is_the_same(name: str, rate: int) -> None:
    await check(WEATHER, "the weather will be warm with rain in the evening", name, rate)


@pytest.mark.skipif(not CARDS.is_file(), reason="the corpus of recordings is not beside this checkout")
@pytest.mark.parametrize(("name", "rate"), [("m4a", 48_000), ("webm", 16_000), ("ogg, flac", 44_100)])
async def test_the_cards_are_the_same(name: str, rate: int) -> None:
    await check(CARDS, "ten of clubs", name, rate)
