"""A picture of a recording: its waveform, its level and its spectrum.

Speech is shaded, and the level is that before and after treatment. The colours are of Okabe and Ito's
palette, which people who are colour-blind can tell apart.
"""

from __future__ import annotations

import math
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from asyncspeech.audio.analysis.levels import TRACE_SECONDS
from asyncspeech.audio.analysis.spectrum import TELEPHONE_BAND
from asyncspeech.cli.inspect.words import clock
from asyncspeech.errors import AudioError, ConfigurationError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from asyncspeech.audio.analysis.levels import Trace
    from asyncspeech.audio.analysis.recording import ExaminedFile

__all__ = ("check_drawing", "draw")

_BLUE, _ORANGE, _GREEN, _RED, _GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#666666"
_COLUMNS = 1_200  # more than the picture has pixels for
_MOST_CHANNELS = 4
_SMOOTH_POINTS = 5  # a tenth of a second: about half a syllable
_LOWEST_DBFS = -80.0
_ALL_OF_IT = 0.98  # of half the rate: what a recording that was not band-limited before goes up to
_MINUTES_FROM = 120.0
_FLOOR = 1e-12  # -120 dBFS: below what 16 bits hold in a bin
_SUFFIXES = (".pdf", ".png", ".svg")


def check_drawing(path: str) -> None:
    """See that a picture can be drawn.

    Args:
        path: Where to.

    Raises:
        ConfigurationError: Its suffix is none that can be drawn.
        MissingExtraError: What draws is not installed.
    """
    if PurePath(path).suffix.lower() not in _SUFFIXES:
        raise ConfigurationError("plot", f"{path} ends in none of {', '.join(_SUFFIXES)}")
    _import_figure()


def draw(file: ExaminedFile, before: Trace, after: Trace | None, path: str) -> None:
    """Draw a recording.

    Args:
        file: What was found out about it.
        before: Its level, mixed down to one channel.
        after: And once it was treated; None if that is not to be drawn.
        path: Where to.

    Raises:
        AudioError: The picture cannot be written.
    """
    count = min(len(file.examination.traces), _MOST_CHANNELS)
    figure = _import_figure()(figsize=(10, 5.6 + 1.3 * count), dpi=100, layout="constrained")
    axes = figure.subplots(count + 2, 1, height_ratios=[1.3] * count + [2.0, 2.0])
    _draw_waveforms(file, axes[:count])
    _draw_levels(file, axes[count], before, after)
    _draw_spectrum(file, axes[count + 1])
    for one in axes[:count]:
        one.sharex(axes[count])
        one.tick_params(labelbottom=False)
    figure.suptitle(_title(file), x=0.01, ha="left", fontsize=12, fontweight="bold")
    try:
        figure.savefig(path, facecolor="white")
    except OSError as error:
        raise AudioError(path, f"cannot be written ({error.strerror})") from error


def _import_figure() -> Callable[..., Any]:
    """The class of figures; not pyplot, which keeps every figure and chooses a display."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError("a picture", "plot") from error
    make: Callable[..., Any] = Figure
    return make


def _title(file: ExaminedFile) -> str:
    analysis = file.examination.analysis
    what = "speech" if analysis.detector == "voice" else "sound"
    return f"{PurePath(file.path).name}: {clock(analysis.duration)}, {analysis.speech_share:.0%} {what}"


def _draw_waveforms(file: ExaminedFile, axes: Sequence[Any]) -> None:
    examination = file.examination
    traces = zip(axes, examination.traces, examination.analysis.channels, strict=False)
    for number, (one, trace, channel) in enumerate(traces, 1):
        _shade(one, [(region.start, region.end) for region in channel.speech], "speech")
        times, step = _times(len(trace.power), examination.point_seconds)
        lowest = _reduce(trace.lowest, step, np.minimum)
        highest = _reduce(trace.highest, step, np.maximum)
        one.fill_between(
            times, lowest, highest, step="post", color=_BLUE, linewidth=0.5, label="samples"
        )
        most = max(0.05, min(1.0, 1.1 * float(np.abs([lowest, highest]).max())))
        if channel.clipping.count:
            full = np.maximum(highest, -lowest) >= file.container.largest_sample
            where = times[full]
            one.plot(where, np.full(len(where), most), "|", color=_RED, clip_on=False, label="clipped")
        one.set_ylim(-most, most)
        one.set_ylabel("amplitude\n(full scale 1)")
        several = f" of channel {number}" if len(axes) > 1 else ""
        one.set_title(f"Waveform{several}", loc="left", fontsize=10, fontweight="bold")
        _legend(one)


def _draw_levels(file: ExaminedFile, axes: Any, before: Trace, after: Trace | None) -> None:
    examination = file.examination
    _shade(axes, [(region.start, region.end) for region in examination.analysis.speech], "speech")
    lines = [(before, _BLUE, "as recorded")]
    if after is not None:
        lines.append((after, _RED, "after high-pass, noise suppression and gain"))
    for trace, colour, label in lines:
        times, step = _times(len(trace.power), TRACE_SECONDS)
        power = np.convolve(trace.power, np.full(_SMOOTH_POINTS, 1 / _SMOOTH_POINTS), "same")
        mean = _reduce(power, step, np.add) / step
        axes.plot(times, _decibels(mean), color=colour, linewidth=1.2, label=label)
    axes.set_ylim(_LOWEST_DBFS, 0)
    axes.set_ylabel("level\n(dBFS)")
    if examination.analysis.duration < _MINUTES_FROM:
        axes.set_xlabel("time (s)")
    else:
        axes.set_xlabel("time (minutes)")
        axes.xaxis.set_major_formatter(lambda seconds, _: clock(max(0.0, seconds)).removesuffix(".0"))
    axes.set_title("Level, mixed to one channel", loc="left", fontsize=10, fontweight="bold")
    axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    axes.set_xlim(0, examination.analysis.duration)
    _legend(axes)


def _draw_spectrum(file: ExaminedFile, axes: Any) -> None:
    examination = file.examination
    spectra = max(examination.spectra, key=lambda spectra: float(spectra.speech.sum()))
    number = next(at for at, one in enumerate(examination.spectra) if one is spectra)
    channel = examination.analysis.channels[number]
    kilohertz = spectra.hertz / 1_000
    low, high = TELEPHONE_BAND
    axes.axvspan(low / 1_000, high / 1_000, color=_GREY, alpha=0.12, linewidth=0, label="telephone band")
    if spectra.speech.any():
        axes.plot(
            kilohertz,
            _decibels(spectra.speech),
            color=_BLUE,
            linewidth=1.2,
            label="speech",
        )
    if spectra.rest.any():
        axes.plot(
            kilohertz, _decibels(spectra.rest), color=_ORANGE, linewidth=1.2, label="where nobody speaks"
        )
    edge = (channel.bandwidth_hertz or 0.0) / 1_000
    if 0 < edge < _ALL_OF_IT * kilohertz[-1]:
        axes.axvline(
            edge,
            color=_GREEN,
            linestyle="--",
            linewidth=1.2,
            label=f"ends at {edge:.1f} kHz",
        )
    axes.set_xlim(0, kilohertz[-1])
    axes.set_ylabel(f"power\n(dBFS in {spectra.hertz[1]:.0f} Hz)")
    axes.set_xlabel("frequency (kHz)")
    several = f" of channel {number + 1}" if len(examination.spectra) > 1 else ""
    axes.set_title(f"Spectrum{several}", loc="left", fontsize=10, fontweight="bold")
    axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    _legend(axes)


def _shade(axes: Any, regions: Sequence[tuple[float, float]], label: str) -> None:
    for number, (start, end) in enumerate(regions):
        axes.axvspan(
            start, end, color=_ORANGE, alpha=0.25, linewidth=0, label="_" * bool(number) + label
        )


def _legend(axes: Any) -> None:
    # Above the axes, where it hides nothing.
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        borderaxespad=0.2,
        fontsize=9,
        frameon=False,
        ncols=4,
        handlelength=1.5,
        columnspacing=1.5,
    )
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _times(points: int, seconds: float) -> tuple[npt.NDArray[np.float64], int]:
    """Where columns begin, and how many points go into each."""
    step = max(1, math.ceil(points / _COLUMNS))
    return np.arange(0, points, step).astype(np.float64) * seconds, step


def _reduce(values: npt.NDArray[Any], step: int, by: np.ufunc) -> npt.NDArray[Any]:
    return np.asarray(by.reduceat(values, np.arange(0, len(values), step)))


def _decibels(power: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    return np.asarray(10 * np.log10(np.maximum(power, _FLOOR)), np.float64)
