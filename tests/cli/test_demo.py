"""The demo, run as a user runs it, and what it is made of."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from anyio.streams.buffered import BufferedByteReceiveStream
from rich.console import Console

from asyncspeech import Result, Transcript, Word
from asyncspeech.cli.demo.figures import Figures
from asyncspeech.cli.demo.plan import CONFIG, STREAM_SECONDS, Mishaps, limits
from asyncspeech.cli.demo.score import RATE, Board, Words
from asyncspeech.cli.demo.screen import Screen
from asyncspeech.emulator import Abort, Close, CutConnection, Delay, DuplicateInterims, Stall, coded
from asyncspeech.model import Alternative
from asyncspeech.telemetry.latency import Latency
from asyncspeech.telemetry.metrics import METRICS
from asyncspeech.telemetry.stats import ClientStats
from tests.support.commands import ROOT, environment
from tests.support.scraping import scrape

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from anyio.abc import Process

    from asyncspeech.cli.demo.score import Hearing

COMMAND = [sys.executable, "-m", "asyncspeech", "demo"]


@dataclass
class Running:
    """A demo that runs.

    Attributes:
        process: The command.
        lines: What it has written to standard output, by line.
        code: How it ended; None while it runs.
        err: What it wrote to standard error, once it has ended.
    """

    process: Process
    output: BufferedByteReceiveStream
    lines: list[str] = field(default_factory=list)
    code: int | None = None
    err: str = ""

    async def read_until(self, text: str, patience: float = 20.0) -> str:
        """The first line with ``text`` in it."""
        with anyio.fail_after(patience):
            while True:
                self.lines.append((await self.output.receive_until(b"\n", 1_000)).decode())
                if text in self.lines[-1]:
                    return self.lines[-1]

    async def end(self, patience: float) -> None:
        """Read it to its end."""
        assert self.process.stderr is not None
        with anyio.fail_after(patience):
            self.lines += b"".join([piece async for piece in self.output]).decode().splitlines()
            self.err = b"".join([piece async for piece in self.process.stderr]).decode()
            self.code = await self.process.wait()
        assert "Traceback" not in self.err

    @property
    def children(self) -> list[int]:
        """The processes that it has started."""
        pid = self.process.pid
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


@asynccontextmanager
async def demo(home: Path, *arguments: str, code: str = "") -> AsyncGenerator[Running]:
    """Run the demo, and see that nothing of it is left."""
    command = [sys.executable, "-c", code, "demo"] if code else COMMAND
    process = await anyio.open_process([*command, *arguments], env=environment(home), cwd=ROOT)
    assert process.stdout is not None
    try:
        yield Running(process, BufferedByteReceiveStream(process.stdout))
    finally:
        if process.returncode is None:
            process.kill()
        await process.aclose()


def is_gone(pid: int) -> bool:
    """Whether a process has ended, be it that nobody has asked how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


async def gone(pids: list[int], patience: float = 5.0) -> None:
    with anyio.fail_after(patience):
        while not all(map(is_gone, pids)):
            await anyio.sleep(0.02)


class TestRunning:
    async def test_it_loses_nothing_and_serves_its_metrics_meanwhile(self, tmp_path: Path) -> None:
        arguments = ("--sessions", "4", "--seconds", "6", "--seed", "3", "--metrics-port", "0")
        async with demo(tmp_path, *arguments) as running:
            first = await running.read_until("")
            assert first == "4 sessions on a service that makes trouble, seed 3"
            url = (await running.read_until("metrics: ")).removeprefix("metrics: ")
            assert (await running.read_until("dashboard")).endswith(f"asyncspeech dashboard {url}")
            await running.read_until("5 s: 4 sessions open")
            found = await scrape(url)
            await running.end(15)
        assert running.lines[-1].endswith(": none was lost, repeated or garbled."), running.lines
        assert running.code == 0
        assert running.err == ""
        assert found["asyncspeech_session_active"] == 4
        assert found["asyncspeech_result_words_total"] > 0
        assert found["asyncspeech_stream_recoveries_total"] > 0
        known = {metric.prometheus_name for metric in METRICS}
        ours = {name for name in found if name.startswith("asyncspeech_")}
        assert {name for name in ours if not name.endswith(("_bucket", "_sum", "_count"))} <= known

    @pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
    async def test_a_signal_drains_it_and_no_process_is_left(
        self, tmp_path: Path, end: signal.Signals
    ) -> None:
        async with demo(tmp_path, "--sessions", "2", "--no-faults", "--no-metrics") as running:
            await running.read_until("0 s: ")
            children = running.children
            assert len(children) == 1
            running.process.send_signal(end)
            await running.end(60)
        assert running.code == 0
        assert running.lines[-1].endswith(": none was lost, repeated or garbled."), running.lines
        assert "ending: the last words are being recognised; Ctrl-C ends at once" in running.lines
        assert all(map(is_gone, children))

    async def test_a_second_ctrl_c_waits_for_nothing(self, tmp_path: Path) -> None:
        async with demo(tmp_path, "--sessions", "2", "--no-metrics") as running:
            await running.read_until("5 s: 2 sessions open")
            (child,) = running.children
            os.kill(child, signal.SIGSTOP)  # so that no word more is recognised
            running.process.send_signal(signal.SIGINT)
            await running.read_until("ending: ")
            running.process.send_signal(signal.SIGINT)
            await running.end(3)
        assert running.code == 130
        assert is_gone(child)

    async def test_the_emulator_does_not_outlive_it_however_it_ends(self, tmp_path: Path) -> None:
        async with demo(tmp_path, "--sessions", "1", "--no-metrics") as running:
            await running.read_until("0 s: ")
            children = running.children
            running.process.send_signal(signal.SIGKILL)
            await gone(children)

    async def test_an_emulator_that_is_killed_is_the_end(self, tmp_path: Path) -> None:
        async with demo(tmp_path, "--sessions", "1", "--no-metrics") as running:
            await running.read_until("0 s: ")
            (child,) = running.children
            os.kill(child, signal.SIGKILL)
            await running.end(60)
        assert running.code == 1
        assert running.err == "error: the emulator's process has ended, with -9\n"


class TestCalling:
    async def test_a_port_in_use_is_a_wrong_call(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            async with demo(tmp_path, "--metrics-port", str(port)) as running:
                await running.end(60)
        assert running.code == 2
        assert running.err.startswith(f"error: prometheus_port: port {port} of 127.0.0.1 cannot be")
        assert "(hint: something else may listen there; port 0 takes any that is free)" in running.err

    async def test_without_the_extra_it_says_which_to_install(self, tmp_path: Path) -> None:
        code = (
            "import sys; sys.modules['opentelemetry.exporter.prometheus'] = None; "
            "from asyncspeech.cli import main; main()"
        )
        async with demo(tmp_path, code=code) as running:
            await running.end(60)
        assert running.code == 1
        assert running.err == (
            "error: setting up telemetry needs the extra 'telemetry', which is not installed "
            "(hint: pip install 'asyncspeech[telemetry]')\n"
        )

    @pytest.mark.parametrize(
        "arguments", [("--sessions", "0"), ("--seconds", "0"), ("--metrics-port", "x")]
    )
    async def test_a_wrong_call_exits_with_2(self, tmp_path: Path, arguments: tuple[str, str]) -> None:
        async with demo(tmp_path, *arguments) as running:
            await running.end(60)
        assert running.code == 2


class TestMishaps:
    def test_the_same_befalls_the_same_stream_of_the_same_seed(self) -> None:
        plans = [[Mishaps(seed).of_stream(number) for number in range(1, 50)] for seed in (1, 1, 2)]
        assert plans[0] == plans[1] != plans[2]

    def test_every_kind_befalls_some_stream_and_many_streams_have_none(self) -> None:
        faults = [Mishaps(0).of_stream(number) for number in range(1, 2_000)]
        assert {type(fault) for plan in faults for fault in plan} == {
            Abort,
            Close,
            CutConnection,
            Delay,
            DuplicateInterims,
            Stall,
        }
        assert 900 < sum(len(plan) == 1 for plan in faults) < 1_300

    def test_only_a_rate_limit_tells_when_to_come_back(self) -> None:
        faults = [fault for number in range(1, 500) for fault in Mishaps(0).of_stream(number)]
        aborts = [fault for fault in faults if isinstance(fault, Abort)]
        assert all((one.code == "RESOURCE_EXHAUSTED") == (one.retry_delay is not None) for one in aborts)

    def test_sessions_renew_before_the_emulator_ends_their_streams(self) -> None:
        assert CONFIG.renewal.by < limits().stream_seconds == STREAM_SECONDS


def hearing(said: list[str], heard: list[str]) -> Hearing:
    """Somebody who said words of 0.3 s each half a second, and what was made of them."""
    numbers = [int(text.removeprefix("w")) for text in said]
    words = [
        coded.CodedWord(number, round(place * RATE / 2), round((place / 2 + 0.3) * RATE))
        for place, number in enumerate(numbers)
    ]
    results = tuple(
        Result(
            (Alternative(text, words=(Word(text, place / 2, place / 2 + 0.3),)),), end=place / 2 + 0.4
        )
        for place, text in enumerate(heard)
    )
    session: Any = SimpleNamespace(transcript=Transcript(results))
    made = Board().open(session)
    made.said = words
    return made


class TestScore:
    def test_what_is_not_final_yet_is_not_lost(self) -> None:
        half = hearing(["w0", "w1", "w2"], ["w0", "w1"])
        assert half.score == coded.CodedScore(expected=2)
        assert half.final_score == coded.CodedScore(expected=3, lost=1)

    def test_what_is_lost_in_between_is_lost_at_once(self) -> None:
        assert hearing(["w0", "w1", "w2"], ["w0", "w2", "w2"]).score.lost == 1

    def test_words_of_all_sessions_are_added_up(self) -> None:
        board = Board()
        for heard in (["w0", "w1"], ["w0", "w0"], ["w0~"]):
            one = hearing(["w0", "w1"], heard)
            board._open[one] = None
        board.close(next(iter(board._open)))
        words = board.words
        assert (words.said, words.lost, words.repeated, words.garbled) == (6, 2, 1, 1)
        assert not words.is_perfect


def figures(**changes: Any) -> Figures:
    stats = ClientStats(
        sessions_open=20,
        sessions_opened=1_234,
        audio_accepted=98_765.0,
        recoveries=345,
        recoveries_by_cause={"INTERNAL": 45, "UNAVAILABLE": 200, "RESOURCE_EXHAUSTED": 99, "STALLED": 1},
        interim_latency=Latency(12_345, 0.1, 0.1, 0.25, 1.5, 3.0),
        cost=12.3456,
    )
    return Figures(3_661.0, stats, Words(said=123_456, heard=123_400, **changes))


class TestScreen:
    def test_causes_are_told_the_most_frequent_first(self) -> None:
        assert dict(figures().rows())["recoveries"] == (
            "345: UNAVAILABLE 200, RESOURCE_EXHAUSTED 99, INTERNAL 45, STALLED 1"
        )

    def test_latencies_are_percentiles(self) -> None:
        assert dict(figures().rows())["interims"] == "p50 100 ms, p95 250 ms, p99 1,500 ms of 12,345"

    def test_the_cost_says_that_nothing_is_paid(self) -> None:
        cost = dict(figures().rows())["cost"]
        assert cost == "$12.3456 is what the service would charge; nothing is paid here"

    def test_a_word_that_is_lost_is_no_success(self) -> None:
        assert figures().is_perfect
        assert not figures(lost=1).is_perfect
        assert "1 lost, 0 repeated, 0 garbled" in figures(lost=1).verdict()

    def test_on_a_terminal_it_is_a_table_of_80_columns(self, monkeypatch: pytest.MonkeyPatch) -> None:
        drawn = StringIO()
        screen = Screen("20 sessions", "http://127.0.0.1:9464/metrics")
        monkeypatch.setattr(
            screen, "_console", Console(file=drawn, force_terminal=True, width=80, color_system=None)
        )
        with screen:
            screen.note("ending")
            screen.show(figures())
        lines = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", drawn.getvalue()).splitlines()
        assert max(map(len, lines)) == 80
        assert any("asyncspeech dashboard http://127.0.0.1:9464/metrics" in line for line in lines)
        assert any("123,456 said, 123,400 final, 0 lost" in line for line in lines)
        assert any("61:01, ending" in line for line in lines)
