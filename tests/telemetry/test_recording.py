"""What OpenTelemetry is told of real sessions, and what is not told to anybody."""

from __future__ import annotations

import logging
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from asyncspeech import Alternative, Client, InvalidRequestError, Result
from asyncspeech.emulator import Abort, Coded, Emulator, Faults
from asyncspeech.telemetry.fleet import Fleet
from asyncspeech.telemetry.metrics import METRICS
from asyncspeech.telemetry.trace import SESSION_ID
from tests.session.scenario import LATE, LIMITS, perform, scaled, unbroken, utterances

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

    from tests.session.scenario import Live

pytestmark = pytest.mark.usefixtures("no_task_is_left")


class Observed:
    """An SDK that keeps everything in memory."""

    def __init__(self) -> None:
        self._reader = InMemoryMetricReader()
        self.meters = MeterProvider([self._reader])
        self._spans = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self._spans))

    @property
    def points(self) -> dict[str, list[Any]]:
        """The data points by metric."""
        data = self._reader.get_metrics_data()
        assert data is not None
        return {
            metric.name: list(metric.data.data_points)
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def value(self, name: str, **attributes: object) -> float:
        """The sum of a metric's points that have these attributes, by the last part of their names."""
        total = 0.0
        for point in self.points.get(f"asyncspeech.{name}", []):
            short = {key.rpartition(".")[2]: value for key, value in point.attributes.items()}
            if attributes.items() <= short.items():
                total += point.count if hasattr(point, "count") else point.value
        return total

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self._spans.get_finished_spans())


@pytest.fixture
def observed(monkeypatch: pytest.MonkeyPatch) -> Observed:
    """An application's SDK. A process can have one only, so this one is put in its place."""
    sdk = Observed()
    get_meter, get_tracer = sdk.meters.get_meter, sdk.tracers.get_tracer
    monkeypatch.setattr(metrics, "get_meter", lambda name, **_: get_meter(name))
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: sdk.meters)
    monkeypatch.setattr(trace, "get_tracer", get_tracer)
    return sdk


async def converse(client: Client, emulator: Emulator, **changes: Any) -> Live:
    recording = unbroken(14)

    async def speak(live: Live) -> None:
        await live.feed(recording.audio)

    return await perform(emulator, client, scaled(**changes), speak)


async def test_metrics_are_what_the_statistics_are(observed: Observed) -> None:
    faults = Faults(Abort("UNAVAILABLE", stream=1, at=2.0), LATE)
    async with Emulator(Coded(), limits=LIMITS, faults=faults) as emulator:
        async with Client(emulator_host=emulator.address) as client:
            first = await converse(client, emulator)
            second = await converse(client, emulator, model="short")
            stats = client.stats
    for live in (first, second):
        ours = live.session.stats
        model = live.session.summary.model
        assert observed.value("result.words", model=model) == ours.words > 0
        assert observed.value("result.latency", model=model, kind="final") == ours.final_results
        told = observed.value("result.latency", model=model, kind="interim")
        assert 0 < told == ours.interim_latency.count <= ours.interim_results
        assert observed.value("result.delivered", model=model, kind="interim") == ours.interim_results
        assert observed.value("audio.accepted", model=model) == pytest.approx(ours.audio_accepted)
        assert observed.value("audio.sent", model=model) == pytest.approx(ours.audio_sent)
        assert observed.value("audio.replayed", model=model) == pytest.approx(ours.audio_replayed)
        assert observed.value("billing.cost", model=model) == pytest.approx(ours.cost)
        assert observed.value("billing.service", model=model) == ours.billed
        assert observed.value("billing.estimate", model=model) == ours.billed_estimate
        assert observed.value("stream.opened", model=model) == ours.streams_opened
        assert observed.value("stream.renewals", model=model, forced=True) == ours.forced_renewals
        assert observed.value("stream.recoveries", model=model) == ours.recoveries
    assert observed.value("stream.recoveries", type="UNAVAILABLE") == 1
    assert observed.value("stream.outage", type="UNAVAILABLE") == 1
    assert observed.value("session.duration") == 2
    assert observed.value("session.active") == observed.value("stream.active") == 0
    assert observed.value("audio.waiting") == pytest.approx(0, abs=1e-9)
    assert observed.value("session.waiting") == 0
    assert stats.words == first.session.stats.words + second.session.stats.words
    news = [live.session.stats.interim_latency.count for live in (first, second)]
    assert stats.interim_latency.count == sum(news)
    assert (stats.sessions_opened, stats.sessions_open, stats.sessions_failed) == (2, 0, 0)
    assert {metric.name for metric in METRICS} - observed.points.keys() <= {
        "asyncspeech.session.errors",
        "asyncspeech.audio.lost",
    }, "what never goes wrong is not there, and everything else is, from 0 on"
    assert observed.points.keys() <= {metric.name for metric in METRICS}


async def test_a_session_that_fails_is_counted_by_its_error(observed: Observed) -> None:
    async with Emulator(Coded(), faults=Faults(Abort("INVALID_ARGUMENT"))) as emulator:
        async with Client(emulator_host=emulator.address) as client:
            live = await converse(client, emulator)
            assert isinstance(live.error, InvalidRequestError)
            assert live.session.summary.outcome == "INVALID_ARGUMENT"
            assert client.stats.errors_by_code == {"INVALID_ARGUMENT": 1}
    assert observed.value("session.errors", type="INVALID_ARGUMENT") == 1
    assert observed.value("session.duration", type="INVALID_ARGUMENT") == 1
    (span,) = (span for span in observed.spans if span.name == "asyncspeech session")
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes is not None
    assert span.attributes["error.type"] == "INVALID_ARGUMENT"


async def test_a_session_that_is_left_is_abandoned_and_no_error(observed: Observed) -> None:
    async with Emulator(Coded()) as emulator:
        async with Client(emulator_host=emulator.address) as client:
            session = client.session()
            with pytest.raises(KeyError):
                async with session:
                    await session.send(utterances(1).audio)
                    raise KeyError
            assert session.summary.outcome == "ABANDONED"
            assert client.stats.sessions_failed == 0
    assert observed.value("session.errors") == 0
    assert observed.value("session.active") == observed.value("audio.waiting") == 0


async def test_what_is_open_is_told_while_it_is(
    observed: Observed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("asyncspeech.telemetry.fleet._EVERY", 0.01)
    async with Emulator(Coded(), limits=LIMITS) as emulator:
        async with Client(emulator_host=emulator.address) as client:
            seen = []

            async def speak(live: Live) -> None:
                await live.feed(utterances(2).audio)
                await live.until(lambda: observed.value("stream.active") == 1)
                seen.append((observed.value("session.active"), client.stats.sessions_open))
                assert observed.value("audio.sent") == pytest.approx(live.session.stats.audio_sent)

            await perform(emulator, client, scaled(), speak)
    assert seen == [(1, 1)]


async def test_a_session_that_changes_its_model_is_told_under_both(observed: Observed) -> None:
    async with Emulator(Coded(), limits=LIMITS) as emulator:
        async with Client(emulator_host=emulator.address) as client:

            async def speak(live: Live) -> None:
                await live.feed(utterances(4).audio)
                await live.session.next_final(timeout=30)
                await live.session.reconfigure(scaled(model="short"))
                await live.feed(utterances(4).audio)

            live = await perform(emulator, client, scaled(), speak)
    words = [observed.value("result.words", model=model) for model in ("long", "short")]
    assert min(words) > 0
    assert sum(words) == live.session.stats.words
    assert observed.value("session.active", model="long") == 0
    assert observed.value("session.active", model="short") == 0
    assert observed.value("stream.active", model="long") == 0
    assert observed.value("stream.active", model="short") == 0


async def test_a_sessions_span_has_its_course_and_its_streams_are_linked(observed: Observed) -> None:
    faults = Faults(Abort("UNAVAILABLE", stream=1, at=2.0), LATE)
    tracer = observed.tracers.get_tracer("application")
    async with Emulator(Coded(), limits=LIMITS, faults=faults) as emulator:
        async with Client(emulator_host=emulator.address) as client:
            with tracer.start_as_current_span("request"):
                live = await converse(client, emulator)
    spans = observed.spans
    (session,) = (span for span in spans if span.name == "asyncspeech session")
    (request,) = (span for span in spans if span.name == "request")
    streams = sorted(
        (span for span in spans if span.name == "asyncspeech stream"),
        key=lambda span: span.start_time or 0,
    )
    assert session.parent is not None
    assert request.context is not None
    assert session.parent.span_id == request.context.span_id
    assert session.attributes is not None
    assert session.attributes[SESSION_ID] == live.session.id == live.session.summary.session
    stats = live.session.stats
    names = [event.name for event in session.events]
    assert names.count("stream renewed") == stats.renewals > 0
    assert names.count("stream recovered") == stats.recoveries > 0
    assert len(streams) == stats.streams_opened
    for before, stream in pairwise(streams):
        assert stream.parent is not None
        assert session.context is not None
        assert stream.parent.span_id == session.context.span_id
        (link,) = stream.links
        assert before.context is not None
        assert link.context.span_id == before.context.span_id
    assert [span.status.status_code for span in streams].count(StatusCode.ERROR) == stats.recoveries
    assert all(span.end_time for span in streams)
    told = " ".join(span.to_json() for span in spans)
    assert not any(word.text in told for word in live.session.transcript.words)


async def test_logs_tell_the_course_and_not_a_word_unless_asked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    faults = Faults(Abort("UNAVAILABLE", stream=1, at=2.0))
    async with Emulator(Coded(), limits=LIMITS, faults=faults) as emulator:
        async with Client(emulator_host=emulator.address) as client:
            live = await converse(client, emulator)
            ours = [record for record in caplog.records if record.name.startswith("asyncspeech.session")]
            words = {word.text for word in live.session.transcript.words}
            text = "\n".join(record.getMessage() for record in caplog.records)
            assert "asyncspeech.transcript" not in {record.name for record in caplog.records}
            assert not any(word in text for word in words)
            assert all(record.__dict__["session"] == live.session.id for record in ours)
            assert {record.levelno for record in ours} == {logging.INFO, logging.DEBUG}
            assert "UNAVAILABLE" in text
            caplog.clear()
            caplog.set_level(logging.DEBUG, "asyncspeech.transcript")
            live = await converse(client, emulator)
    told = [record for record in caplog.records if record.name == "asyncspeech.transcript"]
    assert len(told) == live.session.stats.final_results
    assert all(
        final.text in record.getMessage()
        for final, record in zip(live.session.transcript.results, told, strict=True)
    )


async def test_without_an_sdk_nothing_is_added_up_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asyncspeech.telemetry.fleet._EVERY", 0.001)
    told: list[Fleet] = []

    def tell(fleet: Fleet) -> None:
        told.append(fleet)

    monkeypatch.setattr(Fleet, "_tell", tell)
    async with Emulator(Coded(), limits=LIMITS) as emulator:
        async with Client(emulator_host=emulator.address) as client:
            await perform(emulator, client, scaled(), lambda live: live.feed(utterances(2).audio))
            assert told == []


def test_an_interim_that_tells_again_what_was_told_counts_but_not_as_late() -> None:
    recorder = Fleet("global").recorder(scaled())

    def tell(end: float, latency: float, *, channel: int | None = None) -> None:
        guess = (Alternative("so it goes"),)
        result = Result(guess, is_final=False, end=end, latency=latency, channel=channel)
        recorder.event(result, 0.0)

    tell(1.0, 0.1)
    tell(2.0, 0.1)
    tell(1.5, 9.0)  # on the stream that took over
    tell(2.0, 9.0)
    tell(3.0, 0.2)
    tell(0.5, 0.3, channel=2)
    assert recorder.interim_results == 6
    latency = recorder.interim_latency.value
    assert (latency.count, latency.worst) == (4, 0.3)
