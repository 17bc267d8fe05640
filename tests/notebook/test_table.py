"""A transcript as a table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.model import Alternative, Result, Word
from asyncspeech.notebook.table import DOUBTFUL
from asyncspeech.transcript import Transcript
from tests.notebook.support import Read, any_result, said, transcript

HARMLESS = {"caption", "code", "div", "i", "mark", "span", "table", "tbody", "td", "th", "thead", "tr"}


def table(*results: Result) -> Read:
    return Read(transcript(*results)._repr_html_())


def marks(read: Read) -> list[str | None]:
    return [value for tag, name, value in read.attributes if (tag, name) == ("mark", "title")]


@given(st.lists(any_result, max_size=4))
def test_no_text_opens_a_tag_or_an_attribute(results: list[Result]) -> None:
    read = Read(Transcript(tuple(results), 1.0)._repr_html_())
    assert set(read.tags) <= HARMLESS
    assert {name for _, name, _ in read.attributes} <= {
        "colspan",
        "dir",
        "lang",
        "scope",
        "style",
        "title",
    }


@given(any_result)
def test_all_text_is_there_as_it_was_said(result: Result) -> None:
    spoken = Transcript((result,), 1.0)
    read = Read(spoken._repr_html_())
    for segment in spoken.segments():
        # As a browser reads it: HTML knows one kind of line end, and no NUL.
        assert segment.text in read.cells


def test_has_a_header_for_each_column_that_has_something_in_it() -> None:
    assert table(said("hello")).cells == ["from", "to", "text", "0:00.0", "0:00.5", "hello"]
    full = table(said("hello", start=3_661.25, end=3_662, channel=2, confidence=0.5))
    assert full.cells == [
        *("from", "to", "speaker", "text", "confidence"),
        *("1:01:01.2", "1:01:02.0", "channel 2", "hello", "0.50"),
    ]
    assert full.attributes.count(("th", "scope", "col")) == 5


def test_speakers_are_named() -> None:
    words = (Word("yes", 0, 1, speaker="1"),)
    assert "speaker 1" in table(Result((Alternative("yes", None, words),))).cells


def test_doubtful_words_are_marked_with_their_figure_the_less_sure_the_more() -> None:
    words = (Word("he", 0, 1, 0.9), Word("went", 1, 2, 0.7), Word("down", 2, 3, 0.1), Word("to", 3, 4))
    read = table(Result((Alternative("he went down to", 0.8, words),), end=4))
    assert marks(read) == ["confidence 0.70", "confidence 0.10"]
    styles = [value or "" for tag, name, value in read.attributes if (tag, name) == ("mark", "style")]
    shades = [float(style.partition("rgba(230,159,0,")[2].partition(")")[0]) for style in styles]
    assert shades == sorted(set(shades))
    # The colour is the page's own, and a line says what the shade does.
    assert all("color:inherit" in style and "underline dotted" in style for style in styles)
    assert read.text.count(f"confidence below {DOUBTFUL}") == 1


def test_without_words_the_confidence_of_the_whole_marks_it() -> None:
    assert marks(table(said("he went down", confidence=0.3))) == ["confidence 0.30"]
    assert marks(table(said("he went down", confidence=0.8))) == []
    assert marks(table(said("he went down"))) == []


def test_punctuation_between_words_and_scripts_without_spaces_stay_as_they_are() -> None:
    words = (Word("日本", 0, 1, 0.2), Word("語", 1, 2, 0.9))
    read = table(Result((Alternative("日本、語。", None, words),), end=2, language_code="ja-jp"))
    assert read.cells[-2] == "日本、語。"
    assert marks(read) == ["confidence 0.20"]
    assert ("span", "lang", "ja-jp") in read.attributes


def test_text_is_written_in_its_own_direction() -> None:
    assert ("span", "dir", "auto") in table(said("مرحبا")).attributes


def test_of_a_long_transcript_there_are_the_first_rows_and_the_last() -> None:
    spoken = transcript(*(said(f"line {at}", start=3 * at) for at in range(1_000)))
    read = Read(spoken._repr_html_())
    assert [cell for cell in read.cells if cell.startswith("line ")] == [
        *(f"line {at}" for at in range(200)),
        *(f"line {at}" for at in range(980, 1_000)),
    ]
    assert "780 more are not shown here: to_txt() has them all" in read.cells


@pytest.mark.parametrize("count", [1, 219, 220])
def test_of_one_that_is_not_long_there_are_all_rows(count: int) -> None:
    read = Read(transcript(*(said(f"line {at}", start=3 * at) for at in range(count)))._repr_html_())
    assert sum(cell.startswith("line ") for cell in read.cells) == count
    assert "more" not in read.text


def test_somebody_who_never_pauses_is_cut_short() -> None:
    html = table(said("word " * 100_000)).cells[-1]
    assert html.endswith(" …")
    assert len(html) < 2_100


def test_who_says_nothing_has_no_table() -> None:
    assert Transcript((), 3.0)._repr_html_() == (
        "<div>Transcript: 3.0 s of audio, in which no words were heard</div>"
    )


def test_one_word_is_a_word() -> None:
    assert table(said("hello", words=True)).text.startswith("Transcript: 0.5 s of audio, 1 wordfrom")


class Printer:
    def __init__(self) -> None:
        self.printed = ""

    def text(self, text: str) -> None:
        self.printed += text


def printed(spoken: Any) -> str:
    printer = Printer()
    spoken._repr_pretty_(printer, _is_cycle=False)
    return printer.printed


def test_where_there_is_no_html_ipython_prints_lines() -> None:
    spoken = transcript(said("hello", channel=1), said("good morning", start=60, channel=2))
    assert printed(spoken).splitlines() == [
        "Transcript: 60.5 s of audio",
        "0:00.0  channel 1: hello",
        "1:00.0  channel 2: good morning",
    ]


def test_and_no_more_of_them_than_rows() -> None:
    lines = printed(transcript(*(said(f"line {at}", start=3 * at) for at in range(1_000)))).splitlines()
    assert len(lines) == 222
    assert lines[201] == "… 780 more"
    assert lines[-1].endswith("line 999")
