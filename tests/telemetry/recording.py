"""Instruments made from the table of metrics alone, with the SDK and the exporter of OpenTelemetry."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import product
from typing import TYPE_CHECKING

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import CollectorRegistry

from asyncspeech.telemetry.metrics import COMMON_ATTRIBUTES, METRICS, Attribute, Instrument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.metrics import Meter

    from asyncspeech.telemetry.metrics import Metric

VALUES: dict[Attribute, tuple[str | bool, ...]] = {
    Attribute.MODEL: ("long",),
    Attribute.LOCATION: ("global",),
    Attribute.RESULT_KIND: ("interim", "final"),
    Attribute.FORCED: (True, False),
    Attribute.LOSS_REASON: ("buffer full", "UNAVAILABLE"),
    Attribute.ERROR_TYPE: ("UNAVAILABLE", "RESOURCE_EXHAUSTED", "STALLED"),
}
"""What the attributes are, for all that these tests know."""


@contextmanager
def exported() -> Iterator[tuple[MeterProvider, CollectorRegistry]]:
    """An SDK, and where Prometheus would read what it records."""
    registry = CollectorRegistry()
    provider = MeterProvider([PrometheusMetricReader(registry=registry)])
    try:
        yield provider, registry
    finally:
        provider.shutdown()


def record_everything(provider: MeterProvider) -> None:
    """Record 1 for each metric of the table, with every combination of its attributes."""
    meter = provider.get_meter("asyncspeech")
    for metric in METRICS:
        for attributes in _combinations(metric):
            _record(meter, metric, attributes)


def _combinations(metric: Metric) -> Iterator[dict[str, str | bool]]:
    names = (*COMMON_ATTRIBUTES, *metric.attributes)
    for values in product(*(VALUES[name] for name in names)):
        yield dict(zip(names, values, strict=True))


def _record(meter: Meter, metric: Metric, attributes: dict[str, str | bool]) -> None:
    name, unit, text = metric.name, metric.unit, metric.description
    match metric.instrument:
        case Instrument.COUNTER:
            meter.create_counter(name, unit, text).add(1, attributes)
        case Instrument.UP_DOWN_COUNTER:
            meter.create_up_down_counter(name, unit, text).add(1, attributes)
        case Instrument.HISTOGRAM:
            histogram = meter.create_histogram(
                name, unit, text, explicit_bucket_boundaries_advisory=metric.boundaries
            )
            histogram.record(1, attributes)
