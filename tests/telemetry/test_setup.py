"""One call gives an application an SDK, that serves and sends, and another call takes it away."""

from __future__ import annotations

import gzip
import logging
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.metrics._internal import _ProxyMeterProvider
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.util._once import Once
from prometheus_client.parser import text_string_to_metric_families

from asyncspeech import ConfigurationError, MissingExtraError, UsageError, telemetry
from asyncspeech.telemetry import setup
from asyncspeech.telemetry.metrics import METRICS, Instrument
from tests.support.commands import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LATENCY = "asyncspeech.result.latency"


@pytest.fixture(autouse=True)
def _fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has set a provider in this process yet, and nobody will have."""
    monkeypatch.setattr("opentelemetry.metrics._internal._METER_PROVIDER", None)
    monkeypatch.setattr("opentelemetry.metrics._internal._METER_PROVIDER_SET_ONCE", Once())
    monkeypatch.setattr("opentelemetry.metrics._internal._PROXY_METER_PROVIDER", _ProxyMeterProvider())
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER", None)
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER_SET_ONCE", Once())
    for variable in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(1.0)  # whoever answered the last request may not be quite gone
        assert not thread.is_alive(), thread


def count(amount: float = 1.5) -> None:
    """Record something, as a library does."""
    counter = metrics.get_meter("asyncspeech").create_counter("asyncspeech.audio.sent", "s", "Audio.")
    counter.add(amount, {"asyncspeech.model": "long"})


def scrape(url: str) -> dict[str, float]:
    """The samples that Prometheus finds, by name and labels."""
    with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - our own
        text = response.read().decode()
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class Collector:
    """Takes OTLP over HTTP, as a collector does.

    Attributes:
        url: Its base.
        metrics: What was sent to it of metrics.
        traces: What was sent to it of traces.
        headers: Those of the last request.
    """

    def __init__(self) -> None:
        self.metrics: list[Any] = []
        self.traces: list[Any] = []
        self.headers: dict[str, str] = {}
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["Content-Encoding"] == "gzip":
                    body = gzip.decompress(body)
                collector.take(self.path, body)
                collector.headers = dict(self.headers)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def take(self, path: str, body: bytes) -> None:
        if path == "/v1/metrics":
            self.metrics.append(ExportMetricsServiceRequest.FromString(body))
        else:
            assert path == "/v1/traces"
            self.traces.append(ExportTraceServiceRequest.FromString(body))

    @contextmanager
    def listening(self) -> Iterator[Collector]:
        with ThreadPoolExecutor(1) as threads:
            threads.submit(self._server.serve_forever, 0.01)
            try:
                yield self
            finally:
                self._server.shutdown()
                self._server.server_close()

    @property
    def metric_names(self) -> list[str]:
        return [
            metric.name
            for request in self.metrics
            for resource in request.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        ]

    @property
    def span_names(self) -> list[str]:
        return [
            span.name
            for request in self.traces
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def resource(self) -> dict[str, str]:
        attributes = self.metrics[0].resource_metrics[0].resource.attributes
        return {attribute.key: attribute.value.string_value for attribute in attributes}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector().listening() as listening:
        yield listening


class TestPrometheus:
    def test_what_is_recorded_is_served_on_loopback(self) -> None:
        with telemetry.set_up(prometheus_port=0) as running:
            assert running.metrics_url is not None
            assert running.metrics_url.startswith("http://127.0.0.1:")
            assert running.otlp_endpoints == {}
            count()
            found = scrape(running.metrics_url)
        # Of prometheus_client's own collectors, which tell of the process, there are none.
        assert found == {"target_info": 1, "asyncspeech_audio_sent_seconds_total": 1.5}

    def test_every_metric_has_the_name_that_the_table_gives(self) -> None:
        kinds = {
            Instrument.COUNTER: "create_counter",
            Instrument.UP_DOWN_COUNTER: "create_up_down_counter",
            Instrument.HISTOGRAM: "create_histogram",
        }
        with telemetry.set_up(prometheus_port=0) as running:
            assert running.metrics_url is not None
            meter = metrics.get_meter("asyncspeech")
            for metric in METRICS:
                made = getattr(meter, kinds[metric.instrument])(metric.name, metric.unit)
                made.record(1) if metric.instrument is Instrument.HISTOGRAM else made.add(1)
            names = {name.removesuffix("_count") for name in scrape(running.metrics_url)}
        assert {metric.prometheus_name for metric in METRICS} <= names

    def test_buckets_are_those_that_the_instrument_advises(self) -> None:
        with telemetry.set_up(prometheus_port=0) as running:
            assert running.metrics_url is not None
            histogram = metrics.get_meter("asyncspeech").create_histogram(
                LATENCY, "s", explicit_bucket_boundaries_advisory=(0.15, 0.8)
            )
            histogram.record(0.5)
            with urllib.request.urlopen(running.metrics_url, timeout=5) as response:  # noqa: S310 - ours
                lines = [line for line in response.read().decode().splitlines() if "_bucket{" in line]
        assert [line.partition('le="')[2].partition('"')[0] for line in lines] == ["0.15", "0.8", "+Inf"]

    def test_the_port_is_free_again_after_closing(self) -> None:
        with telemetry.set_up(prometheus_port=0) as running:
            port = int(str(running.metrics_url).split(":")[2].partition("/")[0])
        with telemetry.set_up(prometheus_port=port) as running:
            assert running.metrics_url == f"http://127.0.0.1:{port}/metrics"

    def test_the_port_is_that_of_the_specification(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[object] = []

        def refuse(port: int, host: str, _registry: object) -> None:
            asked.extend((port, host))
            raise OSError(98, "Address already in use")

        monkeypatch.setattr("prometheus_client.start_http_server", refuse)
        with pytest.raises(ConfigurationError, match="port 9464 of"):
            telemetry.set_up()
        assert asked == [9464, "127.0.0.1"]

    def test_a_port_in_use_is_refused_and_nothing_is_left_behind(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(ConfigurationError, match="cannot be listened on") as caught:
                telemetry.set_up(prometheus_port=port)
        assert caught.value.field == "prometheus_port"
        assert "port 0" in caught.value.hint
        telemetry.set_up(prometheus_port=port).close()

    @pytest.mark.parametrize("port", [-1, 65_536, "9464"])
    def test_a_port_that_is_none_is_refused(self, port: Any) -> None:
        with pytest.raises(ConfigurationError, match=r"^prometheus_port: "):
            telemetry.set_up(prometheus_port=port)


class TestOtlp:
    def test_metrics_and_spans_reach_the_collector_when_it_is_closed(self, collector: Collector) -> None:
        with telemetry.set_up(prometheus_port=None, otlp_endpoint=collector.url) as running:
            assert running.metrics_url is None
            assert running.otlp_endpoints == {
                "metrics": f"{collector.url}/v1/metrics",
                "traces": f"{collector.url}/v1/traces",
            }
            count()
            with trace.get_tracer("asyncspeech").start_as_current_span("asyncspeech session"):
                pass
        assert collector.metric_names == ["asyncspeech.audio.sent"]
        assert collector.span_names == ["asyncspeech session"]
        assert collector.resource()["service.name"] == "asyncspeech"

    def test_both_ways_at_once(self, collector: Collector) -> None:
        with telemetry.set_up(prometheus_port=0, otlp_endpoint=f"{collector.url}/") as running:
            assert running.metrics_url is not None
            count()
            assert "asyncspeech_audio_sent_seconds_total" in scrape(running.metrics_url)
        assert "asyncspeech.audio.sent" in collector.metric_names

    def test_the_environment_says_where_and_how(
        self, collector: Collector, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:9/v1/traces")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-team=captions")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "captions")
        with telemetry.set_up(prometheus_port=None, otlp_endpoint=telemetry.FROM_ENVIRONMENT) as running:
            assert running.otlp_endpoints["traces"] == "http://127.0.0.1:9/v1/traces"
            count()
        assert collector.metric_names == ["asyncspeech.audio.sent"]
        assert collector.headers["x-team"] == "captions"
        assert collector.resource()["service.name"] == "captions"

    def test_a_name_that_is_given_wins(
        self, collector: Collector, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OTEL_SERVICE_NAME", "captions")
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
        with telemetry.set_up(prometheus_port=None, otlp_endpoint=collector.url, service_name="notes"):
            count()
        assert collector.resource()["service.name"] == "notes"
        assert collector.resource()["deployment.environment.name"] == "test"

    @pytest.mark.parametrize(
        "endpoint", ["", "localhost:4318", "ftp://localhost", "http://", "http://localhost:x", 4318]
    )
    def test_what_is_no_url_is_refused_and_not_shown(self, endpoint: Any) -> None:
        with pytest.raises(ConfigurationError, match=r"^otlp_endpoint: it is no http"):
            telemetry.set_up(prometheus_port=0, otlp_endpoint=endpoint)

    def test_an_environment_that_says_nothing_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="does not say where to send metrics"):
            telemetry.set_up(prometheus_port=0, otlp_endpoint=telemetry.FROM_ENVIRONMENT)

    def test_a_collector_that_cannot_be_reached_holds_closing_up_for_a_while_only(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(setup, "_PATIENCE", 0.3)
        with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes connections and says nothing
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "2")
            running = telemetry.set_up(
                prometheus_port=0, otlp_endpoint=f"http://127.0.0.1:{deaf.getsockname()[1]}"
            )
            count()
            trace.get_tracer("asyncspeech").start_span("asyncspeech session").end()
            begun = time.monotonic()
            with caplog.at_level(logging.WARNING, "asyncspeech"):
                running.close()
            assert time.monotonic() - begun < 2.0
        assert "telemetry could not be sent within 1.3 s" in caplog.text
        for thread in threading.enumerate():
            if thread.name.startswith(("Otel", "asyncspeech telemetry")):
                thread.join(5.0)


class TestOncePerProcess:
    def test_it_can_be_set_up_again_after_closing(self) -> None:
        for amount in (1.0, 2.0):
            with telemetry.set_up(prometheus_port=0) as running:
                assert running.metrics_url is not None
                count(amount)
                assert scrape(running.metrics_url)["asyncspeech_audio_sent_seconds_total"] == amount

    def test_so_can_traces(self, collector: Collector) -> None:
        for name in ("first", "second"):
            with telemetry.set_up(prometheus_port=None, otlp_endpoint=collector.url):
                trace.get_tracer("asyncspeech").start_span(name).end()
        assert collector.span_names == ["first", "second"]

    def test_nothing_is_recorded_and_nothing_fails_in_between(self) -> None:
        telemetry.set_up(prometheus_port=0, otlp_endpoint="http://127.0.0.1:9").close()
        count()
        assert not trace.get_tracer("asyncspeech").start_span("name").is_recording()

    def test_a_meter_from_before_records_as_well(self) -> None:
        counter = metrics.get_meter("asyncspeech").create_counter("asyncspeech.audio.sent", "s")
        with telemetry.set_up(prometheus_port=0) as running:
            assert running.metrics_url is not None
            counter.add(3)
            assert scrape(running.metrics_url)["asyncspeech_audio_sent_seconds_total"] == 3

    def test_twice_at_a_time_is_refused(self) -> None:
        with telemetry.set_up(prometheus_port=0):
            with pytest.raises(UsageError, match="set up already") as caught:
                telemetry.set_up(prometheus_port=0)
        assert caught.value.hint == "use that, or close it first"

    def test_closing_twice_is_closing_once(self) -> None:
        running = telemetry.set_up(prometheus_port=0)
        running.close()
        running.close()

    def test_an_sdk_of_the_applications_own_is_left_alone(self) -> None:
        own = MeterProvider(shutdown_on_exit=False)
        metrics.set_meter_provider(own)
        with pytest.raises(UsageError, match=r"SDK for metrics already \(MeterProvider\)") as caught:
            telemetry.set_up(prometheus_port=0)
        assert "asyncspeech records with the SDK" in caught.value.hint
        assert metrics.get_meter_provider() is own

    def test_tracing_of_the_applications_own_forbids_traces_alone(self) -> None:
        trace.set_tracer_provider(TracerProvider(shutdown_on_exit=False))
        with pytest.raises(UsageError, match=r"SDK for traces already \(TracerProvider\)"):
            telemetry.set_up(prometheus_port=0, otlp_endpoint="http://127.0.0.1:9")
        telemetry.set_up(prometheus_port=0).close()

    def test_nothing_to_do_is_a_mistake(self) -> None:
        with pytest.raises(ConfigurationError, match="neither a port for Prometheus nor"):
            telemetry.set_up(prometheus_port=None)


class TestThePackages:
    def test_without_them_the_extra_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "opentelemetry.exporter.prometheus", None)
        with pytest.raises(MissingExtraError, match="needs the extra 'telemetry'"):
            telemetry.set_up()

    def test_importing_the_package_does_not_load_them(self, tmp_path: Path) -> None:
        code = (
            "import sys, asyncspeech, asyncspeech.telemetry\n"
            "heavy = {'opentelemetry.sdk', 'prometheus_client', 'asyncspeech.telemetry.setup'}\n"
            "print(sorted(heavy & set(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=environment(tmp_path),
        )
        assert done.stdout == "[]\n"
