"""Makes the dashboard for Grafana: ``python docs/ops/grafana.py > docs/ops/grafana-asyncspeech.json``.

The names of metrics and labels, and most descriptions, are those of the table in
`asyncspeech.telemetry.metrics`. A test holds the file against what this prints.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asyncspeech.telemetry.metrics import METRICS, Attribute

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_METRICS = {metric.name.removeprefix("asyncspeech."): metric for metric in METRICS}
_LABELS = {attribute: attribute.prometheus_name for attribute in Attribute}
_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# What a reader can choose, and which label holds it. `up` has only the first two.
_CHOICES = {
    "job": "job",
    "instance": "instance",
    "model": _LABELS[Attribute.MODEL],
    "location": _LABELS[Attribute.LOCATION],
}
_GRAFANA = "10.0.0"  # the first version that this is for
_COLUMNS = 24
_TOO_LATE = 0.8  # seconds, for interims

_PERIOD = "$__range"  # what is shown
_NEVER = ((None, "green"), (1e-9, "red"))  # 0 is good, and more is not


# --- What is asked of Prometheus


def _selector(name: str, suffix: str = "", **labels: str) -> str:
    """The chosen time series of a metric."""
    chosen = [f'{label}=~"${choice}"' for choice, label in _CHOICES.items()]
    more = [f'{label}="{value}"' for label, value in labels.items()]
    return f"{_METRICS[name].prometheus_name}{suffix}{{{', '.join(chosen + more)}}}"


def _by(*attributes: Attribute) -> str:
    return f" by ({', '.join(_LABELS[attribute] for attribute in attributes)}) " if attributes else ""


def _now(name: str, *by: Attribute) -> str:
    """How much there is."""
    return f"sum{_by(*by)}({_selector(name)})"


def _rate(name: str, *by: Attribute, **labels: str) -> str:
    """How much a second is added to a counter."""
    return f"sum{_by(*by)}(rate({_selector(name, **labels)}[$__rate_interval]))"


def _events(name: str, *by: Attribute, within: str = "$__rate_interval") -> str:
    """How much was added to a counter that is not there before there is something to count.

    `increase` does not see how a time series begins: the first failure of its kind.
    """
    series = _selector(name)
    return f"sum{_by(*by)}({series} unless {series} offset {within} or increase({series}[{within}]))"


def _quantile(quantile: float, name: str, range_: str = "$__rate_interval", **labels: str) -> str:
    buckets = f"rate({_selector(name, '_bucket', **labels)}[{range_}])"
    return f"histogram_quantile({quantile:g}, sum by (le) ({buckets}))"


def _latency(quantile: float, kind: str, range_: str = "$__rate_interval") -> str:
    labels = {_LABELS[Attribute.RESULT_KIND]: kind}
    return _quantile(quantile, "result.latency", range_, **labels)


def _quantiles(name: str, **labels: str) -> dict[str, str]:
    return {f"p{100 * share:g}": _quantile(share, name, **labels) for share in (0.5, 0.95, 0.99)}


# --- What is shown


@dataclass(frozen=True, kw_only=True)
class _Panel:
    """A panel.

    Attributes:
        title: What stands over it.
        queries: What it shows: expressions by the name of what they give, which may hold ``{{label}}``.
        about: What it tells, for the reader who hovers over the corner.
        unit: Grafana's name of the unit.
        kind: Grafana's name of the kind of panel.
        width: Columns, of 24.
        height: Rows.
        thresholds: Values from which on a colour holds.
        words: What stands for a value, and its colour.
        options: Further options of the kind of panel.
        custom: Further options of how values are drawn.
    """

    title: str
    queries: dict[str, str]
    about: str
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8
    height: int = 8
    thresholds: Sequence[tuple[float | None, str]] = ((None, "green"),)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)

    def json(self, number: int, x: int, y: int) -> dict[str, Any]:
        """What Grafana reads."""
        steps = [{"color": color, "value": value} for value, color in self.thresholds]
        is_graph = self.kind == "timeseries"
        defaults = {
            "unit": self.unit,
            "min": 0,
            "color": {"mode": "palette-classic" if is_graph else "thresholds"},
            "mappings": [{"type": "value", "options": self.words}] if self.words else [],
            "thresholds": {"mode": "absolute", "steps": steps},
            "custom": self.custom,
        }
        return {
            "id": number,
            "type": self.kind,
            "pluginVersion": _GRAFANA,
            "title": self.title,
            "description": self.about,
            "datasource": _DATASOURCE,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "fieldConfig": {"defaults": defaults, "overrides": []},
            "options": self.options,
            "targets": list(self._targets()),
        }

    def _targets(self) -> Iterator[dict[str, Any]]:
        instant = self.kind == "stat"
        for letter, (legend, expression) in zip("ABCDEFGH", self.queries.items(), strict=False):
            yield {
                "refId": letter,
                "datasource": _DATASOURCE,
                "expr": expression,
                "legendFormat": legend,
                "editorMode": "code",
                "instant": instant,
                "range": not instant,
            }


def _stat(title: str, expression: str, about: str, unit: str = "short", **more: Any) -> _Panel:
    """One figure; 0 where nothing was recorded yet."""
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "value",
        "graphMode": "none",
        "textMode": "value",
    }
    return _Panel(
        title=title,
        queries={title: expression},
        about=about,
        unit=unit,
        kind="stat",
        width=3,
        height=4,
        options=options,
        **more,
    )


def _graph(title: str, queries: dict[str, str], about: str, unit: str = "short", **more: Any) -> _Panel:
    custom = {"lineWidth": 1, "fillOpacity": 10, "showPoints": "never"} | more.pop("custom", {})
    options = {
        "legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"]},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return _Panel(
        title=title, queries=queries, about=about, unit=unit, options=options, custom=custom, **more
    )


def _or_zero(expression: str) -> str:
    """A counter of what goes wrong is not there before anything did."""
    return f"{expression} or vector(0)"


def _in_period(name: str) -> str:
    return _or_zero(_events(name, within=_PERIOD))


def _renewals(*, forced: bool) -> str:
    return _rate("stream.renewals", **{_LABELS[Attribute.FORCED]: str(forced).lower()})


def _legend(attribute: Attribute, text: str = "") -> str:
    return f"{text} {{{{{_LABELS[attribute]}}}}}".strip()


def _named(name: str) -> str:
    return _METRICS[name].description


_WITHIN = "How much there was shortly before each moment."
_STACKED = {"stacking": {"mode": "normal", "group": "A"}}

_NOW = (
    _stat("Sessions", _now("session.active"), _named("session.active")),
    _stat("Streams", _now("stream.active"), _named("stream.active")),
    _stat(
        "Interim latency, p95",
        _latency(0.95, "interim", _PERIOD),
        f"{_named('result.latency')} From {_TOO_LATE:g} s on, captions are felt to lag.",
        "s",
        thresholds=((None, "green"), (_TOO_LATE / 2, "orange"), (_TOO_LATE, "red")),
    ),
    _stat(
        "Sessions failed",
        _in_period("session.errors"),
        "In this period.",
        thresholds=_NEVER,
    ),
    _stat(
        "Audio lost",
        _in_period("audio.lost"),
        f"In this period. {_named('audio.lost')}",
        "s",
        thresholds=_NEVER,
    ),
    _stat(
        "Cost",
        _in_period("billing.cost"),
        "In this period, by our estimate, without taxes and discounts.",
        "currencyUSD",
    ),
    _stat(
        "Cost per hour",
        f"3600 * {_rate('billing.cost')}",
        "At the rate of now. A session that never pauses costs $0.96 an hour at the standard price.",
        "currencyUSD",
    ),
    _stat(
        "Saved",
        _in_period("billing.saved"),
        _named("billing.saved"),
        "currencyUSD",
    ),
)

_LATENCY_STEPS = ((None, "transparent"), (_TOO_LATE, "red"))
_LATENCY = (
    _graph(
        "Interim latency",
        {f"p{100 * share:g}": _latency(share, "interim") for share in (0.5, 0.95, 0.99)},
        f"{_named('result.latency')} The line is at {_TOO_LATE:g} s.",
        "s",
        width=12,
        thresholds=_LATENCY_STEPS,
        custom={"thresholdsStyle": {"mode": "line"}},
    ),
    _graph(
        "Final latency",
        {f"p{100 * share:g}": _latency(share, "final") for share in (0.5, 0.95, 0.99)},
        "The same of final results. It includes the pause after which the service takes an utterance "
        "to be over.",
        "s",
        width=12,
    ),
)

_STREAMS = (
    _graph(
        "Sessions and streams",
        {
            "sessions": _now("session.active"),
            "sessions waiting for a place": _now("session.waiting"),
            "streams": _now("stream.active"),
        },
        "A parked session has no stream; one that is renewed while somebody speaks has two.",
    ),
    _graph(
        "Renewals",
        {
            "planned": f"60 * {_renewals(forced=False)}",
            "forced": f"60 * {_renewals(forced=True)}",
        },
        f"Per minute. {_named('stream.renewals')} They are forced where nobody paused in time.",
        custom=_STACKED,
    ),
    _graph(
        "Streams opened",
        {"opened": f"60 * {_rate('stream.opened')}"},
        f"Per minute. {_named('stream.opened')} Each one's last second is billed as a whole one.",
    ),
    _graph(
        "Recoveries by cause",
        {_legend(Attribute.ERROR_TYPE): _events("stream.recoveries", Attribute.ERROR_TYPE)},
        f"{_WITHIN} {_named('stream.recoveries')}",
        custom=_STACKED,
    ),
    _graph("Outages", _quantiles("stream.outage"), _named("stream.outage"), "s"),
    _graph(
        "Failed sessions by cause",
        {_legend(Attribute.ERROR_TYPE): _events("session.errors", Attribute.ERROR_TYPE)},
        f"{_WITHIN} {_named('session.errors')}",
        custom=_STACKED,
    ),
)

_AUDIO = (
    _graph(
        "Audio",
        {
            "accepted": _rate("audio.accepted"),
            "sent": _rate("audio.sent"),
            "replayed": _rate("audio.replayed"),
            "withheld": _rate("audio.withheld"),
            "lost": _or_zero(_rate("audio.lost")),
        },
        "Seconds of audio in a second: a session of live audio is 1. What is sent is what was accepted, "
        "without what is withheld, and with what is replayed.",
        "none",
        width=12,
    ),
    _graph(
        "Audio lost",
        {_legend(Attribute.LOSS_REASON): _events("audio.lost", Attribute.LOSS_REASON)},
        f"{_WITHIN} {_named('audio.lost')}",
        "s",
        width=12,
        custom=_STACKED,
    ),
    _graph(
        "Audio that waits",
        {
            "all": _now("audio.waiting"),
            "a session": f"{_now('audio.waiting')} / {_now('session.active')}",
        },
        f"{_named('audio.waiting')} Live audio that waits for longer and longer comes late.",
        "s",
    ),
    _graph(
        "Sessions parked",
        {"parked": _rate("session.parked")},
        f"How many at a time, on average. {_named('session.parked')}",
    ),
    _graph(
        "Session duration",
        _quantiles("session.duration"),
        "How long the sessions were open that have ended.",
        "s",
    ),
)

_RESULTS = (
    _graph(
        "Results",
        {_legend(Attribute.RESULT_KIND): _rate("result.delivered", Attribute.RESULT_KIND)},
        f"Per second. {_named('result.delivered')}",
        width=12,
    ),
    _graph(
        "Words",
        {"words": f"60 * {_rate('result.words')}"},
        f"Per minute. {_named('result.words')} People speak about 150 a minute.",
        width=12,
    ),
)

_COST = (
    _graph(
        "Cost per hour",
        {
            _legend(Attribute.MODEL): f"3600 * {_rate('billing.cost', Attribute.MODEL)}",
            "saved": f"3600 * {_rate('billing.saved')}",
        },
        "At the rate of the moment. What is saved is what withheld silence would have cost.",
        "currencyUSD",
    ),
    _graph(
        "Cost so far",
        {
            "cost": _now("billing.cost"),
            "saved": _now("billing.saved"),
        },
        "Since the processes were started.",
        "currencyUSD",
    ),
    _graph(
        "Billed seconds",
        {"by the service": _rate("billing.service"), "by our count": _rate("billing.estimate")},
        "Seconds in a second. The service tells what it has billed with its results only, so it comes "
        "later, and less where streams end in silence.",
        "none",
    ),
)

_PROCESSES = (
    _Panel(
        title="Endpoints",
        queries={"{{instance}}": 'up{job=~"$job", instance=~"$instance"}'},
        about="Whether Prometheus could read the metrics of each process.",
        kind="state-timeline",
        width=_COLUMNS,
        height=6,
        words={"0": {"text": "down", "color": "red"}, "1": {"text": "up", "color": "green"}},
        options={"showValue": "auto", "mergeValues": True, "legend": {"displayMode": "hidden"}},
    ),
)

_ROWS = {
    "Now": _NOW,
    "Latency": _LATENCY,
    "Streams": _STREAMS,
    "Audio": _AUDIO,
    "Results": _RESULTS,
    "Cost": _COST,
    "Processes": _PROCESSES,
}


def _laid_out() -> Iterator[dict[str, Any]]:
    """All panels in their places, from left to right and from top to bottom."""
    number = y = 0
    for title, panels in _ROWS.items():
        number += 1
        yield _row(number, title, y)
        x, y, tallest = 0, y + 1, 0
        for panel in panels:
            if x + panel.width > _COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            number += 1
            yield panel.json(number, x, y)
            x, tallest = x + panel.width, max(tallest, panel.height)
        y += tallest


def _row(number: int, title: str, y: int) -> dict[str, Any]:
    place = {"x": 0, "y": y, "w": _COLUMNS, "h": 1}
    return {
        "id": number,
        "type": "row",
        "title": title,
        "gridPos": place,
        "collapsed": False,
        "panels": [],
    }


# --- What a reader chooses


def _variables() -> Iterator[dict[str, Any]]:
    yield {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "prometheus",
        "hide": 0,
        "refresh": 1,
    }
    metric = _METRICS["session.active"].prometheus_name
    chosen: list[str] = []
    for name, label in _CHOICES.items():
        query = f"label_values({metric}{{{', '.join(chosen)}}}, {label})"
        yield {
            "name": name,
            "label": name.capitalize(),
            "type": "query",
            "datasource": _DATASOURCE,
            "query": {"query": query, "refId": name},
            "definition": query,
            "refresh": 2,  # whenever the period changes
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "current": {"text": ["All"], "value": ["$__all"]},
            "hide": 0,
        }
        chosen.append(f'{label}=~"${name}"')


def dashboard() -> dict[str, Any]:
    """The dashboard, as Grafana imports it."""
    return {
        "id": None,  # Grafana gives one
        "uid": "asyncspeech",
        "title": "asyncspeech",
        "description": "Speech-to-text sessions: how many, how late, what broke, and what they cost.",
        "tags": ["asyncspeech", "speech-to-text"],
        "schemaVersion": 38,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,  # one cross-hair for all
        "time": {"from": "now-1h", "to": "now"},
        "refresh": "10s",
        "timezone": "",
        "templating": {"list": list(_variables())},
        "annotations": {"list": []},
        "links": [],
        "panels": list(_laid_out()),
    }


if __name__ == "__main__":
    json.dump(dashboard(), sys.stdout, indent=2)
    sys.stdout.write("\n")
