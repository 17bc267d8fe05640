"""Sessions in real time, against the bare client: ``python -m tests.benchmarks.sessions``.

For each number of sessions, and each round, the clients take turns, each in a fresh process on the first
core, with a fresh server on the last. Ratios are of the same round, which sees the same machine. Prints
medians, the least and the most; ``--json`` writes all of it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.clients import KINDS
from tests.benchmarks.machine import columns, environment, spread
from tests.benchmarks.servers import served

if TYPE_CHECKING:
    from collections.abc import Sequence

_PACKAGES = ("grpcio", "google-cloud-speech", "protobuf", "proto-plus")


def run(kind: str, count: int, server: str, seconds: float) -> dict[str, Any]:
    """One client's process, and what it says of itself."""
    cores = sorted(os.sched_getaffinity(0))
    with served(server, cores[-1]) as address:
        command = [sys.executable, "-m", "tests.benchmarks.load", "--kind", kind, "--address", address]
        command += ["--core", str(cores[0]), "--count", str(count), "--seconds", str(seconds)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    outcome: dict[str, Any] = json.loads(done.stdout)
    if server == "emulator" and kind != "nothing":
        # A client that loses words has less to do.
        assert outcome["words"] == outcome["said"], outcome
    return outcome


def compare(count: int, kinds: Sequence[str], arguments: argparse.Namespace) -> dict[str, Any]:
    """All kinds in turn, some rounds."""
    runs: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
    for _ in range(arguments.rounds):
        for kind, seen in runs.items():
            seen.append(run(kind, count, arguments.server, arguments.seconds))
    print(f"\n{f'{count} sessions':28}{'median':>9}{'least':>9}{'most':>9}")
    for kind, seen in runs.items():
        _print_kind(kind, seen)
    if {"bare", "asyncspeech"} <= set(kinds):
        _print_ratio(runs)
    return runs


def _print_kind(kind: str, seen: list[dict[str, Any]]) -> None:
    cpu = spread([one["cpu_ms_per_session_second"] for one in seen])
    print(f"{f'{kind}: CPU ms/session-s':28}{columns(cpu)}")
    memory = spread([one["memory_kb_per_session"] for one in seen])
    print(f"{f'{kind}: memory kB/session':28}{columns(memory)}")
    for name in ("interim_ms", "final_ms", "late_ms"):
        told = [one[name] for one in seen if one[name]]
        if told:
            medians = ", ".join(
                f"{part} {statistics.median(one[part] for one in told):.2f}" for part in told[0]
            )
            print(f"{f'{kind}: {name}':28}  {medians}")


def _print_ratio(runs: dict[str, list[dict[str, Any]]]) -> None:
    pairs = list(zip(runs["asyncspeech"], runs["bare"], strict=True))
    cpu = [a["cpu_ms_per_session_second"] / b["cpu_ms_per_session_second"] for a, b in pairs]
    print(f"{'CPU, ratio to bare':28}{columns(spread(cpu))}")
    added = [a["interim_ms"]["p95"] - b["interim_ms"]["p95"] for a, b in pairs]
    print(f"{'interim p95 added, ms':28}{columns(spread(added))}")
    memory = [a["memory_kb_per_session"] - b["memory_kb_per_session"] for a, b in pairs]
    print(f"{'memory added, kB':28}{columns(spread(memory))}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=["bare", "asyncspeech"])
    parser.add_argument("--server", choices=("emulator", "light"), default="emulator")
    parser.add_argument("--seconds", type=float, default=20.0, help="between the marks")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    report = environment(_PACKAGES) | {
        name: getattr(arguments, name) for name in ("server", "seconds", "rounds")
    }
    for name, value in report.items():
        print(f"{name:12}  {value}")
    report["sessions"] = {
        count: compare(count, arguments.kinds, arguments) for count in arguments.sessions
    }
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
