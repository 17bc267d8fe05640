"""The engine's decisions, without a clock, a loop or a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.config import SessionConfig
from asyncspeech.core.actions import (
    CancelStream,
    Deliver,
    Finish,
    HalfClose,
    OpenStream,
    SendAudio,
)
from asyncspeech.core.engine import SessionEngine
from asyncspeech.core.events import (
    AudioSent,
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
    SessionClosedError,
    StreamLostError,
)
from asyncspeech.model import AudioLost, Result, StreamOpened, StreamRecovered

if TYPE_CHECKING:
    from asyncspeech.core.actions import (
        Action,
    )

RATE = 16_000
SECOND = b"\x01\x02" * RATE


def engine(**changes: object) -> SessionEngine:
    config = SessionConfig(**changes)  # type: ignore[arg-type]
    return SessionEngine(config, find_sound=loud, random=lambda: 1.0)


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
        session.handle(AudioSent(0, RATE), 0.5)
        session.handle(StreamClosed(0), 1.0)
        assert session.actions() == [Finish(None)]

    def test_a_stream_that_ends_before_grpc_took_all_its_audio_is_replaced(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        session.end(0.0)
        session.actions()
        session.handle(AudioSent(0, RATE // 2), 0.5)
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

    @pytest.mark.parametrize("event", [AudioSent(0, 100), StreamResponse(0)])
    def test_any_word_from_the_stream_moves_the_deadline(
        self, event: AudioSent | StreamResponse
    ) -> None:
        session = engine(drain_timeout=5.0)
        session.audio(SECOND, 0.0)
        session.end(0.0)
        session.handle(event, 3.0)
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
            session.handle(AudioSent(0, RATE), float(second))
        session.handle(StreamResponse(0, (final("most of it", end=95.0),)), 100.0)
        assert len(session._ledger._arrivals) == 6

    def test_a_result_without_an_end_reaches_as_far_as_audio_was_sent(self) -> None:
        session = engine()
        session.audio(SECOND * 2, 0.0)
        session.handle(AudioSent(0, RATE), 0.0)
        session.handle(StreamResponse(0, (result("what"),)), 0.0)
        assert delivered(session.actions())[0].end == 1.0

    def test_billed_seconds_are_the_services_own_and_cumulative(self) -> None:
        session = engine()
        session.audio(SECOND, 0.0)
        for billed in (3, None, 5, 4):
            session.handle(StreamResponse(0, billed_seconds=billed), 0.0)
        assert session.figures.billed_seconds == 5
