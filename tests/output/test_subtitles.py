"""SubRip and WebVTT, read back by others."""

from __future__ import annotations

import re
from html import unescape
from io import StringIO
from typing import TYPE_CHECKING

import pysubs2
import pytest
import webvtt
from hypothesis import example, given

from asyncspeech import CaptionStyle, ConfigurationError
from asyncspeech.output.captions import captions
from tests.output.material import results, some, spoken, styles, transcript, wordless

if TYPE_CHECKING:
    from asyncspeech.model import Result
    from asyncspeech.output.captions import Caption

_Cue = tuple[int, int, str]

HOSTILE = [
    spoken("The answer is --> <b> & </v> {\\an8}{\\p1} C:\\new\\Notes\\here", channel=1),
    spoken("42", 8.0, channel=2),
    spoken("NOTE STYLE WEBVTT", 12.0, channel=1),
]


def expected(found: tuple[Caption, ...]) -> list[_Cue]:
    return [(caption.start, caption.end, "\n".join(caption.lines)) for caption in found]


def read_by_webvtt(document: webvtt.WebVTT) -> list[_Cue]:
    return [
        (cue.start_time.in_milliseconds(), cue.end_time.in_milliseconds(), cue.raw_text)
        for cue in document.captions
    ]


def read_by_pysubs2(text: str, form: str) -> list[_Cue]:
    # pysubs2 takes a number at the end of a file for that of one more cue, which is not there.
    number = 1_000_000
    stamp = "00:00:00,000" if form == "srt" else "00:00:00.000"
    file = pysubs2.SSAFile.from_string(
        f"{text}{number}\n{stamp} --> {stamp}\n", form, keep_html_tags=True
    )
    return [(event.start, event.end, event.text.replace("\\N", "\n")) for event in file][:-1]


class TestSubRip:
    @some
    @given(results(), styles)
    @example(HOSTILE, CaptionStyle())
    def test_two_readers_see_the_captions(self, said: list[Result], style: CaptionStyle) -> None:
        text = transcript(*said).to_srt(style)
        cues = expected(captions(said, style, labels_in_text=True))
        if cues:
            assert read_by_webvtt(webvtt.from_buffer(StringIO(text), "srt")) == cues
        if "\\N" not in text:  # which pysubs2 has for a line break
            assert read_by_pysubs2(text, "srt") == cues

    def test_a_file_looks_as_they_do(self) -> None:
        talk = transcript(spoken("Are you there?", speaker="1"), spoken("Yes.", 3601.5, speaker="2"))
        assert talk.to_srt() == (
            "1\n00:00:00,000 --> 00:00:01,250\nSpeaker 1: Are you there?\n\n"
            "2\n01:00:01,500 --> 01:00:02,500\nSpeaker 2: Yes.\n\n"
        )

    def test_an_empty_transcript_is_an_empty_file(self) -> None:
        assert transcript().to_srt() == transcript(wordless("")).to_srt() == ""


class TestWebVtt:
    @some
    @given(results(), styles)
    @example(HOSTILE, CaptionStyle())
    def test_two_readers_see_the_captions(self, said: list[Result], style: CaptionStyle) -> None:
        text = transcript(*said).to_vtt(style)
        found = captions(said, style, labels_in_text=False)
        if found:
            document = webvtt.from_string(text)
            voices = [cue.voice or "" for cue in document.captions]
            assert voices == [caption.label for caption in found]
            cues = [
                (start, end, unescape(re.sub("<v [^>]*>", "", shown)))
                for start, end, shown in read_by_webvtt(document)
            ]
            assert cues == expected(found)
        cues = [
            (start, end, unescape(re.sub("<v [^>]*>", "", shown)))
            for start, end, shown in read_by_pysubs2(text, "vtt")
        ]
        if "\\N" not in text:
            assert cues == expected(found)

    @some
    @given(results(), styles)
    @example(HOSTILE, CaptionStyle())
    def test_nothing_in_it_is_markup_but_voices(self, said: list[Result], style: CaptionStyle) -> None:
        for line in transcript(*said).to_vtt(style).splitlines():
            if not re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}", line):
                bare = re.sub("^<v (Speaker|Channel) [^<>]*>", "", line)
                assert not re.search("[<>]|-->|&(?!amp;|lt;|gt;)", bare)

    def test_a_file_looks_as_they_do(self) -> None:
        talk = transcript(spoken("Are you there?", channel=1), spoken("R&D <3", 2.0, channel=2))
        assert talk.to_vtt() == (
            "WEBVTT\n\n"
            "1\n00:00:00.000 --> 00:00:01.000\n<v Channel 1>Are you there?\n\n"
            "2\n00:00:02.000 --> 00:00:03.000\n<v Channel 2>R&amp;D &lt;3\n\n"
        )

    def test_a_name_is_escaped_as_well(self) -> None:
        talk = transcript(spoken("Yes.", speaker="A>B"), spoken("No.", 2.0, speaker="C\nD"))
        assert "<v A&gt;B>Yes." in talk.to_vtt()
        assert "<v C D>No." in talk.to_vtt()

    def test_an_empty_transcript_is_a_file_without_captions(self) -> None:
        assert transcript().to_vtt().split() == ["WEBVTT"]


def test_people_who_speak_at_once_have_captions_that_overlap() -> None:
    both = transcript(spoken("one two three four", channel=1), spoken("five six", 0.5, channel=2))
    first, second = webvtt.from_string(both.to_vtt()).captions
    assert first.end > second.start
    first, second = webvtt.from_buffer(StringIO(both.to_srt()), "srt").captions
    assert first.end > second.start


@pytest.mark.parametrize("form", ["to_srt", "to_vtt"])
def test_times_for_which_the_forms_have_no_place_are_refused(form: str) -> None:
    assert "99:59:59" in getattr(transcript(spoken("late", 359_998.0)), form)()
    with pytest.raises(ConfigurationError, match="100 hours"):
        getattr(transcript(spoken("too late", 360_000.0)), form)()
