"""What it costs to open a session, and how long the first result of one takes.

As a command, the client's process: conversations one after another, each of which is given half a second
of audio at once, waits for the first result and ends. The server answers at once, so what is measured is
the way there and back. The first conversation of a process also makes the connection. Prints one line of
JSON.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
from typing import TYPE_CHECKING, Any

from tests.benchmarks.machine import cpu_seconds
from tests.benchmarks.sessions.clients import KINDS, conversations
from tests.benchmarks.sessions.processes import client_parser, run_as_client, run_client, served

if TYPE_CHECKING:
    from tests.benchmarks.sessions.clients import Conversation
    from tests.benchmarks.sessions.record import Record

__all__ = ("measure",)

_CHUNK = bytes(3_200)
_CHUNKS = 5  # half a second: the server answers that
_WARM_UP = 20
_COMPARED = ("bare", "asyncspeech")
_UNITS = {"cpu": "ms per session", "first_result": "ms", "connecting": "ms"}


# The benchmark.


def measure(record: Record, *, rounds: int, count: int) -> None:
    """So many sessions, one after another, by each kind of client in turn."""
    runs: dict[str, list[dict[str, Any]]] = {kind: [] for kind in _COMPARED}
    for _ in range(rounds):
        for kind, seen in runs.items():
            with served("light") as server:
                seen.append(run_client("opening", kind=kind, address=server.address, count=count))
    record.head(f"opening {count} sessions, light")
    for kind, seen in runs.items():
        for name, unit in _UNITS.items():
            record.add(f"opening/{kind}/{name}", unit, [one[name] for one in seen])
    for name in _UNITS:
        ratios = [ours[name] / bare[name] for ours, bare in zip(*reversed(runs.values()), strict=True)]
        record.add(f"opening/{name}_ratio", "ratio", ratios)


# The client's process.


async def _once(conversation: Conversation) -> float:
    """One conversation. Gives how long its first result took."""
    loop = asyncio.get_running_loop()
    result = loop.create_future()

    def on_result(*_: object) -> None:
        if not result.done():
            result.set_result(loop.time())

    begun = loop.time()
    async with conversation(on_result) as send:
        for _ in range(_CHUNKS):
            await send(_CHUNK)
        return float(await result - begun)


async def converse(kind: str, address: str, count: int) -> dict[str, float]:
    """Hold so many conversations, one after another."""
    async with conversations(kind, address, 1) as conversation:
        connecting = await _once(conversation)
        for _ in range(_WARM_UP):
            await _once(conversation)
        gc.collect()
        cpu = cpu_seconds()
        took = [await _once(conversation) for _ in range(count)]
        cpu = cpu_seconds() - cpu
    return {
        "cpu": 1_000 * cpu / count,
        "first_result": 1_000 * statistics.median(took),
        "connecting": 1_000 * connecting,
    }


def main() -> None:
    """Hold conversations."""
    parser = client_parser(__doc__)
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--count", type=int, required=True)
    run_as_client(parser, lambda told: converse(told.kind, told.address, told.count))


if __name__ == "__main__":
    main()
