"""The comparison, as a command: one client, in the case in which nothing goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from tests.peers.compare import Comparison
from tests.support.commands import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.peers.compare import Run


def compared(home: Path, *arguments: str) -> str:
    """What the command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.peers.compare", *arguments],
        cwd=ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_asyncspeech_loses_nothing_in_the_calm_and_tells_what_it_cost(tmp_path: Path) -> None:
    run = json.loads(compared(tmp_path, "--client", "asyncspeech", "--case", "calm", "--seconds", "2.4"))
    assert run["expected"] == 5
    assert (run["lost"], run["repeated"], run["garbled"]) == (0, 0, 0)
    assert (run["ended"], run["streams"]) == ("", 1)
    assert run["worst_error"] < 1e-6
    # It heard 3.1 s of audio, and Python with gRPC is in the memory, the emulator is not.
    assert 3 < run["wall_seconds"] < 20
    assert 1 < run["cpu_ms_per_second"] < 500
    assert 50 < run["memory_mb"] < 400
    assert 0 < run["grown_mb"] < run["memory_mb"] / 2


def test_the_command_prints_its_tables_and_writes_every_run(tmp_path: Path) -> None:
    written = tmp_path / "compared.json"
    chosen = ["--clients", "asyncspeech", "--cases", "closed early", "--seconds", "2.4", "--rounds", "2"]
    said = compared(tmp_path, *chosen, "--json", str(written))
    assert said.splitlines()[-1] == "| closed early, 5 words | 0 / 0 / 0, 0 s, 1 stream |"
    report = json.loads(written.read_text())
    assert report["versions"]["asyncspeech"] == version("asyncspeech")
    assert [run["lost"] for run in report["cases"]["closed early"]["asyncspeech"]] == [0, 0]


def test_a_table_tells_medians_and_how_far_the_rounds_differ() -> None:
    comparison = Comparison(["asyncspeech", "bare"], ["calm", "renewals"], rounds=3)
    comparison.runs["renewals"]["asyncspeech"] = [run(), run(), run()]
    comparison.runs["renewals"]["bare"] = [
        run(lost=6, streams=5, worst_error=241.3),
        run(lost=2, streams=5, ended="Aborted"),
        run(lost=4, streams=5, garbled=1),
    ]
    comparison.runs["calm"]["asyncspeech"] = [run(), run(cpu_ms_per_second=14.0)]
    comparison.runs["calm"]["bare"] = [{"ended": "exit code 1"}]
    words, cost = "\n".join(comparison.tables()).split("\n\n")
    assert words.splitlines()[-1] == (
        "| renewals, 125 words | 0 / 0 / 0, 0.05 s, 1 stream"
        " | 4 (2 to 6) / 0 / 0 (0 to 1), 241 s, 5 streams, `Aborted` |"
    )
    assert words.splitlines()[2] == "| calm, 60 words | 0 / 0 / 0, 0.05 s, 1 stream | exit code 1 |"
    ours, bare = cost.splitlines()[2:]
    assert ours == f"| asyncspeech {version('asyncspeech')} | 13 (12 to 14) | 120 | 3.5 | 1 | 30.2 |"
    assert bare.endswith(" |  |  |  |  |  |")


def run(**what: Any) -> Run:
    """What a run that went well tells, but for ``what``."""
    counts = {"expected": 125, "lost": 0, "repeated": 0, "garbled": 0, "worst_error": 0.05}
    cost = {"cpu_ms_per_second": 12.0, "memory_mb": 120.5, "grown_mb": 3.5, "wall_seconds": 30.2}
    return {"ended": "", "streams": 1, **counts, **cost, **what}
