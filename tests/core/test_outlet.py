"""How audio goes out on a stream."""

from __future__ import annotations

import pytest

from asyncspeech.config import BufferPolicy, SessionConfig
from asyncspeech.core.actions import SendAudio
from asyncspeech.core.figures import Figures
from asyncspeech.core.ledger import Ledger
from asyncspeech.core.outlet import Outlet
from asyncspeech.core.purse import Purses
from asyncspeech.core.replay import Replay
from asyncspeech.core.spending import Spending
from asyncspeech.core.stream import Stream
from tests.core.test_engine import RATE, loud


class Way:
    """An outlet with all that belongs to it, and what it sent."""

    def __init__(self, **changes: object) -> None:
        config = SessionConfig(**changes)  # type: ignore[arg-type]
        self.size = config.audio_format.frame_bytes
        self.sent: list[bytes] = []
        self.figures = Figures(RATE)
        self.replay = Replay(self.size, RATE // 10, loud)
        self.ledger = Ledger(config, self.replay)
        spending = Spending(config, self._note, Purses())
        self.outlet = Outlet(
            config, self.replay, self.ledger, self.figures, spending=spending, do=self._note
        )
        self.streams = 0

    def _note(self, action: object) -> None:
        assert isinstance(action, SendAudio)
        self.sent.append(bytes(action.data))

    def open(self, start: int, now: float, *, catching_up: bool) -> Stream:
        stream = Stream(self.streams, start, now, catching_up=catching_up)
        self.streams += 1
        self.outlet.open(stream, now)
        return stream

    def give(self, seconds: float) -> tuple[int, bytes, int]:
        position, frames = self.replay.end, round(seconds * RATE)
        data = b"\1" * (frames * self.size)
        self.replay.append(data)
        return position, data, frames

    def offer(self, stream: Stream, seconds: float, now: float) -> None:
        self.outlet.offer(stream, *self.give(seconds), now)

    @property
    def seconds(self) -> list[float]:
        """How long what was sent lasts, since the last look."""
        sent, self.sent = self.sent, []
        return [len(data) / self.size / RATE for data in sent]


def test_audio_goes_out_as_it_comes() -> None:
    way = Way()
    stream = way.open(0, 0.0, catching_up=False)
    way.offer(stream, 0.5, 0.0)
    assert way.seconds == [0.5]
    assert (stream.next, way.figures.sent, way.figures.replayed) == (RATE // 2, RATE // 2, 0)


def test_what_grpc_does_not_take_waits_here() -> None:
    way = Way()
    stream = way.open(0, 0.0, catching_up=False)
    way.offer(stream, 1.5, 0.0)
    way.offer(stream, 1.5, 0.1)
    assert sum(way.seconds) == 2.0
    assert way.outlet.due(stream) is None, "it is not for the pace that it waits"
    way.outlet.taken(stream, RATE, 0.2)
    way.outlet.pump(stream, 0.2)
    assert sum(way.seconds) == 1.0


def test_no_more_is_sent_than_may_be_unsettled() -> None:
    way = Way(buffer=BufferPolicy(max_unsettled_seconds=1))
    stream = way.open(0, 0.0, catching_up=False)
    way.offer(stream, 0.8, 0.0)
    way.outlet.taken(stream, stream.untaken_frames, 0.0)
    way.offer(stream, 0.8, 0.1)
    assert sum(way.seconds) == 1.0
    way.ledger.settle_all(RATE // 2)
    way.outlet.pump(stream, 0.2)
    assert sum(way.seconds) == pytest.approx(0.5)


def test_a_stream_that_catches_up_is_sent_a_step_and_no_more_until_grpc_takes_it() -> None:
    way = Way()
    way.give(5)
    stream = way.open(0, 0.0, catching_up=True)
    way.outlet.pump(stream, 0.0)
    way.outlet.pump(stream, 60.0)
    assert way.seconds == [0.1]
    assert way.outlet.due(stream) is None


def test_then_at_a_pace_and_in_no_great_bursts() -> None:
    way = Way(catch_up=10)
    way.give(5)
    stream = way.open(0, 0.0, catching_up=True)
    way.outlet.pump(stream, 0.0)
    way.outlet.taken(stream, stream.untaken_frames, 1.0)
    assert way.outlet.due(stream) == pytest.approx(1.01)
    way.outlet.pump(stream, 1.01)
    assert sum(way.seconds) == pytest.approx(0.2)
    way.outlet.taken(stream, stream.untaken_frames, 1.01)
    way.outlet.pump(stream, 9.0)  # a timer that is very late
    assert sum(way.seconds) == pytest.approx(0.5)


def test_what_comes_while_it_catches_up_has_to_wait_its_turn() -> None:
    way = Way()
    way.give(1)
    stream = way.open(0, 0.0, catching_up=True)
    way.outlet.pump(stream, 0.0)
    way.offer(stream, 0.1, 0.0)
    assert way.seconds == [0.1]


def test_once_it_has_caught_up_there_is_no_pace() -> None:
    way = Way()
    way.give(0.1)
    stream = way.open(0, 0.0, catching_up=True)
    way.outlet.pump(stream, 0.0)
    assert not stream.catching_up
    way.offer(stream, 1.0, 0.0)
    assert sum(way.seconds) == pytest.approx(1.1)


def test_only_what_was_sent_before_counts_as_replayed() -> None:
    way = Way()
    first = way.open(0, 0.0, catching_up=False)
    way.offer(first, 1.0, 0.0)
    way.give(0.5)
    second = way.open(RATE // 2, 0.0, catching_up=False)
    way.outlet.pump(second, 0.0)
    assert (way.figures.sent, way.figures.replayed) == (RATE * 3 // 2, RATE // 2)


def test_audio_that_another_stream_took_before_is_taken() -> None:
    way = Way()
    first = way.open(0, 0.0, catching_up=False)
    way.offer(first, 1.0, 0.0)
    way.outlet.taken(first, RATE, 0.0)
    second = way.open(0, 0.0, catching_up=False)
    way.outlet.pump(second, 0.0)
    way.outlet.taken(second, RATE // 2, 0.0)
    assert way.figures.taken == RATE


def test_dropped_audio_is_passed_over() -> None:
    way = Way()
    way.give(1)
    way.replay.drop(RATE // 4, RATE // 2)
    stream = way.open(0, 0.0, catching_up=False)
    way.outlet.pump(stream, 0.0)
    assert sum(way.seconds) == 0.75
    assert (stream.next, stream.timeline.length) == (RATE, RATE * 3 // 4)
    way.replay.drop(RATE, RATE)
    way.give(0.5)
    way.replay.drop(RATE, RATE * 3 // 2)
    way.outlet.pump(stream, 0.0)
    assert stream.next == RATE * 3 // 2


def test_grpcs_time_begins_when_it_is_given_something_and_not_again_with_more() -> None:
    way = Way()
    stream = way.open(0, 0.0, catching_up=False)
    way.offer(stream, 0.1, 5.0)
    way.offer(stream, 0.1, 6.0)
    assert stream.taken == 5.0


@pytest.mark.parametrize(
    ("encoding", "silence"), [("LINEAR16", b"\0\0"), ("MULAW", b"\xff"), ("ALAW", b"\xd5")]
)
def test_silence_is_silent_in_every_encoding(encoding: str, silence: bytes) -> None:
    way = Way(encoding=encoding, audio_channel_count=2)
    stream = way.open(0, 0.0, catching_up=False)
    way.outlet.keep_alive(stream, 1.0)
    assert way.sent == [silence * 2 * (RATE // 10)]
    assert stream.timeline.end_of(stream.timeline.length) == 0


def test_what_is_owed_is_given_a_long_silence_once_on_each_stream_and_after_each_sound() -> None:
    way = Way()
    stream = way.open(0, 0.0, catching_up=False)
    way.offer(stream, 0.5, 0.0)
    assert way.seconds == [0.5]
    for _ in range(2):
        way.outlet.keep_alive(stream, 5.0)
    assert way.seconds == [2.5, 0.1]
    way.outlet.taken(stream, stream.untaken_frames, 5.0)
    way.offer(stream, 0.5, 5.0)
    way.outlet.keep_alive(stream, 10.0)
    assert way.seconds == [0.5, 2.5]
    again = way.open(0, 11.0, catching_up=False)
    way.outlet.keep_alive(again, 20.0)
    assert way.seconds == [2.5]


def test_replayed_audio_counts_piece_by_piece() -> None:
    way = Way()
    first = way.open(0, 0.0, catching_up=False)
    for _ in range(10):
        way.offer(first, 0.1, 0.0)
    second = way.open(0, 0.0, catching_up=True)
    way.outlet.pump(second, 0.0)
    assert way.figures.replayed == RATE // 10
