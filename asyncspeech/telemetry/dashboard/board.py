"""The figures of the page, from the history.

What is said of a time is what happened in the `Pace.window` before it: what counters have grown by,
over the seconds that the growth took. A window holds several rounds of answers, as processes count
once a second and answers come when they come.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asyncspeech.telemetry.dashboard import samples
from asyncspeech.telemetry.dashboard.quantile import histogram_quantile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from asyncspeech.telemetry.dashboard.endpoint import Endpoint, Health
    from asyncspeech.telemetry.dashboard.history import History, Point
    from asyncspeech.telemetry.dashboard.samples import Series
    from asyncspeech.telemetry.metrics import Metric

__all__ = (
    "SHARES",
    "Board",
    "Choice",
    "EndpointLine",
    "Figures",
    "Moment",
    "Pace",
    "Tally",
    "make_board",
)

SHARES = (0.50, 0.95, 0.99)
"""The percentiles that are shown."""

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How time is divided.

    Attributes:
        every: Seconds from one round of answers to the next.
    """

    every: float

    @property
    def window(self) -> float:
        """Seconds that a rate, a percentile or a bar tells of: three rounds at least."""
        return max(30.0, 3 * self.every)

    @property
    def step(self) -> float:
        """Seconds from one point of a line to the next."""
        return max(5.0, self.every)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which sessions are looked at.

    Attributes:
        model: Those of this model; None for all.
        location: Those in this location; None for all.
    """

    model: str | None = None
    location: str | None = None

    def has(self, series: Series) -> bool:
        """Whether a series belongs to it."""
        return self.model in {None, series.model} and self.location in {None, series.location}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How much there is now, and what was counted so far.

    Attributes:
        sessions: Sessions that are open.
        streams: Streams that are open.
        waiting: Sessions that wait for a place.
        audio: Seconds of audio taken.
        cost: US dollars.
        saved: US dollars not spent on silence.
        lost: Seconds of audio that will not be recognised.
        failed: Sessions that failed.
    """

    sessions: float
    streams: float
    waiting: float
    audio: float
    cost: float
    saved: float
    lost: float
    failed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A point of the lines.

    Attributes:
        at: When, in seconds since 1970.
        interim: By `SHARES`, the latency of interim results in seconds; None where there were none.
        final: The same of final results.
        sessions: Sessions that were open; None if no endpoint answered.
        streams: Streams that were open; None if no endpoint answered.
        cost_per_hour: US dollars; None if it cannot be told yet.
    """

    at: float
    interim: tuple[float | None, ...]
    final: tuple[float | None, ...]
    sessions: float | None
    streams: float | None
    cost_per_hour: float | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How much of something there was, by its kind.

    Attributes:
        starts: When each window of time begins, in seconds since 1970.
        counts: By kind, how much there was in each.
    """

    starts: tuple[float, ...]
    counts: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLine:
    """An endpoint.

    Attributes:
        shown: Its address.
        health: How it is.
        reason: Why it is not up.
        since: When it became so, in seconds since 1970; None if it has not been asked.
        age: Seconds since it was up; None if it never was.
        figures: What it told when it last was, and how much there is now.
    """

    shown: str
    health: Health
    reason: str
    since: float | None
    age: float | None
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All that the page shows.

    Attributes:
        figures: Of all endpoints.
        moments: The lines, from the past to now.
        renewals: Planned and forced ones.
        recoveries: By what broke the stream.
        errors: Sessions that failed, by the error.
        losses: Seconds of lost audio, by the reason.
        endpoints: The endpoints.
        models: What can be chosen.
        locations: What can be chosen.
    """

    figures: Figures
    moments: tuple[Moment, ...]
    renewals: Tally
    recoveries: Tally
    errors: Tally
    losses: Tally
    endpoints: tuple[EndpointLine, ...]
    models: tuple[str, ...]
    locations: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether no endpoint has ever answered."""
        return all(line.age is None for line in self.endpoints)


def make_board(history: History, choice: Choice, pace: Pace) -> Board:
    """The figures as they are now."""
    now = history.points[-1].at if history.points else 0.0
    lines = tuple(_line(endpoint, choice, now) for endpoint in history.endpoints)
    known = [series for endpoint in history.endpoints for series in (*endpoint.totals, *endpoint.levels)]
    windows = _Windows(history.points, choice, _bounds(known), pace)
    return Board(
        figures=_sum(line.figures for line in lines),
        moments=tuple(windows.moments()),
        renewals=windows.tally(samples.RENEWALS),
        recoveries=windows.tally(samples.RECOVERIES),
        errors=windows.tally(samples.ERRORS),
        losses=windows.tally(samples.LOST),
        endpoints=lines,
        models=tuple(sorted({series.model for series in known})),
        locations=tuple(sorted({series.location for series in known})),
    )


def _line(endpoint: Endpoint, choice: Choice, now: float) -> EndpointLine:
    return EndpointLine(
        shown=endpoint.address.shown,
        health=endpoint.health,
        reason=endpoint.reason,
        since=endpoint.since,
        age=None if endpoint.answered is None else now - endpoint.answered,
        figures=_figures({**endpoint.totals, **endpoint.levels}, choice),
    )


def _figures(values: Mapping[Series, float], choice: Choice) -> Figures:
    sums: defaultdict[str, float] = defaultdict(float)
    for series, value in values.items():
        if choice.has(series):
            sums[series.metric] += value
    return Figures(
        sessions=sums[samples.SESSIONS.name],
        streams=sums[samples.STREAMS.name],
        waiting=sums[samples.WAITING.name],
        audio=sums[samples.AUDIO.name],
        cost=sums[samples.COST.name],
        saved=sums[samples.SAVED.name],
        lost=sums[samples.LOST.name],
        failed=sums[samples.ERRORS.name],
    )


def _sum(several: Iterable[Figures]) -> Figures:
    names = Figures.__slots__
    columns = zip(*([getattr(figures, name) for name in names] for figures in several), strict=True)
    return Figures(**dict(zip(names, map(sum, columns), strict=True)))


def _bounds(known: Iterable[Series]) -> tuple[float, ...]:
    """The upper ends of the latencies' buckets."""
    return tuple(sorted({series.upto for series in known if series.upto is not None}))


class _Windows:
    """The points of the history, in sums from the first on: a window's sum is the difference of two."""

    def __init__(
        self, points: Iterable[Point], choice: Choice, bounds: tuple[float, ...], pace: Pace
    ) -> None:
        self._points = tuple(points)
        self._choice = choice
        self._bounds = bounds
        self._pace = pace
        self._times = np.array([point.at for point in self._points])

    def moments(self) -> Iterable[Moment]:
        if not self._points:
            return
        latencies = {kind: self._latency_sums(kind) for kind in ("interim", "final")}
        costs = self._sums([[self._growth(point, samples.COST)] for point in self._points])
        seconds = self._sums([[point.covers] for point in self._points])
        for at in self._grid():
            first, last = np.searchsorted(self._times, [at - self._pace.window, at], side="right")
            interim, final = (self._percentiles(sums[last] - sums[first]) for sums in latencies.values())
            took = float((seconds[last] - seconds[first])[0])
            spent = float((costs[last] - costs[first])[0])
            point = self._points[last - 1]
            yield Moment(
                at=at,
                interim=interim,
                final=final,
                sessions=self._level(point, samples.SESSIONS),
                streams=self._level(point, samples.STREAMS),
                cost_per_hour=spent / took * _HOUR if took else None,
            )

    def tally(self, metric: Metric) -> Tally:
        """What a metric counted, by window of the clock, and by kind, the largest first."""
        if not self._points:
            return Tally((), {})
        first, last = (self._slot(self._points[end].at) for end in (0, -1))
        counts: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * (last - first + 1))
        for point in self._points:
            for series, value in point.growth.items():
                if series.metric == metric.name and self._choice.has(series):
                    counts[series.kind][self._slot(point.at) - first] += value
        starts = tuple(slot * self._pace.window for slot in range(first, last + 1))
        ranked = sorted(counts.items(), key=lambda item: (-sum(item[1]), item[0]))
        return Tally(starts, {kind: tuple(values) for kind, values in ranked})

    def _slot(self, at: float) -> int:
        return math.floor(at / self._pace.window)

    def _grid(self) -> Iterable[float]:
        """Full steps of the clock, so that a point that has been drawn stays; and now."""
        step, begin, end = self._pace.step, self._points[0].at, self._points[-1].at
        yield from (n * step for n in range(math.ceil(begin / step), math.ceil(end / step)))
        yield end

    def _sums(self, rows: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
        table = np.array(rows, dtype=np.float64)
        return np.vstack([np.zeros((1, table.shape[1])), table.cumsum(axis=0)])

    def _latency_sums(self, kind: str) -> npt.NDArray[np.float64]:
        columns = {bound: column for column, bound in enumerate(self._bounds)}
        rows = np.zeros((len(self._points), len(columns)))
        for row, point in zip(rows, self._points, strict=True):
            for series, value in point.growth.items():
                if series.upto is not None and series.kind == kind and self._choice.has(series):
                    row[columns[series.upto]] += value
        return self._sums(rows)  # type: ignore[arg-type] # an array is a sequence of sequences

    def _percentiles(self, counts: npt.NDArray[np.float64]) -> tuple[float | None, ...]:
        # Endpoints whose buckets have other ends may make a sum fall, where it can only rise.
        rising = np.maximum.accumulate(counts).tolist() if len(counts) else []
        return tuple(histogram_quantile(share, self._bounds, rising or [0.0]) for share in SHARES)

    def _growth(self, point: Point, metric: Metric) -> float:
        return self._of(point.growth, metric)

    def _level(self, point: Point, metric: Metric) -> float | None:
        return self._of(point.levels, metric) if point.is_known else None

    def _of(self, values: Mapping[Series, float], metric: Metric) -> float:
        return sum(
            value
            for series, value in values.items()
            if series.metric == metric.name and self._choice.has(series)
        )
