"""How each channel passes from a stream that was cut to its successor."""

from __future__ import annotations

import pytest

from asyncspeech.core.handover import Handover
from asyncspeech.core.stream import Stream
from tests.core.test_engine import RATE, final, result, spoken

# One unit of these tests is a second; the overlap is from 8 to 10.
START, CUT = 8 * RATE, 10 * RATE


def handover(**changes: object) -> Handover:
    old = Stream(0, 0, 0.0)
    return Handover(old, CUT, START, RATE // 4, RATE // 10, **changes)  # type: ignore[arg-type]


def texts(results: object) -> list[str]:
    assert isinstance(results, tuple | list)
    return [item.alternatives[0].text for item in results]


class TestWaiting:
    def test_of_a_channels_interims_the_newest_waits(self) -> None:
        way = handover()
        for channel, text in ((1, "a"), (2, "b"), (1, "c")):
            way.wait(channel, result(text, end=9, channel=channel))
        assert texts([item for _, item in way.waiting]) == ["b", "c"]

    def test_finals_wait_all(self) -> None:
        way = handover()
        for text in ("a", "b"):
            way.wait(None, final(text, end=9))
        way.wait(None, result("c", end=9.5))
        assert texts([item for _, item in way.waiting]) == ["a", "b", "c"]

    def test_without_word_times_the_successor_must_have_said_what_was_said_before_the_cut(self) -> None:
        way = handover()
        way.keep(None, final("one two", end=10))
        assert not way.is_ready()
        way.wait(None, result("two", end=9.9))
        assert not way.is_ready()
        way.wait(None, result("two three", end=10.2))
        assert way.is_ready()

    def test_with_word_times_nothing_has_to_be_waited_for(self) -> None:
        way = handover()
        way.keep(None, spoken(("one", 8.2, 8.6)))
        assert way.is_ready()


class TestJoints:
    def test_words_count_up_to_a_gap_away_from_both_ends(self) -> None:
        way = handover()
        way.keep(
            None, spoken(("one", 7.8, 8.1), ("two", 8.6, 8.9), ("three", 9.3, 9.6), ("four~", 9.8, 10))
        )
        joint = way.joints()[None]
        assert texts(joint.finals) == ["one two"]
        assert joint.settled == joint.cutoff == round(9.1 * RATE)

    def test_if_there_is_no_gap_the_overlap_is_still_owed(self) -> None:
        way = handover()
        way.keep(None, spoken(("a", 7.5, 8.5), ("b", 8.4, 9.4), ("c", 9.3, 10)))
        joint = way.joints()[None]
        assert joint.settled == START < joint.cutoff

    def test_texts_are_joined_where_they_agree(self) -> None:
        way = handover()
        way.keep(None, final("zero one two th", end=10))
        way.wait(None, result("one two three", end=10.2))
        joint = way.joints()[None]
        assert texts(joint.finals) == ["zero one two"]
        # The last word may be the one that the old stream misheard: the text tells.
        assert (joint.settled, joint.cutoff, joint.said_end) == (START, CUT - RATE, CUT)

    @pytest.mark.parametrize("channel", [1, 2])
    def test_of_a_channel_that_is_heard_again_nothing_counts_where_texts_do_not_agree(
        self, channel: int
    ) -> None:
        way = handover(heard_again=frozenset({2}))
        way.keep(channel, final("one two", end=10, channel=channel))
        way.wait(channel, result("six seven eight", end=10.2, channel=channel))
        joint = way.joints()[channel]
        assert texts(joint.finals) == ([] if channel == 2 else ["one"])
        assert (joint.cutoff == START) is (channel == 2)

    def test_a_word_without_times_that_may_be_cut_is_left_to_the_successor(self) -> None:
        way = handover()
        way.keep(None, final("zero", end=8.5))
        way.keep(None, final("one tw", end=10))
        joint = way.joints()[None]
        assert texts(joint.finals) == ["zero", "one"]
        assert START < joint.cutoff < CUT
        assert joint.said_end == CUT

    def test_a_word_that_ended_in_time_counts(self) -> None:
        way = handover()
        way.keep(None, final("one two", end=9.9))
        assert texts(way.joints()[None].finals) == ["one two"]


class TestEnds:
    def test_a_last_word_that_may_go_on_is_held(self) -> None:
        way = handover()
        way.keep(None, spoken(("one", 8.2, 8.6), ("tw", 9.6, 9.95)))
        joint = way.ends(hold=True)[None]
        assert texts(joint.finals) == ["one"]
        assert joint.held is not None
        assert texts([joint.held]) == ["tw"]
        assert joint.settled == joint.cutoff == round((8.6 + 9.6) / 2 * RATE)

    def test_it_is_not_if_nobody_will_go_on(self) -> None:
        way = handover()
        way.keep(None, spoken(("one", 8.2, 8.6), ("tw", 9.6, 9.95)))
        joint = way.ends(hold=False)[None]
        assert texts(joint.finals) == ["one tw"]
        assert joint.held is None
        assert joint.settled == round(9.95 * RATE)

    @pytest.mark.parametrize(("end", "is_held"), [(9.9, False), (9.91, True)])
    def test_a_word_may_go_on_that_ends_within_a_tenth_of_a_second(
        self, *, end: float, is_held: bool
    ) -> None:
        way = handover()
        way.keep(None, spoken(("one", 9.2, end)))
        assert (way.ends(hold=True)[None].held is not None) is is_held

    def test_so_may_a_word_without_times(self) -> None:
        way = handover()
        way.keep(None, final("one tw", end=10))
        joint = way.ends(hold=True)[None]
        assert texts(joint.finals) == ["one"]
        assert joint.held is not None
        assert texts([joint.held]) == [" tw"]
        assert (joint.settled, joint.said_end) == (START, CUT)
        assert START < joint.cutoff < CUT

    def test_a_text_that_ended_before_is_whole(self) -> None:
        way = handover()
        way.keep(None, final("one two", end=9.5))
        joint = way.ends(hold=True)[None]
        assert (texts(joint.finals), joint.held, joint.cutoff) == (["one two"], None, CUT)

    def test_what_is_left_out_never_ends_before_the_overlap_begins(self) -> None:
        way = handover()
        way.margin = (CUT - START) // 4
        way.keep(None, final("one tw", end=10))
        assert way.ends(hold=True)[None].cutoff == START + 1
