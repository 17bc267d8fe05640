"""`set_up`: OpenTelemetry's SDK, for an application that has none of its own.

A library that records through OpenTelemetry's API finds whoever keeps the figures in one place of the
process, the global provider, which can be set only once. So what is set there is no SDK but a post box:
it hands out the meters and tracers of the SDK that is running now, and such as do nothing when none is.
An application, or a test, may therefore set up, close, and set up again.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from opentelemetry import metrics, trace

from asyncspeech.config.values import check_range
from asyncspeech.errors import ConfigurationError, MissingExtraError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Self

    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.resources import Resource

__all__ = ("FROM_ENVIRONMENT", "RunningTelemetry", "set_up")

_log = logging.getLogger(__name__)

FROM_ENVIRONMENT = "environment"
"""As `set_up`'s ``otlp_endpoint``: where ``OTEL_EXPORTER_OTLP_ENDPOINT`` says."""

_ENDPOINT_VARIABLES = {
    "metrics": "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "traces": "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
}
_PORTS = range(65_536)
_PATIENCE = 4.0
"""Seconds for which closing waits for a collector."""
_MARGIN = 1.0
"""Seconds for which it then waits for the SDK to notice."""


@dataclass(frozen=True, slots=True, eq=False)
class RunningTelemetry:
    """OpenTelemetry's SDK while it runs, from `set_up` to `close`; closed by ``with``, too.

    Attributes:
        metrics_url: Where Prometheus finds the metrics; None if it does not.
        otlp_endpoints: By signal (``metrics``, ``traces``), where it is sent to; empty without OTLP.
    """

    metrics_url: str | None
    otlp_endpoints: dict[str, str]
    _resources: ExitStack = field(repr=False)

    def close(self) -> None:
        """Send what is still to be sent, and stop. Blocks for some seconds at most.

        What a collector has not taken by then is given up, which is logged. Closing again does nothing.
        """
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def set_up(
    *,
    prometheus_port: int | None = 9464,
    prometheus_host: str = "127.0.0.1",
    otlp_endpoint: str | None = None,
    service_name: str | None = None,
) -> RunningTelemetry:
    """Record metrics and traces, and serve or send them.

    For an application that has no OpenTelemetry of its own. Call it once, early: before a client is
    made, in each process, and after a fork. Blocks for a moment. ::

        with telemetry.set_up() as running:
            print(running.metrics_url)

    It sets the process's global providers, so that other libraries' figures come along. The standard
    variables (``OTEL_EXPORTER_OTLP_HEADERS``, ``OTEL_METRIC_EXPORT_INTERVAL``,
    ``OTEL_RESOURCE_ATTRIBUTES``, ``OTEL_SDK_DISABLED``, …) are honoured.

    Args:
        prometheus_port: Where Prometheus can fetch the metrics, by HTTP at any path; 0 for any port that
            is free, None for none. 9464 is the port that OpenTelemetry's specification gives.
        prometheus_host: The address to listen on. There is no encryption and no password.
        otlp_endpoint: The base URL to which metrics and traces are sent by OTLP over HTTP, such as
            ``"http://localhost:4318"``; ``"environment"`` for what the ``OTEL_EXPORTER_OTLP_*``
            variables say; None for nowhere.
        service_name: What the service is called; else as ``OTEL_SERVICE_NAME`` has it, else asyncspeech.

    Returns:
        What runs; close it in the end.

    Raises:
        ConfigurationError: It cannot listen there, the endpoint is no URL, or nothing is asked for.
        UsageError: The process has an OpenTelemetry SDK already.
        MissingExtraError: The extra ``telemetry`` is not installed.
    """
    _check_extra()
    endpoints = {} if otlp_endpoint is None else _endpoints(otlp_endpoint)
    if prometheus_port is None and not endpoints:
        raise ConfigurationError(
            "prometheus_port",
            "there is neither a port for Prometheus nor an OTLP endpoint",
            hint="give a port or otlp_endpoint",
        )
    _check_free(with_traces=bool(endpoints))
    resource = _resource(service_name)
    with ExitStack() as resources:
        readers: list[MetricReader] = []
        url = None
        if prometheus_port is not None:
            reader, url = _serve(prometheus_host, prometheus_port, resources)
            readers.append(reader)
        if endpoints:
            readers.append(_pushing_reader(endpoints["metrics"]))
        ends = [_install_meters(readers, resource)]
        if endpoints:
            ends.append(_install_tracers(endpoints["traces"], resource))
        resources.callback(_end_all, ends)
        return RunningTelemetry(url, endpoints, resources.pop_all())


# What has to hold.


def _check_extra() -> None:
    try:
        import opentelemetry.exporter.otlp.proto.http  # noqa: PLC0415 - comes with the extra
        import opentelemetry.exporter.prometheus  # noqa: PLC0415 - comes with the extra
        import opentelemetry.sdk.metrics  # noqa: F401, PLC0415 - comes with the extra
    except ImportError as error:
        raise MissingExtraError("setting up telemetry", "telemetry") from error


def _check_free(*, with_traces: bool) -> None:
    """See that nobody else has set up what we would."""
    if isinstance(provider := metrics.get_meter_provider(), _Meters):
        if provider.current is not None:
            raise UsageError("telemetry is set up already", hint="use that, or close it first")
    elif not _is_none(provider, "opentelemetry.metrics"):
        raise _taken("metrics", provider)
    if with_traces:
        tracers = trace.get_tracer_provider()
        if not isinstance(tracers, _Tracers) and not _is_none(tracers, "opentelemetry.trace"):
            raise _taken("traces", tracers)


def _is_none(provider: object, package: str) -> bool:
    """Whether a provider is the API's own, which waits for one to be set."""
    return type(provider).__module__.startswith(package)


def _taken(signal: str, provider: object) -> UsageError:
    return UsageError(
        f"this process has an OpenTelemetry SDK for {signal} already ({type(provider).__qualname__})",
        hint="leave set_up out: asyncspeech records with the SDK that the application has set up",
    )


def _endpoints(endpoint: str) -> dict[str, str]:
    """By signal, the URL that it is sent to.

    https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp
    """
    if endpoint != FROM_ENVIRONMENT:
        return {signal: _url("otlp_endpoint", endpoint, signal) for signal in _ENDPOINT_VARIABLES}
    base = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    endpoints = {}
    for signal, variable in _ENDPOINT_VARIABLES.items():
        if own := os.environ.get(variable):
            endpoints[signal] = _checked_url(variable, own)
        elif base:
            endpoints[signal] = _url("OTEL_EXPORTER_OTLP_ENDPOINT", base, signal)
        else:
            raise ConfigurationError(
                "otlp_endpoint",
                f"the environment does not say where to send {signal}",
                hint="set OTEL_EXPORTER_OTLP_ENDPOINT, such as http://localhost:4318",
            )
    return endpoints


def _url(name: str, base: str, signal: str) -> str:
    return f"{_checked_url(name, base).rstrip('/')}/v1/{signal}"


def _checked_url(name: str, text: Any) -> str:
    try:
        parts = urlsplit(text)
        is_url = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except (AttributeError, TypeError, ValueError):
        is_url = False
    if not is_url:  # it may hold a password, so it is not shown
        raise ConfigurationError(
            name, "it is no http:// or https:// URL", hint="give one such as http://localhost:4318"
        )
    return str(text)


# What runs.


def _resource(service_name: str | None) -> Resource:
    from opentelemetry.sdk.resources import (  # noqa: PLC0415 - comes with the extra
        SERVICE_NAME,
        OTELResourceDetector,
        Resource,
    )

    if service_name:
        return Resource.create({SERVICE_NAME: service_name})
    return Resource.create({SERVICE_NAME: "asyncspeech", **OTELResourceDetector().detect().attributes})


def _serve(host: str, port: int, resources: ExitStack) -> tuple[MetricReader, str]:
    """Let Prometheus fetch the metrics from a registry of their own. Returns the URL, too."""
    from opentelemetry.exporter.prometheus import (  # noqa: PLC0415 - comes with the extra
        PrometheusMetricReader,
    )
    from prometheus_client import CollectorRegistry, start_http_server  # noqa: PLC0415 - same

    check_range("prometheus_port", port, _PORTS)
    registry = CollectorRegistry()
    reader = PrometheusMetricReader(registry=registry)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise ConfigurationError(
            "prometheus_port",
            f"port {port} of {host} cannot be listened on: {error.strerror or error}",
            hint="something else may listen there; port 0 takes any that is free",
        ) from error

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    resources.callback(stop)
    shown = f"[{host}]" if ":" in host else host
    return reader, f"http://{shown}:{server.server_port}/metrics"


def _pushing_reader(endpoint: str) -> MetricReader:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import (  # noqa: PLC0415 - as above
        OTLPMetricExporter,
    )
    from opentelemetry.sdk.metrics.export import (  # noqa: PLC0415 - as above
        PeriodicExportingMetricReader,
    )

    return PeriodicExportingMetricReader(OTLPMetricExporter(endpoint))


class _Meters(metrics.MeterProvider):
    """Hands out the meters of the SDK that runs now."""

    def __init__(self) -> None:
        self.current: metrics.MeterProvider | None = None

    def get_meter(self, *arguments: Any, **keywords: Any) -> metrics.Meter:
        provider = metrics.NoOpMeterProvider() if self.current is None else self.current
        return provider.get_meter(*arguments, **keywords)


class _Tracers(trace.TracerProvider):
    """Hands out the tracers of the SDK that runs now."""

    def __init__(self) -> None:
        self.current: trace.TracerProvider | None = None

    def get_tracer(self, *arguments: Any, **keywords: Any) -> trace.Tracer:
        provider = trace.NoOpTracerProvider() if self.current is None else self.current
        return provider.get_tracer(*arguments, **keywords)


def _install_meters(readers: list[MetricReader], resource: Resource) -> Callable[[], None]:
    """Start the SDK's meters, and make them the process's. Returns what ends that."""
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415 - comes with the extra

    provider = MeterProvider(readers, resource)
    box = metrics.get_meter_provider()
    if isinstance(box, _Meters):
        box.current = provider
    else:
        box = _Meters()
        box.current = provider  # whoever made a meter before is now given a real one
        metrics.set_meter_provider(box)

    def end() -> None:
        box.current = None
        provider.shutdown(timeout_millis=_PATIENCE * 1000)

    return end


def _install_tracers(endpoint: str, resource: Resource) -> Callable[[], None]:
    """Start the SDK's tracers, and make them the process's. Returns what ends that."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - as above
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - as above

    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint)))
    box = trace.get_tracer_provider()
    if isinstance(box, _Tracers):
        box.current = provider
    else:
        box = _Tracers()
        box.current = provider
        trace.set_tracer_provider(box)

    def end() -> None:
        box.current = None
        provider.shutdown()

    return end


def _end_all(ends: Sequence[Callable[[], None]]) -> None:
    """Call all at once, as each may have to wait for the same collector, and wait for them, so long."""
    threads = [threading.Thread(target=end, name="asyncspeech telemetry", daemon=True) for end in ends]
    deadline = time.monotonic() + _PATIENCE + _MARGIN
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if any(thread.is_alive() for thread in threads):
        _log.warning("telemetry could not be sent within %g s, and is given up", _PATIENCE + _MARGIN)
