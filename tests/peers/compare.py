"""The clients compared, in words, times and cost: ``python -m tests.peers.compare``.

Each client hears the same coded audio at the pace of speech, in frames of 20 ms (Google's sample in
chunks of 100 ms, as its microphone gives them), and each case does something to its streams. Counted
are the words that were lost, came twice or were cut, how far the worst time was off, and the streams
that it took. Where an error ends a client, so does its run.

A client has a process of its own, and so has its emulator: CPU and memory are the client's alone, from
before it is made until it has ended; what it takes to import it is not in them. They are told of the
case in which nothing goes wrong, which runs by itself, the clients in turn, three times or more.

For the cases about renewals, five minutes are scaled to 15 seconds by `SCALE`, and so is the age at
which a client renews its streams by itself, which it keeps in a constant: 240 s become 12 s. Nothing
else of a client is touched. So designs can be compared; the rates are not those of production, where
renewals are twenty times rarer.

``--client NAME --case NAME`` runs one of them, and prints JSON. ``--serve CASE`` is the emulator's
process: it prints where it is, serves until its input ends, and prints how many streams it saw.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import statistics
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asyncspeech.emulator import coded
from tests.benchmarks.machine import cpu_seconds, environment, memory_bytes
from tests.benchmarks.processes import served
from tests.peers.cases import CALM, CASES
from tests.peers.clients import PATIENCE, PEERS
from tests.peers.redirect import every_speech_client_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.peers.cases import Case
    from tests.peers.clients import Heard, Peer

    Run = dict[str, Any]

CALM_ROUNDS = 3
MODULE = "tests.peers.compare"
COUNTS = ("lost", "repeated", "garbled")
# With the digits that are worth telling.
COSTS = {"cpu_ms_per_second": 1, "memory_mb": 0, "grown_mb": 1, "streams": 0, "wall_seconds": 1}
PACKAGES = ("grpcio", "google-cloud-speech", "protobuf", "proto-plus")
MB = 1_000_000


# The emulator's process.


async def serve(case: Case) -> None:
    """Serve until the input ends."""
    async with case.emulator() as emulator:
        _print(emulator.address)
        await asyncio.to_thread(sys.stdin.read)
    _print(json.dumps({"streams": len(emulator.streams)}))


# The client's process.


def run_one(peer: Peer, name: str, case: Case) -> Run:
    """One client, in one case."""
    peer.prepare()
    with served(MODULE, "--serve", name) as server:
        run = asyncio.run(measure(peer, case, server.address))
    return {"streams": server.told["streams"], **run}


async def measure(peer: Peer, case: Case, address: str) -> Run:
    """What becomes of the words, and what that takes."""
    recording = case.recording()
    length = recording.duration + (case.mute[1] if case.mute else 0)
    heard: Heard = []
    ended = ""
    async with every_speech_client_at(address):
        gc.collect()
        memory, cpu, begin = memory_bytes(), cpu_seconds(), time.monotonic()
        try:
            async with asyncio.timeout(length + PATIENCE + 10):
                await peer.hear(recording, case, heard, address)
        except TimeoutError:
            ended = "goes on, and hears nothing"
        except Exception as error:  # noqa: BLE001 - whatever ends it is what is measured
            ended = type(_first(error)).__name__
        spent, wall, left = cpu_seconds() - cpu, time.monotonic() - begin, memory_bytes()
    return {
        "ended": ended,
        "cpu_ms_per_second": round(1_000 * spent / recording.duration, 2),
        "memory_mb": round(left / MB, 1),
        "grown_mb": round((left - memory) / MB, 1),
        "wall_seconds": round(wall, 2),
        **asdict(coded.score(recording, heard)),
    }


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


# All of them, each by a process that is started here.


class Comparison:
    """Runs of clients in cases.

    Args:
        clients: Which clients.
        cases: Which cases.
        rounds: How often each, but for the calm one, which runs `CALM_ROUNDS` times or more.
        seconds: About how long somebody speaks, if not as long as in the case.
    """

    def __init__(
        self, clients: Sequence[str], cases: Sequence[str], rounds: int, seconds: float | None = None
    ) -> None:
        self._clients = clients
        self._rounds = rounds
        self._seconds = seconds
        self.runs: dict[str, dict[str, list[Run]]] = {
            case: {name: [] for name in clients} for case in cases
        }

    async def run(self, at_once: int) -> None:
        """Run all."""
        for _ in range(max(CALM_ROUNDS, self._rounds)):
            for name, runs in self.runs.get(CALM, {}).items():
                runs.append(await self._run_apart(name, CALM))
        gate = asyncio.Semaphore(at_once)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._rounds):
                for case in filter(CALM.__ne__, self.runs):
                    for name in self._clients:
                        tasks.create_task(self._run_when_possible(gate, name, case))

    async def _run_when_possible(self, gate: asyncio.Semaphore, name: str, case: str) -> None:
        async with gate:
            self.runs[case][name].append(await self._run_apart(name, case))

    async def _run_apart(self, name: str, case: str) -> Run:
        command = [sys.executable, "-m", MODULE, "--client", name, "--case", case]
        if self._seconds:
            command += ["--seconds", str(self._seconds)]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        output, _ = await process.communicate()
        lines = output.decode().splitlines()
        run: Run = json.loads(lines[-1]) if lines else {"ended": f"exit code {process.returncode}"}
        return run

    def tables(self) -> Iterable[str]:
        """The lines of the tables, in Markdown."""
        yield from _table(
            ["lost / repeated / cut", *(str(PEERS[name]) for name in self._clients)],
            [
                [f"{case}, {_words(case, self._seconds)} words", *map(_words_cell, runs.values())]
                for case, runs in self.runs.items()
            ],
        )
        if CALM in self.runs:
            yield ""
            yield from _table(
                [CALM, "CPU, ms a second of audio", "memory, MB", "of that grown", "streams", "took, s"],
                [[str(PEERS[name]), *_cost_cells(runs)] for name, runs in self.runs[CALM].items()],
            )


def _lasting(case: str, seconds: float | None) -> Case:
    return replace(CASES[case], seconds=seconds) if seconds else CASES[case]


def _words(case: str, seconds: float | None) -> int:
    return len(_lasting(case, seconds).recording().words)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    for row in (header, ["---"] * len(header), *rows):
        yield f"| {' | '.join(row)} |"


def _words_cell(runs: Sequence[Run]) -> str:
    told = [run for run in runs if "expected" in run]
    ends = sorted({run["ended"] for run in runs} - {""})
    if not told:
        return ", ".join(ends)
    parts = [" / ".join(_median_and_range(told, name) for name in COUNTS)]
    if any(run["lost"] < run["expected"] for run in told):
        worst = max(run["worst_error"] for run in told)
        parts.append(f"{worst:.0f} s" if worst >= 10 else f"{round(worst, 3):.2g} s")
    streams = _median_and_range(told, "streams")
    parts.append("1 stream" if streams == "1" else f"{streams} streams")
    return ", ".join([*parts, *(end if " " in end else f"`{end}`" for end in ends)])


def _cost_cells(runs: Sequence[Run]) -> list[str]:
    told = [run for run in runs if "expected" in run]
    if not told:
        return [""] * len(COSTS)
    return [_median_and_range(told, name, digits) for name, digits in COSTS.items()]


def _median_and_range(runs: Sequence[Run], name: str, digits: int = 1) -> str:
    values = [round(run[name], digits) for run in runs]
    median, least, most = (
        f"{value:g}" for value in (statistics.median(values), min(values), max(values))
    )
    return median if least == most else f"{median} ({least} to {most})"


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Serve, run one, or compare all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--serve", choices=CASES, metavar="CASE")
    parser.add_argument("--client", choices=PEERS, help="the one to run, with --case")
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--clients", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--seconds", type=float, help="of speech, instead of the case's own")
    parser.add_argument("--rounds", type=int, default=1, help="of each case")
    parser.add_argument("--at-once", type=int, default=4, help="runs, but for those that are calm")
    parser.add_argument("--json", type=Path, help="where to write everything to")
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve(CASES[arguments.serve]))
    elif arguments.client and arguments.case:
        logging.disable()
        case = _lasting(arguments.case, arguments.seconds)
        _print(json.dumps(run_one(PEERS[arguments.client], arguments.case, case)))
        os._exit(0)  # some clients leave threads behind
    elif arguments.client or arguments.case:
        parser.error("--client and --case go together; --clients and --cases choose what is compared")
    else:
        _compare(arguments)


def _compare(arguments: argparse.Namespace) -> None:
    packages = [PEERS[name].package for name in arguments.clients]
    report = environment(list(dict.fromkeys([*packages, *PACKAGES])))
    comparison = Comparison(arguments.clients, arguments.cases, arguments.rounds, arguments.seconds)
    asyncio.run(comparison.run(arguments.at_once))
    for line in comparison.tables():
        _print(line)
    if arguments.json:
        report |= {name: getattr(arguments, name) for name in ("rounds", "at_once", "seconds")}
        report |= {"cases": comparison.runs}
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
