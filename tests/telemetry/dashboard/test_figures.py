"""From answers of endpoints to the figures of the page, without any of either."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asyncspeech.errors import ConfigurationError
from asyncspeech.telemetry.dashboard.address import read_address
from asyncspeech.telemetry.dashboard.board import Choice, Pace, make_board
from asyncspeech.telemetry.dashboard.endpoint import Answer, Health
from asyncspeech.telemetry.dashboard.history import KEPT, History
from asyncspeech.telemetry.dashboard.samples import NoSamplesError, read_samples
from tests.telemetry.dashboard.pages import Process

if TYPE_CHECKING:
    from asyncspeech.telemetry.dashboard.board import Board

DOWN = Answer(Health.DOWN, "cannot be reached")
START = 1_000_000.0


def up(process: Process) -> Answer:
    return Answer(Health.UP, samples=read_samples(process.page))


def history(count: int) -> History:
    return History([read_address(f"127.0.0.1:{9464 + number}") for number in range(count)])


def board(past: History, **choice: str) -> Board:
    return make_board(past, Choice(**choice), Pace(2.0))


def test_what_two_processes_count_is_added_up() -> None:
    past, first, second = history(2), Process(), Process()
    for process, sessions in ((first, 2), (second, 3)):
        process.add("session.active", sessions)
        process.add("audio.accepted", 60)
        process.add("billing.cost", 0.5)
    past.add([up(first), up(second)], START)
    figures = board(past).figures
    assert (figures.sessions, figures.audio, figures.cost) == (5, 120, 1.0)


def test_what_was_counted_before_anybody_looked_is_in_the_sum_and_not_in_the_rate() -> None:
    past, process = history(1), Process()
    process.add("billing.cost", 100)
    past.add([up(process)], START)
    process.add("billing.cost", 0.01)
    past.add([up(process)], START + 36)
    seen = board(past)
    assert seen.figures.cost == pytest.approx(100.01)
    assert seen.moments[-1].cost_per_hour == pytest.approx(1.0)


def test_a_process_that_was_started_again_keeps_what_it_had_done() -> None:
    past, process = history(1), Process()
    process.add("audio.accepted", 50)
    process.add("stream.recoveries", 4, "UNAVAILABLE")
    past.add([up(process)], START)
    past.add([DOWN], START + 2)
    again = Process()
    again.add("audio.accepted", 7)
    again.add("stream.recoveries", 1, "UNAVAILABLE")
    past.add([up(again)], START + 4)
    seen = board(past)
    assert seen.figures.audio == 57
    assert sum(seen.recoveries.counts["UNAVAILABLE"]) == 1, "since somebody looked"


def test_a_process_that_is_down_has_no_sessions_and_keeps_its_costs() -> None:
    past, process, other = history(2), Process(), Process()
    process.add("session.active", 3)
    process.add("billing.cost", 2)
    other.add("session.active", 1)
    past.add([up(process), up(other)], START)
    past.add([DOWN, up(other)], START + 2)
    seen = board(past)
    assert (seen.figures.sessions, seen.figures.cost) == (1, 2)
    down, alive = seen.endpoints
    assert (down.health, down.reason, down.since, down.age) == (
        Health.DOWN,
        "cannot be reached",
        START + 2,
        2.0,
    )
    assert (alive.health, alive.since) == (Health.UP, START)


def test_latencies_are_those_of_the_window_and_of_all_processes() -> None:
    past, first, second = history(2), Process(), Process()
    first.add("result.latency", 9.0, "interim")
    second.add("session.active", 1)
    past.add([up(first), DOWN], START)
    for _ in range(50):
        first.add("result.latency", 0.11, "interim")
    past.add([up(first), up(second)], START + 2)
    for _ in range(50):
        second.add("result.latency", 0.45, "interim")
    second.add("result.latency", 1.2, "final")
    past.add([up(first), up(second)], START + 4)
    now = board(past).moments[-1]
    p50, p95, p99 = now.interim
    assert p50 == pytest.approx(0.15)
    assert p95 == pytest.approx(0.49)
    assert p99 is not None
    assert 0.49 < p99 <= 0.5, "what came before anybody looked is not in it"
    assert now.final[0] is not None
    assert 1.0 < now.final[0] <= 1.5


def test_one_model_can_be_looked_at() -> None:
    past, process = history(1), Process()
    process.add("session.active", 2, model="long")
    process.add("session.active", 5, model="short")
    past.add([up(process)], START)
    assert board(past).models == ("long", "short")
    assert board(past, model="short").figures.sessions == 5
    assert board(past, model="none").figures.sessions == 0


def test_renewals_failures_and_losses_are_told_by_kind() -> None:
    past, process = history(1), Process()
    process.add("session.active", 1)
    past.add([up(process)], START)
    process.add("stream.renewals", 3, "False")
    process.add("stream.renewals", 1, "True")
    process.add("session.errors", 1, "PERMISSION_DENIED")
    process.add("audio.lost", 2.5, "buffer full")
    past.add([up(process)], START + 2)
    seen = board(past)
    sums = {kind: sum(values) for kind, values in seen.renewals.counts.items()}
    assert sums == {"False": 3, "True": 1}
    assert seen.errors.counts.keys() == {"PERMISSION_DENIED"}
    assert sum(seen.losses.counts["buffer full"]) == 2.5
    assert (seen.figures.failed, seen.figures.lost) == (1, 2.5)


def test_the_past_is_forgotten_and_the_sums_are_not() -> None:
    past, process = history(1), Process()
    for number in range(2_000):
        process.add("audio.accepted", 1)
        past.add([up(process)] if number % 100 == 0 else [DOWN], START + 2 * number)
    assert len(past.points) <= KEPT / 2 + 1
    past.add([up(process)], START + 4_000)
    assert board(past).figures.audio == 2_000


def test_before_the_first_answer_there_is_nothing() -> None:
    past = history(2)
    assert board(past).is_empty
    assert board(past).moments == ()
    past.add([DOWN, DOWN], START)
    assert board(past).is_empty
    assert board(past).moments[-1].sessions is None


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("<!DOCTYPE html><p>asyncspeech_</p>", "a web page"),
        ("", "no metrics of asyncspeech"),
        ("python_info 1\n", "no metrics of asyncspeech"),
        ("asyncspeech_session_active{ 1\n", "not Prometheus' text format"),
        ("asyncspeech_session_active nothing\n", "not Prometheus' text format"),
    ],
)
def test_what_are_no_metrics_is_told(page: str, why: str) -> None:
    with pytest.raises(NoSamplesError, match=why):
        read_samples(page)


def test_metrics_that_are_none_of_ours_and_no_numbers_are_left_out() -> None:
    page = 'asyncspeech_new{a="b"} 3\nasyncspeech_session_active NaN\nasyncspeech_stream_active 2\n'
    samples = read_samples(page)
    assert [(series.metric, value) for series, value in samples.items()] == [
        ("asyncspeech.stream.active", 2.0)
    ]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("127.0.0.1:9464", "http://127.0.0.1:9464/metrics"),
        ("localhost:9464/", "http://localhost:9464/metrics"),
        ("https://host/own/path", "https://host/own/path"),
        ("[::1]:9464", "http://[::1]:9464/metrics"),
    ],
)
def test_an_address_may_be_short(text: str, url: str) -> None:
    assert read_address(text).url == url


@pytest.mark.parametrize(
    "text", ["", "http://", "ftp://host/metrics", "host:0", "host:x", "a b", "[::1"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is no URL"):
        read_address(text)


def test_a_password_is_used_and_not_shown() -> None:
    address = read_address("http://me:secret@host:1/metrics?token=secret")
    assert "secret" not in address.shown
    assert "secret" not in repr(address)
    assert "secret" in address.url
