from __future__ import annotations

import json
import os
import re
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.errors import ConfigurationError
from asyncspeech.model import Alternative, Result, Word
from asyncspeech.output import save
from asyncspeech.transcript import Transcript

if TYPE_CHECKING:
    from pathlib import Path

seconds = st.floats(0, 1e6)
shares = st.none() | st.floats(0, 1)
intervals = st.tuples(seconds, seconds).map(sorted)
words = st.builds(
    lambda text, times, *rest: Word(text, *times, *rest),
    st.text(),
    intervals | st.tuples(st.none(), st.none()) | st.tuples(seconds, st.none()),
    shares,
    st.none() | st.text(),
)
alternatives = st.builds(Alternative, st.text(), shares, st.lists(words, max_size=3).map(tuple))
results = st.builds(
    lambda readings, times, **rest: Result(readings, start=times[0], end=times[1], **rest),
    st.lists(alternatives, min_size=1, max_size=2).map(tuple),
    intervals,
    segment=st.integers(0),
    stability=shares,
    language_code=st.sampled_from(["", "en-us", "ja"]),
    channel=st.none() | st.integers(1, 8),
    latency=seconds,
)
transcripts = st.builds(Transcript, st.lists(results, max_size=4).map(tuple), seconds)


def said(*texts: str, language_code: str = "en-us") -> Transcript:
    return Transcript(
        tuple(Result((Alternative(text),), language_code=language_code) for text in texts), 1.0
    )


class TestText:
    def test_results_are_joined_with_spaces(self) -> None:
        assert said("to be", "or not to be").text == "to be or not to be"

    @pytest.mark.parametrize("language_code", ["ja-jp", "cmn-hans-cn", "th-th", "ZH"])
    def test_languages_without_spaces_are_joined_without(self, language_code: str) -> None:
        assert said("一", "二", language_code=language_code).text == "一二"

    def test_results_without_text_leave_no_trace(self) -> None:
        assert said("one", "", "two").text == "one two"

    def test_an_empty_transcript_has_no_text_and_no_words(self) -> None:
        assert (Transcript().text, Transcript().words) == ("", ())


def test_the_words_are_those_of_all_results() -> None:
    one, two = Word("one", 0.0, 0.5), Word("two", 1.0, 1.5)
    transcript = Transcript(
        (Result((Alternative("one", words=(one,)),)), Result((Alternative("two", words=(two,)),)))
    )
    assert transcript.words == (one, two)


class TestJson:
    @given(transcripts)
    def test_what_was_written_reads_back_equal(self, transcript: Transcript) -> None:
        assert Transcript.from_json(transcript.to_json()) == transcript

    def test_the_form_has_a_version_and_the_text_on_top(self) -> None:
        document = json.loads(said("größer").to_json())
        assert (document["version"], document["text"]) == (1, "größer")
        assert "größer" in said("größer").to_json()

    def test_fields_that_are_not_known_are_passed_over(self) -> None:
        document = json.loads(said("one").to_json())
        document["results"][0]["mood"] = "glad"
        assert Transcript.from_json(json.dumps(document)) == said("one")

    @pytest.mark.parametrize("document", ["null", "[]", "{}", "7", '{"version": 1}'])
    def test_what_is_no_transcript_is_refused(self, document: str) -> None:
        with pytest.raises(ConfigurationError, match="not a transcript"):
            Transcript.from_json(document)

    @pytest.mark.parametrize(
        "document", ["", "{", "[" * 100_000, '{"version": NaN}', '{"duration": -Infinity}', "1" * 5_000]
    )
    def test_what_is_no_json_is_refused(self, document: str) -> None:
        with pytest.raises(ConfigurationError, match="not JSON"):
            Transcript.from_json(document)

    @pytest.mark.parametrize("version", [0, 2, "1", True, None, []])
    def test_a_version_that_is_not_known_is_refused_by_its_number(self, version: object) -> None:
        with pytest.raises(ConfigurationError, match=re.escape(f"version {version!r} ")):
            Transcript.from_json(json.dumps({"version": version}))


class TestSave:
    def test_the_suffix_chooses_the_form(self, tmp_path: Path) -> None:
        said("one", "two").save(tmp_path / "a.txt")
        said("one", "two").save(str(tmp_path / "a.JSON"))
        assert (tmp_path / "a.txt").read_text() == "one two\n"
        assert Transcript.from_json((tmp_path / "a.JSON").read_text()) == said("one", "two")

    @pytest.mark.parametrize("name", ["a.doc", "a"])
    def test_an_unknown_form_is_refused_with_those_that_are_known(
        self, tmp_path: Path, name: str
    ) -> None:
        with pytest.raises(ConfigurationError, match="in which form") as refusal:
            said("one").save(tmp_path / name)
        assert ".txt, .srt, .vtt, .json, .csv" in refusal.value.hint
        assert not list(tmp_path.iterdir())

    def test_a_file_that_is_there_is_replaced_whole(self, tmp_path: Path) -> None:
        target = tmp_path / "a.txt"
        target.write_text("something much longer than what comes\n")
        said("one").save(target)
        assert target.read_text() == "one\n"
        assert list(tmp_path.iterdir()) == [target]

    def test_what_fails_half_way_leaves_what_was_there(self, tmp_path: Path) -> None:
        target = tmp_path / "a.txt"
        target.write_text("before\n")
        with pytest.raises(UnicodeEncodeError):
            save.save(target, {".txt": lambda: "x" * 100_000 + "\ud800"})
        assert target.read_text() == "before\n"
        assert list(tmp_path.iterdir()) == [target]

    def test_the_file_has_the_usual_permissions(self, tmp_path: Path) -> None:
        before = os.umask(0o027)
        try:
            said("one").save(tmp_path / "a.txt")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640

    def test_a_missing_folder_is_an_os_error(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            said("one").save(tmp_path / "nowhere" / "a.txt")
