"""How long a bot waits for the final of what was said, with and without `TurnPolicy`.

``python -m tests.benchmarks.turns --turns 200 --sessions 10`` starts the emulator in a process of its
own, with a recogniser for coded audio that waits for a pause of 2.4 s, as chirp_3 is known to, and talks
to it in real time: turns of one to three words, of which half barge in just when the last one is over.
Sessions take turns in one run: those with a `TurnPolicy`, and those without. Prints:

- from the end of speech to its final, in ms: what a bot waits for;
- from the decision that the turn is over (`SpeechEnded`) to its final, in ms: what making it final
  takes;
- words lost, repeated and garbled;
- streams, and seconds billed by the second begun.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from asyncspeech import Client, Result, SessionConfig, SpeechEnded, TurnPolicy, VoiceActivity
from asyncspeech.emulator import Coded, Emulator
from tests.session.scenario import score
from tests.support.dialogue import RATE, turns
from tests.support.loud import LoudDetector

if TYPE_CHECKING:
    from collections.abc import Sequence

SILENCE = 0.5
_CHUNK_SECONDS = 0.1
_ENDPOINT_SECONDS = 2.4


async def serve() -> None:
    """The emulator's process: prints its address, and serves until its input ends."""
    async with Emulator(Coded(endpoint_seconds=_ENDPOINT_SECONDS)) as emulator:
        print(emulator.address, flush=True)
        await asyncio.to_thread(sys.stdin.read)


class Talk:
    """One session, and when what came of it."""

    def __init__(self, count: int, seed: int, policy: TurnPolicy | None) -> None:
        self.recording, self._last = turns(count, seed, silence=SILENCE)
        self._config = SessionConfig(preprocess=(VoiceActivity(detector=LoudDetector()),), turn=policy)
        self._events: list[tuple[float, object]] = []
        self._begun = 0.0
        self.stats: Any = None
        self.score: Any = None

    async def run(self, client: Client, delay: float) -> None:
        """Say it all, in real time, after ``delay`` seconds."""
        await asyncio.sleep(delay)
        session = client.session(self._config)
        async with session, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(session.events()))
            await self._speak(session)
            await session.end()
        self.stats = session.stats
        self.score = score(self.recording, session.transcript.results)

    async def _speak(self, session: Any) -> None:
        loop = asyncio.get_running_loop()
        size = round(_CHUNK_SECONDS * RATE) * 2
        self._begun = loop.time()
        for number, start in enumerate(range(0, len(self.recording.audio), size)):
            # A chunk is there when its last frame is.
            await asyncio.sleep(self._begun + (number + 1) * _CHUNK_SECONDS - loop.time())
            await session.send(self.recording.audio[start : start + size])

    async def _listen(self, events: Any) -> None:
        loop = asyncio.get_running_loop()
        async for event in events:
            self._events.append((loop.time(), event))

    def waits(self) -> list[float]:
        """For each turn, the seconds from the end of speech to the final that has its last word."""
        found = []
        for word in (self.recording.words[index] for index in self._last):
            text, spoken = f"w{word.number}", self._begun + word.end / RATE
            finals = (
                at
                for at, event in self._events
                if isinstance(event, Result) and event.is_final and text in event.text.split()
            )
            found += [at - spoken for at in finals]
        return found

    def decisions(self) -> list[float]:
        """For each turn, the seconds from the decision that it is over to its final."""
        found, decided = [], list[float]()
        for at, event in self._events:
            if isinstance(event, SpeechEnded):
                decided.append(at)
            elif isinstance(event, Result) and event.is_final and decided:
                found.append(at - decided.pop(0))
        return found


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(1_000 * value for value in seconds)
    return {
        "count": len(ordered),
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "max": round(ordered[-1], 1),
    }


async def measure(address: str, count: int, sessions: int) -> dict[str, Any]:
    """Talk to the emulator in sessions of either kind at once."""
    each = -(-count // sessions)
    kinds = {"with a policy": TurnPolicy(silence=SILENCE), "without": None}
    talks = {
        kind: [Talk(each, seed, policy) for seed in range(sessions)] for kind, policy in kinds.items()
    }
    async with Client(emulator_host=address) as client:
        await client.connect()
        async with asyncio.TaskGroup() as tasks:
            for number, talk in enumerate(
                talk for pair in zip(*talks.values(), strict=True) for talk in pair
            ):
                tasks.create_task(talk.run(client, number * _CHUNK_SECONDS / 7))
    report: dict[str, Any] = {}
    for kind, those in talks.items():
        report[kind] = {
            "speech to final, ms": _spread([wait for talk in those for wait in talk.waits()]),
            "lost": sum(talk.score.lost for talk in those),
            "repeated": sum(talk.score.repeated for talk in those),
            "garbled": sum(talk.score.garbled for talk in those),
            "streams": sum(talk.stats.streams_opened for talk in those),
            "audio, s": round(sum(talk.stats.audio_accepted for talk in those), 1),
            "cost, s": round(sum(talk.stats.cost for talk in those) / 0.016 * 60),
        }
    eager = talks["with a policy"]
    report["with a policy"]["decision to final, ms"] = _spread(
        [wait for talk in eager for wait in talk.decisions()]
    )
    return report


def main() -> None:
    """Run the benchmark, or its server."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--turns", type=int, default=200, help="of each kind")
    parser.add_argument("--sessions", type=int, default=10, help="of each kind, at once")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve())
        return
    command = [sys.executable, "-m", "tests.benchmarks.turns", "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            address = server.stdout.readline().strip()
            report = asyncio.run(measure(address, arguments.turns, arguments.sessions))
        finally:
            server.stdin.close()
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
