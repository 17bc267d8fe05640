"""What a chunk of audio costs a client above gRPC, with its share of the results.

As a command, the process of all clients, which take turns in it, a conversation each. gRPC's calls are
replaced by ones that carry bytes from the client to the light server's code and back in the same loop.
So nothing is measured but the client's Python and its protobuf, and what drives it, which is what a
client that does nothing takes. No core sleeps, and no thread is waited for.

- *hot*: one chunk after another, as in the middle of a recording; the mean of a conversation.
- *cold*: between two chunks more memory is read than the processor's caches hold, as a core has lost
  what was in them that has slept, or worked for others, since the last chunk; the median of the chunks.

Of a client's conversations the least counts, as whatever else the machine does can only add to it.
Prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import math
import statistics
import time
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest import mock

import grpc
import numpy as np

from tests.benchmarks.sessions.clients import KINDS, conversations
from tests.benchmarks.sessions.processes import client_parser, run_as_client, run_client
from tests.benchmarks.sessions.servers import CHUNKS_PER_ANSWER, Light

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.benchmarks.sessions.clients import Conversation, Send
    from tests.benchmarks.sessions.record import Record

__all__ = ("measure",)

_CHUNK = bytes(3_200)
_CHUNKS = {"hot": 600, "cold": 60}  # of a conversation
_WARM_UP = 60
_CONVERSATIONS = 20
_CACHES_BYTES = 96 * 2**20
_TURNS = 12  # of the loop, until a chunk has gone all its ways
_COMPARED = ("bare", "asyncspeech")
_NOBODY = "127.0.0.1:9"


# The benchmark.


def measure(record: Record, *, rounds: int) -> None:
    """The cost of a chunk for each kind of client, without that of driving it, in so many processes."""
    runs = [run_client("chunk", address=_NOBODY) for _ in range(rounds)]
    record.head("a chunk of 100 ms, without gRPC")
    for state in _CHUNKS:
        costs = {
            kind: [told[state][kind] - told[state]["nothing"] for told in runs] for kind in _COMPARED
        }
        for kind, values in costs.items():
            record.add(f"chunk/{state}/{kind}", "us", values)
        ratios = [ours / bare for bare, ours in zip(*costs.values(), strict=True)]
        record.add(f"chunk/{state}/cost_ratio", "ratio", ratios)


# The client's process.


class _Call:
    """A call whose service is in the same loop: what the client library asks of one of gRPC's."""

    def __init__(
        self, server: Light, requests: AsyncIterator[bytes], read: Callable[[bytes], Any]
    ) -> None:
        self._read = read
        self._responses: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._service = asyncio.create_task(self._serve(server, requests))

    async def _serve(self, server: Light, requests: AsyncIterator[bytes]) -> None:
        await server.recognize(requests, self)
        self._responses.put_nowait(None)

    async def write(self, response: bytes) -> None:
        """Take what the service says."""
        self._responses.put_nowait(response)

    async def __aiter__(self) -> AsyncIterator[Any]:
        while (response := await self._responses.get()) is not None:
            yield self._read(response)

    async def wait_for_connection(self) -> None:
        """There is none."""

    def cancel(self) -> bool:
        """End the call."""
        return self._service.cancel()


class _Method(grpc.aio.StreamStreamMultiCallable[Any, Any]):
    def __init__(
        self,
        name: str,
        request_serializer: Callable[[Any], bytes] = bytes,
        response_deserializer: Callable[[bytes], Any] = bytes,
    ) -> None:
        self._name = name
        self._write = request_serializer
        self._read = response_deserializer
        self._server = Light()

    def __call__(self, request_iterator: Any = None, *_args: Any, **_options: Any) -> Any:
        requests = (self._write(request) async for request in request_iterator)
        return _Call(self._server, requests, self._read)


def _channel(make: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """A channel that never connects, as its streams need none."""
    channel = make(*args, **options)
    channel.stream_stream = _Method
    return channel


async def _turn() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


async def _hot(send: Send, chunks: int) -> float:
    """Microseconds for a chunk among many."""
    for _ in range(_WARM_UP):
        await send(_CHUNK)
        await _turn()
    begun = time.perf_counter()
    for _ in range(chunks - _WARM_UP):
        await send(_CHUNK)
        await _turn()
    return 1e6 * (time.perf_counter() - begun) / (chunks - _WARM_UP)


async def _cold(send: Send, chunks: int) -> float:
    """Microseconds for a chunk that finds the processor's caches empty."""
    caches = np.zeros(_CACHES_BYTES, np.uint8)
    took = []
    for _ in range(chunks):
        caches += 1
        begun = time.perf_counter()
        await send(_CHUNK)
        await _turn()
        took.append(time.perf_counter() - begun)
    return 1e6 * statistics.median(took)


_FEEDS = {"hot": _hot, "cold": _cold}


async def _converse(conversation: Conversation, state: str) -> tuple[float, int]:
    """What a chunk took in one conversation, and how many results there were."""
    results = 0

    def on_result(*_: object) -> None:
        nonlocal results
        results += 1

    async with conversation(on_result) as send:
        took = await _FEEDS[state](send, _CHUNKS[state])
    return took, results


async def converse(address: str) -> dict[str, dict[str, float]]:
    """Hold conversations by all clients, and tell what a chunk took of each, in microseconds."""
    make = partial(_channel, grpc.aio.insecure_channel)
    async with AsyncExitStack() as stack:
        stack.enter_context(mock.patch.object(grpc.aio, "insecure_channel", make))
        clients = {
            kind: await stack.enter_async_context(conversations(kind, address, 1)) for kind in KINDS
        }
        for conversation in clients.values():  # the first one makes the channel, and is late
            await _converse(conversation, "cold")
        return {state: await _least(clients, state) for state in _CHUNKS}


async def _least(clients: dict[str, Conversation], state: str) -> dict[str, float]:
    least = dict.fromkeys(clients, math.inf)
    for _ in range(_CONVERSATIONS):
        for kind, conversation in clients.items():
            took, results = await _converse(conversation, state)
            # A client that loses results has less to do.
            assert results == (0 if kind == "nothing" else _CHUNKS[state] // CHUNKS_PER_ANSWER)
            least[kind] = min(least[kind], took)
    return least


def main() -> None:
    """Hold conversations."""
    run_as_client(client_parser(__doc__), lambda told: converse(told.address))


if __name__ == "__main__":
    main()
