"""What ECharts is told to draw (https://echarts.apache.org/en/option.html).

Colours are variables of the style sheet, which the SVG takes from the page: so a chart turns dark with
it. Lines that belong together have one colour, and are told apart by their strokes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncspeech.telemetry.dashboard.history import KEPT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.telemetry.dashboard.board import Board, Moment, Tally

__all__ = (
    "GOAL",
    "RENEWALS",
    "cost_chart",
    "errors_chart",
    "latency_chart",
    "losses_chart",
    "recoveries_chart",
    "renewals_chart",
    "sessions_chart",
)

GOAL = 0.8
"""Seconds within which every result should come."""

RENEWALS = {"true": "forced", "false": "planned"}
"""What the values of `Attribute.FORCED` mean."""

_INK, _QUIET, _LINE, _PANEL = "var(--ink)", "var(--quiet)", "var(--line)", "var(--panel)"
_BLUE, _ORANGE, _BAD = "var(--blue)", "var(--orange)", "var(--bad)"
_KINDS = tuple(f"var(--kind-{number})" for number in range(1, 8))
_STROKES = (("p50", "dotted"), ("p95", "solid"), ("p99", "dashed"))
_LEAST_SPAN = 120.0
_MS = 1000


def latency_chart(board: Board) -> dict[str, Any]:
    """The percentiles of interim and final results."""
    series = []
    for field, colour in (("interim", _BLUE), ("final", _ORANGE)):
        for index, (name, stroke) in enumerate(_STROKES):
            points = [(moment.at, getattr(moment, field)[index]) for moment in board.moments]
            series.append(_line(f"{field} {name}", points, colour, stroke))
    series[0]["markLine"] = {
        "silent": True,
        "symbol": "none",
        "data": [{"yAxis": GOAL}],
        "lineStyle": {"color": _BAD, "type": "solid", "width": 1},
        "label": {
            "formatter": "goal: 800 ms",
            "position": "insideStartTop",
            "color": _BAD,
            "fontSize": 12,
        },
    }
    # The goal is always in the picture.
    axis = {"axisLabel": {"formatter": "{value} s"}, ":max": f"v => v.max > {GOAL} ? null : 1"}
    return _chart(board.moments, series, axis, "v => v == null ? '-' : Math.round(v * 1000) + ' ms'")


def sessions_chart(board: Board) -> dict[str, Any]:
    """How many sessions and streams were open."""
    moments = board.moments
    series = [
        _line("sessions", [(moment.at, moment.sessions) for moment in moments], _BLUE, "solid"),
        _line("streams", [(moment.at, moment.streams) for moment in moments], _ORANGE, "dashed"),
    ]
    return _chart(moments, series, {"minInterval": 1}, "v => v == null ? '-' : v")


def cost_chart(board: Board) -> dict[str, Any]:
    """What an hour like the last window would cost."""
    points = [(moment.at, moment.cost_per_hour) for moment in board.moments]
    line = _line("cost per hour", points, _BLUE, "solid")
    line["areaStyle"] = {"color": _BLUE, "opacity": 0.15}
    axis = {"axisLabel": {"formatter": "${value}"}}
    return _chart(board.moments, [line], axis, "v => v == null ? '-' : '$' + v.toFixed(2)")


def renewals_chart(board: Board) -> dict[str, Any]:
    """Renewals, planned and forced."""
    colours = {"true": _KINDS[1], "false": _KINDS[0]}
    counts = board.renewals.counts
    bars = [
        _bars(
            RENEWALS.get(kind.lower(), kind), board.renewals, kind, colours.get(kind.lower(), _KINDS[2])
        )
        for kind in sorted(counts)
    ]
    return _tally_chart(board, bars)


def recoveries_chart(board: Board) -> dict[str, Any]:
    """Recoveries by what broke the stream."""
    return _tally_chart(board, _by_kind(board.recoveries))


def errors_chart(board: Board) -> dict[str, Any]:
    """Sessions that failed, by the error."""
    return _tally_chart(board, _by_kind(board.errors))


def losses_chart(board: Board) -> dict[str, Any]:
    """Lost audio, by the reason."""
    axis = {"axisLabel": {"formatter": "{value} s"}}
    return _chart(board.moments, _by_kind(board.losses), axis, "v => v ? v.toFixed(1) + ' s' : '-'")


def _by_kind(tally: Tally) -> list[dict[str, Any]]:
    kinds = sorted(tally.counts)  # so that a kind keeps its colour as long as no other comes
    return [
        _bars(kind or "other", tally, kind, _KINDS[index % len(_KINDS)])
        for index, kind in enumerate(kinds)
    ]


def _tally_chart(board: Board, bars: list[dict[str, Any]]) -> dict[str, Any]:
    return _chart(board.moments, bars, {"minInterval": 1}, "v => v || '-'")


def _line(
    name: str, points: Sequence[tuple[float, float | None]], colour: str, stroke: str
) -> dict[str, Any]:
    return {
        "name": name,
        "type": "line",
        "data": [[round(at * _MS), value] for at, value in points],
        "symbol": "circle" if len(points) == 1 else "none",
        "lineStyle": {"color": colour, "type": stroke, "width": 2},
        "itemStyle": {"color": colour},
        "emphasis": {"disabled": True},
    }


def _bars(name: str, tally: Tally, kind: str, colour: str) -> dict[str, Any]:
    starts = [round(start * _MS) for start in tally.starts]
    return {
        "name": name,
        "type": "bar",
        "stack": "all",
        "barMaxWidth": 14,
        "data": [[start, times] for start, times in zip(starts, tally.counts[kind], strict=True)],
        "itemStyle": {"color": colour},
        "emphasis": {"disabled": True},
    }


def _chart(
    moments: Sequence[Moment], series: list[dict[str, Any]], axis: dict[str, Any], shown: str
) -> dict[str, Any]:
    """A chart over time.

    Args:
        moments: What gives the span of time.
        series: What is drawn.
        axis: What is special about the axis of values.
        shown: How a value is written, in JavaScript.
    """
    last = moments[-1].at if moments else 0.0
    first = min(moments[0].at, last - _LEAST_SPAN) if moments else last - _LEAST_SPAN
    return {
        "animation": False,
        "textStyle": {"color": _QUIET, "fontFamily": "inherit"},
        "legend": {
            "type": "scroll",
            "top": 0,
            "left": 0,
            "itemWidth": 22,
            # A line's sample is its stroke alone: what is told apart by it should not hide behind a dot.
            "itemStyle": {"opacity": 0 if any(one["type"] == "line" for one in series) else 1},
            "textStyle": {"color": _INK},
            "pageTextStyle": {"color": _INK},
            "pageIconColor": _INK,
            "pageIconInactiveColor": _QUIET,
            "inactiveColor": _QUIET,
        },
        "grid": {"left": 8, "right": 30, "top": 36, "bottom": 4, "containLabel": True},
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "backgroundColor": _PANEL,
            "borderColor": _LINE,
            "textStyle": {"color": _INK},
            "axisPointer": {"lineStyle": {"color": _QUIET}},
            ":valueFormatter": shown,
        },
        "xAxis": {
            "type": "time",
            "min": round(max(first, last - KEPT) * _MS),
            "max": round(last * _MS),
            "splitNumber": 4,
            "axisLabel": {
                "formatter": "{HH}:{mm}:{ss}",
                "hideOverlap": True,
                "color": _QUIET,
                "fontSize": 12,
            },
            "axisLine": {"lineStyle": {"color": _LINE}},
            "axisTick": {"lineStyle": {"color": _LINE}},
        },
        "yAxis": {
            "type": "value",
            "min": 0,
            "max": None if series else 1,
            "interval": None if series else 1,
            "splitNumber": 4,
            "splitLine": {"lineStyle": {"color": _LINE}},
            **axis,
            "axisLabel": {"color": _QUIET, **axis.get("axisLabel", {})},
        },
        "series": series,
    }
