"""The client's process of a benchmark: feeds conversations in real time, and prints what it took.

Chunks of 100 ms are spread evenly over the tenths of a second, as conversations begin when they like.
CPU is that of the whole process, gRPC's threads included, between two marks while all are in full swing.
Latency is from handing a chunk to the client to having the result that takes it into account; interims
and finals apart. How late the generator itself was is told too: if that is not small, the figures say
that this core is full. One line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import math
import os
from typing import TYPE_CHECKING, Any

from asyncspeech.emulator import coded
from tests.benchmarks.clients import KINDS, conversations
from tests.benchmarks.machine import cpu_seconds, memory_bytes, percentiles

if TYPE_CHECKING:
    from tests.benchmarks.clients import Conversation

_CHUNK_SECONDS = 0.1
_CHUNK_BYTES = 3_200
_WORD_SECONDS = 0.48  # with its share of the pauses
_MARGIN = 1.0  # of audio after the second mark


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
        self.recording = coded.encode(math.ceil((warm_up + seconds + _MARGIN) / _WORD_SECONDS))
        audio = self.recording.audio
        self._chunks = [audio[at : at + _CHUNK_BYTES] for at in range(0, len(audio), _CHUNK_BYTES)]
        self._sent = 0
        self._late: list[float] = []
        self._latencies: dict[bool, list[float]] = {False: [], True: []}
        self._words = 0
        self.outcome: dict[str, Any] = {}

    async def run(self, conversation: Conversation) -> dict[str, Any]:
        """Feed all conversations, from their beginnings to their ends."""
        loop = asyncio.get_running_loop()
        gc.collect()
        before = memory_bytes()
        begin = loop.time() + 0.5
        async with asyncio.TaskGroup() as tasks:
            for number in range(self._count):
                offset = number / self._count * _CHUNK_SECONDS
                tasks.create_task(self._speak(conversation, begin + offset))
            tasks.create_task(self._measure(begin, before))
        said = len(self.recording.words) * self._count
        return self.outcome | {"words": self._words, "said": said}

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
        await asyncio.sleep(begin + self._warm_up - loop.time())
        gc.collect()  # all kinds begin alike
        self._late.clear()
        for latencies in self._latencies.values():
            latencies.clear()
        sent, cpu, at = self._sent, cpu_seconds(), loop.time()
        await asyncio.sleep(begin + self._warm_up + self._seconds - loop.time())
        cpu, wall = cpu_seconds() - cpu, loop.time() - at
        session_seconds = (self._sent - sent) * _CHUNK_SECONDS
        self.outcome = {
            "cpu_ms_per_session_second": 1_000 * cpu / session_seconds,
            "core": round(cpu / wall, 3),
            "session_seconds": round(session_seconds, 1),
            "due_seconds": round(wall * self._count, 1),
            "memory_kb_per_session": (memory_bytes() - before) / self._count / 1_000,
            "late_ms": percentiles(self._late),
            "interim_ms": percentiles(self._latencies[False]) if self._latencies[False] else None,
            "final_ms": percentiles(self._latencies[True]) if len(self._latencies[True]) > 1 else None,
        }


async def measure(kind: str, address: str, load: Load) -> dict[str, Any]:
    """One run."""
    async with conversations(kind, address, load._count) as conversation:
        return await load.run(conversation)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--core", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--warm-up", type=float, default=3.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {arguments.core})
    load = Load(arguments.count, arguments.warm_up, arguments.seconds)
    print(json.dumps(asyncio.run(measure(arguments.kind, arguments.address, load))))


if __name__ == "__main__":
    main()
