"""A transcript as a picture.

Above, the waveform of the recording, if there is one. Then the words where they were said, each a bar
with its text, in rows, so that neighbours do not cover each other; where a model gives no word times,
whole results. What finds no room has a bar and no text, and the title counts it. Below, the latency of
each final at the session time up to which it goes. Colours tell speakers and channels apart; they are of
Okabe and Ito's palette, which people who are colour-blind can tell apart, and the legend names them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asyncspeech.errors import MissingExtraError
from asyncspeech.notebook.envelope import read_envelope
from asyncspeech.notebook.times import clock

if TYPE_CHECKING:
    from collections.abc import Sequence
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
_CHARACTER_INCHES = 0.078  # of the font at 9 points, on the average
_GAP_INCHES = 0.06
_ROWS = 5
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
        row: The row that has room for its text, from 0; None if none has.
    """

    text: str
    start: float
    end: float
    voice: str
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
        from asyncspeech.notebook.figure import ShownFigure  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError("a picture", "plot") from error
    envelope = None if audio is None else read_envelope(audio)
    ends = [result.end for result in transcript.results]
    length = max(transcript.duration, envelope.duration if envelope else 0.0, *ends, 0.1)

    heights = ([1.2] if envelope else []) + [1.6, 1.4]
    figure = ShownFigure(figsize=(_WIDTH_INCHES, 1.2 + sum(heights)), layout="constrained")
    *above, said, latency = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    if envelope:
        _draw_waveform(above[0], envelope)
    _draw_words(said, transcript.results, length)
    _draw_latency(latency, transcript.results)
    latency.set_xlim(0, length)
    _label_time(latency, length)
    for axes in (*above, said, latency):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_waveform(axes: Any, envelope: Envelope) -> None:
    axes.fill_between(
        envelope.times, envelope.lowest, envelope.highest, step="post", color="#666666", linewidth=0.5
    )
    most = max(0.01, 1.1 * float(max(-envelope.lowest.min(), envelope.highest.max())))
    axes.set_ylim(-most, most)
    axes.set_ylabel("amplitude\n(full scale 1)")
    _title(axes, "Waveform")


def _draw_words(axes: Any, results: Sequence[Result], length: float) -> None:
    bars = _place(_bars(results), length)
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
            linewidth=0.5,
            label=voice or "_",
        )
        for bar in own:
            if bar.row is not None:
                axes.annotate(
                    bar.text,
                    (bar.start, 1.0 + bar.row),
                    fontsize=9,
                    color=colour,
                    parse_math=False,
                    annotation_clip=False,
                )
    if any(voices):
        axes.legend(
            loc="lower right", bbox_to_anchor=(1, 1), frameon=False, fontsize=9, ncols=len(voices)
        )
    axes.set_ylim(0, 1.0 + _ROWS)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    unnamed = sum(bar.row is None for bar in bars)
    _title(
        axes, f"Words ({unnamed:,} of {len(bars):,} without room for their text)" if unnamed else "Words"
    )


def _bars(results: Sequence[Result]) -> list[_Bar]:
    """What is drawn: words that have times, and else the results that they are of; in order."""
    bars = []
    for result in results:
        channel = "" if result.channel is None else f"channel {result.channel}"
        timed = [
            _Bar(word.text, word.start, word.end, ", ".join(filter(None, (channel, word.speaker))))
            for word in result.words
            if word.start is not None and word.end is not None
        ]
        if timed:
            bars += timed
        elif result.text:
            voice = ", ".join(filter(None, (channel, result.speaker)))
            bars.append(_Bar(result.text, result.start, result.end, voice))
    return sorted(bars, key=lambda bar: bar.start)


def _place(bars: Sequence[_Bar], length: float) -> list[_Bar]:
    """Give each bar's text the lowest row that is free where it begins."""
    seconds_per_inch = length / _TEXT_INCHES
    free_from = [0.0] * _ROWS
    placed = []
    for bar in bars:
        text = bar.text if len(bar.text) <= _LONGEST_LABEL else f"{bar.text[: _LONGEST_LABEL - 1]}…"
        row = next((row for row in range(_ROWS) if free_from[row] <= bar.start), None)
        if row is not None:
            inches = len(text) * _CHARACTER_INCHES + _GAP_INCHES
            free_from[row] = bar.start + inches * seconds_per_inch
        placed.append(_Bar(text, bar.start, bar.end, bar.voice, row))
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
    median = f", median {sorted(seconds)[len(seconds) // 2]:.2f} s" if seconds else ""
    _title(axes, f"Latency of final results{median}")


def _label_time(axes: Any, length: float) -> None:
    if length < _MINUTES_FROM:
        axes.set_xlabel("session time (s)")
        return
    axes.set_xlabel("session time (minutes)")
    axes.xaxis.set_major_formatter(lambda seconds, _: clock(max(0.0, seconds)).removesuffix(".0"))


def _title(axes: Any, text: str) -> None:
    axes.set_title(text, loc="left", fontsize=10, fontweight="bold")
