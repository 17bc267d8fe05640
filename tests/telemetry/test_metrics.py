"""The table of metrics, held against OpenTelemetry's SDK and its Prometheus exporter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asyncspeech.telemetry.metrics import COMMON_ATTRIBUTES, METRICS, Attribute, Instrument

pytest.importorskip("opentelemetry.exporter.prometheus", reason="the extra 'telemetry'")

from tests.telemetry.recording import VALUES, exported, record_everything

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric as Family

    from asyncspeech.telemetry.metrics import Metric

TYPES = {
    Instrument.COUNTER: "counter",
    Instrument.UP_DOWN_COUNTER: "gauge",
    Instrument.HISTOGRAM: "histogram",
}
"""What Prometheus calls the kinds of instruments."""


@pytest.fixture(scope="module")
def families() -> dict[str, Family]:
    """What is exported, by the name that Prometheus gives to it: with ``_total``, where it has that."""
    with exported() as (provider, registry):
        record_everything(provider)
        found = list(registry.collect())
    return {family.name + "_total" * (family.type == "counter"): family for family in found}


def test_what_is_exported_is_named_as_in_the_table(families: dict[str, Family]) -> None:
    assert set(families) == {metric.prometheus_name for metric in METRICS} | {"target"}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_is_exported_as_the_table_describes_it(
    metric: Metric, families: dict[str, Family]
) -> None:
    family = families[metric.prometheus_name]
    assert family.type == TYPES[metric.instrument]
    assert family.unit == ("seconds" if metric.unit == "s" else "")
    assert family.documentation == metric.description


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_attributes_become_labels(metric: Metric, families: dict[str, Family]) -> None:
    samples = families[metric.prometheus_name].samples
    attributes = (*COMMON_ATTRIBUTES, *metric.attributes)
    for attribute in attributes:
        assert {sample.labels[attribute.prometheus_name] for sample in samples} == {
            str(value).lower() if isinstance(value, bool) else value for value in VALUES[attribute]
        }
    labels = {name for name in samples[0].labels if not name.startswith("otel_scope_")}
    assert labels - {"le"} == {attribute.prometheus_name for attribute in attributes}


@pytest.mark.parametrize(
    "metric", [metric for metric in METRICS if metric.boundaries], ids=lambda metric: metric.name
)
def test_a_histogram_has_the_buckets_of_the_table(metric: Metric, families: dict[str, Family]) -> None:
    samples = families[metric.prometheus_name].samples
    ends = {float(sample.labels["le"]) for sample in samples if sample.name.endswith("_bucket")}
    assert sorted(ends) == [*metric.boundaries, float("inf")]


def test_every_attribute_is_used() -> None:
    used = {attribute for metric in METRICS for attribute in metric.attributes}
    assert used | set(COMMON_ATTRIBUTES) == set(Attribute)
