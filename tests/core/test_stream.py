"""Where the results of a stream belong in its session."""

from __future__ import annotations

from dataclasses import replace

from asyncspeech.core.stream import Stream
from tests.core.test_engine import RATE, spoken


def test_a_result_without_an_end_ends_with_its_last_word() -> None:
    stream = Stream(0, 5 * RATE, 0.0)
    stream.timeline.append(5 * RATE, 3 * RATE)
    placed = stream.place(replace(spoken(("one", 0.5, 1.0), ("two", 1.5, 2.0)), end=None))
    assert placed.end == 7 * RATE


def test_a_result_that_ends_beyond_what_was_sent_ends_there() -> None:
    stream = Stream(0, 5 * RATE, 0.0)
    stream.timeline.append(5 * RATE, RATE)
    placed = stream.place(spoken(("one", 0.5, 9.0)))
    assert placed.end == 6 * RATE
    assert placed.alternatives[0].words[0].end == 6 * RATE


def test_a_word_without_length_at_a_gap_does_not_end_before_it_begins() -> None:
    stream = Stream(0, 0, 0.0)
    stream.timeline.append(0, RATE)
    stream.timeline.append(3 * RATE, RATE)
    (word,) = stream.place(spoken(("one", 1.0, 1.0))).alternatives[0].words
    assert (word.start, word.end) == (3 * RATE, 3 * RATE)
