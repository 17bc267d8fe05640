"""Transcripts for tests: spoken by rule, and drawn at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st

from asyncspeech.model import Alternative, Result, Word
from asyncspeech.output.captions import CaptionStyle
from asyncspeech.transcript import Transcript

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy


# A transcript takes a while to draw, on a busy machine above all.
some = settings(deadline=None, max_examples=50)


def spoken(
    text: str,
    start: float = 0.0,
    *,
    pace: float = 0.25,
    speaker: str | None = None,
    channel: int | None = None,
    language_code: str = "en-us",
    confidence: float | None = None,
) -> Result:
    """A result whose words take ``pace`` seconds each and follow one another at once."""
    texts = text.split()
    words = tuple(
        Word(word, start + index * pace, start + (index + 1) * pace, confidence, speaker)
        for index, word in enumerate(texts)
    )
    return Result(
        (Alternative(text, confidence, words),),
        start=start,
        end=start + len(texts) * pace,
        channel=channel,
        language_code=language_code,
    )


def wordless(
    text: str,
    start: float = 0.0,
    end: float = 0.0,
    *,
    channel: int | None = None,
    language_code: str = "en-us",
) -> Result:
    """A result as models give that have no words."""
    return Result(
        (Alternative(text),), start=start, end=end, channel=channel, language_code=language_code
    )


def transcript(*results: Result) -> Transcript:
    """A transcript of results."""
    return Transcript(results, max((result.end for result in results), default=0.0))


# Words of every kind that an exporter may stumble over.
_WORDS = st.one_of(
    st.text("abcdefghij", min_size=1, max_size=12),
    st.sampled_from(
        [
            "Yes.",
            "no,",
            "Mr.",
            "well-known",
            "don't",
            "(so",
            "far)",
            "$25.50",
            "42",
            "Donaudampfschifffahrtsgesellschaftskapitän",
            "<b>",
            "</v>",
            "&amp;",
            "R&D",
            "-->",
            "{\\an8}",
            "{\\p1}",
            "C:\\new\\Notes\\here",
            "NOTE",
            "שלום",
            "مرحبا،",
            "今日は",
            "「はい」。",
            "2026年",
            "สวัสดีครับ",
            "한국어",
            "👩‍👩‍👧‍👦",
            "e\u0301te\u0301",
            "10\u00a0km",
        ]
    ),
)
_GAPS = st.sampled_from([0.0, 0.0, 0.0, 0.04, 0.3, 0.9, 1.0, 4.0])
_LENGTHS = st.sampled_from([0.0, 0.05, 0.2, 0.4, 0.8, 9.0])


@st.composite
def results(
    draw: DrawFn, *, kinds: tuple[str, ...] = ("timed", "timed", "untimed", "wordless")
) -> list[Result]:
    """Results in the order of their channels' times: with timed words, with words alone, or without."""
    clocks: dict[int | None, float] = {}
    found = []
    for _ in range(draw(st.integers(0, 4))):
        channel = draw(st.sampled_from([None, 1, 2]))
        texts = draw(st.lists(_WORDS, min_size=1, max_size=10))
        kind = draw(st.sampled_from(kinds))
        speaker = draw(st.sampled_from([None, "1", "2"]))
        start = now = clocks.get(channel, 0.0) + draw(_GAPS)
        words = []
        for text in texts:
            begin = now + draw(_GAPS)
            now = begin + draw(_LENGTHS)
            times = (begin, now) if kind == "timed" else (None, None)
            words.append(Word(text, times[0], times[1], None, speaker))
        clocks[channel] = now
        alternative = Alternative(" ".join(texts), None, () if kind == "wordless" else tuple(words))
        language_code = draw(st.sampled_from(["en-us", "ja-jp", ""]))
        found.append(
            Result((alternative,), start=start, end=now, channel=channel, language_code=language_code)
        )
    return found


styles: SearchStrategy[CaptionStyle] = st.builds(
    CaptionStyle,
    max_lines=st.integers(1, 4),
    max_line_length=st.sampled_from([1, 10, 20, 32, 42]),
    min_seconds=st.sampled_from([0.0, 0.8, 1.0]),
    max_seconds=st.sampled_from([1.0, 3.0, 7.0]),
    max_columns_per_second=st.sampled_from([5.0, 20.0, float("inf")]),
    gap=st.sampled_from([0.0, 0.083, 0.5]),
    pause=st.sampled_from([0.0, 0.5, 1.0, 3.0]),
)
