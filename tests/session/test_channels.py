"""Sessions with two channels, each of which is recognised by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from asyncspeech import AsyncSpeechError
from asyncspeech.emulator import Abort, Coded, Faults, Stall, coded
from tests.session.scenario import (
    LATE,
    LIMITS,
    assert_bounds,
    mishaps,
    perform,
    play,
    scaled,
    score,
    stage,
    unbroken,
    utterances,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.emulator.coded import CodedRecording, CodedScore
    from tests.session.scenario import (
        Live,
        Outcome,
    )

pytestmark = pytest.mark.usefixtures("no_task_is_left")


@dataclass(frozen=True, slots=True)
class Stereo:
    """Two recordings, said at the same time."""

    left: CodedRecording
    right: CodedRecording

    @property
    def audio(self) -> bytes:
        """Both, interleaved; the shorter one is followed by silence."""
        samples = np.zeros((max(len(self.left.samples), len(self.right.samples)), 2), "<i2")
        samples[: len(self.left.samples), 0] = self.left.samples
        samples[: len(self.right.samples), 1] = self.right.samples
        return samples.tobytes()


def later(recording: CodedRecording, seconds: float) -> CodedRecording:
    """A recording that begins after so many seconds of silence."""
    frames = round(seconds * recording.sample_rate_hertz)
    words = tuple(
        replace(word, start=word.start + frames, end=word.end + frames) for word in recording.words
    )
    return replace(recording, audio=bytes(2 * frames) + recording.audio, words=words)


def others(count: int) -> CodedRecording:
    """The words of the other speaker, whose utterances end at other moments."""
    return coded.encode(count, first=1_000, words_per_utterance=3, pause_seconds=0.9)


def other_unbroken(seconds: float) -> CodedRecording:
    count = round(seconds / 0.2)
    return coded.encode(
        count,
        first=1_000,
        word_seconds=0.15,
        gap_seconds=0.05,
        pause_seconds=0.0,
        words_per_utterance=count,
    )


DIALOGUES = {
    "both speak": Stereo(utterances(24), others(36)),
    "one speaks, the other is silent": Stereo(utterances(24), coded.encode(0, pause_seconds=0.1)),
    "the other speaks, the one is silent": Stereo(coded.encode(0, pause_seconds=0.1), utterances(24)),
    "first one, then the other": Stereo(utterances(11), later(others(18), 12.0)),
}


async def hear(stereo: Stereo, faults: Faults, **options: Any) -> tuple[Outcome, Sequence[CodedScore]]:
    """What a session makes of a dialogue, and of each channel's words."""
    recognizer = options.pop("recognizer", None)
    config = scaled(
        audio_channel_count=2, multi_channel_mode="SEPARATE_RECOGNITION_PER_CHANNEL", **options
    )
    async with stage(recognizer=recognizer, faults=faults) as (emulator, client):
        live = await perform(emulator, client, config, partial(_say, stereo.audio))
        results = live.session.transcript.results
        scores = [
            score(recording, results, channel=channel)
            for channel, recording in enumerate((stereo.left, stereo.right), start=1)
        ]
        return live.outcome(stereo.left), scores


async def _say(audio: bytes, live: Live) -> None:
    try:
        await live.feed(audio, frame_bytes=4)
    except AsyncSpeechError as error:
        live.failed(error)


def assert_promise(outcome: Outcome, scores: Sequence[CodedScore]) -> None:
    assert outcome.error is None, outcome
    assert all(result.is_perfect for result in scores), (scores, outcome)
    assert max(result.worst_error for result in scores) <= 0.001, scores
    assert outcome.finals == list(outcome.transcript.results)
    for channel in (1, 2):
        starts = [result.start for result in outcome.finals if result.channel == channel]
        assert starts == sorted(starts)
    assert_bounds(outcome)


@pytest.mark.parametrize("name", DIALOGUES)
async def test_renewals_cost_no_word_on_either_channel(name: str) -> None:
    outcome, scores = await hear(DIALOGUES[name], Faults(LATE, seed=1))
    assert_promise(outcome, scores)
    assert outcome.stats.renewals >= 2


@pytest.mark.parametrize("name", DIALOGUES)
@pytest.mark.parametrize("seed", range(2))
async def test_faults_cost_no_word_on_either_channel(name: str, seed: int) -> None:
    outcome, scores = await hear(DIALOGUES[name], mishaps(seed + 30))
    assert_promise(outcome, scores)
    assert outcome.stats.recoveries >= 1


@pytest.mark.parametrize("enable_word_time_offsets", [True, False])
async def test_forced_renewals_cost_no_word_when_both_speak_without_a_pause(
    *, enable_word_time_offsets: bool
) -> None:
    outcome, scores = await hear(
        Stereo(unbroken(20), other_unbroken(20)),
        Faults(LATE, seed=2),
        recognizer=Coded(max_utterance_seconds=60.0),
        enable_word_time_offsets=enable_word_time_offsets,
    )
    assert_promise(outcome, scores)
    assert outcome.stats.forced_renewals >= 1


async def test_one_who_never_pauses_does_not_hold_up_the_other() -> None:
    outcome, scores = await hear(
        Stereo(unbroken(20), others(28)),
        mishaps(41, mean=1.5),
        recognizer=Coded(max_utterance_seconds=4.0),
    )
    assert_promise(outcome, scores)


async def test_what_is_settled_on_one_channel_is_not_said_again_when_the_other_breaks_the_stream() -> (
    None
):
    """One talks on without a final, the other says words that are final soon; then the stream breaks."""
    faults = Faults(*(Abort("UNAVAILABLE", stream=number, at=7.0) for number in (1, 2)))
    outcome, scores = await hear(
        Stereo(unbroken(16), others(20)), faults, recognizer=Coded(max_utterance_seconds=60.0)
    )
    assert_promise(outcome, scores)


async def test_a_stall_costs_no_word_on_either_channel() -> None:
    outcome, scores = await hear(
        DIALOGUES["both speak"], Faults(Stall(stream=1, at=4.0), LATE, seed=3), stall_timeout=0.6
    )
    assert_promise(outcome, scores)


async def test_without_separate_recognition_the_first_channel_alone_is_heard() -> None:
    stereo = DIALOGUES["both speak"]
    outcome = await play(
        stereo.left,
        limits=LIMITS,
        faults=Faults(LATE, seed=1),
        speak=partial(_say, stereo.audio),
        audio_channel_count=2,
    )
    assert outcome.error is None, outcome
    assert outcome.score.is_perfect, outcome
    assert outcome.score.worst_error <= 0.001
