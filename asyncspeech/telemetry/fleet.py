"""`Fleet`: all sessions of a client, added up, and told to the metrics.

The metrics grow by what the sessions' `Counts` have grown. That is looked up once a second while
somebody records, and when the client closes, so that a chunk of audio costs nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from opentelemetry import trace

from asyncspeech.telemetry.instruments import Instruments
from asyncspeech.telemetry.latency import LatencyHistogram
from asyncspeech.telemetry.metrics import Attribute
from asyncspeech.telemetry.recorder import Recorder
from asyncspeech.telemetry.stats import ClientStats, Counts

if TYPE_CHECKING:
    import asyncio

    from asyncspeech.config import SessionConfig

__all__ = ("Counted", "Fleet")

_EVERY = 1.0  # seconds

_NOTHING = Counts()


class Counted(Protocol):
    """A session, as the fleet sees it."""

    @property
    def counts(self) -> Counts:
        """What it has done so far."""
        ...

    @property
    def recorder(self) -> Recorder:
        """What keeps the rest of it."""
        ...


class Fleet:
    """All sessions of a client.

    Args:
        location: The service's location.
    """

    def __init__(self, location: str) -> None:
        self._location = location
        self._instruments = Instruments()
        self._tracer = trace.get_tracer("asyncspeech")
        # By the model that a session asked for at the time: its time series in the metrics.
        self._closed: dict[str, Counts] = {}
        self._told: dict[str, Counts] = {}
        # Of a session that has changed its model, what it had done by then is another model's.
        self._open: dict[Counted, Counts] = {}
        self._waiting = 0
        self._opened = 0
        self._has_closed = False
        self._errors: Counter[str] = Counter()
        self._interim_latency, self._final_latency = LatencyHistogram(), LatencyHistogram()
        self._timer: asyncio.TimerHandle | None = None

    def recorder(self, config: SessionConfig) -> Recorder:
        """What keeps the figures of a session that is to be."""
        return Recorder(
            config, location=self._location, instruments=self._instruments, tracer=self._tracer
        )

    # Sessions come and go.

    def wait(self, change: int, session: Counted) -> None:
        """A session begins (1) or ends (-1) to wait for a place."""
        self._waiting += change
        self._instruments.waiting_session(change, session.recorder.attributes)

    def open(self, session: Counted) -> None:
        """A session opens."""
        self._opened += 1
        self._open[session] = _NOTHING
        self._instruments.session(1, session.recorder.attributes)

    def remodel(self, session: Counted, config: SessionConfig) -> None:
        """A session goes on with another configuration."""
        recorder = session.recorder
        if config.requested_model != recorder.model:
            self._settle(session)
            self._instruments.session(-1, recorder.attributes)
            recorder.reconfigure(config)
            self._instruments.session(1, recorder.attributes)
        else:
            recorder.reconfigure(config)

    def close(self, session: Counted, error: str) -> None:
        """A session is over.

        Args:
            session: The session.
            error: The code of what it failed with; empty if it did not.
        """
        recorder = session.recorder
        self._settle(session)
        del self._open[session]
        if error:
            self._errors[error] += 1
        self._interim_latency.merge(recorder.interim_latency)
        self._final_latency.merge(recorder.final_latency)
        self._instruments.session(-1, recorder.attributes)
        self._has_closed = True

    def _settle(self, session: Counted) -> None:
        """Add what a session has done to what is over."""
        counts, model = session.counts.past, session.recorder.model
        self._closed[model] = self._closed.get(model, _NOTHING) + (counts - self._open[session])
        self._open[session] = counts

    # What is told.

    @property
    def stats(self) -> ClientStats:
        """What all sessions have done so far."""
        interim, final = LatencyHistogram(), LatencyHistogram()
        interim.merge(self._interim_latency)
        final.merge(self._final_latency)
        for session in self._open:
            interim.merge(session.recorder.interim_latency)
            final.merge(session.recorder.final_latency)
        return ClientStats.of(
            Counts.total(self._totals().values()),
            sessions_open=len(self._open),
            sessions_waiting=self._waiting,
            sessions_opened=self._opened,
            sessions_failed=self._errors.total(),
            errors_by_code=dict(self._errors),
            interim_latency=interim.value,
            final_latency=final.value,
        )

    def _totals(self) -> dict[str, Counts]:
        """What was done so far, by model."""
        parts: dict[str, list[Counts]] = {model: [counts] for model, counts in self._closed.items()}
        for session, before in self._open.items():
            counts = session.counts
            new = counts if before is _NOTHING else counts - before
            parts.setdefault(session.recorder.model, []).append(new)
        return {model: Counts.total(counts) for model, counts in parts.items()}

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to tell the metrics."""

        def tick() -> None:
            if self._instruments.is_recording and (self._open or self._has_closed):
                self._tell()
            self._timer = loop.call_later(_EVERY, tick)

        tick()

    def stop(self) -> None:
        """Tell the metrics for the last time."""
        if self._timer is not None:
            self._timer.cancel()
        self._tell()

    def _tell(self) -> None:
        self._has_closed = False
        for model, counts in self._totals().items():
            growth = counts - self._told.get(model, _NOTHING)
            attributes: dict[str, str] = {Attribute.MODEL: model, Attribute.LOCATION: self._location}
            self._instruments.add(growth, attributes)
            self._told[model] = counts
