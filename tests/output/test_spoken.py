"""Which part of a result's text each word takes, and when what has no times was spoken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech import Alternative, Result, Word
from asyncspeech.output.spoken import spoken
from tests.output.material import some


def parts(text: str, *words: str, language_code: str = "en-us") -> list[str]:
    told = tuple(Word(word) for word in words)
    bits = spoken(Result((Alternative(text, words=told),), end=9.0, language_code=language_code))
    return [bit.text for bit in bits]


def times(
    *words: Word, start: float = 0.0, end: float = 9.0, text: str = ""
) -> list[tuple[float, float]]:
    text = text or " ".join(word.text for word in words)
    bits = spoken(Result((Alternative(text, words=words),), start=start, end=end))
    return [(bit.start, bit.end) for bit in bits]


class TestText:
    @pytest.mark.parametrize(
        ("text", "words", "expected"),
        [
            ("To be, or not.", ["To", "be,", "or", "not."], ["To", "be,", "or", "not."]),
            ("To be, or not.", ["to", "be", "or", "not"], ["To", "be,", "or", "not."]),
            (
                'He said: "No (never)!"',
                ["He", "said", "No", "never"],
                ["He", "said:", '"No', '(never)!"'],
            ),
            ("¿Cómo está?", ["cómo", "está"], ["¿Cómo", "está?"]),
            ("I paid $25.50 for it", ["I", "paid", "twenty", "five", "dollars", "for", "it"], None),
            ("twenty-five", ["twenty", "five"], ["twenty-", "five"]),
            ("今日は、晴れ。", ["今日|キョウ", "は|ワ", "晴れ|ハレ"], ["今日", "は、", "晴れ。"]),
            ("「はい」と", ["はい", "と"], ["「はい」", "と"]),
            ("a | b", ["a", "|", "b"], ["a", "|", "b"]),
            ("wait — what", ["wait", "what"], ["wait —", "what"]),
        ],
    )
    def test_each_word_takes_what_it_begins(
        self, text: str, words: list[str], expected: list[str] | None
    ) -> None:
        found = parts(text, *words)
        assert len(found) == len(words)
        if expected is None:
            assert found[:2] == words[:2]
            assert found[-2:] == words[-2:]
            assert "".join(found[2:-2]) == "$25.50"
        else:
            assert found == expected

    def test_words_that_the_text_lacks_take_nothing_of_it(self) -> None:
        assert parts("to be", "to", "um", "be") == ["to", "", "be"]
        assert parts("to be", "to", "be", "uh") == ["to", "be", ""]

    def test_text_that_has_nothing_to_do_with_the_words_is_divided_evenly(self) -> None:
        assert parts("a b c d", "w", "x", "y", "z") == ["a", "b", "c", "d"]
        assert parts("a b c d", "", "") == ["a b c d", ""] or parts("a b c d", "", "") == ["", "a b c d"]

    @some
    @given(
        st.lists(st.text("ab., (|", max_size=5), max_size=8).map(" ".join),
        st.lists(st.text("abC.| ", max_size=3), max_size=8),
    )
    def test_no_character_is_lost_or_comes_twice(self, text: str, words: list[str]) -> None:
        found = parts(text, *words)
        if text.split():
            assert "".join(found).replace(" ", "") == text.replace(" ", "")
            assert len(found) == len(words) or not words


class TestTimes:
    def test_those_of_the_words_are_kept(self) -> None:
        assert times(Word("a", 1.0, 2.0), Word("b", 2.5, 3.0)) == [(1.0, 2.0), (2.5, 3.0)]

    def test_a_word_without_times_is_between_its_neighbours_by_width(self) -> None:
        words = Word("a", 0.0, 1.0), Word("bbb"), Word("c"), Word("d", 5.0, 6.0)
        assert times(*words) == [(0.0, 1.0), (1.0, 4.0), (4.0, 5.0), (5.0, 6.0)]

    def test_at_the_ends_the_result_says_how_far_it_reaches(self) -> None:
        assert times(Word("a"), Word("b", 2.0, 3.0), Word("c"), start=1.0, end=4.0) == [
            (1.0, 2.0),
            (2.0, 3.0),
            (3.0, 4.0),
        ]

    def test_a_word_with_one_time_reaches_to_its_neighbour(self) -> None:
        words = Word("a", 0.0), Word("b", 2.0, 3.0), Word("c", None, 4.0)
        assert times(*words) == [(0.0, 2.0), (2.0, 3.0), (3.0, 4.0)]

    def test_without_any_time_the_text_is_spread_over_the_stretch(self) -> None:
        assert times(text="aaa b", start=2.0, end=2.5) == [(2.0, 2.375), (2.375, 2.5)]

    def test_but_speech_is_no_slower_than_six_columns_a_second(self) -> None:
        assert times(text="abcabc abcabc", start=0.0, end=100.0) == [(98.0, 99.0), (99.0, 100.0)]

    def test_a_result_that_takes_no_time_has_words_that_take_none(self) -> None:
        assert times(text="a b", start=1.0, end=1.0) == [(1.0, 1.0), (1.0, 1.0)]
