"""`SessionTrace`: a session as OpenTelemetry spans.

A span for the session, a child of whatever is going on where the session is opened; below it a span for
each stream, with a link to the stream that it took over from. What happens in the session's course is
an event of its span. Nothing tells what was said.

The spans do not become the current ones: they outlast the functions that happen to run.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from asyncspeech.model import (
    AudioLost,
    BudgetNearlySpent,
    Parked,
    Resumed,
    StreamOpened,
    StreamRecovered,
    StreamRenewed,
)
from asyncspeech.telemetry.metrics import Attribute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.trace import Span, Tracer
    from opentelemetry.util.types import AttributeValue

    from asyncspeech.model import Event
    from asyncspeech.telemetry.stats import Counts
    from asyncspeech.telemetry.streams import StreamSummary

__all__ = ("SESSION_ID", "SessionTrace")

SESSION_ID = "asyncspeech.session.id"
"""The span attribute with `Session.id`."""

_NANOSECONDS = 1_000_000_000

_OPENS = StreamOpened | StreamRenewed | StreamRecovered | Resumed


class SessionTrace:
    """The spans of one session.

    Args:
        tracer: Makes them.
        attributes: What every span has.
        now: The time at which the session is opened, on the loop's clock.
    """

    def __init__(self, tracer: Tracer, attributes: Mapping[str, str], now: float) -> None:
        self._tracer = tracer
        self._attributes = attributes
        self._epoch = time.time() - now  # the loop's clock began there
        self._span = tracer.start_span(
            "asyncspeech session", attributes=attributes, start_time=self._at(now)
        )
        self._context = trace.set_span_in_context(self._span)
        self._streams: dict[int, Span] = {}
        self._last: Span | None = None

    def event(self, event: Event, now: float) -> None:
        """Note something that happened. Results are none of its business."""
        if not self._span.is_recording():
            return
        match event:
            case StreamOpened() | StreamRenewed() | StreamRecovered() | Resumed():
                self._open(event, now)
            case Parked():
                self._note("parked", now, {"asyncspeech.at": event.at})
            case AudioLost():
                lost: dict[str, AttributeValue] = {
                    "asyncspeech.at": event.start,
                    "asyncspeech.lost": event.end - event.start,
                    Attribute.LOSS_REASON: event.reason,
                }
                self._note("audio lost", now, lost)
            case BudgetNearlySpent():
                self._note("budget nearly spent", now, {"asyncspeech.spent": event.spent})
            case _:
                return

    def _open(self, event: _OPENS, now: float) -> None:
        attributes: dict[str, AttributeValue] = {
            "asyncspeech.stream": event.stream,
            "asyncspeech.at": event.at,
        }
        match event:
            case StreamOpened():
                name = "stream opened"
            case Resumed():
                name = "resumed"
            case StreamRenewed():
                name = "stream renewed"
                attributes |= {Attribute.FORCED: event.forced, "asyncspeech.replayed": event.replayed}
            case StreamRecovered():
                name = "stream recovered"
                attributes |= {
                    Attribute.ERROR_TYPE: event.code,
                    "asyncspeech.outage": event.outage,
                    "asyncspeech.replayed": event.replayed,
                }
        self._note(name, now, attributes)
        links = [] if self._last is None else [Link(self._last.get_span_context(), attributes)]
        self._last = self._streams[event.stream] = self._tracer.start_span(
            "asyncspeech stream",
            context=self._context,
            kind=SpanKind.CLIENT,
            attributes={**self._attributes, "asyncspeech.stream": event.stream},
            links=links,
            start_time=self._at(now),
        )

    def end_stream(self, stream: StreamSummary) -> None:
        """End the span of a stream. Its times are on the loop's clock."""
        span = self._streams.pop(stream.number, None)
        if span is None:
            return
        span.set_attributes(
            {
                "rpc.grpc.status": stream.status,
                "asyncspeech.audio.sent": stream.audio_sent,
                "asyncspeech.billing.service": stream.billed,
                "asyncspeech.billing.estimate": stream.billed_estimate,
            }
        )
        if stream.is_broken:
            span.set_attribute(Attribute.ERROR_TYPE, stream.status)
            span.set_status(Status(StatusCode.ERROR))
        span.end(self._at(stream.closed))

    def end(self, outcome: str, counts: Counts, now: float, *, failed: bool) -> None:
        """End the session's span, and what is left of its streams'."""
        for span in self._streams.values():
            span.end(self._at(now))
        self._span.set_attributes(
            {
                "asyncspeech.outcome": outcome,
                "asyncspeech.audio.accepted": counts.audio_accepted,
                "asyncspeech.audio.lost": counts.audio_lost,
                "asyncspeech.billing.cost": counts.cost,
                "asyncspeech.recoveries": counts.recoveries,
                "asyncspeech.renewals": counts.renewals,
                "asyncspeech.words": counts.words,
            }
        )
        if failed:
            self._span.set_attribute(Attribute.ERROR_TYPE, outcome)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end(self._at(now))

    def _note(self, name: str, now: float, attributes: Mapping[str, AttributeValue]) -> None:
        self._span.add_event(name, attributes, timestamp=self._at(now))

    def _at(self, now: float) -> int:
        """A time on the loop's clock in nanoseconds since 1970."""
        return round((self._epoch + now) * _NANOSECONDS)
