"""How many real-time streams one emulator serves, and what it adds to their latency.

``python -m tests.benchmarks.emulator_load --streams 200 --seconds 20`` starts an emulator with the coded
recogniser in a process of its own, bound to one core, and from another core sends it that many streams
of 100 ms chunks, spread evenly over the tenths of a second. It prints, as JSON:

- ``latency_ms``: from handing a chunk to gRPC to having the interim result that takes it into account:
  the emulator's share, and that of two gRPC stacks and the load generator;
- ``emulator_core``: what the emulator used of its core;
- ``late_ms``: how late the load generator itself was with its chunks: if this is not small, the figures
  say more about the machine than about the emulator;
- ``lost``: words that were said and not heard.
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

_CHUNK_SECONDS = 0.1
_STREAMS_PER_CONNECTION = 90
_METHOD = "/google.cloud.speech.v2.Speech/StreamingRecognize"
_Response = types.StreamingRecognizeResponse.pb()


async def serve(core: int) -> None:
    """The emulator's process: prints its address, then what it used."""
    os.sched_setaffinity(0, {core})
    async with Emulator(Coded()) as emulator:
        print(emulator.address, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        begun, used = time.monotonic(), _cpu_seconds()
        await asyncio.to_thread(sys.stdin.readline)
        print((_cpu_seconds() - used) / (time.monotonic() - begun), flush=True)


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
            _METHOD, request_serializer=None, response_deserializer=_Response.FromString
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    if arguments.serve:
        asyncio.run(serve(cores[-1]))
        return
    command = [sys.executable, "-m", "tests.benchmarks.emulator_load", "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as emulator:
        assert emulator.stdin is not None
        assert emulator.stdout is not None
        address = emulator.stdout.readline().strip()
        os.sched_setaffinity(0, {cores[0]})
        print(file=emulator.stdin, flush=True)
        done = asyncio.run(load(address, arguments.streams, arguments.seconds))
        print(file=emulator.stdin, flush=True)
        used = float(emulator.stdout.readline())
    said = len(done.recording.words) * arguments.streams
    print(
        json.dumps(
            {
                "streams": arguments.streams,
                "audio_seconds": round(len(done.recording.audio) / 32_000, 1),
                "latency_ms": _spread(done.latencies),
                "late_ms": _spread(done.late),
                "emulator_core": round(used, 2),
                "lost": said - sum(done.heard),
            },
            indent=2,
        )
    )


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
