"""A transcript as a table in HTML.

Whatever was said is text in it: every character that HTML gives a meaning is escaped. Its length is
bounded, as a notebook keeps what it has shown: of a long transcript there are the first rows and the
last.

Words of which the service was not sure are shaded, the less sure the more, and underlined with dots, so
that one need not see the shade; a title tells the figure. Some models give figures that Google calls no
true confidence [1]_; they are shown as they come.

.. [1] https://docs.cloud.google.com/speech-to-text/docs/conformer-models
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from asyncspeech.notebook.wording import clock, count, name_voice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.output.segments import Segment
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
_CAPTION = 'style="text-align:left;caption-side:top;white-space:nowrap"'


def render_table(transcript: Transcript) -> str:
    """A transcript as HTML: a row for each stretch of speech, with its times, speaker and confidence."""
    segments = transcript.segments()
    summary = _summary(transcript)
    if not segments:
        return f"<div>{summary}</div>"
    columns = _Columns(segments)
    first, left_out, last = _bounded(segments)
    rows = [columns.row(segment) for segment in first]
    if left_out:
        note = f"{left_out:,} more are not shown here: <code>to_txt()</code> has them all"
        rows.append(f'<tr><td colspan="{columns.count}" {_CELL}><i>{note}</i></td></tr>')
    rows += [columns.row(segment) for segment in last]
    is_marked = any("<mark" in row for row in rows)  # what was said has no "<" by now
    legend = f"; shaded and underlined: confidence below {DOUBTFUL}" if is_marked else ""
    return (
        f"<table><caption {_CAPTION}>{summary}{legend}</caption>"
        f"<thead>{columns.head}</thead><tbody>{''.join(rows)}</tbody></table>"
    )


def render_text(transcript: Transcript) -> str:
    """A transcript as plain text of a bounded length, for where IPython shows no HTML."""
    first, left_out, last = _bounded(transcript.segments())
    more = [f"… {left_out:,} more"] if left_out else []
    return "\n".join((_summary(transcript), *map(_line, first), *more, *map(_line, last)))


def _bounded(segments: Sequence[Segment]) -> tuple[Sequence[Segment], int, Sequence[Segment]]:
    """The first segments, how many are left out after them, and the last."""
    left_out = len(segments) - _FIRST_ROWS - _LAST_ROWS
    if left_out <= 0:
        return segments, 0, ()
    return segments[:_FIRST_ROWS], left_out, segments[-_LAST_ROWS:]


def _line(segment: Segment) -> str:
    voice = _voice(segment)
    return f"{clock(segment.start)}  {f'{voice}: ' if voice else ''}{_shortened(segment.text)}"


def _summary(transcript: Transcript) -> str:
    length = f"{transcript.duration:.1f} s of audio"
    if not transcript.text:
        return f"Transcript: {length}, in which no words were heard"
    words = len(transcript.words)  # not of the text: there are languages that write no spaces
    return f"Transcript: {length}, {count(words, 'word')}" if words else f"Transcript: {length}"


class _Columns:
    """The columns of a table: those that have something in them.

    Args:
        segments: All that is to be in it.
    """

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._has_voices = any(_voice(segment) for segment in segments)
        self._has_confidence = any(segment.confidence is not None for segment in segments)
        names = ["from", "to"]
        names += ["speaker"] * self._has_voices
        names += ["text"]
        names += ["confidence"] * self._has_confidence
        self.count = len(names)
        cells = "".join(f'<th scope="col" {_CELL}>{name}</th>' for name in names)
        self.head = f"<tr>{cells}</tr>"

    def row(self, segment: Segment) -> str:
        cells = [clock(segment.start), clock(segment.end)]
        if self._has_voices:
            cells.append(escape(_voice(segment)))
        lang = f' lang="{escape(segment.language_code)}"' if segment.language_code else ""
        cells.append(f'<span dir="auto"{lang}>{_marked(segment)}</span>')
        if self._has_confidence:
            cells.append("" if segment.confidence is None else f"{segment.confidence:.2f}")
        return f"<tr>{''.join(f'<td {_CELL}>{cell}</td>' for cell in cells)}</tr>"


def _voice(segment: Segment) -> str:
    return name_voice(segment.channel, segment.speaker)


def _marked(segment: Segment) -> str:
    """The text of a row, its doubtful words marked; that of the row as a whole if words tell nothing."""
    text = _shortened(segment.text)
    if all(word.confidence is None for word in segment.words):
        return _mark(text, segment.confidence)
    pieces, at = [], 0
    for word in segment.words:
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
