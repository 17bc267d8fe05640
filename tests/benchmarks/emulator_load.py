"""How many real-time streams one emulator serves, and what it adds to their latency.

``python -m tests.benchmarks.emulator_load --streams 200 --seconds 15 --rounds 3`` starts a server in a
process of its own, bound to one core, and from another core sends it that many streams of 100 ms
chunks, spread evenly over the tenths of a second. Servers take turns: the emulator with the coded
recogniser, and a bare ``grpc.aio`` server that answers about as often, at once, whatever it gets. What
the emulator adds is the difference; the rest is gRPC, the load generator and the machine. Prints, as
JSON, a line for each run:

- ``latency_ms``: from handing a chunk to gRPC to having the interim result that takes it into account;
- ``core``: what the server used of its core;
- ``late_ms``: how late the load generator was with its chunks: if that is not small, the figures say
  more about the machine than about the server;
- ``lost``: words that were said and not heard;

and at last the medians over the rounds, and ``added_p95_ms``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import grpc
from google.cloud.speech_v2 import types

from asyncspeech.emulator import Coded, Emulator, coded
from tests.support.bare import config_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Self

_CHUNK_SECONDS = 0.1
_STREAMS_PER_CONNECTION = 90
_SERVICE, _NAME = "google.cloud.speech.v2.Speech", "StreamingRecognize"
# The emulator tells of a word every so many chunks of the recording.
_CHUNKS_PER_ANSWER = 5
_Response = types.StreamingRecognizeResponse.pb()


async def serve(kind: str, core: int) -> None:
    """The server's process: prints its address, then what it used."""
    os.sched_setaffinity(0, {core})
    async with Emulator(Coded()) if kind == "emulator" else BareServer() as server:
        print(server.address, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        begun, used = time.monotonic(), _cpu_seconds()
        await asyncio.to_thread(sys.stdin.readline)
        print((_cpu_seconds() - used) / (time.monotonic() - begun), flush=True)


class BareServer:
    """Answers every so many chunks at once, and knows nothing of speech."""

    address = ""

    async def __aenter__(self) -> Self:
        self._server = grpc.aio.server()
        method = grpc.stream_stream_rpc_method_handler(
            self._answer,
            request_deserializer=types.StreamingRecognizeRequest.pb().FromString,
            response_serializer=_Response.SerializeToString,
        )
        handler = grpc.method_handlers_generic_handler(_SERVICE, {_NAME: method})
        self._server.add_generic_rpc_handlers((handler,))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop(None)

    async def _answer(self, requests: AsyncIterator[Any], context: Any) -> None:
        chunks = -1  # the first message is the configuration
        async for _ in requests:
            chunks += 1
            if chunks and chunks % _CHUNKS_PER_ANSWER == 0:
                response = _Response()
                nanos = round(chunks * _CHUNK_SECONDS * 1e9)
                response.results.add().result_end_offset.FromNanoseconds(nanos)
                await context.write(response)


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Load:
    """The streams that are sent, and what comes back."""

    def __init__(self, seconds: float) -> None:
        self.recording = coded.encode(int(seconds / 0.48))
        self.latencies: list[float] = []
        self.late: list[float] = []
        self.heard: list[int] = []
        features = {"enable_word_time_offsets": True}
        config = config_request(features=features, streaming_features={"interim_results": True})
        self._config = type(config).serialize(config)
        audio = self.recording.audio
        self._chunks = [
            types.StreamingRecognizeRequest.serialize(
                types.StreamingRecognizeRequest(audio=audio[start : start + 3_200])
            )
            for start in range(0, len(audio), 3_200)
        ]

    async def stream(self, channel: grpc.aio.Channel, begin: float) -> None:
        """Send one stream, in real time from ``begin`` on."""
        loop = asyncio.get_running_loop()
        sent: list[float] = []

        async def requests() -> AsyncIterator[bytes]:
            yield self._config
            for number, chunk in enumerate(self._chunks):
                due = begin + number * _CHUNK_SECONDS
                await asyncio.sleep(due - loop.time())
                self.late.append(loop.time() - due)
                sent.append(loop.time())
                yield chunk

        words = 0
        method = channel.stream_stream(
            f"/{_SERVICE}/{_NAME}", request_serializer=None, response_deserializer=_Response.FromString
        )
        call: Any = method(requests())
        async for response in call:
            now = loop.time()
            for result in response.results[:1]:
                if result.is_final:
                    words += len(result.alternatives[0].words)
                else:
                    offset = result.result_end_offset
                    seconds = offset.seconds + offset.nanos / 1e9
                    self.latencies.append(now - sent[round(seconds / _CHUNK_SECONDS) - 1])
        self.heard.append(words)


async def load(address: str, streams: int, seconds: float) -> Load:
    """Send all streams, and wait for their ends."""
    load = Load(seconds)
    options = (("grpc.use_local_subchannel_pool", 1),)
    count = -(-streams // _STREAMS_PER_CONNECTION)
    channels = [grpc.aio.insecure_channel(address, options=options) for _ in range(count)]
    begin = asyncio.get_running_loop().time() + 0.5
    async with asyncio.TaskGroup() as tasks:
        for number in range(streams):
            offset = number / streams * _CHUNK_SECONDS
            tasks.create_task(load.stream(channels[number % count], begin + offset))
    for channel in channels:
        await channel.close(None)
    return load


def run(kind: str, streams: int, seconds: float, cores: list[int]) -> dict[str, Any]:
    """One run against a server of a kind."""
    command = [sys.executable, "-m", "tests.benchmarks.emulator_load", "--serve", kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        os.sched_setaffinity(0, {cores[0]})
        print(file=server.stdin, flush=True)
        done = asyncio.run(load(address, streams, seconds))
        os.sched_setaffinity(0, cores)
        print(file=server.stdin, flush=True)
        used = float(server.stdout.readline())
    said = len(done.recording.words) * streams if kind == "emulator" else 0
    return {
        "server": kind,
        "latency_ms": _spread(done.latencies),
        "late_ms": _spread(done.late),
        "core": round(used, 2),
        "lost": said - sum(done.heard),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", choices=("bare", "emulator"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    if arguments.serve:
        asyncio.run(serve(arguments.serve, cores[-1]))
        return
    p95s: dict[str, list[float]] = {"bare": [], "emulator": []}
    for _ in range(arguments.rounds):
        for kind, seen in p95s.items():
            result = run(kind, arguments.streams, arguments.seconds, cores)
            print(json.dumps(result), flush=True)
            seen.append(result["latency_ms"]["p95"])
    medians = {f"{kind}_p95_ms": statistics.median(seen) for kind, seen in p95s.items()}
    added = round(medians["emulator_p95_ms"] - medians["bare_p95_ms"], 2)
    print(json.dumps({"streams": arguments.streams, **medians, "added_p95_ms": added}))


def _spread(seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100)
    return {
        name: round(1_000 * value, 2)
        for name, value in (
            ("p50", cuts[49]),
            ("p95", cuts[94]),
            ("p99", cuts[98]),
            ("max", max(seconds)),
        )
    }


if __name__ == "__main__":
    main()
