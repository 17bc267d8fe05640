"""What renewals and recoveries add to the delay of results.

As a command, the client's process: sessions of somebody who talks without a pause, in real time. Of each
chunk it is noted how long it took until a result accounted for it. The client makes its sessions renew
their streams every few seconds, or the server breaks them. What a handover adds is the longest that any
chunk near it waited, less the longest that a chunk waits in a stretch as long in which nothing happens.
Prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import statistics
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from asyncspeech import Client, RenewalPolicy, Result, SessionConfig, StreamRecovered, StreamRenewed
from asyncspeech.emulator import coded
from tests.benchmarks.sessions.processes import client_parser, run_as_client, run_client, served
from tests.benchmarks.sessions.servers import BREAKS_AFTER

if TYPE_CHECKING:
    from asyncspeech import Session
    from tests.benchmarks.sessions.record import Record

__all__ = ("CASES", "measure")

CASES = {"calm": "talking", "renewal": "talking", "recovery": "breaking"}
"""What happens, and the server that it takes."""

_CHUNK_SECONDS = 0.1
_CHUNK_BYTES = 3_200
_WORD_SECONDS = 0.35
_NEAR_SECONDS = 2.0  # before and after a handover
_RENEW_SECONDS = BREAKS_AFTER


# The benchmark.


def measure(record: Record, *, rounds: int, sessions: int, seconds: float) -> None:
    """So many sessions at once, in each case in turn."""
    runs: dict[str, list[dict[str, Any]]] = {case: [] for case in CASES}
    for _ in range(rounds):
        for case, seen in runs.items():
            with served(CASES[case]) as server:
                options: dict[str, str | float] = {
                    "case": case,
                    "sessions": sessions,
                    "seconds": seconds,
                }
                seen.append(run_client("handover", address=server.address, **options))
    record.head(f"{sessions} sessions that talk on, emulator")
    for case, seen in runs.items():
        path = f"handover/{case}"
        record.add(f"{path}/count", "handovers", [one["handovers"] for one in seen])
        record.add(f"{path}/lost", "words", [one["lost"] for one in seen])
        for name in ("median", "p95", "most"):
            record.add(f"{path}/{name}", "ms", [one[name] for one in seen])
    for case in ("renewal", "recovery"):
        for name in ("median", "p95"):
            added = [one[name] - calm[name] for one, calm in zip(runs[case], runs["calm"], strict=True)]
            record.add(f"handover/{case}/{name}_added", "ms", added)


# The client's process.


class Talk:
    """One session, and how long each chunk waited for a result."""

    def __init__(self, seconds: float) -> None:
        count = round(seconds / _WORD_SECONDS)
        self._recording = coded.encode(count, words_per_utterance=count)
        self._given: list[float] = []
        self._heard: list[float] = []
        self._handovers: list[float] = []
        self._words: list[tuple[str, float | None, float | None]] = []

    async def run(self, session: Session, delay: float) -> None:
        """Say it all."""
        await asyncio.sleep(delay)
        loop = asyncio.get_running_loop()
        async with session, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(session))
            begun = loop.time()
            audio = self._recording.audio
            for number, at in enumerate(range(0, len(audio), _CHUNK_BYTES)):
                await asyncio.sleep(begun + (number + 1) * _CHUNK_SECONDS - loop.time())
                self._given.append(loop.time())
                await session.send(audio[at : at + _CHUNK_BYTES])
            await session.end()

    async def _listen(self, session: Session) -> None:
        loop = asyncio.get_running_loop()
        async for event in session.events():
            if isinstance(event, Result):
                covered = min(round(event.end / _CHUNK_SECONDS), len(self._given))
                self._heard += [loop.time()] * (covered - len(self._heard))
                if event.is_final:
                    self._words += [(word.text, word.start, word.end) for word in event.words]
            elif isinstance(event, StreamRenewed | StreamRecovered):
                self._handovers.append(loop.time())

    def waits(self, *, near: bool) -> list[float]:
        """The longest that a chunk waited, near each handover or in each stretch as long without."""
        waited = [heard - given for heard, given in zip(self._heard, self._given, strict=False)]
        width = round(2 * _NEAR_SECONDS / _CHUNK_SECONDS)
        if near:
            starts = [bisect_left(self._given, at - _NEAR_SECONDS) for at in self._handovers]
        else:  # the beginning and the end are not like the rest
            starts = [start for start, _ in pairwise(range(width, len(waited), width))]
        return [max(waited[start : start + width]) for start in starts]

    @property
    def lost(self) -> int:
        """Words that were said and not heard, or not as they were said."""
        score = coded.score(self._recording, self._words)
        return score.lost + score.repeated + score.garbled

    @property
    def handovers(self) -> int:
        """How often a stream was replaced."""
        return len(self._handovers)


async def talk(case: str, address: str, sessions: int, seconds: float) -> dict[str, float]:
    """Hold sessions, and tell how long chunks have waited."""
    renewal = RenewalPolicy(after=_RENEW_SECONDS, by=_RENEW_SECONDS + 2.0)
    config = SessionConfig(renewal=renewal) if case == "renewal" else SessionConfig()
    talks = [Talk(seconds) for _ in range(sessions)]
    async with (
        Client(emulator_host=address, max_sessions=sessions) as client,
        asyncio.TaskGroup() as tasks,
    ):
        for number, one in enumerate(talks):
            tasks.create_task(one.run(client.session(config), number * seconds / 10 / sessions))
    waits = [wait for one in talks for wait in one.waits(near=case != "calm")]
    return {
        "handovers": sum(one.handovers for one in talks),
        "lost": sum(one.lost for one in talks),
        "median": 1_000 * statistics.median(waits),
        "p95": 1_000 * statistics.quantiles(waits, n=20, method="inclusive")[18],
        "most": 1_000 * max(waits),
    }


def main() -> None:
    """Hold sessions."""
    parser = client_parser(__doc__)
    parser.add_argument("--case", choices=CASES, required=True)
    parser.add_argument("--sessions", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    run_as_client(parser, lambda told: talk(told.case, told.address, told.sessions, told.seconds))


if __name__ == "__main__":
    main()
