"""`Instruments`: the metrics of `asyncspeech.telemetry.metrics`, as OpenTelemetry's instruments.

They are made through OpenTelemetry's API alone, so nothing is recorded unless the application has set up
an SDK. What adds up is not counted a second time for the metrics: it is the sessions' own `Counts`, of
which the growth is added once in a while. So the metrics always agree with the statistics, and a chunk
of audio costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opentelemetry import metrics

from asyncspeech.telemetry.metrics import METRICS, Attribute, Instrument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from opentelemetry.metrics import Meter, MeterProvider

    from asyncspeech.telemetry.metrics import Metric
    from asyncspeech.telemetry.stats import Counts

    Amounts = Iterable[tuple[float, Mapping[str, str | bool]]]

__all__ = ("Instruments",)

_INTERIM: Mapping[str, str] = {Attribute.RESULT_KIND: "interim"}
_FINAL: Mapping[str, str] = {Attribute.RESULT_KIND: "final"}


@dataclass(frozen=True, slots=True)
class _Feed:
    """Where a metric's amounts come from.

    Attributes:
        name: The metric's.
        amounts: What has come on top, and the attributes that it has besides the common ones.
    """

    name: str
    amounts: Callable[[Counts], Amounts]


def _plain(name: str, field: str) -> _Feed:
    return _Feed(f"asyncspeech.{name}", lambda counts: ((getattr(counts, field), {}),))


def _keyed(name: str, field: str, attribute: Attribute) -> _Feed:
    return _Feed(
        f"asyncspeech.{name}",
        lambda counts: [(amount, {attribute: key}) for key, amount in getattr(counts, field).items()],
    )


_FEEDS = (
    _plain("session.parked", "parked"),
    _plain("stream.active", "streams_open"),
    _plain("stream.opened", "streams_opened"),
    _Feed(
        "asyncspeech.stream.renewals",
        lambda counts: (
            (counts.renewals - counts.forced_renewals, {Attribute.FORCED: False}),
            (counts.forced_renewals, {Attribute.FORCED: True}),
        ),
    ),
    _keyed("stream.recoveries", "recoveries_by_cause", Attribute.ERROR_TYPE),
    _plain("audio.accepted", "audio_accepted"),
    _plain("audio.sent", "audio_sent"),
    _plain("audio.replayed", "audio_replayed"),
    _plain("audio.withheld", "audio_withheld"),
    _keyed("audio.lost", "losses_by_reason", Attribute.LOSS_REASON),
    _plain("audio.waiting", "audio_waiting"),
    _Feed(
        "asyncspeech.result.delivered",
        lambda counts: ((counts.interim_results, _INTERIM), (counts.final_results, _FINAL)),
    ),
    _plain("result.words", "words"),
    _plain("billing.service", "billed"),
    _plain("billing.estimate", "billed_estimate"),
    _plain("billing.cost", "cost"),
    _plain("billing.saved", "saved"),
)


class Instruments:
    """The instruments of one meter.

    Args:
        provider: Whose meter; None for the application's own.
    """

    def __init__(self, provider: MeterProvider | None = None) -> None:
        self._provider = provider
        meter = metrics.get_meter("asyncspeech", meter_provider=provider)
        self._by_name: dict[str, Any] = {metric.name: _make(meter, metric) for metric in METRICS}
        self._latency = self._by_name["asyncspeech.result.latency"]
        self._outage = self._by_name["asyncspeech.stream.outage"]

    @property
    def is_recording(self) -> bool:
        """Whether anybody records: the API's own providers do not, and what does is someone else's."""
        provider = self._provider or metrics.get_meter_provider()
        return not type(provider).__module__.startswith("opentelemetry.metrics")

    def add(self, growth: Counts, attributes: Mapping[str, str]) -> None:
        """Add what has come on top of what was added before."""
        for feed in _FEEDS:
            only_grows = feed.name not in _GOES_DOWN
            for amount, others in feed.amounts(growth):
                # A sum of prices can fall by less than a cent where a cheaper tier begins.
                if amount > 0 or (amount and not only_grows):
                    self._by_name[feed.name].add(amount, {**attributes, **others})

    def latency(self, seconds: float, attributes: Mapping[str, str]) -> None:
        """Record how long a result took.

        Args:
            seconds: How long.
            attributes: The common ones and `Attribute.RESULT_KIND`.
        """
        self._latency.record(seconds, attributes)

    def outage(self, seconds: float, code: str, attributes: Mapping[str, str]) -> None:
        """Record that a stream took over from a broken one."""
        self._outage.record(seconds, {**attributes, Attribute.ERROR_TYPE: code})

    def session(self, change: int, attributes: Mapping[str, str]) -> None:
        """Note that a session has opened (1) or closed (-1)."""
        self._by_name["asyncspeech.session.active"].add(change, attributes)

    def waiting_session(self, change: int, attributes: Mapping[str, str]) -> None:
        """Note that a session begins (1) or ends (-1) to wait for a place."""
        self._by_name["asyncspeech.session.waiting"].add(change, attributes)

    def session_ended(self, seconds: float, code: str, attributes: Mapping[str, str]) -> None:
        """Record that a session is over.

        Args:
            seconds: For how long it was open.
            code: That of the error that it failed with; empty if it did not.
            attributes: The common ones.
        """
        failed = {**attributes, Attribute.ERROR_TYPE: code} if code else attributes
        self._by_name["asyncspeech.session.duration"].record(seconds, failed)
        if code:
            self._by_name["asyncspeech.session.errors"].add(1, failed)


_GOES_DOWN = {metric.name for metric in METRICS if metric.instrument is Instrument.UP_DOWN_COUNTER}


def _make(meter: Meter, metric: Metric) -> Any:
    match metric.instrument:
        case Instrument.COUNTER:
            return meter.create_counter(metric.name, metric.unit, metric.description)
        case Instrument.UP_DOWN_COUNTER:
            return meter.create_up_down_counter(metric.name, metric.unit, metric.description)
        case Instrument.HISTOGRAM:
            return meter.create_histogram(
                metric.name,
                metric.unit,
                metric.description,
                explicit_bucket_boundaries_advisory=metric.boundaries,
            )
