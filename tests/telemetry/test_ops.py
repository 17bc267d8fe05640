"""What docs/ops has for Prometheus and Grafana works: on a real Prometheus that watches a process."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from asyncspeech.telemetry.metrics import METRICS, Attribute, Instrument
from tests.telemetry.prometheus import IS_INSTALLED, OPS, until, watching

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.telemetry.prometheus import Prometheus

needs_prometheus = pytest.mark.skipif(not IS_INSTALLED, reason="Prometheus is not on this machine")

ALERTS = OPS / "prometheus-alerts.yml"
TESTS_OF_ALERTS = Path(__file__).with_name("alerts.test.yml")
DASHBOARD = OPS / "grafana-asyncspeech.json"

dashboard: dict[str, Any] = json.loads(DASHBOARD.read_text())
panels: list[dict[str, Any]] = dashboard["panels"]
variables: list[dict[str, Any]] = dashboard["templating"]["list"][1:]  # after the data source
rules: list[dict[str, Any]] = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
QUERIES = {
    f"{panel['id']}, {panel['title']}, {target['refId']}": target["expr"]
    for panel in panels
    for target in panel.get("targets", ())
}

_SUFFIXES = {Instrument.HISTOGRAM: ("_bucket", "_count", "_sum")}
SERIES = {
    metric.prometheus_name + suffix
    for metric in METRICS
    for suffix in _SUFFIXES.get(metric.instrument, ("",))
}
LABELS = {attribute.prometheus_name for attribute in Attribute} | {"instance", "job", "le"}


def as_grafana_asks(text: str) -> str:
    """A query as it is when all is chosen, at a scrape each second."""
    text = text.replace("$__rate_interval", "4s").replace("$__range", "1m")
    return re.sub(r"\$\w+", ".+", text)


def series(expression: str) -> set[str]:
    return set(re.findall(r"\basyncspeech_\w+", expression)) - LABELS


def labels(expression: str) -> set[str]:
    """The labels that an expression names, to select by, or to tell apart."""
    selected = re.findall(r"(\w+)(?:=~|!~|!=|=)\"", expression)
    told = ", ".join(re.findall(r"\bby \(([^)]*)\)", expression))
    return {*selected, *re.findall(r"\w+", told)}


# --- The dashboard of Grafana


def test_the_dashboard_is_the_one_that_the_script_makes() -> None:
    script = [sys.executable, str(OPS / "grafana.py")]
    made = subprocess.run(script, capture_output=True, text=True, check=True, timeout=60)
    assert made.stdout == DASHBOARD.read_text()


def test_the_dashboard_has_every_metric_and_no_other() -> None:
    shown = set[str]().union(*map(series, QUERIES.values()))
    assert shown <= SERIES
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in shown} == {
        metric.prometheus_name for metric in METRICS
    }


def test_the_dashboard_names_labels_that_there_are() -> None:
    assert set[str]().union(*map(labels, QUERIES.values())) <= LABELS


def test_legends_name_labels_that_their_queries_keep() -> None:
    for panel in panels:
        for target in panel.get("targets", ()):
            told = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            assert told <= labels(target["expr"]), panel["title"]


def test_panels_have_numbers_of_their_own() -> None:
    numbers = [panel["id"] for panel in panels]
    assert len(set(numbers)) == len(numbers)


def test_panels_do_not_overlap_and_stay_on_the_page() -> None:
    places = {panel["id"]: panel["gridPos"] for panel in panels}
    for place in places.values():
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
    for one, other in combinations(places.values(), 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)


def test_each_panel_says_what_it_shows_and_in_which_unit() -> None:
    for panel in panels:
        if panel["type"] != "row":
            assert panel["description"]
            assert panel["targets"]
            assert panel["fieldConfig"]["defaults"]["unit"]
            assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_each_query_goes_by_what_is_chosen() -> None:
    chosen = [variable["name"] for variable in variables]
    assert chosen == ["job", "instance", "model", "location"]
    for name, query in QUERIES.items():  # `up` is of a process
        kept = chosen[:2] if query.startswith("up") else chosen
        assert all(f'=~"${choice}"' in query for choice in kept), name


# --- The alerts of Prometheus


def test_the_alerts_name_metrics_and_labels_that_there_are() -> None:
    for rule in rules:
        assert series(rule["expr"]) <= SERIES, rule["alert"]
        assert labels(rule["expr"]) <= LABELS, rule["alert"]


def test_each_alert_says_how_bad_it_is_and_what_to_do() -> None:
    for rule in rules:
        assert rule["for"]
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert set(rule["annotations"]) == {"summary", "description", "action"}


def test_the_texts_of_an_alert_name_labels_that_it_has() -> None:
    for rule in rules:
        named = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
        kept = labels(rule["expr"]) if " by (" in rule["expr"] else LABELS
        assert named <= kept, rule["alert"]


def test_each_alert_is_shown_to_fire_and_not_to_fire() -> None:
    shown: dict[str, set[bool]] = {}
    for group in yaml.safe_load(TESTS_OF_ALERTS.read_text())["tests"]:
        for test in group["promql_expr_test"]:
            (alert,) = re.findall(r'alertname="(\w+)"', test["expr"])
            shown.setdefault(alert, set()).add(bool(test["exp_samples"]))
    assert shown == {rule["alert"]: {False, True} for rule in rules}


def test_the_documentation_tells_what_to_do_about_each_alert() -> None:
    page = (OPS.parent / "howto" / "watch-in-production.md").read_text()
    rows = re.findall(r"^\| `(AsyncSpeech\w+)` \|.*\|(.*)\|$", page, flags=re.MULTILINE)
    assert [alert for alert, _ in rows] == [rule["alert"] for rule in rules]
    titles = {panel["title"] for panel in panels}
    assert {title for _, look_at in rows for title in re.findall(r'"([^"]+)"', look_at)} <= titles


@needs_prometheus
@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "rules", "--lint-fatal", str(ALERTS)],
        ["check", "config", "--lint-fatal", str(OPS / "prometheus.yml")],
        ["test", "rules", str(TESTS_OF_ALERTS)],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_promtool_is_content(arguments: list[str]) -> None:
    run = subprocess.run(
        ["promtool", *arguments],  # noqa: S607 - wherever it is installed
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert run.returncode == 0, run.stdout + run.stderr


# --- All of it, on a real Prometheus


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """It watches a process in which sessions go on, on a service that makes trouble."""
    pytest.importorskip("opentelemetry.exporter.prometheus", reason="the extra 'telemetry'")
    command = [sys.executable, "-m", "tests.support.observed"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with watching(port, tmp_path_factory.mktemp("prometheus")) as running:
            yield running
        process.communicate(timeout=10)
    assert process.returncode == 0


@needs_prometheus
def test_each_query_of_the_dashboard_gives_data(prometheus: Prometheus) -> None:
    def silent() -> list[str]:
        return [
            name for name, query in QUERIES.items() if not prometheus.numbers(as_grafana_asks(query))
        ]

    until(lambda: not silent(), silent)


@needs_prometheus
def test_there_is_something_to_choose(prometheus: Prometheus) -> None:
    for variable in variables:
        asked = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
        assert asked
        path, parameters = f"label/{asked[2]}/values", {"match[]": as_grafana_asks(asked[1])}
        until(partial(prometheus.get, path, **parameters), partial(str, variable["name"]))


@needs_prometheus
def test_prometheus_can_evaluate_each_alert(prometheus: Prometheus) -> None:
    def ill() -> list[dict[str, Any]]:
        return [rule for rule in prometheus.rules() if rule["health"] != "ok"]

    until(lambda: not ill(), ill)
    assert [rule["name"] for rule in prometheus.rules()] == [rule["alert"] for rule in rules]


@needs_prometheus
def test_alerts_that_need_not_wait_fire_and_say_what_is_the_matter(prometheus: Prometheus) -> None:
    def firing() -> dict[str, str]:
        return {
            alert["labels"]["alertname"]: " ".join(alert["annotations"].values())
            for alert in prometheus.get("alerts")["alerts"]
            if alert["state"] == "firing"
        }

    expected = {"AsyncSpeechAudioLost", "AsyncSpeechSessionsFailing"}
    until(lambda: expected <= set(firing()), firing)
    for text in firing().values():
        assert "expanding template" not in text
        assert "no value" not in text
