"""The engine's decisions, without a clock, a loop or a network."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from google.cloud.speech_v2 import types
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.config import (
    BufferPolicy,
    IdlePolicy,
    MultiChannelMode,
    RenewalPolicy,
    RetryPolicy,
    SessionConfig,
    WhenFull,
)
from asyncspeech.core.actions import (
    CancelStream,
    Deliver,
    Finalized,
    Finish,
    HalfClose,
    OpenStream,
    SendAudio,
)
from asyncspeech.core.engine import SessionEngine
from asyncspeech.core.events import (
    Activity,
    StreamAlternative,
    StreamClosed,
    StreamResponse,
    StreamResult,
    StreamWord,
)
from asyncspeech.core.phases import Phase
from asyncspeech.errors import (
    DrainTimeoutError,
    InvalidRequestError,
    QuotaExceededError,
    SessionClosedError,
    StreamLostError,
)
from asyncspeech.model import (
    AudioLost,
    Result,
    Resumed,
    SpeechEnded,
    SpeechStarted,
    StreamOpened,
    StreamRecovered,
    StreamRenewed,
)
from asyncspeech.telemetry.streams import StreamCause

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech.core.actions import Action
    from asyncspeech.core.purse import Purses

RATE = 16_000
SECOND = b"\x01\x02" * RATE


def engine(*, purses: Purses | None = None, **changes: Any) -> SessionEngine:
    config = SessionConfig(**changes)
    return SessionEngine(config, find_sound=loud, random=lambda: 1.0, purses=purses)


def loud(data: bytes | memoryview, channel: int | None) -> int | None:
    """All audio is sound but for zeros; channels are not told apart."""
    del channel
    first = next((index for index, byte in enumerate(bytes(data)) if byte), None)
    return None if first is None else first // 2


def result(
    text: str,
    *,
    end: float | None = None,
    is_final: bool = False,
    channel: int | None = None,
    stability: float | None = None,
    words: tuple[StreamWord, ...] = (),
) -> StreamResult:
    return StreamResult(
        alternatives=(StreamAlternative(text, None, words),) if text else (),
        is_final=is_final,
        end=None if end is None else round(end * RATE),
        stability=stability,
        language_code="en-us",
        channel=channel,
    )


def final(text: str, *, end: float, channel: int | None = None) -> StreamResult:
    return result(text, end=end, is_final=True, channel=channel)


def spoken(*words: tuple[str, float, float], is_final: bool = True) -> StreamResult:
    """A result whose words have times; it ends with the last."""
    timed = tuple(StreamWord(text, round(a * RATE), round(b * RATE), None, None) for text, a, b in words)
    text = " ".join(word.text for word in timed)
    return result(text, end=words[-1][2], is_final=is_final, words=timed)


def delivered(actions: list[Action]) -> list[Result]:
    events = [action.event for action in actions if isinstance(action, Deliver)]
    return [event for event in events if isinstance(event, Result)]


def outcome(actions: list[Action]) -> Finish:
    (finish,) = [action for action in actions if isinstance(action, Finish)]
    return finish


class TestAudio:
    def test_no_stream_is_opened_before_audio_comes(self) -> None:
        assert engine().actions() == []

    def test_the_first_audio_opens_a_stream_and_goes_to_it(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        assert session.actions() == [
            OpenStream(0, 0, SessionConfig()),
            Deliver(StreamOpened(0, 0.0)),
            SendAudio(0, SECOND),
        ]
        assert session.figures.streams == 1

    def test_later_audio_goes_to_the_same_stream_uncopied(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        session.actions()
        session.audio(SECOND, 0.1)
        (send,) = session.actions()
        assert isinstance(send, SendAudio)
        assert send.data is SECOND

    def test_a_cut_frame_is_put_together(self) -> None:
        session = engine()
        session.audio(b"\x01", 0.0)
        assert session.actions() == []
        session.audio(b"\x02\x03", 0.0)
        session.audio(b"\x04", 0.0)
        sends = [action for action in session.actions() if isinstance(action, SendAudio)]
        assert [send.data for send in sends] == [b"\x01\x02", b"\x03\x04"]
        assert session.accepted_seconds == 2 / RATE

    def test_empty_audio_is_no_audio(self) -> None:
        session = engine()
        session.audio(b"", 0.0)
        assert session.actions() == []
        assert session.phase is Phase.WAITING

    @given(st.lists(st.binary(max_size=9), max_size=30), st.integers(1, 3))
    def test_every_whole_frame_is_sent_once_however_it_is_cut(
        self, chunks: list[bytes], channels: int
    ) -> None:
        session = engine(audio_channel_count=channels)
        for chunk in chunks:
            session.audio(chunk, 0.0)
        sent = b"".join(action.data for action in session.actions() if isinstance(action, SendAudio))
        whole = b"".join(chunks)
        assert sent == whole[: len(whole) - len(whole) % (2 * channels)]


class TestEnd:
    def test_end_half_closes_after_the_audio(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        session.end(0.0)
        assert session.actions()[-1] == HalfClose(0)

    def test_the_session_finishes_when_the_service_has_closed_the_stream(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        session.end(0.0)
        session.actions()
        session.audio_sent(0, RATE, 0.5)
        session.handle(StreamClosed(0), 1.0)
        assert session.actions() == [Finish(None)]

    def test_a_stream_that_ends_before_grpc_took_all_its_audio_is_replaced(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        session.end(0.0)
        session.actions()
        session.audio_sent(0, RATE // 2, 0.5)
        session.handle(StreamClosed(0), 1.0)
        assert OpenStream(1, 0, SessionConfig()) in session.actions()

    def test_ending_without_audio_finishes_without_a_stream(self) -> None:
        session = engine()
        session.end(0.0)
        assert session.actions() == [Finish(None)]

    def test_ending_twice_changes_nothing(self) -> None:
        session = engine(stall_timeout=60)
        session.audio(SECOND, 0.0)
        session.end(0.0)
        session.actions()
        session.end(5.0)
        assert session.actions() == []
        assert session.deadline() == SessionConfig().drain_timeout

    def test_audio_after_the_end_is_refused_and_changes_nothing(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        session.end(0.0)
        session.actions()
        with pytest.raises(SessionClosedError, match="takes no audio"):
            session.audio(SECOND, 0.0)
        assert session.actions() == []
        assert session.accepted_seconds == 1.0

    def test_a_silent_service_is_given_up_at_the_deadline_and_not_before(self) -> None:
        session = engine(drain_timeout=5.0)
        session.audio(SECOND, 10.0)
        session.end(10.0)
        session.actions()
        assert session.deadline() == 15.0
        session.wake(14.9)
        assert session.actions() == []
        session.wake(15.0)
        cancel, lost, finish = session.actions()
        assert cancel == CancelStream(0)
        assert lost == Deliver(AudioLost(0.0, 1.0, "DEADLINE_EXCEEDED"))
        assert isinstance(finish, Finish)
        assert isinstance(finish.error, DrainTimeoutError)
        assert finish.error.unsent == 1.0
        assert session.deadline() is None

    @pytest.mark.parametrize(
        "happens",
        [
            lambda session: session.audio_sent(0, 100, 3.0),
            lambda session: session.handle(StreamResponse(0), 3.0),
        ],
        ids=["audio is taken", "a response"],
    )
    def test_any_word_from_the_stream_moves_the_deadline(
        self, happens: Callable[[SessionEngine], bool]
    ) -> None:
        session = engine(drain_timeout=5.0)
        session.audio(SECOND, 0.0)
        session.end(0.0)
        assert happens(session)
        assert session.deadline() == 8.0


class TestFailure:
    def test_a_refusal_ends_the_session_with_itself(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        session.actions()
        refusal = InvalidRequestError("INVALID_ARGUMENT", "no such model")
        session.handle(StreamClosed(0, refusal), 0.1)
        assert session.actions() == [
            Deliver(AudioLost(0.0, 1.0, "INVALID_ARGUMENT")),
            Finish(refusal),
        ]

    @pytest.mark.parametrize("error", [None, StreamLostError("UNAVAILABLE", "gone")])
    def test_a_broken_stream_is_replaced_at_once_by_one_that_begins_where_nothing_is_owed(
        self, error: StreamLostError | None
    ) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        session.handle(StreamResponse(0, (final("one", end=0.5),)), 0.1)
        session.actions()
        session.handle(StreamClosed(0, error), 0.2)
        opened, told, send = session.actions()
        assert opened == OpenStream(1, RATE // 2, SessionConfig())
        code = "OK" if error is None else "UNAVAILABLE"
        assert told == Deliver(StreamRecovered(1, 0.5, code, 0.0, 0.5))
        assert isinstance(send, SendAudio)

    @pytest.mark.parametrize(("code", "is_cautious"), [("INTERNAL", True), ("UNAVAILABLE", False)])
    def test_after_a_status_that_may_hide_another_the_next_stream_is_cautious(
        self, code: str, is_cautious: bool
    ) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        session.actions()
        session.handle(StreamClosed(0, StreamLostError(code, "what")), 0.2)
        opened = session.actions()[0]
        assert opened == OpenStream(1, 0, SessionConfig(), is_cautious)

    def test_nothing_follows_the_end(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        session.handle(StreamClosed(0, InvalidRequestError("INVALID_ARGUMENT", "no")), 0.1)
        session.actions()
        session.handle(StreamResponse(0, (final("late", end=1.0),)), 0.2)
        session.handle(StreamClosed(0), 0.2)
        session.wake(100.0)
        session.abort(100.0)
        session.end(0.0)
        assert session.actions() == []

    def test_an_unknown_stream_is_ignored(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        session.actions()
        session.handle(StreamResponse(7, (final("who", end=1.0),)), 0.2)
        assert session.actions() == []


class TestAbort:
    def test_abort_cancels_the_stream_and_finishes(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        session.actions()
        session.abort(0.0)
        assert session.actions() == [CancelStream(0), Finish(None)]

    def test_abort_before_audio_finishes(self) -> None:
        session = engine()
        session.abort(0.0)
        assert session.actions() == [Finish(None)]

    def test_abort_while_draining_clears_the_deadline(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        session.end(0.0)
        session.abort(0.0)
        assert session.deadline() is None


class TestResults:
    def test_interims_and_their_final_share_a_segment_and_the_next_has_another(self) -> None:
        session = engine()
        session.audio(SECOND * 4, 0.0)
        session.handle(StreamResponse(0, (result("o", end=0.5),)), 0.0)
        session.handle(StreamResponse(0, (result("one", end=1.0),)), 0.0)
        session.handle(StreamResponse(0, (final("one", end=1.0), result("t", end=1.5))), 0.0)
        session.handle(StreamResponse(0, (final("two", end=2.0),)), 0.0)
        heard = delivered(session.actions())
        assert [(item.text, item.is_final, item.segment) for item in heard] == [
            ("o", False, 0),
            ("one", False, 0),
            ("one", True, 0),
            ("t", False, 1),
            ("two", True, 1),
        ]

    def test_a_segment_without_word_times_begins_where_the_last_ended(self) -> None:
        session = engine()
        session.audio(SECOND * 2, 0.0)
        session.handle(StreamResponse(0, (final("one", end=0.75),)), 0.0)
        session.handle(StreamResponse(0, (final("two", end=1.5),)), 0.0)
        assert [(item.start, item.end) for item in delivered(session.actions())] == [
            (0.0, 0.75),
            (0.75, 1.5),
        ]

    def test_a_segment_with_word_times_begins_with_its_first_word(self) -> None:
        session = engine()
        session.audio(SECOND * 2, 0.0)
        word = StreamWord("one", 8_000, 16_000, 0.5, "A")
        session.handle(StreamResponse(0, (result("one", end=1.0, is_final=True, words=(word,)),)), 0.0)
        (heard,) = delivered(session.actions())
        assert (heard.start, heard.end) == (0.5, 1.0)
        assert (heard.words[0].start, heard.words[0].end, heard.speaker) == (0.5, 1.0, "A")

    def test_an_interim_in_parts_is_handed_over_as_one(self) -> None:
        session = engine()
        session.audio(SECOND * 2, 0.0)
        parts = (result("to be", end=1.0, stability=0.9), result(" or not", end=1.5, stability=0.01))
        session.handle(StreamResponse(0, parts), 0.0)
        (heard,) = delivered(session.actions())
        assert (heard.text, heard.stability, heard.end) == ("to be or not", 0.01, 1.5)

    def test_the_parts_of_different_channels_stay_apart(self) -> None:
        session = engine(audio_channel_count=2)
        session.audio(SECOND * 4, 0.0)
        session.handle(
            StreamResponse(0, (result("left", end=1.0, channel=1), result("right", end=1.0, channel=2))),
            0.0,
        )
        session.handle(StreamResponse(0, (final("right", end=1.0, channel=2),)), 0.0)
        session.handle(StreamResponse(0, (final("left", end=1.0, channel=1),)), 0.0)
        heard = delivered(session.actions())
        assert [(item.text, item.channel, item.segment) for item in heard] == [
            ("left", 1, 0),
            ("right", 2, 1),
            ("right", 2, 1),
            ("left", 1, 0),
        ]

    @pytest.mark.parametrize("text", ["", " "])
    def test_a_final_without_text_is_not_handed_over_but_settles_its_audio(self, text: str) -> None:
        session = engine()
        session.audio(SECOND * 2, 0.0)
        session.handle(StreamResponse(0, (final(text, end=1.5),)), 0.0)
        assert delivered(session.actions()) == []
        assert session.unsettled_seconds == 0.5

    def test_a_final_with_neither_text_nor_end_settles_nothing(self) -> None:
        session = engine()
        session.audio(SECOND * 2, 0.0)
        session.audio_sent(0, 2 * RATE, 0.0)
        session.handle(StreamResponse(0, (result("", is_final=True),)), 0.0)
        assert session.unsettled_seconds == 2.0

    def test_space_around_a_text_is_not_handed_over(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        session.handle(StreamResponse(0, (final(" or not to be", end=1.0),)), 0.0)
        assert delivered(session.actions())[0].text == "or not to be"

    def test_latency_counts_from_taking_in_the_last_frame_of_the_result(self) -> None:
        session = engine()
        for tick in range(10):
            session.audio(SECOND[:3_200], 100.0 + tick / 10)  # 0.1 s of audio each
        session.handle(StreamResponse(0, (result("half", end=0.5),)), 101.0)
        (heard,) = delivered(session.actions())
        assert heard.latency == pytest.approx(101.0 - 100.4)

    def test_the_times_of_settled_audio_are_forgotten(self) -> None:
        session = engine(stall_timeout=1_000)
        for second in range(100):
            session.audio(SECOND, float(second))
            session.audio_sent(0, RATE, float(second))
        session.handle(StreamResponse(0, (final("most of it", end=95.0),)), 100.0)
        assert len(session._ledger.arrivals) == 6

    def test_a_result_without_an_end_reaches_as_far_as_audio_was_sent(self) -> None:
        session = engine()
        session.audio(SECOND * 2, 0.0)
        session.audio_sent(0, RATE, 0.0)
        session.handle(StreamResponse(0, (result("what"),)), 0.0)
        assert delivered(session.actions())[0].end == 1.0

    def test_billed_seconds_are_the_services_own_and_cumulative(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        for billed in (3, None, 5, 4):
            session.handle(StreamResponse(0, billed_seconds=billed), 0.0)
        assert session.figures.billed_seconds == 5


QUIET = bytes(2 * RATE)


def wait(seconds: float) -> RetryInfo:
    return RetryInfo(retry_delay=Duration(seconds=int(seconds)))


GONE = StreamLostError("UNAVAILABLE", "gone")
NOT_NOW = QuotaExceededError("RESOURCE_EXHAUSTED", "too many", details=[wait(40)])
REFUSED = InvalidRequestError("INVALID_ARGUMENT", "no such model")
CUT_AT_30: dict[str, Any] = {
    "renewal": RenewalPolicy(after=20, by=30, overlap=1),
    "idle": IdlePolicy(after=1_000),
    "stall_timeout": 1_000.0,
}


def told(actions: list[Action], *kinds: type) -> list[object]:
    events = [action.event for action in actions if isinstance(action, Deliver)]
    return [event for event in events if isinstance(event, kinds)]


def sent_seconds(actions: list[Action]) -> float:
    return sum(len(action.data) for action in actions if isinstance(action, SendAudio)) / 2 / RATE


def opened(actions: list[Action]) -> list[tuple[int, float]]:
    """The streams that were opened, and where, in seconds."""
    opens = [action for action in actions if isinstance(action, OpenStream)]
    return [(action.stream, action.position / RATE) for action in opens]


def live(audio: bytes, **changes: Any) -> SessionEngine:
    """A session that has sent its audio, at 0."""
    session = engine(**changes)
    session.audio(audio, 0.0)
    session.audio_sent(0, len(audio) // 2, 0.0)
    session.actions()
    return session


def cut(**changes: object) -> SessionEngine:
    """A session whose first stream was cut at 3 s, while the second hears everything from 2 s on."""
    session = live(SECOND * 2, **(CUT_AT_30 | changes))
    session.audio(SECOND, 29.9)
    session.audio_sent(0, RATE, 29.9)
    session.wake(30.0)
    session.audio(SECOND, 30.1)
    assert opened(session.actions()) == [(1, 2.0)]
    return session


def joining(**changes: object) -> SessionEngine:
    """As `cut`, and the first stream has said everything. Where to join, the second must tell."""
    session = cut(**changes)
    session.handle(StreamResponse(0, (final("one two th", end=3.0),)), 30.2)
    session.handle(StreamClosed(0), 30.3)
    assert session.actions() == []
    assert session.phase is Phase.RENEWING
    return session


def catch_up(session: SessionEngine, number: int, now: float) -> None:
    """Let a stream be sent all that it may be, in the course of a second."""
    for step in range(50):
        stream = session._stream(number)
        if stream is not None:
            session.audio_sent(number, stream.untaken_frames, now + step / 50)
        session.wake(now + step / 50)


def holding(*, now: float = 5.0) -> SessionEngine:
    """A session that was parked in the middle of a word."""
    session = live(SECOND * 2)
    session.wake(now)
    session.handle(StreamResponse(0, (spoken(("one", 0.5, 0.9), ("tw", 1.2, 1.95)),)), now + 0.1)
    session.handle(StreamClosed(0), now + 0.2)
    assert session.phase is Phase.PARKED
    finals = [item.text for item in delivered(session.actions()) if item.is_final]
    assert finals == ["one"]
    return session


def settled() -> SessionEngine:
    """A session whose stream has said everything, and is open."""
    session = live(SECOND)
    session.handle(StreamResponse(0, (final("one", end=1.0),)), 0.5)
    session.actions()
    return session


def texts(actions: list[Action]) -> list[str]:
    return [item.text for item in delivered(actions) if item.is_final]


class TestAbortAnywhere:
    @pytest.mark.parametrize("reach", [settled, cut, joining, holding, lambda: live(SECOND)])
    def test_nothing_follows(self, reach: Callable[[], SessionEngine]) -> None:
        session = reach()
        session.abort(50.0)
        assert session.actions()[-1] == Finish(None)
        assert session.deadline() is None
        session.wake(1e6)
        assert session.actions() == []

    def test_also_while_nobody_knows_whether_somebody_goes_on(self) -> None:
        session = live(SECOND + QUIET)
        session.finalize(0.1)
        session.handle(StreamClosed(0), 0.2)
        assert session.deadline() == 0.5
        session.abort(0.3)
        assert session.deadline() is None


class TestEndAnywhere:
    def test_a_held_word_becomes_final_and_nothing_stays_owed(self) -> None:
        session = holding()
        session.end(6.0)
        actions = session.actions()
        assert texts(actions) == ["tw"]
        assert outcome(actions).error is None
        assert session.unsettled_seconds == 0

    def test_who_ends_does_not_wait_for_somebody_to_go_on(self) -> None:
        session = live(SECOND + QUIET)
        session.finalize(0.1)
        session.handle(StreamClosed(0), 0.2)
        session.actions()
        session.end(0.3)
        assert session.actions() == [Finish(None)]

    def test_nor_for_a_stream_that_has_nothing_to_do(self) -> None:
        session = settled()
        session.handle(StreamClosed(0, NOT_NOW), 0.6)
        session.end(1.0)
        assert session.actions() == [Finish(None)]
        assert session.deadline() is None

    def test_but_for_one_that_has(self) -> None:
        session = live(SECOND)
        session.handle(StreamClosed(0, GONE), 0.1)
        session.handle(StreamClosed(1, GONE), 0.1)
        session.actions()
        session.end(0.15)
        assert session.actions() == []
        session.wake(0.2)
        assert opened(session.actions()) == [(2, 0.0)]

    def test_what_the_stream_still_owed_is_settled_when_it_is_over(self) -> None:
        session = live(SECOND)
        session.end(0.1)
        session.handle(StreamClosed(0), 0.2)
        assert session.unsettled_seconds == 0

    def test_a_stream_that_broke_does_not_move_the_deadline(self) -> None:
        session = live(SECOND, stall_timeout=1_000)
        session.end(0.0)
        session.handle(StreamClosed(0, GONE), 20.0)
        assert session.deadline() == 30.0

    def test_a_successor_may_be_done_sooner(self) -> None:
        session = cut()
        catch_up(session, 1, 30.1)
        session.end(33.0)
        assert session.actions()[-1] == HalfClose(1)
        session.handle(StreamResponse(1, (final("two three four", end=2.0),)), 33.1)
        session.handle(StreamClosed(1), 33.2)
        session.handle(StreamResponse(0, (final("one two th", end=3.0),)), 33.3)
        session.handle(StreamClosed(0), 33.4)
        actions = session.actions()
        assert " ".join(texts(actions)) == "one two three four"
        assert outcome(actions).error is None


class TestDraining:
    def test_a_lost_successor_is_replaced(self) -> None:
        session = joining()
        session.end(30.4)
        session.handle(StreamClosed(1, GONE), 30.5)
        assert opened(session.actions()) == [(2, 2.0)]
        assert session.phase is Phase.DRAINING

    def test_what_was_to_be_final_before_is_cut_off_first(self) -> None:
        session = live(SECOND * 2)
        session.handle(StreamClosed(0, GONE), 0.1)
        session.handle(StreamClosed(1, GONE), 0.1)
        session.finalize(0.1)
        session.audio(SECOND * 2, 0.1)
        session.end(0.1)
        session.wake(0.2)
        session.actions()
        catch_up(session, 2, 0.2)
        actions = session.actions()
        assert HalfClose(2) in actions
        assert [number for number, _ in opened(actions)] == [3]
        assert session.phase is Phase.DRAINING

    def test_a_stream_that_is_old_when_it_has_spoken_is_replaced(self) -> None:
        session = live(SECOND * 2, renewal=RenewalPolicy(after=0.5, by=60))
        session.handle(StreamClosed(0, GONE), 0.1)
        session.end(0.2)
        session.actions()
        session.handle(StreamResponse(1, (final("one", end=0.1),)), 1.0)
        actions = session.actions()
        assert CancelStream(1) in actions
        assert opened(actions) == [(2, 0.1)]
        assert session.phase is Phase.DRAINING


class TestJoin:
    def test_the_successor_is_waited_for_and_not_for_ever(self) -> None:
        session = joining()
        assert session.deadline() == 32.3
        session.wake(32.3)
        assert texts(session.actions()) == ["one two"]
        assert session.phase is Phase.LIVE

    def test_a_lost_successor_is_replaced_and_waited_for_anew(self) -> None:
        session = joining()
        session.handle(StreamResponse(1, (result("nonsense", end=0.5),)), 30.35)
        session.handle(StreamClosed(1, NOT_NOW), 30.4)
        assert session.deadline() == 70.4
        session.wake(70.4)
        assert opened(session.actions()) == [(2, 2.0)]
        assert session.phase is Phase.RENEWING
        assert session.deadline() == 72.4
        session.wake(72.4)
        actions = session.actions()
        assert texts(actions) == ["one two"]
        assert [item.text for item in delivered(actions)] == ["one two"]

    def test_what_the_old_stream_began_to_say_and_did_not_is_asked_for_again(self) -> None:
        session = cut()
        session.handle(StreamResponse(0, (result("one two", end=2.0),)), 30.2)
        session.handle(StreamClosed(0), 30.3)
        assert opened(session.actions()) == [(2, 0.0)]

    def test_audio_from_before_the_overlap_is_told_at_once(self) -> None:
        session = cut()
        session.handle(StreamResponse(0, (final("one", end=2.0),)), 30.2)
        assert texts(session.actions()) == ["one"]

    def test_a_failure_delivers_what_was_said(self) -> None:
        session = joining()
        session.handle(StreamClosed(1, REFUSED), 30.5)
        actions = session.actions()
        assert texts(actions) == ["one two"]
        assert told(actions, AudioLost) == [AudioLost(2.0, 4.0, "INVALID_ARGUMENT")]

    def test_also_if_the_old_stream_has_not_said_everything(self) -> None:
        session = cut()
        said = spoken(("one", 0.5, 1.0), ("two", 1.9, 2.2), ("three", 2.4, 2.7))
        session.handle(StreamResponse(0, (said,)), 30.2)
        assert session.actions() == []
        session.handle(StreamClosed(1, REFUSED), 30.5)
        actions = session.actions()
        assert texts(actions) == ["one two three"]
        assert told(actions, AudioLost) == [AudioLost(2.7, 4.0, "INVALID_ARGUMENT")]
        error = outcome(actions).error
        assert isinstance(error, InvalidRequestError)
        assert error.unsent == pytest.approx(1.3)

    def test_a_word_that_may_be_cut_off_does_not_count_then(self) -> None:
        session = cut()
        session.handle(StreamResponse(0, (spoken(("one", 2.0, 2.2), ("tw", 2.6, 2.95)),)), 30.2)
        session.handle(StreamClosed(0, REFUSED), 30.5)
        actions = session.actions()
        assert texts(actions) == ["one"]
        assert told(actions, AudioLost) == [AudioLost(2.4, 4.0, "INVALID_ARGUMENT")]
        assert all(item.is_final for item in delivered(actions))

    def test_what_the_successor_has_said_counts_as_well_and_nothing_twice(self) -> None:
        session = cut()
        catch_up(session, 1, 30.1)
        session.handle(StreamResponse(0, (spoken(("one", 1.5, 1.9), ("two", 2.0, 2.4)),)), 30.2)
        session.handle(StreamResponse(1, (spoken(("two", 0.0, 0.4), ("three", 1.2, 1.6)),)), 31.3)
        session.handle(StreamClosed(1, REFUSED), 31.5)
        actions = session.actions()
        assert " ".join(texts(actions)) == "one two three"
        assert told(actions, AudioLost) == [AudioLost(3.6, 4.0, "INVALID_ARGUMENT")]

    def test_but_not_after_a_gap_of_which_nobody_has_told(self) -> None:
        session = cut()
        catch_up(session, 1, 30.1)
        session.handle(StreamResponse(1, (spoken(("three", 1.2, 1.6)),)), 31.3)
        session.handle(StreamClosed(0, REFUSED), 31.5)
        actions = session.actions()
        assert texts(actions) == []
        assert told(actions, AudioLost) == [AudioLost(0.0, 4.0, "INVALID_ARGUMENT")]

    def test_what_a_stream_that_said_everything_did_not_write_down_is_not_owed(self) -> None:
        session = engine(
            **CUT_AT_30,
            audio_channel_count=2,
            multi_channel_mode=MultiChannelMode.SEPARATE_RECOGNITION_PER_CHANNEL,
        )
        session.audio(SECOND * 4, 0.0)
        session.audio_sent(0, 2 * RATE, 0.0)
        session.audio(SECOND * 2, 29.9)
        session.audio_sent(0, RATE, 29.9)
        session.wake(30.0)
        session.audio(SECOND * 2, 30.1)
        session.handle(StreamResponse(0, (final("one two th", end=3.0, channel=1),)), 30.2)
        session.handle(StreamClosed(0), 30.3)
        assert session.phase is Phase.RENEWING
        session.actions()
        session.handle(StreamClosed(1, REFUSED), 30.5)
        actions = session.actions()
        assert texts(actions) == ["one two"]
        assert told(actions, AudioLost) == [AudioLost(2.0, 4.0, "INVALID_ARGUMENT")]

    def test_so_it_is_when_nothing_more_is_said(self) -> None:
        session = cut(drain_timeout=1.0)
        session.handle(StreamResponse(0, (spoken(("one", 1.5, 1.9), ("two", 2.0, 2.4)),)), 30.2)
        session.end(30.3)
        session.wake(31.3)
        actions = session.actions()
        assert texts(actions) == ["one two"]
        error = outcome(actions).error
        assert isinstance(error, DrainTimeoutError)
        assert error.unsent == pytest.approx(1.6)

    def test_the_successor_begins_where_finals_end_if_that_is_in_the_overlap(self) -> None:
        session = live(SECOND * 3, **CUT_AT_30)
        session.handle(StreamResponse(0, (final("one two", end=2.5),)), 1.0)
        session.wake(30.0)
        session.audio(SECOND, 30.1)
        assert opened(session.actions()) == [(1, 2.5)]
        handover = session._handover
        assert handover is not None
        assert handover.heard_again == {None}

    def test_after_it_nothing_of_the_old_stream_is_pending(self) -> None:
        session = cut()
        session.handle(StreamResponse(0, (spoken(("one", 1.0, 1.5), ("two", 2.2, 2.6)),)), 30.2)
        session._ledger.begin(result("three", end=2.8))
        session.handle(StreamClosed(0), 30.3)
        assert session.phase is Phase.LIVE
        assert not session._ledger.is_pending

    def test_a_stream_that_has_said_its_last_words_has_worked(self) -> None:
        session = live(SECOND * 2)
        session.handle(StreamClosed(0, GONE), 0.1)
        session.handle(StreamClosed(1, GONE), 0.1)
        session.wake(0.2)
        catch_up(session, 2, 0.2)
        session.finalize(1.3)
        session.audio(SECOND, 1.4)
        session.handle(StreamClosed(2), 1.5)
        session.actions()
        session.handle(StreamClosed(3, GONE), 1.6)
        assert [number for number, _ in opened(session.actions())] == [4], "at once"

    def test_a_word_at_the_cut_is_left_to_the_successor_also_if_the_audio_has_ended(self) -> None:
        session = live(SECOND * 2)
        session.finalize(0.1)
        session.audio(SECOND, 0.15)
        session.end(0.16)
        session.handle(StreamResponse(0, (spoken(("one", 0.5, 0.9), ("tw", 1.2, 1.95)),)), 0.2)
        session.handle(StreamClosed(0), 0.2)
        assert texts(session.actions()) == ["one"]

    def test_an_old_stream_that_falls_silent_is_given_up(self) -> None:
        session = cut()
        assert session.deadline() == 1_030.0
        session.wake(1_030.0)
        actions = session.actions()
        assert CancelStream(0, is_stalled=True) in actions
        assert CancelStream(1) in actions
        assert opened(actions) == [(2, 0.0)]
        assert session._renewal.patience == 2_000.0


class TestHeldWords:
    def test_a_word_that_may_go_on_is_told_as_a_guess_and_heard_again(self) -> None:
        session = holding()
        session.audio(SECOND, 60.0)
        actions = session.actions()
        assert opened(actions) == [(1, 1.05)]
        assert [type(event) for event in told(actions, Resumed, StreamRenewed)] == [Resumed]
        session.handle(StreamResponse(1, (spoken(("two", 0.15, 1.0)),)), 61.0)
        assert texts(session.actions()) == ["two"]
        catch_up(session, 1, 61.0)
        session.end(62.0)
        session.handle(StreamClosed(1), 62.1)
        actions = session.actions()
        assert outcome(actions).error is None
        assert texts(actions) == [], "what was held is not told as well"

    def test_finalize_makes_it_final(self) -> None:
        session = holding()
        position = session.finalize(6.0)
        actions = session.actions()
        assert texts(actions) == ["tw"]
        assert actions[-1] == Finalized(position)

    def test_who_wanted_a_final_gets_it_soon(self) -> None:
        session = live(SECOND * 2)
        session.finalize(0.1)
        session.handle(StreamResponse(0, (spoken(("one", 0.5, 0.9), ("tw", 1.2, 1.95)),)), 0.2)
        session.handle(StreamClosed(0), 0.2)
        assert texts(session.actions()) == ["one"]
        session.wake(0.5)
        assert texts(session.actions()) == ["tw"]
        assert session.phase is Phase.PARKED

    def test_so_does_who_wants_one_while_the_session_is_being_parked(self) -> None:
        session = live(SECOND * 2)
        session.wake(5.0)
        position = session.finalize(5.1)
        session.handle(StreamResponse(0, (spoken(("one", 0.5, 0.9), ("tw", 1.2, 1.95)),)), 5.2)
        session.handle(StreamClosed(0), 5.2)
        assert session.actions()[-1] == Finalized(position)
        session.wake(5.5)
        assert texts(session.actions()) == ["tw"]
        assert session.phase is Phase.PARKED

    def test_once_they_are_final_no_channel_is_heard_from_before_them(self) -> None:
        session = engine(
            audio_channel_count=2,
            multi_channel_mode=MultiChannelMode.SEPARATE_RECOGNITION_PER_CHANNEL,
        )
        session.audio(SECOND * 4, 0.0)
        session.audio_sent(0, 2 * RATE, 0.0)
        session.finalize(0.1)
        said = (final("one", end=1.2, channel=1), final("bee se", end=2.0, channel=2))
        session.handle(StreamResponse(0, said), 0.2)
        session.handle(StreamClosed(0), 0.2)
        session.wake(0.5)
        assert texts(session.actions()) == ["one", "bee", "se"]
        session.audio(SECOND, 60.0)
        assert opened(session.actions()) == [(1, 2.0)]

    def test_nor_is_a_word_that_is_said_again_after_them_taken_for_them(self) -> None:
        session = live(SECOND * 2)
        session.finalize(0.1)
        session.handle(StreamResponse(0, (final("no", end=1.95),)), 0.2)
        session.handle(StreamClosed(0), 0.2)
        session.wake(0.5)
        session.audio(SECOND, 60.0)
        session.handle(StreamResponse(1, (final("no way", end=0.9),)), 60.5)
        assert texts(session.actions()) == ["no", "no way"]

    def test_who_stopped_in_the_middle_of_a_word_gets_it_when_it_goes_on(self) -> None:
        session = live(SECOND * 2, renewal=RenewalPolicy(after=1, by=2, overlap=1))
        session.wake(2.0)
        session.handle(StreamResponse(0, (spoken(("one", 0.5, 0.9), ("tw", 1.2, 1.95)),)), 2.2)
        session.handle(StreamClosed(0), 2.2)
        session.actions()
        session.wake(2.5)
        assert texts(session.actions()) == []
        assert session.phase is Phase.PARKED


class TestFinalize:
    def test_where_all_is_settled_it_is_told_at_once(self) -> None:
        session = settled()
        session.finalize(0.6)
        assert session.actions() == [Finalized(RATE)]

    def test_the_stream_is_cut_and_when_it_has_spoken_that_is_told_once(self) -> None:
        session = live(SECOND + QUIET)
        session.finalize(0.1)
        assert session.actions() == [HalfClose(0)]
        session.handle(StreamResponse(0, (final("one", end=1.0),)), 0.2)
        session.handle(StreamClosed(0), 0.3)
        assert session.actions()[-1] == Finalized(2 * RATE)
        session.wake(0.6)
        assert [type(action) for action in session.actions()] == [Deliver]

    def test_a_final_that_comes_by_itself_will_do(self) -> None:
        session = joining()
        catch_up(session, 1, 30.4)
        position = session.finalize(31.5)
        session.handle(StreamResponse(1, (final("two three four", end=2.0),)), 31.6)
        actions = session.actions()
        assert " ".join(texts(actions)) == "one two three four"
        assert actions[-1] == Finalized(position)

    def test_what_was_said_after_the_cut_wants_another(self) -> None:
        session = joining()
        position = session.finalize(30.5)
        assert session.actions() == []
        session.wake(32.3)
        assert Finalized(position) not in session.actions()
        catch_up(session, 1, 32.4)
        assert HalfClose(1) in session.actions()

    def test_what_was_said_before_the_cut_does_not(self) -> None:
        session = live(SECOND * 2)
        session.finalize(0.1)
        session.actions()
        session.finalize(0.15)
        session.handle(StreamResponse(0, (spoken(("one", 0.5, 0.9)),)), 0.2)
        session.handle(StreamClosed(0), 0.2)
        assert [a for a in session.actions() if isinstance(a, Finalized)] == [Finalized(2 * RATE)]
        session.audio(SECOND, 0.3)
        catch_up(session, 1, 0.4)
        assert HalfClose(1) not in session.actions()

    def test_it_outlives_the_stream_that_was_to_do_it(self) -> None:
        session = live(SECOND * 2)
        session.finalize(0.1)
        session.actions()
        session.handle(StreamClosed(0, GONE), 0.2)
        assert opened(session.actions()) == [(1, 0.0)]
        catch_up(session, 1, 0.3)
        assert HalfClose(1) in session.actions()

    def test_in_a_pause_nothing_stays_owed(self) -> None:
        session = live(SECOND + QUIET)
        session.finalize(0.1)
        session.handle(StreamClosed(0), 0.2)
        assert session.unsettled_seconds == 0

    def test_going_on_after_a_pause_forces_nothing(self) -> None:
        session = live(SECOND + QUIET)
        session.finalize(0.1)
        session.handle(StreamResponse(0, (final("one", end=1.0),)), 0.2)
        session.handle(StreamClosed(0), 0.2)
        session.audio(SECOND, 0.3)
        assert told(session.actions(), StreamRenewed) == [
            StreamRenewed(1, 2.0, forced=False, replayed=0.0)
        ]
        assert (session.figures.renewals, session.figures.forced_renewals) == (1, 0)


class TestReconfigure:
    def test_what_may_be_sent_is_so_at_once(self) -> None:
        session = engine(buffer=BufferPolicy(max_unsettled_seconds=1.0))
        for _ in range(3):
            session.audio(SECOND, 0.0)
        assert sent_seconds(session.actions()) == 1.0
        session.audio_sent(0, RATE, 0.1)
        assert sent_seconds(session.actions()) == 0.0
        session.reconfigure(SessionConfig(), 0.2)
        assert sent_seconds(session.actions()) == 2.0

    def test_another_confidence_is_asked_for_from_now_on(self) -> None:
        session = live(SECOND * 2)
        unsure = replace(final("", end=1.0), alternatives=(StreamAlternative("perhaps", 0.3, ()),))
        session.handle(StreamResponse(0, (unsure,)), 0.1)
        assert texts(session.actions()) == ["perhaps"]
        session.reconfigure(SessionConfig(min_confidence=0.5), 0.2)
        session.handle(StreamResponse(0, (replace(unsure, end=2 * RATE),)), 0.3)
        assert texts(session.actions()) == []

    def test_the_stream_is_replaced_soon(self) -> None:
        session = live(SECOND)
        session.reconfigure(SessionConfig(model="short"), 1.0)
        session.wake(3.0)
        session.audio(SECOND, 3.0)
        (opening,) = [action for action in session.actions() if isinstance(action, OpenStream)]
        assert opening.config.model == "short"

    def test_every_policy_is_the_new_ones(self) -> None:
        session = live(SECOND)
        config = SessionConfig(retry=RetryPolicy(max_outage=0.1), stall_timeout=7)
        session.reconfigure(config, 1.0)
        assert session._renewal.patience == 7
        session.handle(StreamClosed(0, NOT_NOW), 1.1)
        assert session.phase is Phase.ENDED

    @pytest.mark.parametrize("reach", [cut, joining, holding, settled])
    def test_the_next_stream_has_it_wherever_the_session_is(
        self, reach: Callable[[], SessionEngine]
    ) -> None:
        session = reach()
        session.reconfigure(SessionConfig(model="short"), 46.0)
        session.audio(SECOND, 46.1)
        for number in (1, 2):
            session.handle(StreamClosed(number, GONE), 46.2)
        session.audio(SECOND, 46.3)
        session.wake(49.0)
        models = [a.config.model for a in session.actions() if isinstance(a, OpenStream)]
        assert models
        assert set(models) == {"short"}


class TestOutage:
    def test_a_session_ends_with_the_status_that_says_why_and_not_with_one_that_hides_it(self) -> None:
        session = live(SECOND, retry=RetryPolicy(max_outage=1.0))
        busy = QuotaExceededError("RESOURCE_EXHAUSTED", "Quota exceeded")
        masked = StreamLostError("INTERNAL", "Internal error from Core")
        for number, error in enumerate((masked, busy, masked)):
            session.handle(StreamClosed(number, error), 0.5 * number)
            session.wake(0.5 * number + 0.4)
        ended = outcome(session.actions()).error
        assert isinstance(ended, QuotaExceededError)
        assert "Quota exceeded" in str(ended)

    def test_a_pause_is_no_outage(self) -> None:
        session = settled()
        session.handle(StreamClosed(0, GONE), 0.6)
        assert session.phase.name == "PARKED"
        session.audio(SECOND, 3_600.0)
        session.handle(StreamClosed(1, GONE), 3_600.1)
        assert session.phase is not Phase.ENDED

    def test_only_a_result_that_reaches_further_is_progress(self) -> None:
        session = live(SECOND)
        session.handle(StreamResponse(0, (result("on", end=0.5),)), 0.1)
        session.handle(StreamClosed(0, GONE), 0.2)
        session.handle(StreamResponse(1, (result("on", end=0.1),)), 0.3)
        session.handle(StreamClosed(1, GONE), 0.3)
        assert session.phase is Phase.RECOVERING, "the second time it waits"

    def test_a_stream_that_takes_nothing_is_no_working_one_however_long_it_lasted(self) -> None:
        session = engine(stall_timeout=20.0)
        session.audio(SECOND, 0.0)
        session.handle(StreamClosed(0, GONE), 0.0)
        session.actions()
        session.wake(20.0)
        assert session.actions() == [CancelStream(1, is_stalled=True)]
        assert session.deadline() == 20.1

    def test_a_stream_is_not_believed_for_ever_to_owe_something(self) -> None:
        session = live(SECOND)
        session.end(0.0)
        now, asked = 1.0, []
        while session.phase is not Phase.ENDED:
            number = session.figures.streams - 1
            session.handle(StreamResponse(number, (result("hm", end=0.1),)), now)
            stream = session._stream(number)
            while stream is not None and not stream.half_closed:
                now += 0.2
                session.audio_sent(number, stream.untaken_frames, now)
                session.wake(now)
            if stream is not None:
                session.audio_sent(number, stream.untaken_frames, now)
            session.handle(StreamClosed(number), now)
            session.wake(now + 10)
            now += 11
            asked += opened(session.actions())
        assert len(asked) == 3 + 1


class TestFull:
    def test_the_oldest_that_waits_makes_room_and_is_told_of(self) -> None:
        session = engine(buffer=BufferPolicy(max_seconds=3, when_full="drop-oldest"))  # type: ignore[arg-type]
        tenth = SECOND[: RATE // 5]
        for step in range(50):
            session.audio(tenth, step / 10)
        assert session.figures.lost == {}, "2 s are with gRPC, and 3 s wait"
        session.actions()
        for step in range(50, 54):
            session.audio(tenth, step / 10)
        # In steps that somebody can hear.
        lost = [AudioLost(2.0, 2.3, "buffer full"), AudioLost(2.3, 2.6, "buffer full")]
        assert told(session.actions(), AudioLost) == lost

    def test_what_was_dropped_is_owed_no_more_if_nothing_before_it_is(self) -> None:
        session = settled()
        session.handle(StreamClosed(0, NOT_NOW), 0.6)
        session.reconfigure(
            SessionConfig(buffer=BufferPolicy(max_seconds=3, when_full=WhenFull.DROP_OLDEST)), 0.7
        )
        session.audio(SECOND * 5, 1.0)
        assert told(session.actions(), AudioLost) == [AudioLost(1.0, 3.0, "buffer full")]
        assert session.unsettled_seconds == 3.0

    def test_what_was_dropped_is_not_lost_again_when_the_session_fails(self) -> None:
        session = engine(buffer=BufferPolicy(max_seconds=3, when_full="drop-oldest"))  # type: ignore[arg-type]
        for second in range(8):
            session.audio(SECOND, float(second))
        dropped = session.figures.lost["buffer full"]
        assert dropped > 0
        session.actions()
        session.handle(StreamClosed(0, GONE), 9.0)
        session.actions()
        session.handle(StreamClosed(1, StreamLostError("ABORTED", "x", details=[wait(100)])), 9.0)
        actions = session.actions()
        lost = told(actions, AudioLost)
        assert [item.reason for item in lost if isinstance(item, AudioLost)] == ["ABORTED"] * 2
        assert session.figures.lost == {"buffer full": dropped, "ABORTED": 8 * RATE - dropped}
        error = outcome(actions).error
        assert isinstance(error, StreamLostError)
        assert error.unsent == (8 * RATE - dropped) / RATE

    def test_what_was_dropped_was_not_sent(self) -> None:
        session = engine(buffer=BufferPolicy(max_seconds=3, when_full="drop-oldest"))  # type: ignore[arg-type]
        for second in range(8):
            session.audio(SECOND, float(second))
        figures = session.figures
        assert figures.lost == {"buffer full": figures.dropped}
        session.audio_sent(0, 2 * RATE, 9.0)
        session.audio_sent(0, 2 * RATE, 9.1)
        session.audio_sent(0, RATE, 9.2)
        assert figures.taken - figures.dropped <= 5 * RATE

    def test_without_an_offer_to_drop_nothing_is(self) -> None:
        session = engine(buffer=BufferPolicy(max_seconds=3))
        for second in range(8):
            session.audio(SECOND, float(second))
        assert session.figures.lost == {}


class TestDeadline:
    def test_it_is_not_past_when_a_stream_comes_back_and_nobody_has_spoken_since(self) -> None:
        session = live(SECOND[:3_200])
        session.handle(StreamClosed(0, NOT_NOW), 0.1)
        session.wake(40.1)
        assert [type(action) for action in session.actions()].count(HalfClose) == 1
        deadline = session.deadline()
        assert deadline is not None
        assert deadline > 40.1

    def test_nor_when_one_is_replaced_late(self) -> None:
        session = live(QUIET[:3_200], renewal=RenewalPolicy(after=4, by=60))
        session.wake(5.5)
        deadline = session.deadline()
        assert deadline is not None
        assert deadline > 5.5


class TestTaken:
    """Audio that is taken, as it is all the time, is seldom a reason to look whether anything is due."""

    def test_it_leads_to_nothing_while_none_waits(self) -> None:
        session = live(SECOND)
        assert not session.audio_sent(0, 0, 0.2)

    def test_but_it_may_while_a_renewal_is_awaited(self) -> None:
        session = live(SECOND, renewal=RenewalPolicy(after=3, by=60))
        session.wake(3.0)
        assert session.audio_sent(0, 0, 3.1)

    def test_or_while_the_session_drains(self) -> None:
        session = live(SECOND)
        session.end(0.1)
        assert session.audio_sent(0, 0, 0.2)


class TestStall:
    def test_any_answer_is_a_sign_of_life(self) -> None:
        session = live(SECOND, stall_timeout=3.0)
        session.handle(StreamResponse(0), 2.0)
        session.wake(3.0)
        assert session.actions() == []
        session.wake(5.0)
        assert session.actions() == [HalfClose(0)]


class TestSpeechTimeouts:
    """A stream that ends with OK after so much audio without speech has said all that it had to say."""

    def test_it_is_what_the_stream_was_asked_for_that_counts(self) -> None:
        session = live(SECOND * 2, speech_start_timeout=1.5)
        session.reconfigure(SessionConfig(), 0.1)
        session.handle(StreamClosed(0), 0.2)
        assert opened(session.actions()) == [(1, 1.2)]

    def test_and_not_what_the_next_one_will_be(self) -> None:
        session = live(SECOND * 2)
        session.reconfigure(SessionConfig(speech_start_timeout=1.5), 0.1)
        session.handle(StreamClosed(0), 0.2)
        assert opened(session.actions()) == [(1, 0.0)]

    def test_a_stream_that_ended_sooner_has_not_said_all(self) -> None:
        session = live(SECOND * 2, speech_start_timeout=2.5)
        session.handle(StreamClosed(0), 0.2)
        assert opened(session.actions()) == [(1, 0.0)]

    def test_a_stream_that_ended_while_somebody_spoke_was_not_ended_by_them(self) -> None:
        session = live(SECOND * 2, speech_start_timeout=0.6, speech_end_timeout=0.6)
        begun = Activity(begins=True, position=RATE // 5)
        session.handle(StreamResponse(0, activity=begun), 0.1)
        session.handle(StreamClosed(0), 0.2)
        assert opened(session.actions()) == [(1, 0.0)]

    def test_silence_after_speech_counts_from_the_end_of_it(self) -> None:
        session = live(SECOND * 2, speech_end_timeout=0.8)
        session.handle(StreamResponse(0, activity=Activity(begins=False, position=RATE)), 0.1)
        session.handle(StreamClosed(0), 0.2)
        assert opened(session.actions()) == [(1, 1.5)]

    def test_they_may_be_given_raw(self) -> None:
        timeout = {"speech_start_timeout": {"seconds": 1, "nanos": 500_000_000}}
        raw = types.StreamingRecognitionConfig(streaming_features={"voice_activity_timeout": timeout})
        session = live(SECOND * 2, raw=raw)
        session.handle(StreamClosed(0), 0.2)
        assert opened(session.actions()) == [(1, 1.2)]


class TestActivity:
    def test_what_another_stream_tells_again_is_not_told(self) -> None:
        session = live(SECOND * 3)
        session.handle(StreamResponse(0, activity=Activity(begins=True, position=RATE)), 0.1)
        session.handle(StreamResponse(0, activity=Activity(begins=False, position=2 * RATE)), 0.2)
        session.handle(StreamClosed(0, GONE), 0.3)
        session.audio_sent(1, RATE // 10, 0.4)
        for _ in range(2):
            session.handle(StreamResponse(1, activity=Activity(begins=True, position=RATE)), 0.5)
        assert told(session.actions(), SpeechStarted, SpeechEnded) == [
            SpeechStarted(1.0),
            SpeechEnded(2.0),
        ]


class TestKeepAlive:
    def test_a_quiet_line_is_kept_for_as_long_as_nobody_speaks(self) -> None:
        session = live(SECOND + QUIET * 3, idle=IdlePolicy(mode="keep-alive"))  # type: ignore[arg-type]
        session.handle(StreamResponse(0, (final("one", end=1.0),)), 1.0)
        kinds = set()
        while (now := session.deadline() or 0.0) < 600.0:
            session.wake(now)
            stream = session._live
            assert stream is not None
            session.audio_sent(stream.number, stream.untaken_frames, now)
            kinds |= {type(action) for action in session.actions()}
        assert HalfClose not in kinds
        assert session.figures.streams == 3

    def test_a_new_stream_is_given_the_long_silence_as_well(self) -> None:
        session = live(SECOND + QUIET, idle=IdlePolicy(mode="keep-alive"), stall_timeout=60.0)  # type: ignore[arg-type]
        silences = []
        session.wake(5.0)
        silences += session.actions()
        session.handle(StreamClosed(0, GONE), 6.0)
        session.audio_sent(1, RATE // 10, 6.0)
        while (now := session.deadline() or 0.0) < 12.0:
            session.wake(now)
            stream = session._live
            assert stream is not None
            session.audio_sent(1, stream.untaken_frames, now)
        silences += session.actions()
        sent = [action for action in silences if isinstance(action, SendAudio)]
        assert [s.stream for s in sent if len(s.data) == 5 * RATE] == [0, 1]


class TestFigures:
    def test_parked_time_counts_between_streams(self) -> None:
        session = holding()
        assert session.figures.parked(10.2) == pytest.approx(5.0)
        session.audio(SECOND, 15.2)
        assert session.figures.parked(99.0) == pytest.approx(10.0)
        session.abort(100.0)
        assert session.figures.parked(200.0) == pytest.approx(10.0)

    def test_a_renewal_waits_for_a_final_after_which_nothing_is_pending(self) -> None:
        session = live(SECOND, renewal=RenewalPolicy(after=3, by=60))
        session.handle(StreamResponse(0, (final("one", end=1.0),)), 0.5)
        session.audio(SECOND, 1.0)
        session.handle(StreamResponse(0, (result("two", end=2.0),)), 1.5)
        session.wake(3.0)
        session.actions()
        session.handle(StreamResponse(0, (final("two", end=2.0), result("x", end=2.0))), 3.1)
        session.handle(StreamResponse(0, (result("", end=2.0, is_final=True),)), 3.2)
        assert session.figures.renewals == 1


class TestFullest:
    """How much audio has waited at most."""

    def test_it_is_what_had_not_been_taken_when_audio_came(self) -> None:
        session = engine()
        for _ in range(3):
            session.audio(SECOND, 0.0)
        session.audio_sent(0, 2 * RATE, 0.1)
        session.audio(SECOND, 0.2)
        assert session.figures.most_waiting == 3 * RATE

    def test_silence_that_is_withheld_does_not_wait(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        session.withhold(60 * RATE, 0.1)
        session.audio(SECOND, 0.2)
        assert session.figures.most_waiting == 2 * RATE


class TestEnded:
    """Every stream is told of once, when it is over."""

    def test_a_stream_that_is_replaced_and_one_that_ends(self) -> None:
        session = engine()
        session.audio(SECOND, 1.0)
        session.audio_sent(0, RATE, 1.1)
        session.handle(StreamResponse(0, billed_seconds=1), 1.2)
        assert session.ended() == []
        session.handle(StreamClosed(0, GONE), 2.0)
        (first,) = session.ended()
        assert (first.number, first.cause, first.status) == (0, StreamCause.START, GONE.code)
        assert (first.opened, first.closed, first.audio_sent) == (1.0, 2.0, 1.0)
        assert (first.billed, first.billed_estimate) == (1, 1)
        assert first.is_broken
        session.abort(3.0)
        (second,) = session.ended()
        assert (second.number, second.cause) == (1, StreamCause.RECOVERY)
        assert (second.status, second.is_broken) == ("CANCELLED", False)
