"""What is settled, what has been told, and what of another stream's words is new."""

from __future__ import annotations

import pytest

from asyncspeech.config import SessionConfig
from asyncspeech.core.ledger import Ledger
from asyncspeech.core.replay import Replay
from asyncspeech.core.stream import Stream
from tests.core.test_engine import RATE, final, loud, result, spoken

LEFT_AND_RIGHT = SessionConfig(
    audio_channel_count=2,
    multi_channel_mode="SEPARATE_RECOGNITION_PER_CHANNEL",  # type: ignore[arg-type]
)


def ledger_for(config: SessionConfig | None = None) -> Ledger:
    return Ledger(config or SessionConfig(), Replay(2, RATE // 10, loud))


def hear(ledger: Ledger, stream: Stream, text: str, end: float, *, is_final: bool = True) -> str | None:
    said = result(text, end=end, is_final=is_final)
    placed = ledger.hear(said, stream, 0.0, end=round(end * RATE))
    return None if placed is None else placed.text


def heard_before(*finals: tuple[str, float]) -> tuple[Ledger, Stream]:
    """A ledger with these finals in it, and a stream that begins where it all began."""
    ledger = ledger_for()
    for text, end in finals:
        hear(ledger, Stream(0, 0, 0.0), text, end)
    second = Stream(1, 0, 0.0)
    ledger.cut_off(second)
    return ledger, second


def test_settled_never_goes_back() -> None:
    ledger = ledger_for()
    ledger.settle_all(10)
    ledger.settle_all(5)
    assert ledger.settled == 10


def test_nothing_is_settled_that_a_channel_still_waits_for() -> None:
    ledger = ledger_for(LEFT_AND_RIGHT)
    ledger.settle(ledger.channels[1], 10)
    assert ledger.settled == 0
    ledger.settle(ledger.channels[2], 7)
    assert ledger.settled == 7


def test_an_interim_is_pending_until_a_final_replaces_it() -> None:
    ledger, stream = ledger_for(), Stream(0, 0, 0.0)
    hear(ledger, stream, "on", 0.5, is_final=False)
    assert ledger.is_pending
    hear(ledger, stream, "one", 0.5)
    assert not ledger.is_pending


def test_the_furthest_result_is_remembered() -> None:
    ledger, stream = heard_before(("one two", 2.0))
    hear(ledger, stream, "one", 1.0)
    assert ledger.reached == 2 * RATE


def test_what_ends_where_finals_have_told_is_left_out() -> None:
    ledger, stream = heard_before(("one two", 2.0))
    assert hear(ledger, stream, "won", 1.0) is None
    assert hear(ledger, stream, "three", 3.0) == "three"


def test_of_a_text_that_reaches_further_the_rest_is_told() -> None:
    ledger, stream = heard_before(("one two", 2.0))
    assert hear(ledger, stream, "one two three", 3.0) == "three"


def test_of_words_with_times_those_that_were_not_told_are() -> None:
    ledger, stream = heard_before(("one", 1.0))
    said = spoken(("one", 0.0, 1.0), ("two", 1.2, 1.6))
    placed = ledger.hear(said, stream, 0.0, end=2 * RATE)
    assert placed is not None
    assert placed.text == "two"


def test_once_a_stream_is_past_what_was_told_its_words_are_its_own() -> None:
    ledger, stream = heard_before(("one", 1.0))
    hear(ledger, stream, "one two", 2.0)
    assert stream.cutoffs == {}
    assert hear(ledger, stream, "two", 3.0) == "two"


def test_a_text_without_places_is_looked_for_as_far_as_it_may_reach() -> None:
    ledger = ledger_for()
    first = Stream(0, 0, 0.0)
    hear(ledger, first, "one two", 1.0)
    # The old stream's last words may lie anywhere up to the cut at 2.
    ledger.deliver(ledger.channels[None], RATE, 2 * RATE)
    second = Stream(1, RATE + 1, 0.0)
    ledger.cut_off(second)
    assert hear(ledger, second, "two", 1.8) is None
    assert hear(ledger, second, "three", 2.5) == "three"
    assert second.cutoffs == {}


def test_a_shortened_text_is_not_taken_for_one_that_was_told_before() -> None:
    ledger, stream = heard_before(("one", 2.0))
    placed = ledger.hear(final("two", end=1.5), stream, 0.0, end=RATE * 3 // 2, reach=3 * RATE)
    assert placed is not None
    assert placed.text == "two"


@pytest.mark.parametrize(("is_pending", "settled"), [(False, 2.5), (True, 0.0)])
def test_quiet_is_settled_but_for_a_lead_unless_the_service_has_begun_to_speak(
    *, is_pending: bool, settled: float
) -> None:
    replay = Replay(2, RATE // 10, loud)
    ledger = Ledger(SessionConfig(), replay)
    replay.append(bytes(2 * RATE * 3) + b"\1\1" * RATE)
    if is_pending:
        ledger.begin(result("hm", end=1.0))
    ledger.settle_quiet(4 * RATE, RATE // 2)
    assert ledger.settled == settled * RATE


def test_all_that_is_quiet_is_settled_but_what_is_fresh() -> None:
    replay = Replay(2, RATE // 10, loud)
    ledger = Ledger(SessionConfig(), replay)
    replay.append(bytes(2 * RATE * 3))
    ledger.settle_quiet(2 * RATE, RATE // 2)
    assert ledger.settled == 2 * RATE
    ledger.settle_quiet(4 * RATE, RATE // 2)
    assert ledger.settled == 3 * RATE


def test_what_is_settled_up_to_a_gap_is_settled_beyond_it() -> None:
    replay = Replay(2, RATE // 10, loud)
    ledger = Ledger(SessionConfig(), replay)
    replay.append(bytes(2 * RATE))
    replay.skip(60 * RATE)
    replay.append(bytes(2 * RATE))
    ledger.settle_all(RATE // 2)
    assert ledger.settled == RATE // 2
    ledger.settle_all(RATE)
    assert ledger.settled == 61 * RATE
