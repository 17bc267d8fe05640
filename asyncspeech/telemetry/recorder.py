"""`Recorder`: keeps what there is to tell of one session besides what its engine counts."""

from __future__ import annotations

import uuid
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from asyncspeech.model import Result, StreamRecovered
from asyncspeech.telemetry.latency import LatencyHistogram
from asyncspeech.telemetry.log import SessionLog
from asyncspeech.telemetry.metrics import Attribute
from asyncspeech.telemetry.stats import SessionStats
from asyncspeech.telemetry.summary import SessionSummary
from asyncspeech.telemetry.trace import SESSION_ID, SessionTrace

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

    from asyncspeech.config import SessionConfig
    from asyncspeech.model import Event
    from asyncspeech.telemetry.instruments import Instruments
    from asyncspeech.telemetry.stats import Counts
    from asyncspeech.telemetry.streams import StreamSummary

__all__ = ("Recorder",)

_MOST_STREAMS = 100  # eight hours of renewals, in some ten kilobytes


class Recorder:
    """What there is to tell of one session.

    Attributes:
        id: Tells it from all others.
        model: The model that it asks for now.
        attributes: What all its metrics have.
        interim_results: How many interim results it has handed over.
        words: How many words there were in its finals.
        interim_latency: How long the interims took.
        final_latency: How long the finals took.

    Args:
        config: What the session is to do.
        location: The service's location.
        instruments: What metrics are recorded with.
        tracer: What makes the spans.
    """

    def __init__(
        self, config: SessionConfig, *, location: str, instruments: Instruments, tracer: Tracer
    ) -> None:
        self.id = uuid.uuid4().hex
        self.interim_results = 0
        self.words = 0
        self.interim_latency, self.final_latency = LatencyHistogram(), LatencyHistogram()
        self._told: dict[int | None, float] = {}
        self._location = location
        self._instruments = instruments
        self._tracer = tracer
        self._log = SessionLog(self.id)
        self._trace: SessionTrace | None = None
        self._streams: deque[StreamSummary] = deque(maxlen=_MOST_STREAMS)
        self._began_on = ""
        self._began = self._ended = 0.0
        self._outcome = ""
        self.reconfigure(config)

    def reconfigure(self, config: SessionConfig) -> None:
        """Go by another configuration from now on."""
        self._config = config
        self.model = config.requested_model
        self.attributes: dict[str, str] = {
            Attribute.MODEL: self.model,
            Attribute.LOCATION: self._location,
        }
        self._interim = {**self.attributes, Attribute.RESULT_KIND: "interim"}
        self._final = {**self.attributes, Attribute.RESULT_KIND: "final"}

    def begin(self, now: float) -> None:
        """The session is open. Times are on the loop's clock."""
        self._began = now
        self._began_on = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._trace = SessionTrace(self._tracer, {**self.attributes, SESSION_ID: self.id}, now)
        self._log.begin(self._config, self._location)

    def event(self, event: Event, now: float) -> None:
        """Something happened in the session."""
        match event:
            case Result():
                self._count(event)
            case StreamRecovered():
                self._instruments.outage(event.outage, event.code, self.attributes)
        self._log.event(event)
        if self._trace is not None:
            self._trace.event(event, now)

    def _count(self, result: Result) -> None:
        if result.is_final:
            self._told[result.channel] = max(result.end, self._told.get(result.channel, -1.0))
            self.words += len(result.words) or len(result.text.split())
            self.final_latency.add(result.latency)
            self._instruments.latency(result.latency, self._final)
        else:
            self.interim_results += 1
            # After a stream broke, the next one hears again what has been told already: no news.
            if result.end > self._told.get(result.channel, -1.0):
                self._told[result.channel] = result.end
                self.interim_latency.add(result.latency)
                self._instruments.latency(result.latency, self._interim)

    def end_stream(self, stream: StreamSummary) -> None:
        """A stream has ended."""
        self._log.end_stream(stream)
        if self._trace is not None:
            self._trace.end_stream(stream)
        began = self._began
        self._streams.append(replace(stream, opened=stream.opened - began, closed=stream.closed - began))

    def end(self, outcome: str, counts: Counts, now: float, *, failed: bool) -> None:
        """The session is over.

        Args:
            outcome: How, as `SessionSummary.outcome` tells it.
            counts: What it has done.
            now: The time.
            failed: Whether it failed.
        """
        self._ended, self._outcome = now, outcome
        self._log.end(outcome, counts, now - self._began, failed=failed)
        if self._trace is not None:
            self._trace.end(outcome, counts, now, failed=failed)
        code = outcome if failed else ""
        self._instruments.session_ended(now - self._began, code, self.attributes)

    def stats(self, counts: Counts, *, waiting_peak: float) -> SessionStats:
        """The session's figures.

        Args:
            counts: Those that add up.
            waiting_peak: The most seconds of audio that have waited to be sent.
        """
        return SessionStats.of(
            counts,
            waiting_peak=waiting_peak,
            interim_latency=self.interim_latency.value,
            final_latency=self.final_latency.value,
        )

    def summary(self, stats: SessionStats) -> SessionSummary:
        """The session as it was, after its end."""
        config = self._config
        return SessionSummary(
            session=self.id,
            began=self._began_on,
            duration=self._ended - self._began,
            outcome=self._outcome,
            model=self.model,
            location=self._location,
            language_codes=config.language_codes,
            sample_rate_hertz=config.sample_rate_hertz,
            channels=len(config.recognized_channels),
            stats=stats,
            streams=tuple(sorted(self._streams, key=lambda stream: stream.number)),
        )
