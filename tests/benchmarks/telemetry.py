"""What telemetry costs: CPU per session-second, with and without OpenTelemetry's SDK.

``python -m tests.benchmarks.telemetry --sessions 100 --seconds 20 --rounds 5`` starts the emulator in a
process of its own, and feeds it coded audio by a client in another: sessions in real time, chunks of
100 ms, interim results and word times on. Clients take turns, each in a fresh process, as the providers
of OpenTelemetry are the process's:

- ``off``: what is recorded of a session, for its statistics, too, is replaced by nothing: the floor;
- ``no SDK``: as installed;
- ``metrics``: an SDK that Prometheus asks, which happens every ``--scrape-every`` seconds;
- ``metrics, traces``: the same, and spans in batches, which are dropped instead of sent.

Of the client's process the CPU time is counted, all threads, from two seconds after the beginning on; so
answering Prometheus is counted, and asking is not. The emulator and who asks share the machine's last
core, and the client has its first. Ratios are of the same round, which sees the same machine. Prints
medians and the least and the most of the rounds.

Sessions do not begin or end between the marks, nor does a stream: what a span costs is not in it, and
what it costs to have them on is.

With ``--micro``, prints instead in microseconds what recording takes at a result, and once a second for
all live sessions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asyncspeech.emulator import Coded, Emulator
from asyncspeech.telemetry.metrics import METRICS
from tests.benchmarks.machine import environment
from tests.benchmarks.processes import served
from tests.benchmarks.telemetry_sdk import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

_PACKAGES = (
    "grpcio",
    "opentelemetry-api",
    "opentelemetry-sdk",
    "opentelemetry-exporter-prometheus",
    "prometheus-client",
)
_COMPARED = (
    (Kind.NO_SDK, Kind.OFF),
    (Kind.METRICS, Kind.NO_SDK),
    (Kind.TRACES, Kind.NO_SDK),
    (Kind.TRACES, Kind.METRICS),
)
_FEWEST = 3  # rounds that have a spread worth the name
_ACCEPTED = next(metric for metric in METRICS if metric.name == "asyncspeech.audio.accepted")


async def serve() -> None:
    """The emulator's process: prints its address, and serves until its input ends."""
    async with Emulator(Coded()) as emulator:
        print(emulator.address, flush=True)
        await asyncio.to_thread(sys.stdin.read)


def run(kind: Kind, arguments: argparse.Namespace) -> dict[str, Any]:
    """One client's process, from its beginning to its end, and what it says of itself."""
    options = {
        "--kind": kind,
        "--core": arguments.core,
        "--sessions": arguments.sessions,
        "--warm-up": arguments.warm_up,
        "--seconds": arguments.seconds,
    }
    command = [sys.executable, "-m", "tests.benchmarks.telemetry_client"]
    command += [str(part) for option in options.items() for part in option]
    command += ["--micro"] * arguments.micro
    with served("tests.benchmarks.telemetry", "--serve") as server:
        command += ["--address", server.address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
            assert client.stdout is not None
            port = _heard(client.stdout.readline())["port"]
            scraped = []
            if port and not arguments.micro:
                scraped = scrape(port, arguments.seconds, arguments.scrape_every)
            outcome = _heard(client.stdout.readline())
    assert all(scraped), "Prometheus was told of no audio"
    assert (outcome.get("spans", 0) > 0) == (kind is Kind.TRACES and not arguments.micro)
    return outcome | {"scraped": len(scraped)}


def _heard(line: str) -> dict[str, Any]:
    if not line:
        raise SystemExit("the client's process has failed: see above")
    heard: dict[str, Any] = json.loads(line)
    return heard


def scrape(port: int, seconds: float, every: float) -> list[bool]:
    """Ask as Prometheus does, for some seconds. Tells of each time whether there was audio."""
    begun, found = time.monotonic(), list[bool]()
    # Halfway between the marks and each other, so that as many fall in between as there should.
    while (due := (len(found) + 0.5) * every) < seconds:
        time.sleep(max(0.0, begun + due - time.monotonic()))
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/metrics", headers={"Accept": "text/plain"})
        page = connection.getresponse().read().decode()
        connection.close()
        lines = (line for line in page.splitlines() if line.startswith(_ACCEPTED.prometheus_name))
        found.append(any(float(line.rpartition(" ")[2]) > 0 for line in lines))
    return found


def spread(values: Sequence[float]) -> dict[str, float]:
    """The median, the least and the most."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def ratios(runs: dict[Kind, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """By what the kinds differ, round by round."""
    found = {}
    for kind, other in _COMPARED:
        of_each = [
            one["cpu_per_session_second"] / another["cpu_per_session_second"]
            for one, another in zip(runs[kind], runs[other], strict=True)
        ]
        seen = spread(of_each)
        within = seen["least"] <= 1.0 <= seen["most"]
        found[f"{kind} / {other}"] = {**seen, "within_spread": within, "rounds": of_each}
    return found


def compare(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run all kinds in turn, some rounds, and print what they took."""
    runs: dict[Kind, list[dict[str, Any]]] = {kind: [] for kind in Kind}
    for _ in range(arguments.rounds):
        for kind, seen in runs.items():
            seen.append(run(kind, arguments))
    print(
        f"\n{'CPU ms per session-second':34}{'median':>8}{'least':>8}{'most':>8}{'core':>8}{'late':>8}"
    )
    for kind, seen in runs.items():
        cpu = spread([1_000 * one["cpu_per_session_second"] for one in seen])
        core = statistics.median(one["core"] for one in seen)
        late = max(one["late_p95_ms"] for one in seen)
        print(f"{kind:34}{_columns(cpu)}{core:8.2f}{late:8.1f}")
    print(f"\n{'ratios, of the same round':34}{'median':>8}{'least':>8}{'most':>8}")
    compared = ratios(runs)
    for name, seen_ratio in compared.items():
        note = "  within the spread" if seen_ratio["within_spread"] else ""
        note = note if arguments.rounds >= _FEWEST else "  too few rounds to tell"
        print(f"{name:34}{_columns(seen_ratio)}{note}")
    return {"runs": runs, "ratios": compared}


def compare_steps(arguments: argparse.Namespace) -> dict[str, Any]:
    """Time the single steps with and without an SDK, some rounds, and print what they took."""
    kinds = (Kind.NO_SDK, Kind.METRICS)
    runs: dict[Kind, list[dict[str, Any]]] = {kind: [] for kind in kinds}
    for _ in range(arguments.rounds):
        for kind, seen in runs.items():
            seen.append(run(kind, arguments))
    print(f"\n{'microseconds':34}{'median':>8}{'least':>8}{'most':>8}")
    for kind, seen in runs.items():
        for step in ("a result", "a tick"):
            print(f"{f'{kind}: {step}':34}{_columns(spread([one[step] for one in seen]))}")
    return {"runs": runs}


def _columns(seen: dict[str, Any]) -> str:
    digits = 1 if seen["most"] >= 100 else 3
    return "".join(f"{seen[name]:8.{digits}f}" for name in ("median", "least", "most"))


def main() -> None:
    """Run the benchmark, or its server."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0, help="between the marks")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm-up", type=float, default=2.0, help="seconds before the first mark")
    parser.add_argument("--scrape-every", type=float, default=5.0, help="seconds")
    parser.add_argument("--micro", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve())
        return
    cores = os.sched_getaffinity(0)
    arguments.core = min(cores)
    os.sched_setaffinity(0, {max(cores)})  # and with it the emulator
    report = {
        **environment(_PACKAGES),
        "sessions": arguments.sessions,
        "seconds": arguments.seconds,
        "rounds": arguments.rounds,
    }
    for name, value in report.items():
        print(f"{name:12}  {value}")
    report |= compare_steps(arguments) if arguments.micro else compare(arguments)
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
