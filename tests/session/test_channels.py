"""Sessions with two channels, each of which is recognised by itself."""

from __future__ import annotations

from functools import partial

import pytest

from asyncspeech.emulator import Abort, Coded, Faults, Stall, coded
from tests.session.scenario import LATE, PACE, mishaps, play, unbroken, utterances
from tests.session.stereo import Stereo, assert_promise, hear, later, other_unbroken, others, say

pytestmark = pytest.mark.usefixtures("no_task_is_left")

DIALOGUES = {
    "both speak": Stereo(utterances(20), others(30)),
    "one speaks, the other is silent": Stereo(utterances(20), coded.encode(0, pause_seconds=0.1)),
    "the other speaks, the one is silent": Stereo(coded.encode(0, pause_seconds=0.1), utterances(20)),
    "first one, then the other": Stereo(utterances(11), later(others(18), 12.0)),
}


@pytest.mark.parametrize("name", DIALOGUES)
async def test_renewals_cost_no_word_on_either_channel(name: str) -> None:
    outcome, scores = await hear(DIALOGUES[name], Faults(LATE, seed=1))
    assert_promise(outcome, scores)
    assert outcome.stats.renewals >= 2


@pytest.mark.parametrize(("seed", "name"), list(enumerate(DIALOGUES)))
async def test_faults_cost_no_word_on_either_channel(seed: int, name: str) -> None:
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
        faults=Faults(LATE, seed=1),
        speak=partial(say, stereo.audio, PACE),
        audio_channel_count=2,
    )
    assert outcome.error is None, outcome
    assert outcome.score.is_perfect, outcome
    assert outcome.score.worst_error <= 0.001
