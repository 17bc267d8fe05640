"""The reference of the metrics in the documentation, made from their table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from asyncspeech.telemetry.metrics import COMMON_ATTRIBUTES, METRICS, Attribute
from tests.docs.building import DOCS, build

if TYPE_CHECKING:
    from asyncspeech.telemetry.metrics import Metric

pytest.importorskip("sphinx", reason="the reference is made by directives of Sphinx")

PAGE = """
Metrics
=======

Attributes
----------

.. metric-attributes::

.. metric-list::
"""


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The page as readers see it, in plain text: what comes first, a title, its text, and so on."""
    folder = tmp_path_factory.mktemp("docs")
    page = build(folder, "metric_table", PAGE)
    return re.split(r'^"?([\w.]+)"?\n[=*~-]+\n', page, flags=re.MULTILINE)


def test_it_has_every_metric_once_in_order(parts: list[str]) -> None:
    titles = [title for title in parts[1::2] if "." in title]
    assert titles == [metric.name for metric in METRICS]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_has_what_its_table_has(parts: list[str], metric: Metric) -> None:
    text = " ".join(parts[parts.index(metric.name) + 1].split())
    assert metric.description in text
    assert f'"{metric.prometheus_name}{"_bucket" * bool(metric.boundaries)}"' in text
    assert f"Kind: {metric.instrument}" in text
    assert f'Unit: "{metric.unit}"' in text
    for attribute in (*COMMON_ATTRIBUTES, *metric.attributes):
        assert f'"{attribute}"' in text
    ends = ", ".join(f"{end:g}" for end in metric.boundaries)
    assert ("Buckets: " in text) == bool(ends)
    assert ends in text


@pytest.mark.parametrize("attribute", Attribute)
def test_an_attribute_says_what_it_is_and_where(parts: list[str], attribute: Attribute) -> None:
    text = parts[parts.index("Attributes") + 1]
    (own,) = re.findall(rf'^"{re.escape(attribute)}"\n((?:   .*\n|\n)*)', text, flags=re.MULTILINE)
    own = " ".join(own.split())
    assert not own.startswith("Prometheus")  # it has a meaning
    assert f'Prometheus: "{attribute.replace(".", "_")}"' in own
    users = [f'"{metric.name}"' for metric in METRICS if attribute in metric.attributes]
    assert own.endswith("Metrics: " + (", ".join(users) or "all"))


def test_it_stands_in_the_reference() -> None:
    page = (DOCS / "reference" / "metrics.md").read_text()
    assert ".. metric-list::" in page
    assert ".. metric-attributes::" in page
