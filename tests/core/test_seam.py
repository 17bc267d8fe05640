"""Two streams hear the same words; of what they say becomes one run, every word whole and once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.core.events import StreamAlternative, StreamResult, StreamWord
from asyncspeech.core.seam import (
    but_last_word,
    common_run,
    has_times,
    join_point,
    keep_after,
    keep_before,
    unsaid,
    with_text,
)

MS = 16  # frames in a millisecond
OVERLAP = 2_000 * MS
MARGIN = 200 * MS
JITTER = 80 * MS


def word(text: str, start: int | None, end: int | None) -> StreamWord:
    return StreamWord(text, start, end, None, None)


def reading(text: str, words: tuple[StreamWord, ...] = ()) -> StreamAlternative:
    return StreamAlternative(text, 0.5, words)


def result(*alternatives: StreamAlternative) -> StreamResult:
    return StreamResult(
        alternatives, is_final=True, end=None, stability=None, language_code="", channel=1
    )


def spoken(*words: StreamWord) -> StreamResult:
    return result(reading(" ".join(word.text for word in words), words))


def text_of(part: StreamResult | None) -> str:
    return "" if part is None else part.alternatives[0].text


def joined(old: StreamResult, new: StreamResult, start: int, cut: int) -> list[str]:
    """What the two streams say together."""
    words = old.alternatives[0].words
    point = join_point(words, start, cut, MARGIN)
    assert start <= point <= cut
    return (text_of(keep_before(old, point)) + " " + text_of(keep_after(new, point))).split()


class Garble:
    """What a stream makes of a word that it has heard in part."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def __call__(self, text: str, start: int, end: int) -> list[StreamWord]:
        heard = self._draw(st.sampled_from(["nothing", "part", "another", "two"]))
        if heard == "nothing":
            return []
        if heard == "two":
            middle = (start + end) // 2
            return [word("wreck", start, middle), word("on", middle, end)]
        return [word({"part": text[:-1], "another": "shun"}[heard], start, end)]


@dataclass(frozen=True)
class Overlap:
    texts: list[str]
    old: StreamResult
    new: StreamResult
    start: int
    cut: int


@st.composite
def overlaps(
    draw: st.DrawFn,
    *,
    lengths: tuple[int, int] = (180, 700),
    gaps: tuple[int, int] = (0, 600),
    jitter: int = JITTER,
    step: int = 1,
    begin_where_the_last_ended: bool = False,
) -> Overlap:
    """Words, and how two streams hear them that overlap by two seconds.

    The old stream's times are as they are, and the new one's up to ``jitter`` off. Both count from their
    own beginning in steps of ``step``.
    """
    times = draw(st.lists(st.tuples(st.integers(*gaps), st.integers(*lengths)), min_size=4, max_size=30))
    truth: list[StreamWord] = []
    position = 0
    for number, (gap, length) in enumerate(times):
        start = position + gap * MS
        end = start + length * MS
        truth.append(word(f"word{number}", position if begin_where_the_last_ended else start, end))
        position = end
    start = draw(st.integers(0, max(0, position - OVERLAP - MS)))
    cut = start + OVERLAP
    garble = Garble(draw)

    old: list[StreamWord] = []
    for item in truth:
        begins, ends = item.start or 0, item.end or 0
        if ends <= cut:
            old.append(word(item.text, round(begins / step) * step, round(ends / step) * step))
        elif begins < cut:
            old += garble(item.text, begins, cut)
    new: list[StreamWord] = []
    last = start
    for item in truth:
        begins, ends = item.start or 0, item.end or 0
        whole = begins if not begin_where_the_last_ended else ends - lengths[0] * MS
        if ends <= start:
            continue
        if whole < start:
            new += garble(item.text, start, ends)
        else:
            off = st.integers(-jitter, jitter)
            begins, ends = begins + draw(off), ends + draw(off)
            begins = max(begins, last) if begin_where_the_last_ended else begins
            begins, ends = (start + round((at - start) / step) * step for at in (begins, ends))
            new.append(word(item.text, begins, max(begins, ends)))
        last = new[-1].end or 0 if new else start
    return Overlap([item.text for item in truth], spoken(*old), spoken(*new), start, cut)


class TestWordsWithTimes:
    @given(overlaps())
    def test_are_whole_and_once(self, heard: Overlap) -> None:
        assert joined(heard.old, heard.new, heard.start, heard.cut) == heard.texts

    @given(overlaps(gaps=(0, 0)))
    def test_are_whole_and_once_in_unbroken_speech(self, heard: Overlap) -> None:
        assert joined(heard.old, heard.new, heard.start, heard.cut) == heard.texts

    @given(overlaps(gaps=(0, 4_000)))
    def test_are_whole_and_once_in_slow_speech(self, heard: Overlap) -> None:
        assert joined(heard.old, heard.new, heard.start, heard.cut) == heard.texts

    @given(overlaps(lengths=(300, 700), jitter=0, step=100 * MS))
    def test_are_whole_and_once_if_times_are_rounded_to_a_tenth_of_a_second(
        self, heard: Overlap
    ) -> None:
        assert joined(heard.old, heard.new, heard.start, heard.cut) == heard.texts

    @given(overlaps(lengths=(300, 700), jitter=0, step=100 * MS, begin_where_the_last_ended=True))
    def test_are_whole_and_once_if_they_begin_where_the_last_ended(self, heard: Overlap) -> None:
        assert joined(heard.old, heard.new, heard.start, heard.cut) == heard.texts

    @given(overlaps(lengths=(200, 300), gaps=(0, 0)))
    def test_are_followed_by_what_is_unsaid_of_a_text_without_times(self, heard: Overlap) -> None:
        point = join_point(heard.old.alternatives[0].words, heard.start, heard.cut, MARGIN)
        said = text_of(keep_before(heard.old, point))
        assert (said + " " + unsaid(said, text_of(heard.new))).split() == heard.texts


class TestTheJoinPoint:
    def test_is_where_the_new_stream_begins_if_the_old_one_heard_nothing(self) -> None:
        assert join_point((), 1_000, 3_000, 200) == 1_000

    def test_is_between_two_words_in_the_middle_of_the_overlap(self) -> None:
        words = [word(str(at), at, at + 400) for at in range(0, 3_000, 400)]
        assert join_point(words, 1_000, 3_000, 200) == 2_000

    def test_is_rather_in_a_pause_than_between_words_too_short_to_be_told_apart(self) -> None:
        words = [word(str(at), at, at + 50) for at in range(1_000, 2_800, 50) if not 1_250 < at < 1_500]
        assert 1_250 <= join_point(words, 1_000, 3_000, 200) <= 1_500

    def test_is_soon_after_the_last_word_so_that_one_that_was_left_out_comes_from_the_new_stream(
        self,
    ) -> None:
        point = join_point([word("heard", 900, 1_300)], 1_000, 3_000, 200)
        left_out = spoken(word("heard", 1_000, 1_300), word("missed", 1_250, 2_900))
        assert text_of(keep_after(left_out, point)) == "missed"

    def test_leaves_a_word_that_spans_the_overlap_to_one_stream_alone(self) -> None:
        old, new = spoken(word("nooo", 700, 3_000)), spoken(word("oooo", 1_000, 3_300))
        point = join_point(old.alternatives[0].words, 1_000, 3_000, 200)
        kept = [keep_before(old, point), keep_after(new, point)]
        assert sum(part is not None for part in kept) == 1

    def test_leaves_a_word_that_counts_from_a_long_pause_before_it_to_the_new_stream(self) -> None:
        old = spoken(word("last", 600, 900), word("ne", 900, 3_000))
        new = spoken(word("next", 1_000, 3_300))
        assert joined(old, new, 1_000, 3_000) == ["last", "next"]

    def test_is_away_from_the_ends_even_if_there_are_no_pauses(self) -> None:
        words = [word("long", 500, 1_100), word("long", 1_400, 1_500)]
        words += [word(str(at), at, at + 50) for at in range(1_500, 3_000, 50)]
        assert 1_200 <= join_point(words, 1_000, 3_000, 200) <= 2_800
        words = [
            word("long", 500, 1_100),
            *(word(str(at), at, at + 50) for at in range(1_100, 3_000, 50)),
        ]
        words[-2:] = [word("long", 2_950, 3_000)]
        assert 1_200 <= join_point(words, 1_000, 3_000, 200) <= 2_800

    def test_is_not_after_a_cut_word_in_an_overlap_shorter_than_the_margins(self) -> None:
        words = [word("whole", 1_000, 1_150), word("cu", 1_150, 1_300)]
        assert join_point(words, 1_000, 1_300, 200) == 1_150
        assert join_point([word("cu", 1_010, 1_300)], 1_000, 1_300, 200) <= 1_010

    @given(
        st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), max_size=9),
        st.integers(0, 3_000),
        st.integers(0, 2_000),
        st.integers(0, 400),
    )
    def test_is_in_the_overlap_whatever_the_old_stream_says(
        self, times: list[tuple[int, int]], start: int, length: int, margin: int
    ) -> None:
        words = [
            word("x", number * 500 + off, number * 500 + end) for number, (off, end) in enumerate(times)
        ]
        assert start <= join_point(words, start, start + length, margin) <= start + length


class TestParts:
    def test_of_a_result_that_is_all_on_one_side_are_itself_and_nothing(self) -> None:
        whole = result(reading(" To be.", (word("To", 0, 4), word("be.", 4, 8))), reading(" Two bees."))
        assert keep_before(whole, 100) is whole
        assert keep_after(whole, 0) is whole
        assert keep_before(whole, 0) is None
        assert keep_after(whole, 100) is None

    def test_keep_everything_but_the_words(self) -> None:
        whole = spoken(word("to", 0, 4), word("be", 4, 8))
        part = keep_after(whole, 4)
        assert part is not None
        assert (part.is_final, part.channel, part.alternatives[0].confidence) == (True, 1, 0.5)
        assert part.alternatives[0].words == whole.alternatives[0].words[1:]

    @pytest.mark.parametrize(
        ("text", "words", "before", "after"),
        [
            (" To be, or (not) to be.", "To be, or not to be.", "To be, or", "(not) to be."),
            ("to be or not", "To be, or Not", "to be or", "not"),
            ("it is $25.50 now", "it is twenty-five dollars fifty now", "it is", "$25.50 now"),
            (
                "今日は、天気がいい",
                "今日|キョウ は|ワ 天気|テンキ が|ガ いい|イイ",
                "今日は、天気",
                "がいい",
            ),
            ("はい。行きます", "はい 。 行き ます", "はい。行き", "ます"),
            ("ผมชื่อสมชาย ครับ", "ผม ชื่อ สม ชาย ครับ", "ผมชื่อสม", "ชาย ครับ"),
            ("at least 50 % of it", "at least 50 of it", "at least 50 %", "of it"),
            ("no, no, no, no", "no no no no", "no, no, no,", "no"),
            ("a cat at a gate", "a cat at a gate", "a cat at", "a gate"),
        ],
    )
    def test_have_their_share_of_a_text_that_need_not_be_made_of_the_words(
        self, text: str, words: str, before: str, after: str
    ) -> None:
        times = tuple(word(part, at * 10, at * 10 + 10) for at, part in enumerate(words.split()))
        place = 20 if "$" in text else 30
        whole = result(reading(text, times))
        assert (text_of(keep_before(whole, place)), text_of(keep_after(whole, place))) == (before, after)

    @given(
        st.text("aAbB1 .,-今日ผม|", max_size=30),
        st.lists(st.text("ab1.今ผ|", max_size=4)),
        st.integers(),
    )
    def test_are_together_the_whole_text_whatever_the_words(
        self, text: str, words: list[str], place: int
    ) -> None:
        times = tuple(word(part, at * 10, at * 10 + 10) for at, part in enumerate(words))
        whole = result(reading(text, times))
        position = place % (10 * len(words) + 1)
        before, after = keep_before(whole, position), keep_after(whole, position)
        texts = (text_of(before) + text_of(after)).split()
        assert "".join(texts) == "".join(text.split() if words else [])

    def test_are_those_of_the_best_reading_and_of_others_that_have_something_there(self) -> None:
        whole = result(
            reading("go home", (word("go", 0, 4), word("home", 4, 8))),
            reading("gnome", (word("gnome", 3, 8),)),
            reading("goat"),
        )
        after = keep_after(whole, 5)
        before = keep_before(whole, 4)
        assert after is not None
        assert before is not None
        assert [item.text for item in after.alternatives] == ["home", "gnome"]
        assert [item.text for item in before.alternatives] == ["go"]

    def test_are_nothing_if_only_a_lesser_reading_has_something_there(self) -> None:
        whole = result(reading("home", (word("home", 0, 4),)), reading("ohm", (word("ohm", 6, 8),)))
        assert keep_after(whole, 5) is None

    def test_take_a_time_that_was_left_out_for_zero_or_the_end_of_the_word_before(self) -> None:
        whole = spoken(
            word("oh", None, None), word("to", 0, 4), word("or", None, None), word("be", 5, 8)
        )
        assert text_of(keep_before(whole, 4)) == "oh to"
        assert text_of(keep_after(whole, 4)) == "or be"


class TestTimes:
    def test_are_there_although_the_first_word_is_at_zero(self) -> None:
        assert has_times(spoken(word("oh", None, None), word("to", 0, 4)))

    def test_are_not_there_without_words_or_readings(self) -> None:
        assert not has_times(result())
        assert not has_times(result(reading("to be")))
        assert not has_times(spoken(word("to", None, None)))


def test_with_another_text_the_best_reading_is_left_without_words() -> None:
    changed = with_text(result(reading("to be", (word("to", 0, 4),)), reading("two")), "or not")
    assert changed.alternatives == (StreamAlternative("or not", 0.5, ()),)
    assert changed.is_final


EASY = [f"word{number}" for number in range(40)]
# One letter or sign for each word, which no other word has.
HAN = [chr(0x4E00 + number) for number in range(40)]
GARBLED_WORDS = (["wreck", "on"], ["shun", "tea"])
GARBLED_SIGNS = (["が", "ぎ"], ["ら", "り"])


@dataclass(frozen=True)
class Texts:
    words: list[str]
    old: str
    new_words: list[str]
    new_from: int
    space: str


@st.composite
def texts(draw: st.DrawFn, vocabulary: list[str], space: str = " ") -> Texts:
    """What two streams that overlap say, if neither says when; the ends of the overlap garbled."""
    words = draw(st.permutations(vocabulary))[: draw(st.integers(8, 30))]
    start = draw(st.integers(0, len(words) - 7))
    cut = draw(st.integers(start + 4, min(start + 10, len(words) - 1)))
    at_end, at_beginning = GARBLED_SIGNS if vocabulary is HAN else GARBLED_WORDS
    old = words[:cut] + draw(st.sampled_from([at_end[:1], at_end, []]))
    new = draw(st.sampled_from([at_beginning[:1], at_beginning, []])) + words[start + 1 :]
    return Texts(words, space.join(old), new, start, space)


def styled(draw: st.DrawFn, text: str) -> str:
    """The same words, otherwise punctuated and capitalised."""
    parts = [
        draw(st.sampled_from([part, part.capitalize(), part + ",", part + "."])) for part in text.split()
    ]
    return " ".join(parts)


def bare(text: str) -> list[str]:
    return [part.strip(".,").lower() for part in text.split()]


class TestTexts:
    @given(texts(EASY) | texts(HAN) | texts(HAN, ""))
    def test_are_joined_so_that_every_word_is_whole_and_once(self, heard: Texts) -> None:
        new = heard.space.join(heard.new_words)
        place = common_run(heard.old, new)
        assert place is not None
        assert heard.old[: place[0]] + new[place[1] :] == heard.space.join(heard.words)

    @given(st.data())
    def test_are_joined_however_they_are_punctuated(self, data: st.DataObject) -> None:
        heard = data.draw(texts(EASY))
        old = data.draw(st.composite(styled)(heard.old))
        new = data.draw(st.composite(styled)(" ".join(heard.new_words)))
        place = common_run(old, new)
        assert place is not None
        assert bare(old[: place[0]] + " " + new[place[1] :].lstrip(".,")) == heard.words

    @given(texts(EASY) | texts(HAN, ""))
    def test_of_the_new_stream_are_taken_from_where_the_old_one_was_left(self, heard: Texts) -> None:
        """Also those of interim results, which get longer, and begin within what was said."""
        new = heard.space.join(heard.new_words)
        place = common_run(heard.old, new)
        assert place is not None
        said = heard.old[: place[0]]
        garbled = len(heard.new_words) - len(heard.words) + heard.new_from + 1
        for count in range(garbled + 2, len(heard.new_words) + 1):
            rest = unsaid(said, heard.space.join(heard.new_words[:count]))
            interim = heard.space.join(heard.words[: heard.new_from + 1 + count - garbled])
            assert rest == interim[len(said) :].lstrip()

    @given(texts(EASY), st.integers(1, 30))
    def test_of_an_interim_may_end_in_half_a_word(self, heard: Texts, count: int) -> None:
        said = " ".join(heard.words)
        interim = " ".join([*heard.words[-8:][:count], "wor"])
        assert unsaid(said, interim) in ("", "wor")

    def test_are_of_no_use_to_one_another_if_no_word_is_the_same(self) -> None:
        assert common_run("one two", "three four") is None
        assert common_run("", "three") is None
        assert common_run("one", " ") is None
        assert unsaid("one two", "three four") == "three four"
        assert unsaid("", "three four") == "three four"


@pytest.mark.parametrize(
    ("said", "text", "together"),
    [
        ("no no no", "no no no stop", "no no no stop"),
        # Where they differ after that, it is the new stream that heard to the end.
        (
            "one two three four five six",
            "one two three four big five six so",
            "one two three four big five six so",
        ),
        (
            "one two three four five",
            "one two three four big five six",
            "one two three four big five six",
        ),
        ("oh no no n", "o no no stop it", "oh no no stop it"),
        ("I said no no", "no no no stop", "I said no no no stop"),
        ("the more the merr", "more the merrier", "the more the merrier"),
        ("I went to the store.", "to the store and bought milk", "I went to the store and bought milk"),
        ("We left. Then i", "left. Then it rained.", "We left. Then it rained."),
        ("that is all.", "is all. Good", "that is all. Good"),
        (
            "she paid twenty five dollars for i",
            "paid 25 dollars for it",
            "she paid twenty five dollars for it",
        ),
        ("the quick brown fax jumps ov", "ick brown fox jumps over", "the quick brown fax jumps over"),
        ("Wie heißt die Strasse no", "heisst die Strasse noch mal", "Wie heißt die Strasse noch mal"),
        ("今日はとても天気がいいで", "とても天気がいいですね", "今日はとても天気がいいですね"),
        ("สวัสดีครับผมชื่", "ครับผมชื่อสมชาย", "สวัสดีครับผมชื่อสมชาย"),
        ("ខ្ញុំទៅផ្", "ទៅផ្ទះ", "ខ្ញុំទៅផ្ទះ"),
    ],
)
def test_texts_are_joined_as_one_would(said: str, text: str, together: str) -> None:
    place = common_run(said, text)
    assert place is not None
    assert said[: place[0]] + text[place[1] :] == together


@pytest.mark.parametrize(
    ("said", "text", "rest"),
    [
        ("no no no", "no no no, no stop", "no stop"),
        ("hello world", "World, how are you", "how are you"),
        ("it is", "is -5 degrees", "-5 degrees"),
        ("he said", 'said "yes"', '"yes"'),
        ("今日は天気", "天気。がいい", "がいい"),
        ("the quick brown fox", "the quick bro", ""),
        ("the quick brown fox", "shun quick", ""),
        ("東京は今日", "あいうえ今日も", "も"),
        ("กขคงที", "คงที่นี่", "นี่"),
        ("Wie heißt", "heisst du", "du"),
        ("paint it in the colour", "it in the color red", "red"),
        # One word in common is another one, if it is far from the beginning.
        ("go to the", "one two three the end", "one two three the end"),
        (
            "go to the",
            "one two three four five six to the end",
            "one two three four five six to the end",
        ),
        ("see the cat sat down on my new hat", "the cat barked at me", "the cat barked at me"),
        # What was said long ago is said again.
        ("thank you " + " ".join(EASY[:30]), "thank you", "thank you"),
    ],
)
def test_what_is_unsaid_is_what_one_would_say(said: str, text: str, rest: str) -> None:
    assert unsaid(said, text) == rest


@given(st.text("ab .,今の-ผ", max_size=60), st.text("ab .,今の-ผ", max_size=60))
def test_any_two_texts_are_compared(said: str, text: str) -> None:
    place = common_run(said, text)
    assert place is None or (0 < place[0] <= len(said) and 0 < place[1] <= len(text))
    assert text.endswith(unsaid(said, text))


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("one two", "one"),
        ("one, two.", "one,"),
        ("one", ""),
        ("", ""),
        ("日本語", "日本"),
        ("...", "..."),
    ],
)
def test_a_text_can_do_without_its_last_word(text: str, rest: str) -> None:
    assert but_last_word(text) == rest
