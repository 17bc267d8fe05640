"""A transcript as a picture.

Above, the waveform of the recording, if there is one. Then the words where they were said, each a bar
with its text, in rows, so that neighbours do not cover each other; where a model gives no word times,
whole results. What finds no room has a bar and no text, and the title counts it. Below, the latency of
each final at the session time up to which it goes. Colours tell speakers and channels apart; they are of
Okabe and Ito's palette, which people who are colour-blind can tell apart, and the legend names them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from asyncspeech.errors import MissingExtraError
from asyncspeech.notebook.envelope import read_envelope
from asyncspeech.notebook.wording import clock, name_voice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike
    from typing import BinaryIO

    from matplotlib.figure import Figure

    from asyncspeech.audio.source import BytesLike
    from asyncspeech.model import Result
    from asyncspeech.notebook.envelope import Envelope
    from asyncspeech.transcript import Transcript

__all__ = ("draw",)

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#666666")
_WIDTH_INCHES = 10.0
_TEXT_INCHES = 9.0  # of the width, what the axes have
_GAP_INCHES = 0.08
_FONT_POINTS = 9
_ROWS = 5
_MOST_NAMED = 400  # the shortest words that the rows hold are about as many
_LONGEST_LABEL = 40
_MINUTES_FROM = 120.0


@dataclass(frozen=True, slots=True)
class _Bar:
    """Something that was said, and where it is drawn.

    Attributes:
        text: What.
        start: From when, in seconds.
        end: Until when.
        voice: Who said it; empty if that is not known.
        at: Where its text begins, in seconds.
        row: The row that has room for its text, from 0; None if none has.
    """

    text: str
    start: float
    end: float
    voice: str
    at: float = 0.0
    row: int | None = None


def draw(
    transcript: Transcript, audio: str | PathLike[str] | BytesLike | BinaryIO | None = None
) -> Figure:
    """Draw a transcript. It blocks while it reads the audio.

    Args:
        transcript: The transcript.
        audio: The recording that it is of: a path, bytes, or a binary file; None to do without.

    Raises:
        AudioError: The recording cannot be read.
        MissingExtraError: Matplotlib is not installed.
    """
    try:
        from asyncspeech.notebook.figure import ShownFigure, measure_text  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError("a picture", "plot") from error
    envelope = None if audio is None else read_envelope(audio)
    ends = [result.end for result in transcript.results]
    length = max(transcript.duration, envelope.duration if envelope else 0.0, *ends, 0.1)
    bars = _place(
        _bars(transcript.results), length, lambda text: measure_text(text, _FONT_POINTS) + _GAP_INCHES
    )
    rows = 1 + max((bar.row for bar in bars if bar.row is not None), default=0)

    heights = ([1.2] if envelope else []) + [0.4 + 0.24 * rows, 1.4]
    figure = ShownFigure(figsize=(_WIDTH_INCHES, 1.2 + sum(heights)), layout="constrained")
    *above, said, latency = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    if envelope:
        _draw_waveform(above[0], envelope, bars)
    _draw_words(said, bars, rows, length)
    _draw_latency(latency, transcript.results)
    latency.set_xlim(0, length)
    _label_time(latency, length)
    for axes in (*above, said, latency):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_waveform(axes: Any, envelope: Envelope, bars: Sequence[_Bar]) -> None:
    spans = [(bar.start, bar.end - bar.start) for bar in bars]
    over_all = axes.get_xaxis_transform()  # seconds, by the height of the axes
    axes.broken_barh(spans, (0, 1), transform=over_all, facecolors=_COLOURS[0], alpha=0.12)
    axes.fill_between(
        envelope.times, envelope.lowest, envelope.highest, step="post", color="#666666", linewidth=0.5
    )
    most = max(0.01, 1.1 * float(max(-envelope.lowest.min(), envelope.highest.max())))
    axes.set_ylim(-most, most)
    axes.set_ylabel("amplitude\n(full scale 1)")
    _title(axes, "Waveform")


def _draw_words(axes: Any, bars: Sequence[_Bar], rows: int, length: float) -> None:
    voices = list(dict.fromkeys(bar.voice for bar in bars))
    for number, voice in enumerate(voices):
        colour = _COLOURS[number % len(_COLOURS)]
        own = [bar for bar in bars if bar.voice == voice]
        axes.broken_barh(
            [(bar.start, max(bar.end - bar.start, length / 1_000)) for bar in own],
            (0.1, 0.5),
            facecolors=colour,
            alpha=0.55,
            edgecolor="white",
            linewidth=0.5 if len(bars) <= _MOST_NAMED else 0,  # between words, where one can see it
            label=voice or "_",
        )
        named = [(bar, bar.row) for bar in own if bar.row is not None]
        starts = [bar.start for bar, _ in named]
        axes.vlines(starts, 0.6, [1.5 + row for _, row in named], color=colour, alpha=0.3, linewidth=0.8)
        for bar, row in named:
            axes.annotate(
                bar.text,
                (bar.at, 0.9 + row),
                xytext=(2, 0),
                textcoords="offset points",
                fontsize=_FONT_POINTS,
                color=colour,
                parse_math=False,
            ).set_in_layout(False)
    if any(voices):
        axes.legend(
            loc="lower right", bbox_to_anchor=(1, 1), frameon=False, fontsize=9, ncols=len(voices)
        )
    axes.set_ylim(0, 1.2 + rows)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    _title(axes, _words_title(bars))


def _words_title(bars: Sequence[_Bar]) -> str:
    unnamed = sum(bar.row is None for bar in bars)
    if not bars:
        return "Words: none"
    if unnamed == len(bars):
        return f"Words: {unnamed:,}, too many for their text"
    return f"Words ({unnamed:,} of {len(bars):,} without room for their text)" if unnamed else "Words"


def _bars(results: Sequence[Result]) -> list[_Bar]:
    """What is drawn: words that have times, and else the results that they are of; in order."""
    bars = []
    for result in results:
        timed = [
            _Bar(word.text, word.start, word.end, name_voice(result.channel, word.speaker))
            for word in result.words
            if word.start is not None and word.end is not None
        ]
        if timed:
            bars += timed
        elif result.text:
            voice = name_voice(result.channel, result.speaker)
            bars.append(_Bar(result.text, result.start, result.end, voice))
    return sorted(bars, key=lambda bar: bar.start)


def _place(bars: Sequence[_Bar], length: float, measure: Callable[[str], float]) -> list[_Bar]:
    """Give each bar's text the lowest row that is free where it begins.

    A few words out of very many tell nothing: then none has its text.

    Args:
        bars: The bars, in order.
        length: How many seconds the picture is wide.
        measure: Tells how many inches of it a text takes.
    """
    if len(bars) > _MOST_NAMED:
        return list(bars)
    free_from = [0.0] * _ROWS
    placed = []
    for bar in bars:
        text = bar.text if len(bar.text) <= _LONGEST_LABEL else f"{bar.text[: _LONGEST_LABEL - 1]}…"
        seconds = measure(text) * length / _TEXT_INCHES
        at = max(0.0, min(bar.start, length - seconds))  # not beyond the picture
        row = next((row for row in range(_ROWS) if free_from[row] <= at), None)
        if row is not None:
            free_from[row] = at + seconds
        placed.append(replace(bar, text=text, at=at, row=row))
    if 2 * sum(bar.row is None for bar in placed) > len(placed):
        return [replace(bar, row=None) for bar in placed]
    return placed


def _draw_latency(axes: Any, results: Sequence[Result]) -> None:
    times = [result.end for result in results]
    seconds = [result.latency for result in results]
    axes.vlines(times, 0, seconds, color="#0072B2", alpha=0.4)
    axes.plot(times, seconds, "o", color="#0072B2", markersize=4)
    axes.set_ylim(0, 1.25 * max([*seconds, 0.1]))
    axes.set_ylabel("seconds")
    axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    middle = f": median {median(seconds):.2f} s" if seconds else ""
    _title(axes, f"Latency of final results{middle}")


def _label_time(axes: Any, length: float) -> None:
    if length < _MINUTES_FROM:
        axes.set_xlabel("session time (s)")
        return
    axes.set_xlabel("session time (minutes)")
    axes.xaxis.set_major_formatter(lambda seconds, _: clock(max(0.0, seconds)).removesuffix(".0"))


def _title(axes: Any, text: str) -> None:
    axes.set_title(text, loc="left", fontsize=10, fontweight="bold")
