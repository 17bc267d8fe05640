"""The client's process of `tests.benchmarks.telemetry`: prints a line of JSON at first and at last.

Every session is fed coded audio in real time, in chunks of 100 ms, which are spread evenly over the
tenths of a second. CPU is that of the whole process, so of gRPC's threads and of the server that
Prometheus asks, too; it is counted between two marks while all sessions are in full swing.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import math
import os
import statistics
import time
from typing import TYPE_CHECKING, Any

from asyncspeech import Alternative, Client, Result, SessionConfig
from asyncspeech.emulator import coded
from asyncspeech.telemetry.fleet import Fleet
from asyncspeech.telemetry.recorder import Recorder
from asyncspeech.telemetry.stats import Counts
from tests.benchmarks.telemetry_sdk import Kind, set_up
from tests.session.scenario import score

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech import Session

_CONFIG = SessionConfig(interim_results=True, enable_word_time_offsets=True)
_CHUNK_SECONDS = 0.1
_CHUNK_BYTES = 3_200
_WORD_SECONDS = 0.48  # with its share of the pauses
_MARGIN = 1.0  # of audio after the second mark
_BATCHES = 5


class Load:
    """The sessions that are fed, and what it took.

    Args:
        sessions: How many.
        warm_up: Seconds before the first mark.
        seconds: Seconds from there to the second.
    """

    def __init__(self, sessions: int, warm_up: float, seconds: float) -> None:
        self._sessions = sessions
        self._warm_up = warm_up
        self._seconds = seconds
        self.recording = coded.encode(math.ceil((warm_up + seconds + _MARGIN) / _WORD_SECONDS))
        self._sent = 0
        self._results = 0
        self._late: list[float] = []
        self.outcome: dict[str, Any] = {}

    async def run(self, client: Client, on_mark: Callable[[], None]) -> None:
        """Feed all sessions, from their beginnings to their ends."""
        await client.connect()
        begin = asyncio.get_running_loop().time() + 0.5
        async with asyncio.TaskGroup() as tasks:
            for number in range(self._sessions):
                offset = number / self._sessions * _CHUNK_SECONDS
                tasks.create_task(self._speak(client, begin + offset))
            tasks.create_task(self._measure(begin, on_mark))

    async def _speak(self, client: Client, begin: float) -> None:
        loop = asyncio.get_running_loop()
        audio = self.recording.audio
        async with client.session(_CONFIG) as session, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(session))
            for number, start in enumerate(range(0, len(audio), _CHUNK_BYTES)):
                # A chunk is there when its last frame is.
                due = begin + (number + 1) * _CHUNK_SECONDS
                await asyncio.sleep(due - loop.time())
                self._late.append(loop.time() - due)
                await session.send(audio[start : start + _CHUNK_BYTES])
                self._sent += 1
            await session.end()
        heard = score(self.recording, session.transcript.results)
        # A client that loses words has less to do.
        assert heard.is_perfect, heard

    async def _listen(self, session: Session) -> None:
        async for _ in session:
            self._results += 1

    async def _measure(self, begin: float, on_mark: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(begin + self._warm_up - loop.time())
        gc.collect()  # all kinds begin alike
        on_mark()
        self._late.clear()
        sent, results, cpu, at = self._sent, self._results, time.process_time(), loop.time()
        await asyncio.sleep(begin + self._warm_up + self._seconds - loop.time())
        cpu, wall = time.process_time() - cpu, loop.time() - at
        session_seconds = (self._sent - sent) * _CHUNK_SECONDS
        self.outcome = {
            "cpu_per_session_second": cpu / session_seconds,
            "core": round(cpu / wall, 3),
            "session_seconds": round(session_seconds, 1),
            "results": self._results - results,
            "late_p95_ms": round(1_000 * statistics.quantiles(self._late, n=20)[-1], 2),
        }


def switch_off() -> None:
    """Record nothing in this process, not even for statistics."""

    def nothing(*_: object, **__: object) -> None:
        pass

    for name in ("begin", "event", "end_stream", "end"):
        setattr(Recorder, name, nothing)
    for name in ("start", "stop", "open", "close"):
        setattr(Fleet, name, nothing)


async def measure(kind: Kind, address: str, load: Load) -> dict[str, Any]:
    """CPU seconds per session-second, and what else there is to know of a run."""
    port, flush = set_up(kind)
    async with Client(emulator_host=address) as client:
        await load.run(client, lambda: _say({"port": port}))
    return load.outcome | {"spans": flush()}


async def measure_steps(kind: Kind, address: str, load: Load) -> dict[str, float]:
    """Microseconds for what is done at each result, and once a second with all sessions live."""
    port, _ = set_up(kind)
    result = Result((Alternative("w1", None),), is_final=False, end=1.0, latency=0.05)
    outcome: dict[str, float] = {}

    def steps() -> None:
        fleet = client._fleet
        recorder = client.sessions[0].recorder

        def record() -> None:
            recorder._told.clear()  # so that each is news
            recorder.event(result, 0.0)

        def tick() -> None:
            if fleet._instruments.is_recording:
                fleet._told = dict.fromkeys(fleet._told, Counts())  # so that all has grown
                fleet._tell()

        _say({"port": port})
        outcome["a result"] = _microseconds(record, 4_000)
        outcome["a tick"] = _microseconds(tick, 20)

    async with Client(emulator_host=address) as client:
        await load.run(client, steps)
    return outcome


def _microseconds(step: Callable[[], None], count: int) -> float:
    """The median over some batches of what a step takes."""
    took = []
    for _ in range(_BATCHES):
        begun = time.perf_counter()
        for _ in range(count):
            step()
        took.append(1e6 * (time.perf_counter() - begun) / count)
    return statistics.median(took)


def _say(news: dict[str, Any]) -> None:
    print(json.dumps(news), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", type=Kind, required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--core", type=int, required=True)
    parser.add_argument("--sessions", type=int, required=True)
    parser.add_argument("--warm-up", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--micro", action="store_true")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {arguments.core})
    if arguments.kind is Kind.OFF:
        switch_off()
    load = Load(arguments.sessions, arguments.warm_up, arguments.seconds)
    job = measure_steps if arguments.micro else measure
    _say(asyncio.run(job(arguments.kind, arguments.address, load)))


if __name__ == "__main__":
    main()
