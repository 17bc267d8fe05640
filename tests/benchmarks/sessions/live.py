"""Live sessions, fed in real time: what they cost, and how soon results come.

As a command, the client's process: feeds conversations and prints what it took, as one line of JSON.
Chunks are of 100 ms. Conversations begin at random times in three quarters of the warm-up, the same ones
for all clients, as people begin when they like: else all finals would come at once, and chunks in step.
CPU is that of the whole process, gRPC's threads included, between two marks while all are in full swing.
Latency is from handing a chunk to the client to having the result that takes it into account; interims
and finals apart. How late the generator itself was is told too: if that is not small, the figures say
that this core is full.
"""

from __future__ import annotations

import asyncio
import gc
import math
import os
import random
import statistics
from typing import TYPE_CHECKING, Any

from asyncspeech.emulator import coded
from tests.benchmarks.machine import cpu_seconds, memory_bytes, percentiles
from tests.benchmarks.sessions.clients import KINDS, conversations
from tests.benchmarks.sessions.processes import (
    begin_client,
    client_parser,
    outcome,
    run_as_client,
    run_client,
    served,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.sessions.clients import Conversation
    from tests.benchmarks.sessions.record import Record

__all__ = ("measure", "measure_processes", "run")

_CHUNK_SECONDS = 0.1
_CHUNK_BYTES = 3_200
_WORD_SECONDS = 0.48  # with its share of the pauses
_PAUSE = 0.5  # for what a collection has held up
_MARGIN = 1.0  # of audio after the second mark
_BEGINS = 0.75  # of the warm-up
_SEED = 9
_COMPARED = ("bare", "asyncspeech")
_LATENCIES = ("interim_ms", "final_ms", "late_ms")
_PERCENTILES = ("p50", "p95", "p99", "max")


# The benchmark.


def run(kind: str, count: int, server: str, seconds: float) -> dict[str, Any]:
    """One client's process: what it says of itself, and how busy the server was."""
    with served(server) as process:
        told = run_client("live", kind=kind, address=process.address, count=count, seconds=seconds)
    if server == "emulator" and kind != "nothing":
        # A client that loses words has less to do.
        assert told["words"] == told["said"], told
    return told | {"server_core": process.told["core"]}


def measure(
    record: Record,
    server: str,
    count: int,
    *,
    rounds: int,
    seconds: float,
    kinds: Sequence[str] = _COMPARED,
) -> None:
    """So many sessions, by each kind of client in turn."""
    runs: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind, seen in runs.items():
            seen.append(run(kind, count, server, seconds))
    path = f"live/{server}/{count}"
    record.head(f"{count} live sessions, {server}")
    for kind, seen in runs.items():
        _note(record, f"{path}/{kind}", seen)
    if set(_COMPARED) <= set(kinds):
        _note_differences(record, path, runs)


def _note(record: Record, path: str, seen: list[dict[str, Any]]) -> None:
    record.add(f"{path}/cpu", "ms per session-second", [one["cpu"] for one in seen])
    record.add(f"{path}/memory", "kB per session", [one["memory"] for one in seen])
    record.add(f"{path}/core", "of a core", [one["core"] for one in seen])
    if "server_core" in seen[0]:
        record.add(f"{path}/server", "of a core", [one["server_core"] for one in seen])
    for name in _LATENCIES:
        for part in _PERCENTILES:
            values = [one[name][part] for one in seen if one[name]]
            if values:
                record.add(f"{path}/{name}/{part}", "ms", values)


def _note_differences(record: Record, path: str, runs: dict[str, list[dict[str, Any]]]) -> None:
    """How the clients differ, each round by itself: it has seen the same machine."""
    pairs = list(zip(runs["asyncspeech"], runs["bare"], strict=True))
    record.add(f"{path}/cpu_ratio", "ratio", [ours["cpu"] / bare["cpu"] for ours, bare in pairs])
    record.add(f"{path}/memory_added", "kB", [ours["memory"] - bare["memory"] for ours, bare in pairs])
    for name in ("interim_ms", "final_ms"):
        added = [
            ours[name]["p95"] - bare[name]["p95"] for ours, bare in pairs if ours[name] and bare[name]
        ]
        if added:
            record.add(f"{path}/{name}_p95_added", "ms", added)


def measure_processes(record: Record, count: int, *, rounds: int, seconds: float) -> None:
    """The same sessions in one process, and shared by two.

    The second process has the server's core, which is not full.
    """
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("one core: two processes are not measured")
        return
    runs: dict[int, list[dict[str, Any]]] = {1: [], 2: []}
    for _ in range(rounds):
        for processes, seen in runs.items():
            seen.append(_run_processes(processes, count // processes, seconds, cores))
    record.head(f"{count} live sessions of asyncspeech, light")
    for processes, seen in runs.items():
        _note(record, f"processes/{processes}/{count}", seen)


def _run_processes(processes: int, each: int, seconds: float, cores: list[int]) -> dict[str, Any]:
    options: dict[str, str | float] = {"kind": "asyncspeech", "count": each, "seconds": seconds}
    with served("light") as server:
        clients = [
            begin_client("live", core=core, address=server.address, **options)
            for core in (cores[0], cores[-1])[:processes]
        ]
        told = [outcome(client) for client in clients]
    together: dict[str, Any] = {
        name: statistics.mean(one[name] for one in told) for name in ("cpu", "memory", "core")
    }
    for name in _LATENCIES:  # of the process that was worse off
        together[name] = {part: max(one[name][part] for one in told) for part in _PERCENTILES}
    return together


# The client's process.


class Load:
    """The conversations that are fed, and what it took.

    Args:
        count: How many.
        warm_up: Seconds before the first mark.
        seconds: Seconds from there to the second.
    """

    def __init__(self, count: int, warm_up: float, seconds: float) -> None:
        self._count = count
        self._warm_up = warm_up
        self._seconds = seconds
        self._recording = coded.encode(math.ceil((warm_up + seconds + _MARGIN) / _WORD_SECONDS))
        audio = self._recording.audio
        self._chunks = [audio[at : at + _CHUNK_BYTES] for at in range(0, len(audio), _CHUNK_BYTES)]
        self._sent = 0
        self._late: list[float] = []
        self._latencies: dict[bool, list[float]] = {False: [], True: []}
        self._words = 0
        self._outcome: dict[str, Any] = {}

    async def run(self, conversation: Conversation) -> dict[str, Any]:
        """Feed all conversations, from their beginnings to their ends."""
        loop = asyncio.get_running_loop()
        gc.collect()
        before = memory_bytes()
        begin = loop.time() + 0.5
        async with asyncio.TaskGroup() as tasks:
            chance = random.Random(_SEED)
            for _ in range(self._count):
                offset = chance.uniform(0.0, self._warm_up * _BEGINS)
                tasks.create_task(self._speak(conversation, begin + offset))
            tasks.create_task(self._measure(begin, before))
        said = len(self._recording.words) * self._count
        return self._outcome | {"words": self._words, "said": said}

    async def _speak(self, conversation: Conversation, begin: float) -> None:
        loop = asyncio.get_running_loop()
        given: list[float] = []

        def on_result(end: float, is_final: bool, words: int) -> None:
            place = min(max(math.ceil(end / _CHUNK_SECONDS - 1e-6) - 1, 0), len(given) - 1)
            self._latencies[is_final].append(loop.time() - given[place])
            self._words += words

        async with conversation(on_result) as send:
            for number, chunk in enumerate(self._chunks):
                # A chunk is there when its last frame is.
                due = begin + (number + 1) * _CHUNK_SECONDS
                await asyncio.sleep(due - loop.time())
                now = loop.time()
                self._late.append(now - due)
                given.append(now)
                await send(chunk)
                self._sent += 1

    async def _measure(self, begin: float, before: int) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(begin + self._warm_up - _PAUSE - loop.time())
        gc.collect()  # all kinds begin alike
        await asyncio.sleep(begin + self._warm_up - loop.time())
        self._late.clear()
        for latencies in self._latencies.values():
            latencies.clear()
        sent, cpu, at = self._sent, cpu_seconds(), loop.time()
        await asyncio.sleep(begin + self._warm_up + self._seconds - loop.time())
        cpu, wall = cpu_seconds() - cpu, loop.time() - at
        self._outcome = {
            "cpu": 1_000 * cpu / ((self._sent - sent) * _CHUNK_SECONDS),
            "core": cpu / wall,
            "memory": (memory_bytes() - before) / self._count / 1_000,
            "late_ms": percentiles(self._late),
            "interim_ms": percentiles(self._latencies[False]),
            "final_ms": percentiles(self._latencies[True]),
        }


async def feed(kind: str, address: str, count: int, warm_up: float, seconds: float) -> dict[str, Any]:
    """Feed so many conversations by one kind of client."""
    async with conversations(kind, address, count) as conversation:
        return await Load(count, warm_up, seconds).run(conversation)


def main() -> None:
    """Feed conversations."""
    parser = client_parser(__doc__)
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--warm-up", type=float, default=4.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    run_as_client(
        parser, lambda told: feed(told.kind, told.address, told.count, told.warm_up, told.seconds)
    )


if __name__ == "__main__":
    main()
