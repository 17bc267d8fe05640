"""Silence that is withheld from the service: no word goes with it, and time goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asyncspeech import (
    BufferPolicy,
    IdleMode,
    IdlePolicy,
    Parked,
    SpeechEnded,
    SpeechStarted,
    VoiceActivity,
    VoiceGate,
    WhenFull,
)
from asyncspeech.emulator import Abort, Coded, Faults, coded
from tests.session.scenario import LATE, assert_promise, play
from tests.session.stereo import Stereo, hear, later, others
from tests.session.stereo import assert_promise as assert_stereo_promise
from tests.support.loud import LoudDetector

if TYPE_CHECKING:
    from asyncspeech.emulator.coded import CodedRecording
    from tests.session.scenario import Outcome

pytestmark = pytest.mark.usefixtures("no_task_is_left")

LISTENS = VoiceActivity(detector=LoudDetector(), lead=0.1)
GATED = (LISTENS, VoiceGate(pre_roll=0.2, hang_over=0.4))
PAUSE = 5.0


def talk(utterances: int = 8) -> CodedRecording:
    """Utterances of three words, with long silences in front, between and after."""
    return coded.encode(
        3 * utterances, word_seconds=0.3, gap_seconds=0.1, words_per_utterance=3, pause_seconds=PAUSE
    )


def silence(recording: CodedRecording) -> float:
    """Seconds of it in which nobody has spoken for longer than a gap."""
    starts = [0, *(word.end for word in recording.words)]
    ends = [*(word.start for word in recording.words), len(recording.audio) // 2]
    gaps = [(end - start) / 16_000 for start, end in zip(starts, ends, strict=True)]
    return sum(gap for gap in gaps if gap > 0.2)


def assert_withheld(outcome: Outcome, recording: CodedRecording) -> None:
    """Most of the silence was never sent, and what was sent and what was not are all there was."""
    stats = outcome.stats
    assert stats.audio_withheld > 0.85 * silence(recording), outcome
    assert stats.audio_sent + stats.audio_withheld == pytest.approx(recording.duration), outcome
    assert stats.audio_accepted == pytest.approx(recording.duration), outcome
    assert outcome.transcript.duration == pytest.approx(recording.duration), outcome
    heard = sum(stream.audio_seconds for stream in outcome.streams)
    assert heard == pytest.approx(stats.audio_sent + stats.audio_replayed, abs=0.01), outcome


@pytest.mark.parametrize("enable_word_time_offsets", [True, False])
async def test_the_words_and_their_times_are_those_of_a_session_without_a_gate(
    *, enable_word_time_offsets: bool
) -> None:
    recording = talk()
    outcome = await play(
        recording,
        faults=Faults(LATE),
        preprocess=GATED,
        enable_word_time_offsets=enable_word_time_offsets,
    )
    assert_promise(outcome)
    assert_withheld(outcome, recording)
    assert outcome.stats.saved == pytest.approx(outcome.stats.audio_withheld / 60 * 0.016)


async def test_what_was_said_is_final_as_soon_as_the_gate_closes() -> None:
    outcome = await play(talk(), recognizer=Coded(endpoint_seconds=30.0), preprocess=GATED)
    assert_promise(outcome)
    finals = list(outcome.transcript.results)
    assert len(finals) == 8, outcome
    kinds = [type(event) for event in outcome.events if isinstance(event, SpeechEnded | Parked)]
    assert kinds == [SpeechEnded, Parked] * 8, outcome
    # The service, which waits for 30 s of silence, was never given that much.
    assert len(outcome.streams) == 8, outcome


async def test_speech_is_told_where_it_begins_and_ends() -> None:
    recording = talk(4)
    outcome = await play(recording, preprocess=GATED, enable_voice_activity_events=True)
    assert_promise(outcome)
    told = [event for event in outcome.events if isinstance(event, SpeechStarted | SpeechEnded)]
    assert [type(event) for event in told] == [SpeechStarted, SpeechEnded] * 4, outcome
    for event, word in zip(told[::2], recording.words[::3], strict=True):
        assert event.at <= word.start / 16_000 <= event.at + 0.13
    for event, word in zip(told[1::2], recording.words[2::3], strict=True):
        assert event.at == pytest.approx(word.end / 16_000, abs=0.03)


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_service_that_breaks_off_again_and_again_changes_nothing(seed: int) -> None:
    recording = talk()
    faults = Faults(
        LATE, *(Abort("UNAVAILABLE", stream=number, at=0.7) for number in (1, 3, 4)), seed=seed
    )
    outcome = await play(recording, faults=faults, preprocess=GATED)
    assert_promise(outcome)
    assert outcome.stats.recoveries >= 3, outcome


async def test_a_keep_alive_keeps_one_stream_over_the_silences() -> None:
    recording = talk()
    outcome = await play(
        recording,
        preprocess=GATED,
        idle=IdlePolicy(after=0.6, mode=IdleMode.KEEP_ALIVE),
    )
    assert_promise(outcome)
    assert not outcome.those(Parked), outcome


async def test_a_long_silence_does_not_fill_the_buffer() -> None:
    recording = talk(2)
    for when_full in (WhenFull.WAIT, WhenFull.DROP_OLDEST, WhenFull.RAISE):
        outcome = await play(
            recording, preprocess=GATED, buffer=BufferPolicy(max_seconds=3.0, when_full=when_full)
        )
        assert_promise(outcome)
        assert_withheld(outcome, recording)


async def test_on_two_channels_silence_is_where_nobody_speaks_on_either() -> None:
    stereo = Stereo(talk(4), later(others(6), 3.0))
    outcome, scores = await hear(stereo, Faults(LATE), preprocess=GATED)
    assert_stereo_promise(outcome, scores)
    assert outcome.stats.audio_withheld > 5.0, outcome
