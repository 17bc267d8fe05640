"""The server's process of a benchmark: ``python -m tests.benchmarks.servers KIND --core N``.

``emulator`` is the emulator with the recogniser of coded audio. ``light`` answers as often, knows
nothing of speech and touches no message: it takes a fraction of the CPU, and so serves more sessions
than a client of one core can hold. Prints its address, and serves until its input ends.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc
from google.cloud.speech_v2 import types

from asyncspeech.emulator import Coded, Emulator
from asyncspeech.emulator.limits import Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator
    from typing import Self

__all__ = ("served",)

_METHOD = "/google.cloud.speech.v2.Speech/StreamingRecognize"
_CHUNK_SECONDS = 0.1
_CHUNKS_PER_ANSWER = 5
_ANSWERS_PER_FINAL = 6
_MINUTES = 5
_Response = types.StreamingRecognizeResponse.pb()


@contextmanager
def served(kind: str, core: int) -> Generator[str]:
    """A server in a process of its own, on a core of its own. Gives its address."""
    command = [sys.executable, "-m", "tests.benchmarks.servers", kind, "--core", str(core)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()


class Light(grpc.GenericRpcHandler):  # type: ignore[type-arg] # no parameters at run time
    """Answers every fifth chunk with an interim, and every thirtieth with a final of six words."""

    def __init__(self) -> None:
        self._answers = [_answer(chunks) for chunks in range(int(_MINUTES * 60 / _CHUNK_SECONDS) + 1)]
        self.address = ""

    async def __aenter__(self) -> Self:
        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers((self,))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop(None)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        """The handler of the one method, which takes and gives bytes as they are."""
        if handler_call_details.method != _METHOD:
            return None
        return grpc.stream_stream_rpc_method_handler(self._recognize)

    async def _recognize(self, requests: AsyncIterator[bytes], context: Any) -> None:
        chunks = -1  # the first message is the configuration
        async for _ in requests:
            chunks += 1
            if chunks and chunks % _CHUNKS_PER_ANSWER == 0:
                await context.write(self._answers[chunks])


def _answer(chunks: int) -> bytes:
    response = _Response()
    result = response.results.add()
    result.result_end_offset.FromNanoseconds(round(chunks * _CHUNK_SECONDS * 1e9))
    result.language_code = "en-us"
    span = chunks % (_CHUNKS_PER_ANSWER * _ANSWERS_PER_FINAL) or _CHUNKS_PER_ANSWER * _ANSWERS_PER_FINAL
    words = [f"w{number}" for number in range((chunks - span) // _CHUNKS_PER_ANSWER, chunks // 5)]
    alternative = result.alternatives.add(transcript=" ".join(words))
    if span == _CHUNKS_PER_ANSWER * _ANSWERS_PER_FINAL:
        result.is_final = True
        for place, word in enumerate(words):
            info = alternative.words.add(word=word)
            begin = (chunks - span + _CHUNKS_PER_ANSWER * place) * _CHUNK_SECONDS
            info.start_offset.FromNanoseconds(round(begin * 1e9))
            info.end_offset.FromNanoseconds(round((begin + 0.4) * 1e9))
    else:
        result.stability = 0.9
    return bytes(response.SerializeToString())


async def serve(kind: str) -> None:
    """Serve until the input ends."""
    server = Light() if kind == "light" else Emulator(Coded(), limits=Limits())
    async with server:
        print(server.address, flush=True)
        await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("emulator", "light"))
    parser.add_argument("--core", type=int, required=True)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {arguments.core})
    asyncio.run(serve(arguments.kind))


if __name__ == "__main__":
    main()
