"""The kinds of telemetry that `tests.benchmarks.telemetry` compares, each for a process of its own."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Kind", "set_up")


class Kind(StrEnum):
    """What there is of OpenTelemetry in a client's process."""

    OFF = "off"
    """The API alone, and not even that is called: the floor."""

    NO_SDK = "no SDK"
    """As installed."""

    METRICS = "metrics"
    """An SDK with an endpoint for Prometheus."""

    TRACES = "metrics, traces"
    """The same, and spans in batches, which are dropped instead of sent."""


def set_up(kind: Kind) -> tuple[int, Callable[[], int]]:
    """Give this process what the kind has.

    Returns:
        The port for Prometheus, 0 if there is none; and what flushes the spans and tells how many
        there were.
    """
    port = _metrics() if kind in {Kind.METRICS, Kind.TRACES} else 0
    return port, _traces() if kind is Kind.TRACES else lambda: 0


def _metrics() -> int:
    # The SDK is imported only where it is used: "no SDK" means just that.
    from opentelemetry import metrics  # noqa: PLC0415 - see above
    from opentelemetry.exporter.prometheus import PrometheusMetricReader  # noqa: PLC0415 - see above
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415 - see above
    from prometheus_client import CollectorRegistry, start_http_server  # noqa: PLC0415 - see above

    registry = CollectorRegistry()
    metrics.set_meter_provider(MeterProvider([PrometheusMetricReader(registry=registry)]))
    server, _ = start_http_server(0, "127.0.0.1", registry)
    return server.server_port


def _traces() -> Callable[[], int]:
    from opentelemetry import trace  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace.export import (  # noqa: PLC0415 - as above
        BatchSpanProcessor,
        SpanExporter,
        SpanExportResult,
    )

    dropped: list[int] = []

    class Dropping(SpanExporter):
        def export(self, spans: object) -> SpanExportResult:
            assert isinstance(spans, (list, tuple))
            assert all(isinstance(span, ReadableSpan) for span in spans)
            dropped.append(len(spans))
            return SpanExportResult.SUCCESS

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Dropping()))
    trace.set_tracer_provider(provider)

    def flush() -> int:
        provider.force_flush()
        return sum(dropped)

    return flush
