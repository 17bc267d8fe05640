"""Silence that is withheld, and what was heard along with the audio: what the engine makes of them."""

from __future__ import annotations

import pytest

from asyncspeech.config import (
    BufferPolicy,
    IdleMode,
    IdlePolicy,
    RenewalPolicy,
    TurnPolicy,
    VoiceActivity,
    WhenFull,
)
from asyncspeech.core.actions import CancelStream, Deliver, Finish, HalfClose
from asyncspeech.core.events import Activity, StreamClosed, StreamResponse
from asyncspeech.core.phases import Phase
from asyncspeech.errors import SessionClosedError, StreamLostError
from asyncspeech.model import AudioLost, Parked, SpeechEnded, SpeechStarted
from tests.core.test_engine import RATE, SECOND, engine, final, opened, result, sent_seconds, texts, told

LISTENS = (VoiceActivity(min_silence=0.0, lead=0.0),)


def test_it_opens_no_stream_and_owes_nothing() -> None:
    session = engine()
    session.withhold(60 * RATE, 0.0)
    assert session.actions() == []
    assert session.phase is Phase.WAITING
    assert (session.accepted_seconds, session.unsettled_seconds, session.waiting_seconds) == (60, 0, 0)
    session.end(1.0)
    assert session.actions() == [Finish(None)]


def test_the_stream_after_it_begins_where_the_audio_does() -> None:
    session = engine()
    session.withhold(60 * RATE, 0.0)
    session.audio(SECOND, 1.0)
    actions = session.actions()
    assert opened(actions) == [(0, 60.0)]
    session.audio_sent(0, RATE, 1.0)
    session.handle(StreamResponse(0, (final("one", end=1.0),)), 1.5)
    (placed,) = [action.event for action in session.actions() if isinstance(action, Deliver)]
    assert placed.end == 61.0  # type: ignore[union-attr]
    assert session.unsettled_seconds == 0


def test_it_makes_the_service_say_its_last_words_if_it_owes_any() -> None:
    session = engine(preprocess=LISTENS)
    session.audio(SECOND, 0.0, is_voice=True)
    session.actions()
    session.withhold(RATE, 0.1)
    assert HalfClose(0) in session.actions()
    session.audio_sent(0, RATE, 0.2)
    session.handle(StreamResponse(0, (final("one", end=1.0),)), 0.3)
    session.handle(StreamClosed(0), 0.4)
    actions = session.actions()
    assert texts(actions) == ["one"]
    assert told(actions, Parked) == [Parked(2.0)]


def test_it_leaves_a_stream_open_that_owes_nothing_until_the_session_is_idle() -> None:
    session = engine(preprocess=LISTENS, idle=IdlePolicy(after=5.0))
    session.audio(SECOND, 0.0, is_voice=True)
    session.audio_sent(0, RATE, 0.0)
    session.handle(StreamResponse(0, (final("one", end=1.0),)), 0.3)
    session.actions()
    session.withhold(RATE, 0.4)
    session.withhold(RATE, 4.9)
    assert HalfClose(0) not in session.actions()
    session.withhold(RATE, 5.1)
    assert HalfClose(0) in session.actions()


def test_a_renewal_that_falls_due_needs_no_next_stream() -> None:
    renewal = RenewalPolicy(after=4.0, by=100.0)
    session = engine(preprocess=LISTENS, idle=IdlePolicy(after=9.0), renewal=renewal)
    session.audio(SECOND, 0.0, is_voice=True)
    session.audio_sent(0, RATE, 0.0)
    session.handle(StreamResponse(0, (final("one", end=1.0),)), 0.3)
    session.actions()
    for now in (1.0, 2.0, 3.0, 4.0):
        session.withhold(RATE, now)
    actions = session.actions()
    assert HalfClose(0) in actions
    assert not any(isinstance(action, CancelStream) for action in actions)
    assert opened(actions) == []


def test_a_sentence_that_is_final_but_for_the_tail_of_its_last_word_owes_nothing() -> None:
    session = engine(preprocess=(VoiceActivity(min_silence=0.2, lead=0.0),))
    session.audio(SECOND, 0.0, is_voice=True)
    session.audio_sent(0, RATE, 0.0)
    session.handle(StreamResponse(0, (final("one", end=0.75),)), 0.3)
    session.actions()
    session.withhold(RATE, 0.4)
    assert session.unsettled_seconds == 0
    assert session.actions()[1:] == []


def test_silence_in_which_nobody_speaks_is_settled_however_loud_it_is() -> None:
    session = engine(preprocess=LISTENS)
    session.audio(SECOND, 0.0, is_voice=False)
    session.actions()
    session.withhold(RATE, 0.1)
    assert session.unsettled_seconds == 0


def test_it_does_not_count_as_audio_that_waits() -> None:
    buffer = BufferPolicy(max_seconds=5.0, when_full=WhenFull.DROP_OLDEST)
    session = engine(buffer=buffer)
    session.audio(SECOND, 0.0)
    session.withhold(60 * RATE, 0.1)
    session.audio(SECOND, 0.2)
    assert session.waiting_seconds == 2.0
    assert told(session.actions(), AudioLost) == []
    assert session.figures.handed_over == 0
    for second in range(5):
        session.audio(SECOND, 0.3 + second)
    (lost,) = told(session.actions(), AudioLost)
    assert isinstance(lost, AudioLost)
    assert 61.0 < lost.start < lost.end == 62.0  # the oldest that was not sent
    assert session.waiting_seconds == pytest.approx(5.0)


def test_a_broken_stream_is_replaced_by_one_that_is_sent_no_silence() -> None:
    session = engine()
    session.audio(SECOND, 0.0)
    session.audio_sent(0, RATE, 0.0)
    session.withhold(60 * RATE, 0.1)
    session.audio(SECOND, 0.2)
    session.audio_sent(0, RATE, 0.3)
    session.actions()
    session.handle(StreamClosed(0, StreamLostError("UNAVAILABLE", "gone")), 0.4)
    for _ in range(100):
        due = session.deadline()
        if due is None or sent_seconds(session.actions()) + session.waiting_seconds > 2:
            break
        session.wake(due)
    assert session.figures.replayed <= 2 * RATE


def test_a_long_silence_is_no_audio_that_the_service_owes_results_for() -> None:
    buffer = BufferPolicy(max_unsettled_seconds=20.0)
    session = engine(buffer=buffer, idle=IdlePolicy(mode=IdleMode.KEEP_ALIVE))
    session.audio(SECOND, 0.0)
    session.audio_sent(0, RATE, 0.1)
    session.handle(StreamResponse(0, (result("on", end=1.0),)), 0.2)
    session.withhold(60 * RATE, 0.3)
    session.actions()
    session.audio(SECOND, 0.4)
    assert sent_seconds(session.actions()) == 1.0
    assert session.unsettled_seconds == 2.0


def test_after_the_end_it_is_refused() -> None:
    session = engine()
    session.end(0.0)
    with pytest.raises(SessionClosedError):
        session.withhold(RATE, 1.0)
    assert session.accepted_seconds == 0


def test_what_it_would_have_cost_is_known() -> None:
    session = engine()
    session.withhold(600 * RATE, 0.0)
    assert session.saved == pytest.approx(0.16)
    assert session.spent == 0


class TestTurns:
    def test_speech_is_told_by_who_listened_and_not_by_the_service(self) -> None:
        session = engine(preprocess=LISTENS)
        session.audio(SECOND, 0.0, is_voice=False)
        session.audio(SECOND, 1.0, is_voice=True)
        session.handle(StreamResponse(0, activity=Activity(begins=True, position=RATE // 2)), 1.1)
        session.audio(SECOND, 2.0, is_voice=False)
        session.handle(StreamResponse(0, activity=Activity(begins=True, position=RATE * 5 // 2)), 2.1)
        events = told(session.actions(), SpeechStarted, SpeechEnded)
        assert events == [SpeechStarted(1.0), SpeechEnded(2.0)]

    def test_a_turn_that_is_over_is_cut_without_an_overlap(self) -> None:
        session = engine(preprocess=LISTENS, turn=TurnPolicy(silence=0.5))
        session.audio(SECOND, 0.0, is_voice=True)
        session.audio_sent(0, RATE, 0.1)
        session.handle(StreamResponse(0, (result("on", end=0.9),)), 0.2)
        session.actions()
        session.audio(SECOND[: RATE // 2], 0.3, is_voice=False)
        assert HalfClose(0) not in session.actions()
        session.audio(SECOND[: RATE // 2], 0.6, is_voice=False)
        assert HalfClose(0) in session.actions()
        session.audio(SECOND, 0.7, is_voice=True)
        assert opened(session.actions()) == [(1, 1.5)]

    def test_one_that_is_final_already_is_left_alone(self) -> None:
        session = engine(preprocess=LISTENS, turn=TurnPolicy(silence=0.5))
        session.audio(SECOND, 0.0, is_voice=True)
        session.audio_sent(0, RATE, 0.1)
        session.handle(StreamResponse(0, (final("one", end=1.0),)), 0.2)
        session.audio(SECOND, 0.6, is_voice=False)
        actions = session.actions()
        assert told(actions, SpeechEnded) == [SpeechEnded(1.0)]
        assert HalfClose(0) not in actions

    def test_its_end_is_a_good_place_for_a_renewal_that_is_awaited(self) -> None:
        session = engine(
            preprocess=LISTENS, turn=TurnPolicy(silence=0.5), renewal=RenewalPolicy(after=3, by=60)
        )
        session.audio(SECOND * 3, 0.0, is_voice=True)
        session.audio_sent(0, 3 * RATE, 0.1)
        session.handle(StreamResponse(0, (final("one", end=2.95),)), 2.9)
        session.wake(3.0)  # sound is owed an answer: no place to be replaced at
        session.audio(SECOND[:RATE], 3.1, is_voice=False)  # the turn is over, so none is owed
        session.actions()
        session.audio_sent(0, RATE // 2, 3.2)
        actions = session.actions()
        assert CancelStream(0) in actions
        assert opened(actions) == [(1, 3.5)]

    def test_it_is_over_as_well_when_no_more_audio_comes(self) -> None:
        session = engine(preprocess=LISTENS, turn=TurnPolicy(silence=0.5))
        session.audio(SECOND, 0.0, is_voice=True)
        session.audio_sent(0, RATE, 0.1)
        session.actions()
        assert session.deadline() == 1.5
        session.wake(1.5)
        actions = session.actions()
        assert told(actions, SpeechEnded) == [SpeechEnded(1.0)]
        assert HalfClose(0) in actions

    def test_after_the_end_nobody_is_waited_for(self) -> None:
        session = engine(preprocess=LISTENS, turn=TurnPolicy(silence=0.5))
        session.audio(SECOND, 0.0, is_voice=True)
        session.end(0.1)
        session.wake(2.0)
        assert told(session.actions(), SpeechEnded) == []


def test_quiet_audio_that_a_stream_is_still_to_be_sent_waits_as_well() -> None:
    session = engine(buffer=BufferPolicy(max_seconds=5.0, when_full=WhenFull.DROP_OLDEST))
    for _ in range(30):
        session.audio(bytes(2 * RATE), 0.0)
    assert session.waiting_seconds <= 5.0
    assert told(session.actions(), AudioLost)
