"""How fast audio goes out when nobody paces it: a recording that is sent as fast as it is taken.

As a command, the client's process: conversations one after another, each of which is given minutes of
audio in chunks of a size, and ends; it is over when the last result is there. The service itself wants
the pace of speech; this is what catching up, or a file, is bounded by. Prints one line of JSON.
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

_COMPARED = ("bare", "asyncspeech")
_SECONDS = 200.0  # of audio: a stream's worth, so that none is renewed
_BYTES_PER_SECOND = 32_000
_TIMES = 5


# The benchmark.


def measure(record: Record, chunk_bytes: int, *, rounds: int) -> None:
    """Upload in chunks of a size, by each kind of client in turn."""
    runs: dict[str, list[dict[str, Any]]] = {kind: [] for kind in _COMPARED}
    for _ in range(rounds):
        for kind, seen in runs.items():
            with served("light") as server:
                told = run_client("upload", kind=kind, address=server.address, chunk_bytes=chunk_bytes)
                seen.append(told)
    path = f"upload/{chunk_bytes}"
    record.head(f"upload in chunks of {chunk_bytes} bytes, light")
    for kind, seen in runs.items():
        speeds = [one["bytes_per_second"] for one in seen]
        record.add(f"{path}/{kind}/speed", "MB/s", [speed / 1e6 for speed in speeds])
        record.add(f"{path}/{kind}/chunks", "chunks/s", [speed / chunk_bytes for speed in speeds])
        record.add(f"{path}/{kind}/cpu", "ms per MB", [one["cpu"] for one in seen])
    pairs = list(zip(runs["asyncspeech"], runs["bare"], strict=True))
    ratios = [ours["bytes_per_second"] / bare["bytes_per_second"] for ours, bare in pairs]
    record.add(f"{path}/speed_ratio", "ratio", ratios)


# The client's process.


async def _once(conversation: Conversation, chunk_bytes: int) -> float:
    """One upload. Gives how many seconds it took."""
    loop = asyncio.get_running_loop()
    chunk = bytes(chunk_bytes)
    heard = 0.0

    def on_result(end: float, *_: object) -> None:
        nonlocal heard
        heard = max(heard, end)

    begun = loop.time()
    async with conversation(on_result) as send:
        for _ in range(round(_SECONDS * _BYTES_PER_SECOND / chunk_bytes)):
            await send(chunk)
    took = loop.time() - begun
    assert heard >= _SECONDS - 1, heard  # seconds: all of it was answered
    return took


async def upload(kind: str, address: str, chunk_bytes: int) -> dict[str, float]:
    """Upload some times, and take the median."""
    size = _SECONDS * _BYTES_PER_SECOND
    async with conversations(kind, address, 1) as conversation:
        await _once(conversation, chunk_bytes)
        gc.collect()
        cpu = cpu_seconds()
        took = [await _once(conversation, chunk_bytes) for _ in range(_TIMES)]
        cpu = cpu_seconds() - cpu
    return {
        "bytes_per_second": size / statistics.median(took),
        "cpu": 1_000 * cpu / (_TIMES * size / 1e6),
    }


def main() -> None:
    """Upload."""
    parser = client_parser(__doc__)
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--chunk-bytes", type=int, required=True)
    run_as_client(parser, lambda told: upload(told.kind, told.address, told.chunk_bytes))


if __name__ == "__main__":
    main()
