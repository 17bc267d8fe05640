"""The figures as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from tests.benchmarks.sessions.record import Figure, Record

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.ticker import ScalarFormatter

__all__ = ("draw",)

_COLOURS = {"bare": "#767676", "asyncspeech": "#1a73e8"}
_NAMES = {"bare": "client library", "asyncspeech": "asyncspeech"}
_DOTS_PER_INCH = 110
_P95_MS, _MOST_MS = 150.0, 800.0


def draw(record: Record, folder: Path) -> None:
    """Draw all that was measured into ``folder``, as PNG."""
    drawings = {
        "growth": (_growth, "live/light"),
        "handovers": (_handovers, "handover"),
        "ratios": (_ratios, ""),
    }
    for name, (drawing, path) in drawings.items():
        if path and not any(record.below(path)):
            continue
        figure = drawing(record)
        figure.savefig(folder / f"{name}.png", dpi=_DOTS_PER_INCH)
        plt.close(figure)


def _growth(record: Record) -> Any:
    """How it grows with the number of sessions."""
    figure, panels = plt.subplots(2, 2, figsize=(10, 7), sharex=True, layout="constrained")
    ((cpu, core), (latency, memory)) = panels
    for kind in _COLOURS:
        _line(cpu, record, kind, "cpu")
        _line(core, record, kind, "core")
        _line(latency, record, kind, "interim_ms/p95", label="95 of 100")
        _line(latency, record, kind, "interim_ms/max", label="the slowest", linestyle=":")
        _line(memory, record, kind, "memory", least=50)
    cpu.set(title="CPU of a session", ylabel="ms per second of audio", ylim=(0, None))
    core.set(title="CPU of all sessions", ylabel="of a core", ylim=(0, None))
    latency.set(title="An interim result takes", ylabel="ms", yscale="log")
    for bound in (_P95_MS, _MOST_MS):
        latency.axhline(bound, color="#d93025", linewidth=0.8, linestyle="--")
    memory.set(title="Memory of a session", ylabel="kB", ylim=(0, None))
    for panel in panels.flat:
        panel.set(xscale="log")
        panel.xaxis.set_major_formatter(ScalarFormatter())
        panel.grid(alpha=0.25)
    for panel in (latency, memory):
        panel.set_xlabel("sessions in one process, on one core")
    cpu.legend(frameon=False)
    latency.legend(frameon=False, fontsize=8)
    return figure


def _line(
    panel: Any, record: Record, kind: str, name: str, *, label: str = "", least: int = 0, **style: Any
) -> None:
    """One figure over the numbers of sessions, with its spread as a band."""
    points = sorted(
        (int(count), figure)
        for rest, figure in record.below("live/light")
        for count, _, tail in [rest.partition("/")]
        if tail == f"{kind}/{name}" and int(count) >= least
    )
    counts = [count for count, _ in points]
    text = f"{_NAMES[kind]}, {label}" if label else _NAMES[kind]
    medians = [figure.median for _, figure in points]
    panel.plot(counts, medians, marker="o", markersize=3, color=_COLOURS[kind], label=text, **style)
    panel.fill_between(
        counts,
        [figure.least for _, figure in points],
        [figure.most for _, figure in points],
        color=_COLOURS[kind],
        alpha=0.15,
        linewidth=0,
    )


def _handovers(record: Record) -> Any:
    """How long the slowest chunk waits near a handover."""
    figure, panel = plt.subplots(figsize=(7, 2.8), layout="constrained")
    cases = ("recovery", "renewal", "calm")
    for place, case in enumerate(cases):
        for name, colour in (("p95", "#aecbfa"), ("median", _COLOURS["asyncspeech"])):
            value = record.figures[f"handover/{case}/{name}"].median
            panel.barh(place, value, height=0.6, color=colour, label=name if not place else None)
    panel.set_yticks(range(len(cases)), ["a stream breaks", "a stream is renewed", "nothing happens"])
    panel.set_xlabel("ms that the slowest chunk of four seconds waits for a result")
    panel.legend(
        ["95 of 100", "median"], frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2
    )
    panel.spines[["top", "right"]].set_visible(False)
    return figure


def _ratios(record: Record) -> Any:
    """Every ratio to the bare client, with its spread."""
    ratios = {
        name.removesuffix("_ratio"): figure
        for name, figure in reversed(record.figures.items())
        if figure.unit == "ratio"
    }
    height = 1.0 + 0.32 * len(ratios)
    drawing, panel = plt.subplots(figsize=(8, height), layout="constrained")
    panel.axvline(1.0, color=_COLOURS["bare"], linewidth=1)
    for place, figure in enumerate(ratios.values()):
        _dot(panel, place, figure)
    panel.set_yticks(range(len(ratios)), list(ratios))
    panel.set_xlabel("asyncspeech, as a multiple of the client library (median, least and most)")
    panel.set_xlim(0, None)
    panel.grid(axis="x", alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)
    return drawing


def _dot(panel: Any, place: int, figure: Figure) -> None:
    panel.plot([figure.least, figure.most], [place, place], color=_COLOURS["asyncspeech"], alpha=0.4)
    panel.plot(figure.median, place, marker="o", markersize=5, color=_COLOURS["asyncspeech"])
