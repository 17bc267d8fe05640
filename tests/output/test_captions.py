from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from asyncspeech import ConfigurationError
from asyncspeech.output.captions import CaptionStyle, captions
from asyncspeech.output.scripts import columns
from tests.output.material import results, some, spoken, styles, transcript, wordless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.model import Result
    from asyncspeech.output.captions import Caption

SENTENCE = "When the sun came up over the hills, nobody had slept."


def made(*given: Result, labels_in_text: bool = False, **style: Any) -> tuple[Caption, ...]:
    return captions(given, CaptionStyle(**style), labels_in_text=labels_in_text)


def lines(*given: Result, **style: Any) -> list[tuple[str, ...]]:
    return [caption.lines for caption in made(*given, **style)]


def of_channels(found: Sequence[Caption]) -> dict[int | None, list[Caption]]:
    channels = defaultdict(list)
    for caption in found:
        channels[caption.channel].append(caption)
    return channels


class TestAll:
    @some
    @given(results(), styles)
    def test_every_character_is_shown_once_and_in_the_order_of_its_channel(
        self, said: list[Result], style: CaptionStyle
    ) -> None:
        shown = of_channels(captions(said, style, labels_in_text=False))
        texts: dict[int | None, str] = defaultdict(str)
        for result in said:
            texts[result.channel] += result.text.replace(" ", "")
        assert {
            channel: "".join("".join(caption.lines) for caption in found).replace(" ", "")
            for channel, found in shown.items()
        } == texts

    @some
    @given(results(), styles)
    def test_no_word_of_a_language_with_spaces_is_divided(
        self, said: list[Result], style: CaptionStyle
    ) -> None:
        shown = {
            word
            for caption in captions(said, style, labels_in_text=False)
            for line in caption.lines
            for word in line.split()
        }
        for result in said:
            whole = {word for word in result.text.split() if word.isascii()}
            assert whole <= shown

    @some
    @given(results(), styles)
    def test_lines_keep_within_their_number_and_length(
        self, said: list[Result], style: CaptionStyle
    ) -> None:
        for caption in captions(said, style, labels_in_text=False):
            assert 1 <= len(caption.lines) <= style.max_lines
            for line in caption.lines:
                assert line.strip()
                assert columns(line) <= style.max_line_length or " " not in line

    @some
    @given(results(), styles)
    def test_captions_of_a_channel_do_not_overlap_and_none_is_too_long(
        self, said: list[Result], style: CaptionStyle
    ) -> None:
        found = captions(said, style, labels_in_text=True)
        assert [caption.start for caption in found] == sorted(caption.start for caption in found)
        for caption in found:
            assert caption.start < caption.end <= caption.start + style.max_seconds * 1000
        for channel in of_channels(found).values():
            for one, other in pairwise(channel):
                assert one.end <= other.start

    @some
    @given(results(), styles)
    def test_a_caption_is_shorter_than_the_shortest_only_for_the_next(
        self, said: list[Result], style: CaptionStyle
    ) -> None:
        found = captions(said, style, labels_in_text=False)
        for caption in found:
            if caption.end - caption.start < style.min_seconds * 1000:
                latest = caption.start + (style.min_seconds + style.gap) * 1000
                assert any(
                    caption.start < other.start <= latest + 1 for other in found if other is not caption
                )

    @some
    @given(results(kinds=("timed",)), styles)
    def test_a_caption_appears_while_a_word_of_it_is_spoken(
        self, said: list[Result], style: CaptionStyle
    ) -> None:
        words = [word for result in said for word in result.words]
        for caption in captions(said, style, labels_in_text=False):
            assert any(
                # Captions with no time between them appear a millisecond after one another.
                round(word.start * 1000) <= caption.start <= round(word.end * 1000) + 50
                for word in words
                if word.start is not None and word.end is not None
            )


class TestDivision:
    def test_a_text_that_fits_into_a_line_has_one(self) -> None:
        assert lines(spoken("Nobody had slept that night.")) == [("Nobody had slept that night.",)]

    def test_lines_break_after_a_comma_rather_than_in_the_middle(self) -> None:
        assert lines(spoken(SENTENCE)) == [("When the sun came up over the hills,", "nobody had slept.")]

    def test_lines_are_about_as_long_as_each_other_and_the_upper_one_is_no_longer(self) -> None:
        assert lines(spoken("one two three four five six seven eight nine ten")) == [
            ("one two three four five", "six seven eight nine ten")
        ]

    def test_a_caption_ends_at_a_full_stop_rather_than_when_it_is_full(self) -> None:
        first, second = (
            "Most of us had walked all night long.",
            "It was still dark when we came to the river.",
        )
        assert [" ".join(caption) for caption in lines(spoken(f"{first} {second}"))] == [first, second]

    def test_a_caption_ends_at_a_comma_rather_than_anywhere(self) -> None:
        text = (
            "I think that everybody who was there would say so, even those who complained about the rain"
        )
        assert lines(spoken(text))[0][-1].endswith("would say so,")

    def test_sentences_too_short_to_be_read_share_a_caption(self) -> None:
        assert lines(spoken("Was it worth it? Yes. I do.")) == [("Was it worth it?",), ("Yes. I do.",)]

    @pytest.mark.parametrize("text", ["I met Dr. Smith", "We have tea, etc. and so on"])
    def test_a_full_stop_within_a_sentence_is_no_end_of_one(self, text: str) -> None:
        head, tail = text.split(". ")
        filler = "when I was on the way to town " * 2
        found = lines(spoken(f"{filler}{text} as I had hoped, and it was good."))
        assert all(not line.endswith(f"{head}.") for caption in found for line in caption[-1:]), tail

    def test_a_pause_ends_a_caption(self) -> None:
        assert lines(spoken("one"), spoken("two", 1.25)) == [("one",), ("two",)]
        assert lines(spoken("one"), spoken("two", 1.2)) == [("one two",)]
        assert lines(spoken("one"), spoken("two", 1.25), pause=2.0) == [("one two",)]

    def test_speech_is_divided_after_seven_seconds_however_little_was_said(self) -> None:
        found = made(spoken("so slow that it hurts", pace=2.0), max_seconds=7)
        assert len(found) == 2
        assert all(caption.end - caption.start <= 7000 for caption in found)

    def test_a_word_longer_than_a_line_has_one_to_itself(self) -> None:
        assert lines(spoken("an unbelievably long word"), max_line_length=8, max_lines=1) == [
            ("an",),
            ("unbelievably",),
            ("long",),
            ("word",),
        ]

    def test_all_white_space_is_a_space_and_no_line_breaks_at_one_that_does_not(self) -> None:
        assert lines(wordless("one\n\ttwo\u2028three", end=2)) == [("one two three",)]
        assert lines(wordless("about 10\u00a0km", end=2), max_line_length=8) == [("about", "10\u00a0km")]

    def test_right_to_left_text_is_as_it_was(self) -> None:
        assert lines(spoken("שלום לכולם, מה שלומכם?")) == [("שלום לכולם, מה שלומכם?",)]

    def test_no_results_and_results_without_text_have_no_captions(self) -> None:
        assert made() == ()
        assert made(wordless("", end=3), wordless("  ", end=4)) == ()


class TestUnspaced:
    def test_chinese_and_japanese_take_two_columns_a_character(self) -> None:
        found = lines(wordless("一" * 50, end=7, language_code="cmn-hans-cn"))
        assert [len(line) for caption in found for line in caption] == [25 // 2, 13, 12, 13]

    def test_no_line_begins_with_what_closes_or_ends_with_what_opens(self) -> None:
        text = "「はい、分かりました」と彼は言った。" * 6
        for caption in lines(wordless(text, end=30, language_code="ja-jp"), max_line_length=12):
            for line in caption:
                assert line[0] not in "」。、っ"
                assert line[-1] != "「"

    def test_words_of_the_service_are_not_broken_where_they_need_not_be(self) -> None:
        words = [
            "今日",
            "は",
            "とても",
            "良い",
            "天気",
            "です",
            "ね",
            "明日",
            "も",
            "晴れる",
            "でしょう",
        ]
        result = spoken(" ".join(words), language_code="ja-jp")
        result = replace(result, alternatives=(replace(result.alternatives[0], text="".join(words)),))
        for caption in lines(result, max_line_length=16):
            for line in caption:
                rest = line
                while rest:
                    word = next(word for word in words if rest.startswith(word))
                    rest = rest.removeprefix(word)

    def test_a_number_stays_with_what_it_counts(self) -> None:
        found = lines(
            wordless("十" * 9 + "2026年" + "十" * 9, end=5, language_code="ja"), max_line_length=20
        )
        assert any("2026年" in line for caption in found for line in caption)

    def test_thai_breaks_at_its_spaces_or_between_characters_if_it_has_to(self) -> None:
        text = "สวัสดีครับ วันนี้อากาศดีมาก"
        (caption,) = lines(wordless(text, end=4, language_code="th-th"), max_line_length=17)
        assert caption == tuple(text.split())
        for (line, *_), *_rest in [
            lines(wordless("สวัสดีครับ", end=4, language_code="th"), max_line_length=3)
        ]:
            assert line == "สวัส"  # the vowel above takes no column


class TestTime:
    def test_a_caption_stays_into_the_pause_until_it_can_be_read(self) -> None:
        (caption,) = made(spoken("Yes."))
        assert (caption.start, caption.end) == (0, 1000)
        (caption,) = made(spoken("x" * 40))
        assert caption.end == 2000

    def test_but_not_into_the_next_caption(self) -> None:
        first, second = made(spoken("Yes.", speaker="1"), spoken("No.", 0.5, speaker="2"))
        assert (first.end, second.start) == (500 - 83, 500)

    def test_nor_into_that_of_another_channel_unless_both_spoke_at_once(self) -> None:
        first, second = made(spoken("Yes.", channel=1), spoken("No.", 0.5, channel=2))
        assert (first.end, second.start) == (417, 500)
        first, second = made(spoken("Yes I do", channel=1), spoken("No.", 0.5, channel=2))
        assert (first.end, second.start) == (1000, 500)

    def test_there_is_a_gap_before_a_caption_that_follows_at_once(self) -> None:
        first, second = made(spoken(f"{SENTENCE} {SENTENCE}"))
        assert second.start - first.end == 83
        first, second = made(spoken(f"{SENTENCE} {SENTENCE}"), gap=0)
        assert second.start == first.end

    def test_a_gap_so_short_that_it_would_flicker_is_closed(self) -> None:
        first, second = made(spoken(SENTENCE, speaker="1"), spoken("No.", 3.2, speaker="2"))
        assert (first.end, second.start) == (3200 - 83, 3200)

    def test_a_longer_gap_stays(self) -> None:
        first, second = made(spoken(SENTENCE, speaker="1"), spoken("No.", 3.7, speaker="2"))
        assert (first.end, second.start) == (2750, 3700)

    def test_captions_without_any_time_follow_one_another(self) -> None:
        found = made(wordless("one two three four five six"), max_lines=1, max_line_length=9)
        assert [caption.start for caption in found] == list(range(len(found)))
        assert all(caption.start < caption.end for caption in found)


class TestLabels:
    two = (spoken("Are you there?", speaker="1"), spoken("Yes.", 1.0, speaker="2"))

    def test_one_speaker_has_none(self) -> None:
        (caption,) = made(spoken("Yes.", speaker="1", channel=1), labels_in_text=True)
        assert (caption.label, caption.lines) == ("", ("Yes.",))

    def test_each_of_several_is_labelled(self) -> None:
        assert [caption.label for caption in made(*self.two)] == ["Speaker 1", "Speaker 2"]

    def test_channels_are_labelled_and_speakers_on_them(self) -> None:
        found = made(spoken("one", channel=1), spoken("two", 2, channel=2, speaker="4"))
        assert [caption.label for caption in found] == ["Channel 1", "Channel 2, Speaker 4"]

    def test_names_take_the_place_of_labels(self) -> None:
        names = {"Speaker 1": "Anna", "Channel 2, Speaker 1": "Bob", "Channel 1": "Hall"}
        assert [caption.label for caption in made(*self.two, names=names)] == ["Anna", "Speaker 2"]
        found = made(*(spoken("x", channel=channel, speaker="1") for channel in (1, 2)), names=names)
        assert [caption.label for caption in found] == ["Hall, Anna", "Bob"]

    def test_in_the_text_they_stand_where_the_speaker_changes(self) -> None:
        found = made(*self.two, spoken("Good.", 3.0, speaker="2"), labels_in_text=True)
        assert [caption.lines[0] for caption in found] == [
            "Speaker 1: Are you there?",
            "Speaker 2: Yes.",
            "Good.",
        ]

    def test_who_speaks_at_once_is_labelled_in_every_caption(self) -> None:
        found = made(
            spoken(f"{SENTENCE} {SENTENCE}", channel=1),
            spoken("Yes.", 1.0, channel=2),
            labels_in_text=True,
        )
        assert [caption.lines[0].partition(":")[0] for caption in found] == [
            "Channel 1",
            "Channel 2",
            "Channel 1",
        ]

    @some
    @given(results(), styles)
    def test_with_labels_lines_keep_within_their_length_too(
        self, said: list[Result], style: CaptionStyle
    ) -> None:
        for caption in captions(said, style, labels_in_text=True):
            assert len(caption.lines) <= style.max_lines
            first = caption.lines[0].removeprefix(f"{caption.label}: ")
            for line in (caption.lines[0] if " " in first else "", *caption.lines[1:]):
                assert columns(line) <= style.max_line_length or " " not in line


class TestStyle:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("max_lines", 0),
            ("max_lines", 1.5),
            ("max_line_length", 0),
            ("min_seconds", -1),
            ("min_seconds", 8),
            ("max_seconds", 0),
            ("max_columns_per_second", 0),
            ("gap", float("nan")),
            ("pause", "1"),
            ("names", 7),
            ("names", ["ab", "c"]),
        ],
    )
    def test_what_is_out_of_range_is_refused_by_its_name(self, name: str, value: object) -> None:
        with pytest.raises(ConfigurationError) as refusal:
            CaptionStyle(**{name: value})  # type: ignore[arg-type]  # that is what is tested
        assert refusal.value.field == name

    def test_it_is_a_value(self) -> None:
        names = {"Speaker 1": "Anna"}
        style = CaptionStyle(names=names)
        names["Speaker 1"] = "Bob"
        assert style == CaptionStyle(names={"Speaker 1": "Anna"})
        assert hash(style) == hash(CaptionStyle(names={"Speaker 1": "Anna"}))


def test_a_transcript_takes_a_style() -> None:
    talk = transcript(spoken(SENTENCE))
    assert talk.to_srt(CaptionStyle(max_lines=1)).count("-->") == 2
    assert talk.to_vtt(CaptionStyle(max_lines=1)).count("-->") == 2
