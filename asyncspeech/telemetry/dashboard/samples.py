"""An answer of an endpoint, as figures.

Of the metrics in `asyncspeech.telemetry.metrics` those are kept that the page shows, by their names
there. Labels that are not in that table, such as the exporter's own, are left out, and what they told
apart is added up.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from asyncspeech.errors import MissingExtraError
from asyncspeech.telemetry.metrics import METRICS, Attribute, Instrument

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.samples import Sample

    from asyncspeech.telemetry.metrics import Metric

__all__ = (
    "AUDIO",
    "COST",
    "ERRORS",
    "LATENCY",
    "LEVELS",
    "LOST",
    "RECOVERIES",
    "RENEWALS",
    "SAVED",
    "SESSIONS",
    "STREAMS",
    "WAITING",
    "NoSamplesError",
    "Series",
    "read_samples",
)

_BY_NAME = {metric.name: metric for metric in METRICS}

SESSIONS = _BY_NAME["asyncspeech.session.active"]
WAITING = _BY_NAME["asyncspeech.session.waiting"]
STREAMS = _BY_NAME["asyncspeech.stream.active"]
ERRORS = _BY_NAME["asyncspeech.session.errors"]
RENEWALS = _BY_NAME["asyncspeech.stream.renewals"]
RECOVERIES = _BY_NAME["asyncspeech.stream.recoveries"]
AUDIO = _BY_NAME["asyncspeech.audio.accepted"]
LOST = _BY_NAME["asyncspeech.audio.lost"]
LATENCY = _BY_NAME["asyncspeech.result.latency"]
COST = _BY_NAME["asyncspeech.billing.cost"]
SAVED = _BY_NAME["asyncspeech.billing.saved"]

_SHOWN = (SESSIONS, WAITING, STREAMS, ERRORS, RENEWALS, RECOVERIES, AUDIO, LOST, LATENCY, COST, SAVED)
LEVELS = frozenset(metric.name for metric in _SHOWN if metric.instrument is Instrument.UP_DOWN_COUNTER)
"""The metrics that tell how much there is now; the others only grow."""


class NoSamplesError(ValueError):
    """An answer without metrics of asyncspeech; the text says why."""


class Series(NamedTuple):
    """What tells one figure from another.

    Attributes:
        metric: The metric's name in OpenTelemetry.
        model: The model that was asked for.
        location: The service's location.
        kind: The value of the metric's own attribute, such as an error's code; empty if it has none.
        upto: For a histogram, the upper end of the bucket.
    """

    metric: str
    model: str
    location: str
    kind: str = ""
    upto: float | None = None


def read_samples(text: str) -> Mapping[Series, float]:
    """Read Prometheus' text format.

    https://prometheus.io/docs/instrumenting/exposition_formats/

    Raises:
        NoSamplesError: It is something else, or has no metrics of asyncspeech.
        MissingExtraError: The extra ``dashboard`` is not installed.
    """
    if text.lstrip()[:1] == "<":
        raise NoSamplesError("answers with a web page, not with metrics")
    # What else a process counts is many times as long, and none of our business.
    ours = "".join(f"{line}\n" for line in text.splitlines() if "asyncspeech_" in line[:100])
    if not ours:
        raise NoSamplesError("has no metrics of asyncspeech")
    try:
        from prometheus_client.parser import (  # noqa: PLC0415 - comes with the extra
            text_string_to_metric_families,
        )
    except ImportError as error:
        raise MissingExtraError("the dashboard", "dashboard") from error
    samples: defaultdict[Series, float] = defaultdict(float)
    try:
        for family in text_string_to_metric_families(ours):
            for sample in family.samples:
                for series in _series(sample):
                    samples[series] += sample.value
    except (ArithmeticError, LookupError, ValueError) as error:
        raise NoSamplesError("answers with what is not Prometheus' text format") from error
    return dict(samples)


def _series(sample: Sample) -> Iterator[Series]:
    """What a sample tells of: nothing that is not shown, else one series."""
    metric = _BY_PROMETHEUS_NAME.get(sample.name)
    if metric is None or not abs(sample.value) < float("inf"):
        return
    labels = sample.labels
    kind = labels.get(metric.attributes[0].prometheus_name, "") if metric.attributes else ""
    upto = float(labels["le"]) if metric.instrument is Instrument.HISTOGRAM else None
    model, location = (
        labels.get(name.prometheus_name, "") for name in (Attribute.MODEL, Attribute.LOCATION)
    )
    yield Series(metric.name, model, location, kind, upto)


def _sample_name(metric: Metric) -> str:
    bucket = "_bucket" if metric.instrument is Instrument.HISTOGRAM else ""
    return f"{metric.prometheus_name}{bucket}"


_BY_PROMETHEUS_NAME = {_sample_name(metric): metric for metric in _SHOWN}
