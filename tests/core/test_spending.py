"""What a session costs, and what happens when it may not cost more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from google.cloud.speech_v2 import types

from asyncspeech.config import (
    Budget,
    BudgetScope,
    BufferPolicy,
    IdleMode,
    IdlePolicy,
    MultiChannelMode,
    Prices,
    PriceTier,
    RenewalPolicy,
    RetryPolicy,
    SessionConfig,
    WhenFull,
)
from asyncspeech.core.actions import CancelStream, Deliver, Finish, HalfClose, OpenStream, SendAudio
from asyncspeech.core.events import StreamClosed, StreamResponse
from asyncspeech.core.phases import Phase
from asyncspeech.core.purse import Purses
from asyncspeech.errors import BudgetExceededError, StreamLostError
from asyncspeech.model import BudgetNearlySpent
from tests.core.test_engine import RATE, SECOND, engine, final, outcome, told

if TYPE_CHECKING:
    from asyncspeech.core.actions import Action
    from asyncspeech.core.engine import SessionEngine

QUIET = bytes(len(SECOND))

# A dollar a second makes the sums easy.
DOLLARS = Prices(tiers=(PriceTier(0, 60.0),), medical_usd_per_minute=120.0)


def bounded(usd: float, **changes: Any) -> SessionEngine:
    return engine(budget=Budget(usd=usd), prices=DOLLARS, **changes)


def sent(actions: list[Action]) -> float:
    return sum(len(action.data) for action in actions if isinstance(action, SendAudio)) / 2 / RATE


def give(session: SessionEngine, seconds: float, now: float = 0.0, *, second: bytes = SECOND) -> None:
    """Audio in chunks of a tenth of a second, which gRPC takes at once."""
    for _ in range(round(seconds * 10)):
        session.audio(second[: len(SECOND) // 10], now)
        stream = session.figures.streams - 1
        session.audio_sent(stream, RATE // 10, now)


def catch_up(session: SessionEngine, now: float) -> list[Action]:
    """Three seconds in which gRPC takes whatever it is given at once."""
    done = []
    for tick in range(300):
        session.wake(now + tick / 100)
        actions = session.actions()
        done += actions
        for action in actions:
            if isinstance(action, SendAudio):
                session.audio_sent(action.stream, len(action.data) // 2, now + tick / 100)
    return done


class TestCost:
    def test_a_second_is_paid_for_as_it_begins(self) -> None:
        session = engine(prices=DOLLARS)
        assert session.spent == 0
        give(session, 0.1)
        assert session.spent == 1
        give(session, 0.9)
        assert session.spent == 1
        give(session, 0.1)
        assert session.spent == 2

    def test_each_stream_is_rounded_up_by_itself_and_audio_sent_again_counts(self) -> None:
        session = engine(prices=DOLLARS)
        give(session, 1.5)
        session.handle(StreamClosed(0, StreamLostError("UNAVAILABLE", "gone")), 1.5)
        catch_up(session, 2.0)
        assert session.figures.replayed == pytest.approx(1.5 * RATE)
        assert session.spent == 4

    def test_channels_that_are_recognised_apart_are_each_paid_for(self) -> None:
        separate = MultiChannelMode.SEPARATE_RECOGNITION_PER_CHANNEL
        apart = engine(prices=DOLLARS, audio_channel_count=2, multi_channel_mode=separate)
        apart.audio(2 * SECOND, 0.0)
        assert apart.spent == 2
        together = engine(prices=DOLLARS, audio_channel_count=2)
        together.audio(2 * SECOND, 0.0)
        assert together.spent == 1

    def test_keep_alives_are_paid_for(self) -> None:
        session = engine(prices=DOLLARS, idle=IdlePolicy(after=2.0, mode=IdleMode.KEEP_ALIVE))
        give(session, 1.0)
        give(session, 1.0, second=QUIET)
        session.wake(2.5)
        assert session.spent == 5  # 2.5 s of silence end the utterance

    def test_a_service_that_bills_more_is_believed(self) -> None:
        session = engine(prices=DOLLARS)
        give(session, 1.0)
        session.handle(StreamResponse(0, billed_seconds=15), 1.0)
        assert session.spent == 15
        give(session, 2.0)
        assert session.spent == 15

    def test_the_model_may_be_given_raw(self) -> None:
        raw = types.StreamingRecognitionConfig(config={"model": "medical_dictation"})
        session = engine(prices=DOLLARS, raw=raw)
        give(session, 1.0)
        assert session.spent == 2

    def test_another_model_has_its_own_price_from_its_next_stream_on(self) -> None:
        session = engine(prices=DOLLARS)
        give(session, 1.0)
        session.reconfigure(SessionConfig(prices=DOLLARS, model="medical_dictation"), 1.0)
        give(session, 1.0)
        assert session.spent == 2
        session.end(2.0)
        session.handle(StreamClosed(0, StreamLostError("UNAVAILABLE", "gone")), 2.0)
        catch_up(session, 2.0)
        assert session.spent == 2 + 2 * 2


class TestBudget:
    def test_it_pays_for_what_it_pays_for_and_no_more(self) -> None:
        session = bounded(3)
        give(session, 3.0)
        assert session.over_budget is None
        with pytest.raises(BudgetExceededError) as caught:
            session.audio(SECOND, 3.0)
        assert str(caught.value) == "the session's budget of $3.0000 is spent"
        assert (caught.value.spent, caught.value.budget) == (3, 3)
        actions = session.actions()
        assert sent(actions) == 3.0
        assert actions[-1] == HalfClose(0)
        assert session.phase is Phase.DRAINING

    def test_of_a_chunk_what_is_paid_for_is_taken(self) -> None:
        session = bounded(2.5)
        session.audio(SECOND[: RATE // 2], 0.0)
        with pytest.raises(BudgetExceededError):
            session.audio(5 * SECOND, 0.0)
        assert session.accepted_seconds == 2

    def test_a_session_that_ends_within_its_budget_does_so_as_ever(self) -> None:
        session = bounded(3)
        give(session, 3.0)
        session.end(3.0)
        session.handle(StreamClosed(0), 3.0)
        assert outcome(session.actions()).error is None

    def test_the_last_words_come_before_the_error(self) -> None:
        session = bounded(1)
        with pytest.raises(BudgetExceededError) as caught:
            session.audio(2 * SECOND, 0.0)
        session.audio_sent(0, RATE, 0.5)
        session.handle(StreamResponse(0, (final("a", end=1.0),)), 1.0)
        session.handle(StreamClosed(0), 1.0)
        actions = session.actions()
        assert actions[-1] == Finish(caught.value)
        assert any(isinstance(action, Deliver) for action in actions[:-1])

    def test_whoever_sends_later_is_told_the_same(self) -> None:
        session = bounded(1)
        for _ in range(2):
            with pytest.raises(BudgetExceededError) as caught:
                session.audio(2 * SECOND, 0.0)
            assert caught.value is session.over_budget
        assert not session.takes_audio

    def test_a_budget_for_nothing_opens_no_stream(self) -> None:
        session = bounded(0.5)
        with pytest.raises(BudgetExceededError):
            session.audio(SECOND, 0.0)
        assert session.actions() == [Finish(session.over_budget)]

    def test_audio_that_waits_is_paid_for_as_well(self) -> None:
        session = bounded(5)
        with pytest.raises(BudgetExceededError):
            session.audio(6 * SECOND, 0.0)  # more than gRPC is given at once
        assert sent(session.actions()) < 5
        assert session.accepted_seconds == 5

    def test_audio_that_was_dropped_is_not_paid_for(self) -> None:
        policy = BufferPolicy(max_seconds=4.0, when_full=WhenFull.DROP_OLDEST)
        session = bounded(9, buffer=policy)
        for _ in range(12):  # of which gRPC takes nothing
            session.audio(SECOND, 0.0)
        assert session.figures.dropped >= 4 * RATE
        assert session.over_budget is None

    def test_a_stream_that_breaks_while_draining_is_replaced(self) -> None:
        session = bounded(2)
        give(session, 2.0)
        with pytest.raises(BudgetExceededError):
            session.audio(SECOND, 2.0)
        session.actions()
        session.handle(StreamClosed(0, StreamLostError("UNAVAILABLE", "gone")), 2.0)
        again = catch_up(session, 3.0)
        assert any(isinstance(action, OpenStream) for action in again)
        assert again[-1] == HalfClose(1)
        session.handle(StreamResponse(1, (final("a", end=2.0),)), 6.0)
        session.handle(StreamClosed(1), 6.0)
        error = outcome(session.actions()).error
        assert isinstance(error, BudgetExceededError)
        assert error.spent == 4

    def test_audio_that_has_to_be_sent_again_may_spend_the_rest(self) -> None:
        session = bounded(5)
        give(session, 3.0)
        session.handle(StreamClosed(0, StreamLostError("UNAVAILABLE", "gone")), 3.0)
        assert session.over_budget is not None
        assert session.phase is Phase.DRAINING

    def test_silence_that_nothing_is_left_for_ends_the_session(self) -> None:
        session = bounded(4, idle=IdlePolicy(after=2.0, mode=IdleMode.KEEP_ALIVE))
        give(session, 1.0)
        give(session, 1.0, second=QUIET)
        session.actions()
        session.wake(2.5)
        assert session.over_budget is not None
        assert session.actions() == [HalfClose(0)]

    def test_another_failure_while_draining_is_told_instead(self) -> None:
        session = bounded(1, drain_timeout=5.0)
        with pytest.raises(BudgetExceededError):
            session.audio(2 * SECOND, 0.0)
        session.actions()
        session.wake(100.0)
        actions = session.actions()
        assert CancelStream(0) in actions
        assert isinstance(outcome(actions).error, StreamLostError)

    def test_a_new_configuration_may_bring_more(self) -> None:
        session = bounded(2)
        give(session, 2.0)
        session.reconfigure(SessionConfig(budget=Budget(usd=4), prices=DOLLARS), 2.0)
        session.audio(SECOND, 2.0)
        assert session.over_budget is None


class TestWarning:
    def warnings(self, session: SessionEngine) -> list[BudgetNearlySpent]:
        events = [action.event for action in session.actions() if isinstance(action, Deliver)]
        return [event for event in events if isinstance(event, BudgetNearlySpent)]

    def test_it_comes_once_when_that_much_is_spent(self) -> None:
        session = bounded(10)
        give(session, 7.0)
        assert self.warnings(session) == []
        give(session, 0.1)
        assert self.warnings(session) == [BudgetNearlySpent(8, 10)]
        give(session, 2.0)
        assert self.warnings(session) == []

    def test_without_a_budget_none_comes(self) -> None:
        session = engine(prices=DOLLARS)
        give(session, 20.0)
        assert self.warnings(session) == []


def test_a_budget_pays_for_ever_where_nothing_costs_anything() -> None:
    session = engine(budget=Budget(usd=1), prices=Prices(tiers=(PriceTier(0, 0.0),)))
    give(session, 30.0)
    assert session.accepted_seconds == 30.0
    assert session.over_budget is None


@pytest.mark.parametrize(
    "changes",
    [
        {"buffer": BufferPolicy(max_seconds=math.inf)},
        {"buffer": BufferPolicy(max_unsettled_seconds=math.inf)},
        {"buffer": BufferPolicy(max_seconds=math.inf, when_full=WhenFull.DROP_OLDEST)},
        {"renewal": RenewalPolicy(after=math.inf, by=math.inf, overlap=math.inf)},
        {"retry": RetryPolicy(initial_delay=math.inf, max_delay=math.inf, max_outage=math.inf)},
        {"idle": IdlePolicy(after=math.inf)},
        {"stall_timeout": math.inf},
        {"drain_timeout": math.inf},
        {"budget": Budget(usd=math.inf)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_may_be_endless_lets_a_session_end(changes: dict[str, Any]) -> None:
    session = engine(**changes)
    give(session, 1.0)
    session.handle(StreamClosed(0, StreamLostError("UNAVAILABLE", "gone")), 1.0)
    session.wake(1.0)
    give(session, 1.0, 1.0)
    session.end(2.0)
    catch_up(session, 2.0)
    session.handle(StreamResponse(1, (final("yes", end=2.0),)), 6.0)
    session.handle(StreamClosed(1, None), 6.0)
    assert session.phase is Phase.ENDED


class TestSharedByAClient:
    def test_what_another_session_has_spent_is_not_there_any_more(self) -> None:
        purses = Purses()
        one, other = (
            engine(
                budget=Budget(usd=10, per=BudgetScope.CLIENT, warn_at=0.5),
                prices=DOLLARS,
                purses=purses,
            )
            for _ in range(2)
        )
        give(one, 3)
        one.actions()
        give(other, 4)
        assert told(other.actions(), BudgetNearlySpent) == [BudgetNearlySpent(5.0, 10)], "of both"
        with pytest.raises(BudgetExceededError, match=r"the client's budget of \$10"):
            give(one, 5, 1.0)
        assert one.accepted_seconds == 6
        with pytest.raises(BudgetExceededError):
            other.audio(SECOND, 1.0)
        assert other.accepted_seconds == 4

    def test_another_budget_is_another_purse(self) -> None:
        purses = Purses()
        first = engine(budget=Budget(usd=3, per=BudgetScope.CLIENT), prices=DOLLARS, purses=purses)
        second = engine(budget=Budget(usd=4, per=BudgetScope.CLIENT), prices=DOLLARS, purses=purses)
        own = engine(budget=Budget(usd=3), prices=DOLLARS, purses=purses)
        for session, seconds in ((first, 3), (second, 4), (own, 3)):
            session.audio(SECOND * seconds, 0.0)
            with pytest.raises(BudgetExceededError):
                session.audio(SECOND, 1.0)
