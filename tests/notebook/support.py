"""Transcripts, and a notebook that only remembers."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from hypothesis import strategies as st

from asyncspeech.model import Alternative, Result, Word
from asyncspeech.transcript import Transcript


class Shown:
    """In the place of IPython's ``display``: keeps what is shown, one list for each place."""

    def __init__(self) -> None:
        self.places: list[list[dict[str, str]]] = []

    def __call__(self, bundle: dict[str, str], *, raw: bool, display_id: bool) -> Place:
        assert raw
        assert display_id
        self.places.append([bundle])
        return Place(self.places[-1])

    @property
    def html(self) -> list[str]:
        """What was shown in the one place that there is, oldest first."""
        (place,) = self.places
        return [bundle["text/html"] for bundle in place]

    @property
    def text(self) -> list[str]:
        (place,) = self.places
        return [bundle["text/plain"] for bundle in place]


class Place:
    def __init__(self, bundles: list[dict[str, str]]) -> None:
        self._bundles = bundles

    def update(self, bundle: dict[str, str], *, raw: bool) -> None:
        assert raw
        self._bundles.append(bundle)


class Read(HTMLParser):
    """HTML as a browser reads it: its tags, their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text = ""
        self.cells: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, "not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag in {"td", "th"}:
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, "closed in another order"

    def handle_data(self, data: str) -> None:
        self.text += data
        if {"td", "th"} & set(self._open):
            self.cells[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def said(
    text: str,
    *,
    start: float = 0.0,
    end: float | None = None,
    confidence: float | None = None,
    words: bool = False,
    **fields: Any,
) -> Result:
    """A result, with a word each half second if wanted."""
    texts = text.split() if words else []
    spoken = tuple(Word(one, start + at / 2, start + (at + 1) / 2) for at, one in enumerate(texts))
    end = start + max(1, len(texts)) / 2 if end is None else end
    return Result((Alternative(text, confidence, spoken),), start=start, end=end, **fields)


def transcript(*results: Result) -> Transcript:
    return Transcript(results, max((result.end for result in results), default=0.0))


# What breaks out of markup, if anything does, besides all other text.
_texts = st.text() | st.text(alphabet="<>&\"'/!-=bmarkscpt;# ")
_seconds = st.floats(0, 1e6)
_shares = st.none() | st.floats(0, 1)
_words = st.builds(Word, _texts, st.none() | _seconds, st.none() | _seconds, _shares, st.none() | _texts)
_alternatives = st.builds(Alternative, _texts, _shares, st.lists(_words, max_size=4).map(tuple))
any_result = st.builds(
    Result,
    st.lists(_alternatives, min_size=1, max_size=1).map(tuple),
    is_final=st.booleans(),
    segment=st.integers(0, 5),
    start=_seconds,
    end=_seconds,
    language_code=_texts,
    channel=st.none() | st.integers(1, 8),
)
