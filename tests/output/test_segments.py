from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech import Alternative, ConfigurationError, Result, Word
from tests.output.material import results, some, spoken, transcript, wordless


def texts(*given: Result, pause: float | None = 1.0) -> list[str]:
    return [segment.text for segment in transcript(*given).segments(pause=pause)]


class TestAll:
    @some
    @given(results(), st.sampled_from([None, 0.0, 0.5, 1.0]))
    def test_every_word_is_in_one_segment_in_the_order_of_its_channel(
        self, said: list[Result], pause: float | None
    ) -> None:
        found: dict[int | None, list[Word]] = defaultdict(list)
        words: dict[int | None, list[Word]] = defaultdict(list)
        for segment in transcript(*said).segments(pause=pause):
            found[segment.channel].extend(segment.words)
        for result in said:
            if result.words:
                words[result.channel].extend(result.words)
        assert {channel: said for channel, said in found.items() if said} == words

    @some
    @given(results(), st.sampled_from([None, 0.0, 0.5, 1.0]))
    def test_texts_and_times_of_a_channel_are_in_order(
        self, said: list[Result], pause: float | None
    ) -> None:
        found = transcript(*said).segments(pause=pause)
        assert [segment.start for segment in found] == sorted(segment.start for segment in found)
        shown: dict[int | None, str] = defaultdict(str)
        wanted: dict[int | None, str] = defaultdict(str)
        for segment in found:
            assert segment.start <= segment.end
            shown[segment.channel] += segment.text.replace(" ", "")
        for result in said:
            wanted[result.channel] += result.text.replace(" ", "")
        assert shown == wanted


class TestDivision:
    def test_a_pause_divides(self) -> None:
        said = spoken("one two"), spoken("three", 1.5)
        assert texts(*said) == ["one two", "three"]
        assert texts(*said, pause=1.1) == ["one two three"]
        assert texts(spoken("one"), spoken("two", 900.0), pause=None) == ["one two"]

    def test_a_pause_within_a_result_divides_as_well(self) -> None:
        words = (Word("one", 0.0, 0.5), Word("two,", 3.0, 3.5), Word("three", 3.5, 4.0))
        assert texts(Result((Alternative("one two, three", words=words),))) == ["one", "two, three"]

    def test_a_pause_of_zero_is_any_and_no_pause_at_all_is_none(self) -> None:
        assert texts(spoken("one two"), spoken("three", 0.51), pause=0) == ["one two", "three"]

    def test_another_speaker_divides_within_a_result_too(self) -> None:
        words = [
            Word(text, i, i + 1, speaker=who)
            for i, (text, who) in enumerate(zip("abc", "112", strict=True))
        ]
        first, second = transcript(Result((Alternative("A b. C!", words=tuple(words)),))).segments()
        assert (first.text, first.speaker, first.start, first.end) == ("A b.", "1", 0, 2)
        assert (second.text, second.speaker, second.words) == ("C!", "2", (words[2],))

    def test_another_language_divides(self) -> None:
        first, second = transcript(spoken("yes"), spoken("ja", 0.3, language_code="de-de")).segments()
        assert (first.language_code, second.language_code) == ("en-us", "de-de")

    def test_results_of_two_channels_are_sorted_by_time(self) -> None:
        late = spoken("I am here", 1.0, channel=2)
        assert texts(late, spoken("hello?", 0.0, channel=1)) == ["hello?", "I am here"]

    def test_who_speaks_at_once_is_not_divided(self) -> None:
        long = spoken("this goes on and on", channel=1)
        found = transcript(long, spoken("yes yes", 0.3, channel=2)).segments()
        assert [segment.text for segment in found] == ["this goes on and on", "yes yes"]
        assert found[1].start < found[0].end

    def test_a_word_in_a_pause_on_another_channel_divides_it(self) -> None:
        said = (
            spoken("are you there?", channel=1),
            spoken("yes", 0.9, channel=2),
            spoken("good", 1.2, channel=1),
        )
        assert texts(*said) == ["are you there?", "yes", "good"]
        assert texts(*said, pause=None) == ["are you there?", "yes", "good"]

    @pytest.mark.parametrize("pause", [-1, "1", float("nan"), True])
    def test_a_pause_that_is_none_is_refused(self, pause: float) -> None:
        with pytest.raises(ConfigurationError, match="pause: "):
            transcript(spoken("one")).segments(pause=pause)


class TestSegment:
    def test_it_knows_who_when_where_and_how_sure(self) -> None:
        result = spoken("one two", 2.0, speaker="3", channel=2, confidence=0.5)
        (segment,) = transcript(result).segments()
        assert segment.words == result.words
        assert (segment.start, segment.end) == (2.0, 2.5)
        assert (segment.speaker, segment.channel) == ("3", 2)
        assert (segment.language_code, segment.confidence) == ("en-us", 0.5)

    def test_its_confidence_is_the_mean_of_the_words_or_else_of_the_results(self) -> None:
        words = (Word("a", 0, 1, 0.2), Word("b", 1, 2, 0.6))
        (segment,) = transcript(Result((Alternative("a b", 0.9, words),))).segments()
        assert segment.confidence == pytest.approx(0.4)
        (segment,) = transcript(Result((Alternative("a b", 0.9),), end=1.0)).segments()
        assert segment.confidence == pytest.approx(0.9)
        (segment,) = transcript(wordless("a b", end=1)).segments()
        assert segment.confidence is None

    def test_results_without_text_are_in_none(self) -> None:
        assert texts(wordless("", end=1), wordless(" ", end=2), spoken("one", 3)) == ["one"]

    def test_results_without_words_have_segments_without(self) -> None:
        (segment,) = transcript(wordless("to be or not", 0.0, 2.0)).segments()
        assert (segment.text, segment.words, segment.end) == ("to be or not", (), 2.0)

    def test_a_result_of_words_alone_has_their_text(self) -> None:
        result = spoken("to be , or")
        bare = replace(result, alternatives=(replace(result.alternatives[0], text=""),))
        assert texts(bare) == ["to be, or"]

    def test_punctuation_alone_belongs_to_what_was_said_before(self) -> None:
        assert texts(spoken("to be"), wordless(".", 0.5, 0.6), spoken("Yes", 0.7)) == ["to be. Yes"]
