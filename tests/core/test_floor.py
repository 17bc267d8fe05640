"""Who speaks, and since when nobody does."""

from __future__ import annotations

import pytest

from asyncspeech.config import SessionConfig, TurnPolicy, VoiceActivity
from asyncspeech.core.figures import Figures
from asyncspeech.core.floor import Change, Floor

RATE = 8_000
LISTENS = SessionConfig(sample_rate_hertz=RATE, preprocess=(VoiceActivity(min_silence=0.1, lead=0.1),))
TURNS = SessionConfig(
    sample_rate_hertz=RATE,
    preprocess=(VoiceActivity(min_silence=0.1, lead=0.1),),
    turn=TurnPolicy(silence=0.5),
)


class Talk:
    """Audio that comes in tenths of a second."""

    def __init__(self, config: SessionConfig) -> None:
        self.floor = Floor(config, Figures(RATE))
        self._at = 0

    def hear(self, seconds: float, *, is_voice: bool | None) -> list[tuple[bool, float]]:
        """What changes, and where in seconds."""
        changes = []
        for _ in range(round(seconds * 10)):
            start, self._at = self._at, self._at + RATE // 10
            changes.append(self.floor.hear(start, self._at, self._at / RATE, is_voice=is_voice))
        return [
            (change.begins, round(change.position / RATE, 6)) for change in changes if change is not None
        ]


def test_speech_begins_with_the_first_of_it() -> None:
    talk = Talk(LISTENS)
    assert talk.hear(1.0, is_voice=False) == []
    assert talk.hear(2.0, is_voice=True) == [(True, 1.0)]
    assert talk.floor.silent_since is None


def test_it_has_ended_before_that_was_noticed() -> None:
    talk = Talk(LISTENS)
    talk.hear(2.0, is_voice=True)
    assert talk.hear(1.0, is_voice=False) == [(False, 1.9)]
    assert talk.floor.silent_since == pytest.approx(1.9 * RATE)


def test_a_turn_is_over_after_as_much_silence_as_the_policy_wants() -> None:
    talk = Talk(TURNS)
    talk.hear(2.0, is_voice=True)
    # Speech ended at 1.9; that 0.3 s more are silent is certain after 0.1 s of lead.
    assert talk.hear(0.2, is_voice=False) == []
    assert talk.hear(0.1, is_voice=False) == [(False, 1.9)]
    assert talk.hear(9.0, is_voice=False) == []


def test_whoever_goes_on_before_that_has_the_same_turn() -> None:
    talk = Talk(TURNS)
    talk.hear(2.0, is_voice=True)
    talk.hear(0.2, is_voice=False)
    assert talk.hear(1.0, is_voice=True) == []


def test_silence_that_is_withheld_ends_a_turn_at_once() -> None:
    talk = Talk(TURNS)
    talk.hear(2.0, is_voice=True)
    assert talk.hear(0.1, is_voice=None) == [(False, 1.9)]


def test_a_sound_shorter_than_the_tail_ends_where_it_began() -> None:
    talk = Talk(LISTENS)
    talk.hear(0.1, is_voice=True)
    assert talk.hear(0.1, is_voice=False) == [(False, 0.0)]


def test_a_policy_shorter_than_what_is_certain_ends_a_turn_as_soon_as_that_is() -> None:
    config = SessionConfig(sample_rate_hertz=RATE, turn=TurnPolicy(silence=0.05))
    assert config.turn_wait == 0.0
    talk = Talk(config)
    talk.hear(1.0, is_voice=True)
    assert talk.hear(0.1, is_voice=False) == [(False, 0.9)]


def test_who_sends_no_more_audio_has_spoken_to_the_end() -> None:
    talk = Talk(TURNS)
    talk.hear(2.0, is_voice=True)
    # The next tenth of a second would come at 2.1.
    assert talk.floor.deadline == pytest.approx(2.6)
    assert talk.floor.fall_silent() == Change(begins=False, position=2 * RATE)
    assert talk.hear(1.0, is_voice=True) == [(True, 2.0)]


def test_who_gives_much_at_a_time_may_come_again_the_later() -> None:
    floor = Floor(TURNS, Figures(RATE))
    for start in range(0, 3 * RATE, RATE):
        floor.hear(start, start + RATE, 7.0, is_voice=True)
    assert floor.deadline == pytest.approx(7.0 + 3.0 + 0.5)


@pytest.mark.parametrize(("config", "is_voice"), [(LISTENS, True), (TURNS, False)])
def test_nobody_is_waited_for_without_a_turn(config: SessionConfig, *, is_voice: bool) -> None:
    talk = Talk(config)
    talk.hear(2.0, is_voice=is_voice)
    assert talk.floor.deadline is None
