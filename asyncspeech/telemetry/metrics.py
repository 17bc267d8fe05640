"""The metrics that asyncspeech records: names, units and attributes, and nothing else.

This is the one place where they are fixed. The instruments are made from this table, the reference in
the documentation is generated from it, and the dashboards are checked against it. Names and units
follow the style of OpenTelemetry's semantic conventions
(https://opentelemetry.io/docs/specs/semconv/general/naming/ and .../general/metrics/): a namespace,
singular nouns, base units in UCUM, and curly brackets around what is counted.

An attribute has few values, so that the number of time series stays small: no metric tells sessions
apart. None of them tells what was said.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = (
    "COMMON_ATTRIBUTES",
    "METRICS",
    "Attribute",
    "Instrument",
    "Metric",
)


class Instrument(StrEnum):
    """Kinds of OpenTelemetry instruments."""

    COUNTER = "Counter"
    """Only ever grows."""

    UP_DOWN_COUNTER = "UpDownCounter"
    """How much there is now."""

    HISTOGRAM = "Histogram"
    """How values are spread."""


class Attribute(StrEnum):
    """What tells the time series of a metric apart."""

    MODEL = "asyncspeech.model"
    """The model that was asked for, such as ``long``."""

    LOCATION = "asyncspeech.location"
    """The service's location, such as ``global``."""

    RESULT_KIND = "asyncspeech.result.kind"
    """``interim`` or ``final``."""

    FORCED = "asyncspeech.renewal.forced"
    """Whether somebody was speaking, so that some audio was sent to both streams."""

    LOSS_REASON = "asyncspeech.loss.reason"
    """``buffer full``, or the code of the error that ended the session."""

    ERROR_TYPE = "error.type"
    """A code: the name of a gRPC status, such as ``UNAVAILABLE``, or that of an `AsyncSpeechError`.

    A stream that the service ended with OK before its time is ``OK``; one that took no audio or said
    nothing, and was given up, is ``STALLED``.
    """

    @property
    def prometheus_name(self) -> str:
        """What Prometheus calls it: the name of a label."""
        return self.value.replace(".", "_")


COMMON_ATTRIBUTES = (Attribute.MODEL, Attribute.LOCATION)
"""What every metric has."""

# Seconds. Around the marks that people watch: 150 and 800 ms for interims, and pauses for finals.
_LATENCIES = (
    *(0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8),
    *(1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0),
)
# Seconds: from a command of one second to a day. A stream ends after 300 s.
_DURATIONS = (1.0, 5.0, 15.0, 60.0, 150.0, 300.0, 600.0, 1_800.0, 3_600.0, 14_400.0, 86_400.0)
_OUTAGES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric.

    Attributes:
        name: Its name in OpenTelemetry.
        instrument: What kind it is.
        unit: Its unit in UCUM: ``s``, or what is counted, in curly brackets.
        description: What it tells.
        attributes: What it has besides `COMMON_ATTRIBUTES`.
        boundaries: For a histogram, the upper ends of its buckets, in its unit.
    """

    name: str
    instrument: Instrument
    unit: str
    description: str
    attributes: tuple[Attribute, ...] = ()
    boundaries: tuple[float, ...] = ()

    @property
    def prometheus_name(self) -> str:
        """What Prometheus calls it, by the rules of OpenTelemetry's exporter.

        https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/: dots become
        underscores, the unit is a suffix, and so is ``_total`` of what only grows. A histogram consists
        of this name with ``_bucket``, ``_sum`` and ``_count``.
        """
        unit = {"s": "_seconds"}.get(self.unit, "")
        total = "_total" if self.instrument is Instrument.COUNTER else ""
        return self.name.replace(".", "_") + unit + total


def _counter(name: str, unit: str, description: str, *attributes: Attribute) -> Metric:
    return Metric(
        name=f"asyncspeech.{name}",
        instrument=Instrument.COUNTER,
        unit=unit,
        description=description,
        attributes=attributes,
    )


def _up_down_counter(name: str, unit: str, description: str) -> Metric:
    return Metric(
        name=f"asyncspeech.{name}",
        instrument=Instrument.UP_DOWN_COUNTER,
        unit=unit,
        description=description,
    )


def _histogram(
    name: str, description: str, boundaries: tuple[float, ...], *attributes: Attribute
) -> Metric:
    return Metric(
        name=f"asyncspeech.{name}",
        instrument=Instrument.HISTOGRAM,
        unit="s",
        description=description,
        attributes=attributes,
        boundaries=boundaries,
    )


METRICS = (
    _up_down_counter("session.active", "{session}", "Sessions that are open."),
    _up_down_counter(
        "session.waiting", "{session}", "Sessions that wait for a place, as max_sessions are open."
    ),
    _histogram(
        "session.duration",
        "How long sessions were open; with error.type if they failed.",
        _DURATIONS,
        Attribute.ERROR_TYPE,
    ),
    _counter("session.errors", "{session}", "Sessions that failed.", Attribute.ERROR_TYPE),
    _counter("session.parked", "s", "Time without a stream, because no audio came."),
    _up_down_counter("stream.active", "{stream}", "Streams that are open to the service."),
    _counter("stream.opened", "{stream}", "Streams opened to the service."),
    _counter(
        "stream.renewals",
        "{stream}",
        "Streams that took over from another as planned.",
        Attribute.FORCED,
    ),
    _counter(
        "stream.recoveries",
        "{stream}",
        "Streams opened because another broke; error.type tells how.",
        Attribute.ERROR_TYPE,
    ),
    _histogram(
        "stream.outage",
        "How long it was when a stream was replaced that broke since the first of the failures in "
        "between which there was no progress.",
        _OUTAGES,
        Attribute.ERROR_TYPE,
    ),
    _counter("audio.accepted", "s", "Audio taken from the user."),
    _counter(
        "audio.sent", "s", "Audio handed to gRPC: what was sent again and what keeps alive included."
    ),
    _counter("audio.replayed", "s", "Audio sent again, on another stream."),
    _counter("audio.withheld", "s", "Silence that a VoiceGate has kept from the service."),
    _counter("audio.lost", "s", "Audio that will not be recognised.", Attribute.LOSS_REASON),
    _up_down_counter("audio.waiting", "s", "Audio that waits to be sent."),
    _histogram(
        "result.latency",
        "From taking in a result's last frame to handing the result over; of interims, those that reach "
        "further than any before.",
        _LATENCIES,
        Attribute.RESULT_KIND,
    ),
    _counter("result.delivered", "{result}", "Results handed over.", Attribute.RESULT_KIND),
    _counter("result.words", "{word}", "Words in final results."),
    _counter("billing.service", "s", "What the service says that it has billed."),
    _counter("billing.estimate", "s", "What it should bill by our own count of what was sent."),
    _counter(
        "billing.cost", "{USD}", "What that costs, in US dollars, by the session's table of prices."
    ),
    _counter(
        "billing.saved", "{USD}", "What the silence would have cost that was withheld, in US dollars."
    ),
)
"""Every metric, in the order in which a reader wants them."""
