"""The benchmark of sessions: that it measures what it says, in short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.benchmarks.sessions import capacity, chunk, clients, handover, live, opening, upload
from tests.benchmarks.sessions.goals import GOALS, behind
from tests.benchmarks.sessions.processes import ClientFailedError
from tests.benchmarks.sessions.record import Record
from tests.benchmarks.sessions.servers import open_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., dict[str, Any]]


@pytest.fixture
def record() -> Record:
    return Record()


def test_a_record_is_read_as_it_was_written(record: Record, tmp_path: Path) -> None:
    record.environment["python"] = "3.11"
    record.add("live/light/1/bare/cpu", "ms per session-second", [3.0, 1.0, 2.5])
    record.save(tmp_path / "record.json")
    assert Record.load(tmp_path / "record.json") == record
    figure = record.figures["live/light/1/bare/cpu"]
    assert (figure.median, figure.least, figure.most) == (2.5, 1.0, 3.0)


def test_a_figure_is_measured_once(record: Record) -> None:
    record.add("startup/grpc", "ms", [1.0])
    with pytest.raises(ValueError, match="startup/grpc has been measured already"):
        record.add("startup/grpc", "ms", [1.0])


class TestBehind:
    @pytest.mark.parametrize(
        ("name", "before", "now", "is_behind"),
        [
            ("opening/cpu_ratio", [1.0, 1.2, 1.4], [1.5, 1.5, 9.0], False),
            ("opening/cpu_ratio", [1.0, 1.2, 1.4], [1.53, 1.53, 1.0], True),
            ("upload/3200/speed_ratio", [0.8, 0.9, 1.0], [0.72], False),
            ("upload/3200/speed_ratio", [0.8, 0.9, 1.0], [0.70], True),
            # Near zero there is no ratio: the goal says what is little.
            ("live/emulator/100/interim_ms_p95_added", [-0.1, 0.0, 0.1], [0.5], False),
            ("live/emulator/100/interim_ms_p95_added", [-0.1, 0.0, 0.1], [0.7], True),
            ("handover/renewal/lost", [0.0, 0.0], [1.0], True),
            # Says something of the machine, and nothing of us.
            ("live/emulator/100/asyncspeech/cpu", [1.0], [9.0], False),
        ],
    )
    def test_it_is_what_is_worse_than_the_worst_round_on_record_and_some_leeway(
        self, record: Record, name: str, before: list[float], now: list[float], is_behind: bool
    ) -> None:
        past = Record()
        past.add(name, "", before)
        record.add(name, "", now)
        assert behind(record, past) == ([name] if is_behind else [])

    def test_what_is_not_on_record_is_not_compared(self, record: Record) -> None:
        record.add("opening/cpu_ratio", "ratio", [9.0])
        assert behind(record, Record()) == []


@pytest.mark.parametrize("holds", [25, 400, 1_000])
def test_the_largest_number_in_time_is_found(
    holds: int, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(kind: str, count: int, server: str, seconds: float) -> dict[str, Any]:
        assert (server, seconds) == ("light", 1.0)
        if count > holds + 50:
            raise ClientFailedError
        late = count > (holds if kind == "asyncspeech" else 0)
        latency = {"p95": 10.0, "max": 801.0 if late else 799.0}
        return {"interim_ms": latency, "final_ms": latency, "server_core": 0.5}

    monkeypatch.setattr(capacity, "run", run)
    capacity.measure(record, rounds=2, seconds=1.0, step=25, most=1_000)
    found = [record.figures[f"capacity/{kind}"].rounds for kind in ("asyncspeech", "bare")]
    assert found == [(holds, holds), (0, 0)]


@pytest.mark.parametrize("kind", clients.KINDS)
async def test_every_kind_of_client_is_fed_and_hears_every_word(kind: str) -> None:
    async with open_server("emulator") as server:
        told = await live.feed(kind, server.address, 2, warm_up=0.6, seconds=1.0)
    assert told["words"] == (0 if kind == "nothing" else told["said"])
    assert told["cpu"] > 0


@pytest.fixture
def _short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk, "_CHUNKS", {"hot": 120, "cold": 30})
    monkeypatch.setattr(chunk, "_CONVERSATIONS", 1)
    monkeypatch.setattr(chunk, "_CACHES_BYTES", 2**20)


@pytest.mark.usefixtures("_short_chunks")
async def test_chunks_are_fed_without_grpc_to_every_kind_of_client() -> None:
    told = await chunk.converse("127.0.0.1:9")
    assert told.keys() == {"hot", "cold"}
    for costs in told.values():
        assert costs.keys() == set(clients.KINDS)
        assert min(costs.values()) > 0


@pytest.mark.usefixtures("_short_chunks")
async def test_a_client_that_lost_results_would_not_be_taken_for_a_cheap_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chunk, "CHUNKS_PER_ANSWER", 4)  # than the server answers: more are expected
    with pytest.raises(AssertionError):
        await chunk.converse("127.0.0.1:9")


@pytest.mark.parametrize("kind", ["bare", "asyncspeech"])
async def test_sessions_are_opened_and_audio_is_sent_by_both_clients(kind: str) -> None:
    async with open_server("light") as server:
        assert (await opening.converse(kind, server.address, 3))["first_result"] > 0
        told = await upload.upload(kind, server.address, 3_200)  # asserts that all was answered
    assert told["bytes_per_second"] > 0


@pytest.mark.parametrize(("case", "kind"), handover.CASES.items())
async def test_handovers_happen_and_lose_nothing(case: str, kind: str) -> None:
    async with open_server(kind) as server:
        told = await handover.talk(case, server.address, 1, 13.0)
    assert told["lost"] == 0
    assert (told["handovers"] > 0) == (case != "calm")
    assert 0 < told["median"] <= told["most"]


def test_every_goal_has_a_name_of_its_own() -> None:
    assert len({goal.name for goal in GOALS}) == len(GOALS)
