"""Every metric and every attribute, from the code: ``.. metric-list::`` and ``.. metric-attributes::``.

What they say is what `asyncspeech.telemetry.metrics` says, so that nothing is written twice. They are
directives of reStructuredText, as docstrings are: a page in Markdown puts them into ``{eval-rst}``.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

from asyncspeech.telemetry.metrics import COMMON_ATTRIBUTES, METRICS, Attribute, Instrument

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

    from asyncspeech.telemetry.metrics import Metric

_HISTOGRAM_SUFFIXES = ("_bucket", "_sum", "_count")
_DOCS = ModuleAnalyzer.for_module("asyncspeech.telemetry.metrics").find_attr_docs()


class MetricList(SphinxDirective):
    """A section for each kind of metrics, and in it one for each metric."""

    def run(self) -> list[nodes.Node]:
        """What stands in the page."""
        return [_group(name, list(metrics)) for name, metrics in groupby(METRICS, _group_name)]


class MetricAttributes(SphinxDirective):
    """What tells the time series of a metric apart."""

    def run(self) -> list[nodes.Node]:
        """What stands in the page."""
        context = self.env.ref_context
        before = context.get("py:module")
        context["py:module"] = "asyncspeech"  # where names in the docstrings are looked up
        try:
            return [nodes.definition_list("", *map(self._item, Attribute))]
        finally:
            context["py:module"] = before

    def _item(self, attribute: Attribute) -> nodes.definition_list_item:
        meaning = "\n".join(_DOCS["Attribute", attribute.name])
        body = [
            *self.parse_text_to_nodes(meaning),
            _fields(
                {
                    "Prometheus": [nodes.literal("", attribute.prometheus_name)],
                    "Metrics": _users(attribute),
                }
            ),
        ]
        term = nodes.term("", "", nodes.literal("", attribute), ids=[_anchor(attribute)])
        return nodes.definition_list_item("", term, nodes.definition("", *body))


def _group_name(metric: Metric) -> str:
    return metric.name.split(".")[1]


def _group(name: str, metrics: Iterable[Metric]) -> nodes.section:
    section = nodes.section(ids=[f"metrics-{name}"], names=[f"{name} metrics"])
    section += nodes.title("", name.capitalize())
    section += [_metric(metric) for metric in metrics]
    return section


def _metric(metric: Metric) -> nodes.section:
    section = nodes.section(ids=[_anchor(metric.name)], names=[metric.name])
    section += nodes.title(metric.name, "", nodes.literal("", metric.name))
    section += nodes.paragraph("", metric.description)
    fields = {
        "Prometheus": _literals(_prometheus_names(metric)),
        "Kind": [nodes.Text(_kind(metric))],
        "Unit": [nodes.literal("", metric.unit)],
        "Attributes": _links((*COMMON_ATTRIBUTES, *metric.attributes)),
    }
    if metric.boundaries:
        ends = ", ".join(f"{end:g}" for end in metric.boundaries)
        fields["Buckets"] = [nodes.Text(f"up to {ends} {metric.unit}, and above")]
    section += _fields(fields)
    return section


def _prometheus_names(metric: Metric) -> list[str]:
    is_histogram = metric.instrument is Instrument.HISTOGRAM
    suffixes = _HISTOGRAM_SUFFIXES if is_histogram else ("",)
    return [metric.prometheus_name + suffix for suffix in suffixes]


def _kind(metric: Metric) -> str:
    is_gauge = metric.instrument is Instrument.UP_DOWN_COUNTER
    return f"{metric.instrument}, which is a gauge in Prometheus" if is_gauge else metric.instrument


def _users(attribute: Attribute) -> list[nodes.Node]:
    """The metrics that have an attribute."""
    if attribute in COMMON_ATTRIBUTES:
        return [nodes.Text("all")]
    return _links(metric.name for metric in METRICS if attribute in metric.attributes)


def _anchor(name: str) -> str:
    return str(nodes.make_id(name))


def _links(names: Iterable[str]) -> list[nodes.Node]:
    """References to metrics or attributes, which stand in the same page."""
    return _joined(
        [
            nodes.reference("", "", nodes.literal("", name), refid=_anchor(name), internal=True)
            for name in names
        ]
    )


def _literals(texts: Iterable[str]) -> list[nodes.Node]:
    return _joined([nodes.literal("", text) for text in texts])


def _joined(parts: Sequence[nodes.Node]) -> list[nodes.Node]:
    found: list[nodes.Node] = []
    for part in parts:
        found += [nodes.Text(", "), part] if found else [part]
    return found


def _fields(fields: dict[str, list[nodes.Node]]) -> nodes.field_list:
    return nodes.field_list(
        "",
        *(
            nodes.field(
                "", nodes.field_name("", name), nodes.field_body("", nodes.paragraph("", "", *body))
            )
            for name, body in fields.items()
        ),
        classes=["metric"],
    )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directives to Sphinx."""
    app.add_directive("metric-list", MetricList)
    app.add_directive("metric-attributes", MetricAttributes)
    app.add_css_file("metrics.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
