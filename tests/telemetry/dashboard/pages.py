"""Pages of metrics as a process serves them, made from the table of metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from asyncspeech.telemetry.metrics import COMMON_ATTRIBUTES, METRICS, Instrument

if TYPE_CHECKING:
    from prometheus_client.metrics import MetricWrapperBase

__all__ = ("Process",)

_BY_NAME = {metric.name: metric for metric in METRICS}


class Process:
    """A process that counts."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._metrics: dict[str, MetricWrapperBase] = {}

    def add(self, name: str, amount: float, kind: str = "", *, model: str = "long") -> None:
        """Let a metric grow, or a histogram count a value."""
        metric = _BY_NAME[f"asyncspeech.{name}"]
        if name not in self._metrics:
            labels = [
                attribute.prometheus_name for attribute in (*COMMON_ATTRIBUTES, *metric.attributes)
            ]
            made: dict[Instrument, type[MetricWrapperBase]] = {
                Instrument.COUNTER: Counter,
                Instrument.UP_DOWN_COUNTER: Gauge,
                Instrument.HISTOGRAM: Histogram,
            }
            more: dict[str, Any] = {"buckets": metric.boundaries} if metric.boundaries else {}
            self._metrics[name] = made[metric.instrument](
                metric.prometheus_name, metric.description, labels, registry=self._registry, **more
            )
        values = (model, "global", *([kind] if metric.attributes else []))
        child = self._metrics[name].labels(*values)
        if isinstance(child, Histogram):
            child.observe(amount)
        elif isinstance(child, Counter | Gauge):
            child.inc(amount)

    @property
    def page(self) -> str:
        """What it answers."""
        return generate_latest(self._registry).decode()
