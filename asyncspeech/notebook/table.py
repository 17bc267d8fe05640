"""A transcript as a table in HTML.

Whatever was said is text in it: every character that HTML gives a meaning is escaped. Its length is
bounded, as a notebook keeps what it has shown: of a long transcript there are the first rows and the
last.

Words of which the service was not sure are shaded, the less sure the more, and underlined with dots, so
that one need not see the shade; a title tells the figure. Some models give figures that Google calls no
true confidence (https://cloud.google.com/speech-to-text/docs/latest-models); they are shown as they
come.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Protocol

from asyncspeech.notebook.wording import clock, count, name_voice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.model import Word
    from asyncspeech.transcript import Transcript

__all__ = ("DOUBTFUL", "render_table", "render_text")

DOUBTFUL = 0.8
"""Below this confidence a word is shaded. The service says of none what is good; the choice is ours."""

_FIRST_ROWS = 200
_LAST_ROWS = 20
_LONGEST_TEXT = 2_000  # characters of one row: two minutes of speech without a pause
_FULLEST_SHADE = 0.6  # lets enough of the page through for its text to be read on it

# JupyterLab aligns tables to the right, and spaces their cells for figures.
_CELL = 'style="text-align:left;vertical-align:top"'


class _Spoken(Protocol):
    """A stretch of speech: a segment of a transcript, or a result."""

    @property
    def text(self) -> str: ...
    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...
    @property
    def words(self) -> tuple[Word, ...]: ...
    @property
    def speaker(self) -> str | None: ...
    @property
    def channel(self) -> int | None: ...
    @property
    def language_code(self) -> str: ...
    @property
    def confidence(self) -> float | None: ...


def render_table(transcript: Transcript) -> str:
    """A transcript as HTML: a row for each stretch of speech, with its times, speaker and confidence."""
    rows: Sequence[_Spoken] = transcript.results  # PENDING segments()
    summary = _summary(transcript)
    if not rows:
        return f"<div>{summary}</div>"
    columns = _Columns(rows)
    left_out = len(rows) - _FIRST_ROWS - _LAST_ROWS
    shown = [columns.row(row) for row in (rows if left_out <= 0 else rows[:_FIRST_ROWS])]
    if left_out > 0:
        note = f"{left_out:,} more are not shown here: <code>to_txt()</code> has them all"
        shown.append(f'<tr><td colspan="{columns.count}" {_CELL}><i>{note}</i></td></tr>')
        shown += [columns.row(row) for row in rows[-_LAST_ROWS:]]
    is_marked = any("<mark" in row for row in shown)  # what was said has no "<" by now
    legend = f"; shaded and underlined: confidence below {DOUBTFUL}" if is_marked else ""
    return (
        f'<table><caption style="text-align:left;caption-side:top">{summary}{legend}</caption>'
        f"<thead>{columns.head}</thead><tbody>{''.join(shown)}</tbody></table>"
    )


def render_text(transcript: Transcript) -> str:
    """A transcript as plain text of a bounded length, for where IPython shows no HTML."""
    rows: Sequence[_Spoken] = transcript.results  # PENDING segments()
    left_out = len(rows) - _FIRST_ROWS - _LAST_ROWS
    lines = [_line(row) for row in (rows if left_out <= 0 else rows[:_FIRST_ROWS])]
    if left_out > 0:
        lines += [f"… {left_out:,} more", *(_line(row) for row in rows[-_LAST_ROWS:])]
    return "\n".join((_summary(transcript), *lines))


def _line(row: _Spoken) -> str:
    voice = _voice(row)
    return f"{clock(row.start)}  {f'{voice}: ' if voice else ''}{_shortened(row.text)}"


def _summary(transcript: Transcript) -> str:
    length = f"{transcript.duration:.1f} s of audio"
    words = len(transcript.words) or len(transcript.text.split())
    if not words:
        return f"Transcript: {length}, in which no words were heard"
    return f"Transcript: {length}, {count(words, 'word')}"


class _Columns:
    """The columns of a table: those that have something in them.

    Args:
        rows: All that is to be in it.
    """

    def __init__(self, rows: Sequence[_Spoken]) -> None:
        self._has_voices = any(_voice(row) for row in rows)
        self._has_confidence = any(row.confidence is not None for row in rows)
        names = ["from", "to"]
        names += ["speaker"] * self._has_voices
        names += ["text"]
        names += ["confidence"] * self._has_confidence
        self.count = len(names)
        cells = "".join(f'<th scope="col" {_CELL}>{name}</th>' for name in names)
        self.head = f"<tr>{cells}</tr>"

    def row(self, row: _Spoken) -> str:
        cells = [clock(row.start), clock(row.end)]
        if self._has_voices:
            cells.append(escape(_voice(row)))
        lang = f' lang="{escape(row.language_code)}"' if row.language_code else ""
        cells.append(f'<span dir="auto"{lang}>{_marked(row)}</span>')
        if self._has_confidence:
            cells.append("" if row.confidence is None else f"{row.confidence:.2f}")
        return f"<tr>{''.join(f'<td {_CELL}>{cell}</td>' for cell in cells)}</tr>"


def _voice(row: _Spoken) -> str:
    return name_voice(row.channel, row.speaker)


def _marked(row: _Spoken) -> str:
    """The text of a row, its doubtful words marked; that of the row as a whole if words tell nothing."""
    text = _shortened(row.text)
    if all(word.confidence is None for word in row.words):
        return _mark(text, row.confidence)
    pieces, at = [], 0
    for word in row.words:
        # A word is looked for, and not counted: between them is what the language has there.
        found = text.find(word.text, at) if word.text else -1
        if found < 0:
            continue
        end = found + len(word.text)
        pieces += [escape(text[at:found]), _mark(text[found:end], word.confidence)]
        at = end
    return "".join((*pieces, escape(text[at:])))


def _mark(text: str, confidence: float | None) -> str:
    if confidence is None or confidence >= DOUBTFUL:
        return escape(text)
    shade = _FULLEST_SHADE * (1 - max(0.0, confidence) / DOUBTFUL / 2)
    return (
        f'<mark title="confidence {confidence:.2f}" style="color:inherit;'
        f'background:rgba(230,159,0,{shade:.2f});text-decoration:underline dotted">{escape(text)}</mark>'
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]} …"
