"""The page, as one who looks at it sees it. Each tab has its own, with its own choice of sessions."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicegui import ui

from asyncspeech.telemetry.dashboard import charts, wording
from asyncspeech.telemetry.dashboard.board import SHARES, Choice
from asyncspeech.telemetry.dashboard.endpoint import Health

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from asyncspeech.telemetry.dashboard.board import Board, EndpointLine
    from asyncspeech.telemetry.dashboard.watch import Watch

__all__ = ("Page",)

_STYLE = Path(__file__).with_name("style.css").read_text(encoding="utf-8")

_ALL = ""
_THEMES = {"Auto": None, "Light": False, "Dark": True}

_TILES = (
    ("sessions", "Sessions", "open now"),
    ("streams", "Streams", "open now"),
    ("waiting", "Waiting", "for a place"),
    ("failed", "Failed", "sessions so far"),
    ("audio", "Audio", "taken so far"),
    ("lost", "Lost audio", "so far"),
    ("cost", "Cost", "so far"),
    ("cost-per-hour", "Cost per hour", "at this rate"),
    ("saved", "Saved", "on silence"),
)
_COLUMNS = ("Endpoint", "Health", "Since", "Last answer", "Sessions", "Audio", "Cost")
_HELP = """
<p>None of the endpoints below has answered with metrics yet; they are asked again and again.
A process serves its metrics if it was started with one of these:</p>
<ul>
<li><code>asyncspeech demo</code></li>
<li><code>asyncspeech transcribe --metrics-port 9464 FILE</code></li>
<li><code>asyncspeech.telemetry.set_up(prometheus_port=9464)</code> in a program of yours</li>
</ul>
"""


class Page:
    """Builds the page, and keeps it up to date.

    Args:
        watch: Where the figures come from.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._choice = Choice()
        ui.add_css(_STYLE)
        ui.colors(primary="#0b62c4")  # white can be read on it
        board = watch.board(self._choice)
        with ui.element("header"):
            _text("h1", "asyncspeech")
            self._summary = _text("p", "").props("role=status data-testid=summary")
            self._model = self._select("Model", self._choose)
            self._location = self._select("Location", self._choose)
            dark = ui.dark_mode(None)
            ui.toggle(
                list(_THEMES), value="Auto", on_change=lambda e: dark.set_value(_THEMES[e.value])
            ).props('dense unelevated no-caps role=group aria-label="Colours" data-testid=theme')
        with ui.element("main"):
            with ui.element("section").props("data-testid=waiting-for-answer") as self._help:
                _text("h2", "Waiting for the first answer")
                ui.html(_HELP, sanitize=False)
            with ui.element("div").classes("figures") as self._figures:
                self._tiles = _Tiles()
                with ui.element("div").classes("charts"):
                    self._charts = _charts(watch.pace.window)
            self._endpoints = _Endpoints(board.endpoints)
        self.show()

    def show(self) -> None:
        """Show the figures of the last round."""
        board = self._watch.board(self._choice)
        up = sum(line.health is Health.UP for line in board.endpoints)
        _set(self._summary, f"{up} of {len(board.endpoints)} endpoints up")
        _offer(self._model, board.models)
        _offer(self._location, board.locations)
        self._help.set_visibility(board.is_empty)
        self._figures.set_visibility(not board.is_empty)
        self._tiles.show(board)
        for chart in self._charts:
            chart.show(board)
        self._endpoints.show(board.endpoints)

    def _select(self, label: str, on_change: Callable[[], None]) -> ui.select:
        return (
            ui.select({_ALL: "all"}, value=_ALL, label=label, on_change=on_change)
            .props(f"dense outlined options-dense data-testid=choose-{label.lower()}")
            .classes("choice")
        )

    def _choose(self) -> None:
        self._choice = Choice(self._model.value or None, self._location.value or None)
        self.show()


class _Tiles:
    """The figures of now, in large."""

    def __init__(self) -> None:
        self._values = {}
        with ui.element("section").props('aria-label="Now"'), ui.element("dl").classes("tiles"):
            for name, title, note in _TILES:
                with ui.element("div").classes("tile"):
                    _text("dt", title)
                    self._values[name] = _text("dd", "").props(f"data-testid={name}").classes("value")
                    _text("dd", note).classes("note")

    def show(self, board: Board) -> None:
        figures = board.figures
        per_hour = board.moments[-1].cost_per_hour if board.moments else None
        self._show("sessions", figures.sessions, wording.count)
        self._show("streams", figures.streams, wording.count)
        self._show("waiting", figures.waiting, wording.count)
        self._show("failed", figures.failed, wording.count)
        self._show("audio", figures.audio, wording.duration)
        self._show("lost", figures.lost, wording.duration)
        self._show("cost", figures.cost, wording.money)
        self._show("cost-per-hour", per_hour, wording.money)
        self._show("saved", figures.saved, wording.money)
        for name in ("failed", "lost"):
            self._values[name].classes(**{"add" if getattr(figures, name) else "remove": "bad"})

    def _show(self, name: str, value: Any, shown: Callable[[Any], str]) -> None:
        _set(self._values[name], shown(value), value)


class _Chart:
    """A chart with its heading, and in words what it says now."""

    def __init__(
        self,
        name: str,
        title: str,
        options: Callable[[Board], dict[str, Any]],
        words: Callable[[Board], str],
    ) -> None:
        self._options, self._words = options, words
        with ui.element("section").classes(f"chart {name}").props(f"aria-labelledby=heading-{name}"):
            _text("h2", title).props(f"id=heading-{name}")
            self._note = _text("p", "").classes("note").props(f"data-testid=note-{name}")
            label = f"{escape(title)}, over the last 15 minutes"
            self._chart = ui.echart({}, renderer="svg").props(
                f'role=img aria-label="{label}" data-testid=chart-{name}'
            )

    def show(self, board: Board) -> None:
        _set(self._note, self._words(board))
        self._chart.options.update(self._options(board))
        self._chart.update()


def _charts(window: float) -> tuple[_Chart, ...]:
    return (
        _Chart("latency", "Latency of results", charts.latency_chart, lambda b: _latency(b, window)),
        _Chart("sessions", "Sessions and streams", charts.sessions_chart, _sessions),
        _Chart("cost", "Cost per hour", charts.cost_chart, lambda _: f"by the last {window:g} s"),
        _Chart(
            "recoveries",
            "Recoveries, by what broke the stream",
            charts.recoveries_chart,
            lambda board: wording.tally(board.recoveries),
        ),
        _Chart(
            "renewals",
            "Renewals",
            charts.renewals_chart,
            lambda board: wording.tally(board.renewals, kinds=charts.RENEWALS),
        ),
        _Chart(
            "errors",
            "Failed sessions, by error",
            charts.errors_chart,
            lambda board: wording.tally(board.errors),
        ),
        _Chart(
            "losses",
            "Lost audio, by reason",
            charts.losses_chart,
            lambda board: wording.tally(board.losses, wording.duration),
        ),
    )


def _latency(board: Board, window: float) -> str:
    if not board.moments:
        return ""
    now = board.moments[-1]
    texts = []
    for name, values in (("interim", now.interim), ("final", now.final)):
        shown = (
            f"p{share * 100:.0f} {wording.latency(value)}"
            for share, value in zip(SHARES, values, strict=True)
        )
        texts.append(f"{name} {', '.join(shown)}")
    return f"in the last {window:g} s: {'; '.join(texts)}"


def _sessions(board: Board) -> str:
    figures = board.figures
    return f"{wording.count(figures.sessions)} sessions, {wording.count(figures.streams)} streams now"


class _Endpoints:
    """The table of endpoints."""

    def __init__(self, lines: Iterable[EndpointLine]) -> None:
        with ui.element("section").classes("endpoints").props("aria-labelledby=heading-endpoints"):
            _text("h2", "Endpoints").props("id=heading-endpoints")
            with ui.element("table").props("data-testid=endpoints"):
                with ui.element("thead"), ui.element("tr"):
                    for column in _COLUMNS:
                        _text("th", column).props("scope=col")
                with ui.element("tbody"):
                    self._rows = [_EndpointRow(line) for line in lines]

    def show(self, lines: Iterable[EndpointLine]) -> None:
        for row, line in zip(self._rows, lines, strict=True):
            row.show(line)


class _EndpointRow:
    """An endpoint in the table. Its health is a word and a colour."""

    def __init__(self, line: EndpointLine) -> None:
        with ui.element("tr").props(f'data-endpoint="{escape(line.shown)}"') as self._row:
            _text("th", line.shown).props('scope=row data-label="Endpoint"')
            with ui.element("td").props('data-label="Health"'):
                self._health = _text("span", "").props("data-testid=health")
                self._reason = _text("span", "").classes("note").props("data-testid=reason")
            self._cells = {
                column: _text("td", "").props(f'data-label="{column}" data-testid="{_id(column)}"')
                for column in _COLUMNS[2:]
            }

    def show(self, line: EndpointLine) -> None:
        _set(self._health, line.health)
        self._health.classes(replace=f"health {line.health.name.lower()}")
        _set(self._reason, line.reason)
        is_up, has_answered = line.health is Health.UP, line.age is not None
        figures = line.figures
        self._show("Since", line.since, wording.clock(line.since))
        self._show("Last answer", line.age, _age(line.age))
        self._show(
            "Sessions", figures.sessions, wording.count(figures.sessions) if is_up else wording.NOTHING
        )
        self._show(
            "Audio", figures.audio, wording.duration(figures.audio) if has_answered else wording.NOTHING
        )
        self._show(
            "Cost", figures.cost, wording.money(figures.cost) if has_answered else wording.NOTHING
        )

    def _show(self, column: str, value: float | None, text: str) -> None:
        _set(self._cells[column], text, value)


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "never"
    return f"{wording.duration(seconds)} ago" if seconds else "now"


def _id(column: str) -> str:
    return f"endpoint-{column.lower().replace(' ', '-')}"


def _text(tag: str, text: str) -> ui.html:
    return ui.html(text, sanitize=escape, tag=tag)


def _set(element: ui.html, text: str, value: float | None = None) -> None:
    """Show a text, and keep the exact value beside it."""
    if element.content != text:
        element.set_content(text)
    if value is not None:
        element.props(f"data-value={float(value)!r}")


def _offer(select: ui.select, values: tuple[str, ...]) -> None:
    """Offer what there is to choose from, where that is more than one."""
    options = {_ALL: "all"} | {value: value for value in values if value}
    if select.options != options:
        select.set_options(options, value=select.value if select.value in options else _ALL)
    select.set_visibility(len(options) > 2)  # noqa: PLR2004 - all, and one: the same
