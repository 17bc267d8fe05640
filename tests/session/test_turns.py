"""Finals at the end of every turn: at once, and with nothing lost, whoever barges in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asyncspeech import (
    IdlePolicy,
    RenewalPolicy,
    Result,
    SpeechEnded,
    SpeechStarted,
    StreamRenewed,
    TurnPolicy,
    VoiceActivity,
    VoiceGate,
)
from asyncspeech.emulator import Coded, Delay, Faults, Limits
from tests.session.scenario import LATE, assert_promise, play
from tests.support.dialogue import turns
from tests.support.loud import LoudDetector

if TYPE_CHECKING:
    from asyncspeech.emulator.coded import CodedRecording
    from tests.session.scenario import Live, Outcome

pytestmark = pytest.mark.usefixtures("no_task_is_left")

PATIENT = Coded(endpoint_seconds=2.4)
"""A service that waits for a pause as long as chirp_3 is known to."""

LISTENS = (VoiceActivity(detector=LoudDetector(), lead=0.1),)
SILENCE = 0.3


def talk(count: int, seed: int, *, barge_in: float = 0.5) -> CodedRecording:
    recording, _ = turns(count, seed, silence=SILENCE, barge_in=barge_in)
    return recording


def assert_eager(outcome: Outcome, count: int) -> None:
    """Every turn has a final of its own, which comes before the next turn's end."""
    finals = list(outcome.transcript.results)
    assert len(finals) == count, outcome
    told = outcome.those(SpeechEnded)
    assert len(told) == count, outcome
    order = [
        type(event)
        for event in outcome.events
        if isinstance(event, SpeechEnded) or (isinstance(event, Result) and event.is_final)
    ]
    assert order == [SpeechEnded, Result] * count, outcome


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("enable_word_time_offsets", [True, False])
async def test_turns_with_barge_ins_lose_nothing(seed: int, *, enable_word_time_offsets: bool) -> None:
    recording = talk(25, seed)
    outcome = await play(
        recording,
        recognizer=PATIENT,
        preprocess=LISTENS,
        turn=TurnPolicy(silence=SILENCE),
        enable_word_time_offsets=enable_word_time_offsets,
        faults=Faults(Delay(0.01, jitter=0.02)),
        pace=2.0,
    )
    assert_promise(outcome)
    assert_eager(outcome, 25)


@pytest.mark.parametrize("gate", [(), (VoiceGate(pre_roll=0.2, hang_over=1.0),)])
async def test_late_answers_delay_finals_and_lose_nothing(gate: tuple[VoiceGate, ...]) -> None:
    recording = talk(20, 9)
    outcome = await play(
        recording,
        recognizer=PATIENT,
        preprocess=LISTENS + gate,
        turn=TurnPolicy(silence=SILENCE),
        faults=Faults(LATE),
    )
    assert_promise(outcome)
    assert len(outcome.those(SpeechStarted)) == len(outcome.those(SpeechEnded)) == 20, outcome


async def test_a_gate_closes_with_the_turn() -> None:
    recording = talk(12, 3, barge_in=0.0)
    outcome = await play(
        recording,
        recognizer=PATIENT,
        preprocess=(*LISTENS, VoiceGate(pre_roll=0.1, hang_over=5.0)),
        turn=TurnPolicy(silence=SILENCE),
    )
    assert_promise(outcome)
    assert_eager(outcome, 12)
    assert outcome.stats.audio_withheld > 12 * 0.2, outcome


async def test_without_a_turn_policy_the_service_waits_for_its_pause() -> None:
    outcome = await play(talk(6, 5), recognizer=PATIENT, preprocess=LISTENS)
    assert_promise(outcome)
    assert len(outcome.transcript.results) == 1, outcome
    assert len(outcome.those(SpeechEnded)) == 6, outcome


async def test_a_turn_that_is_final_already_costs_no_stream() -> None:
    recording = talk(5, 6, barge_in=0.0)
    outcome = await play(
        recording,
        recognizer=Coded(endpoint_seconds=0.1),
        preprocess=LISTENS,
        turn=TurnPolicy(silence=0.4),
        renewal=RenewalPolicy(),
        limits=Limits(),
        pace=1.0,
    )
    assert_promise(outcome)
    assert not outcome.those(StreamRenewed), outcome


async def test_whoever_sends_no_more_audio_has_finished() -> None:
    recording = talk(6, 8)

    async def speak(live: Live) -> None:
        start = 0
        for number, word in enumerate(recording.words[:-1]):
            if recording.words[number + 1].start - word.end > SILENCE * 16_000:
                await live.feed(recording.audio[2 * start : 2 * word.end])
                await live.session.next_final(timeout=3.0)
                start = word.end
        await live.feed(recording.audio[2 * start :])

    outcome = await play(
        recording,
        recognizer=PATIENT,
        preprocess=LISTENS,
        turn=TurnPolicy(silence=SILENCE),
        idle=IdlePolicy(after=8.0),
        speak=speak,
    )
    assert_promise(outcome)
