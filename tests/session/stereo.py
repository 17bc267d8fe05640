"""Two speakers, each on a channel of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from asyncspeech import AsyncSpeechError, MultiChannelMode
from asyncspeech.emulator import coded
from tests.session.scenario import PACE, assert_bounds, play, scaled, score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech import SessionConfig
    from asyncspeech.emulator import Faults
    from asyncspeech.emulator.coded import CodedRecording, CodedScore
    from tests.session.scenario import Live, Outcome

SEPARATELY = MultiChannelMode.SEPARATE_RECOGNITION_PER_CHANNEL


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
    """The other speaker, without a pause."""
    count = round(seconds / 0.2)
    return coded.encode(
        count,
        first=1_000,
        word_seconds=0.15,
        gap_seconds=0.05,
        pause_seconds=0.0,
        words_per_utterance=count,
    )


async def hear(
    stereo: Stereo,
    faults: Faults,
    *,
    config: SessionConfig | None = None,
    pace: float = PACE,
    **options: Any,
) -> tuple[Outcome, Sequence[CodedScore]]:
    """What a session makes of a dialogue, and of each channel's words."""
    config = config or scaled(audio_channel_count=2, multi_channel_mode=SEPARATELY)
    speak = partial(say, stereo.audio, pace)
    outcome = await play(stereo.left, faults=faults, config=config, speak=speak, **options)
    scores = [
        score(recording, outcome.transcript.results, channel=channel)
        for channel, recording in enumerate((stereo.left, stereo.right), start=1)
    ]
    return outcome, scores


async def say(audio: bytes, pace: float, live: Live) -> None:
    """Say two channels of audio."""
    try:
        await live.feed(audio, pace=pace, frame_bytes=4)
    except AsyncSpeechError as error:
        live.failed(error)


def assert_promise(outcome: Outcome, scores: Sequence[CodedScore]) -> None:
    """The whole promise, on either channel."""
    assert outcome.error is None, outcome
    assert all(result.is_perfect for result in scores), (scores, outcome)
    assert max(result.worst_error for result in scores) <= 0.001, scores
    assert outcome.finals == list(outcome.transcript.results)
    for channel in (1, 2):
        starts = [result.start for result in outcome.finals if result.channel == channel]
        assert starts == sorted(starts)
    assert_bounds(outcome)
