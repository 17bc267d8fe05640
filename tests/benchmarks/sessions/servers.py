"""The server's process: ``python -m tests.benchmarks.sessions.servers KIND --core N``.

- ``emulator`` is the emulator with the recogniser of coded audio.
- ``talking`` is the same, and makes what somebody says final every few seconds, who makes no pause.
- ``breaking`` is as that, and ends every stream with ``UNAVAILABLE`` after some seconds.
- ``light`` answers every half second of audio, knows nothing of speech and looks at no more of a message
  than its length: it takes a fraction of the CPU, and so serves more sessions than a client of one core
  can hold.

Prints its address, serves until its input ends, and then prints how busy its core was at most.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import grpc
from google.cloud.speech_v2 import types

from asyncspeech.emulator import Abort, Coded, Emulator, Faults
from asyncspeech.emulator.limits import Limits
from tests.benchmarks.machine import cpu_seconds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from typing import Self

__all__ = ("BREAKS_AFTER", "CHUNKS_PER_ANSWER", "KINDS", "Light", "open_server")

KINDS = ("emulator", "talking", "breaking", "light")

BREAKS_AFTER = 6.0
"""Seconds of audio after which a breaking server ends a stream."""

CHUNKS_PER_ANSWER = 5
"""After how many chunks of 100 ms the light server answers."""

_METHOD = "/google.cloud.speech.v2.Speech/StreamingRecognize"
_CHUNK_SECONDS = 0.1
_CHUNK_BYTES = 3_200
_ANSWERS_PER_FINAL = 6
_CHUNKS_PER_FINAL = CHUNKS_PER_ANSWER * _ANSWERS_PER_FINAL
_MINUTES = 5
_UTTERANCE_SECONDS = 3.0
_LOOK_SECONDS = 2.0
_Response = types.StreamingRecognizeResponse.pb()


class Light(grpc.GenericRpcHandler):  # type: ignore[type-arg] # no parameters at run time
    """Answers half a second of audio with an interim, and three with a final of six words."""

    def __init__(self) -> None:
        chunks = range(0, int(_MINUTES * 60 / _CHUNK_SECONDS) + 1, CHUNKS_PER_ANSWER)
        self._answers = [_answer(number) for number in chunks]
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
        return grpc.stream_stream_rpc_method_handler(self.recognize)

    async def recognize(self, requests: AsyncIterator[bytes], context: Any) -> None:
        """Answer one call: its messages as bytes, and what takes responses."""
        taken = answered = 0
        await anext(aiter(requests))  # the configuration
        async for message in requests:
            taken += len(message)  # and some bytes around the audio
            due = taken // _CHUNK_BYTES // CHUNKS_PER_ANSWER
            while answered < due:
                answered += 1
                # What a burst has made out of date is told of in one answer, but for what is final.
                if answered == due or answered % _ANSWERS_PER_FINAL == 0:
                    await context.write(self._answers[answered])
        if answered % _ANSWERS_PER_FINAL:
            await context.write(_answer(answered * CHUNKS_PER_ANSWER, ends=True))


def _answer(chunks: int, *, ends: bool = False) -> bytes:
    """What is said when so many chunks have come, and whether no more do."""
    response = _Response()
    if not chunks:
        return b""
    result = response.results.add()
    result.result_end_offset.FromNanoseconds(round(chunks * _CHUNK_SECONDS * 1e9))
    result.language_code = "en-us"
    span = chunks % _CHUNKS_PER_FINAL or _CHUNKS_PER_FINAL
    words = [
        f"w{number}"
        for number in range((chunks - span) // CHUNKS_PER_ANSWER, chunks // CHUNKS_PER_ANSWER)
    ]
    alternative = result.alternatives.add(transcript=" ".join(words))
    if ends or span == _CHUNKS_PER_FINAL:
        result.is_final = True
        for place, word in enumerate(words):
            info = alternative.words.add(word=word)
            begin = (chunks - span + CHUNKS_PER_ANSWER * place) * _CHUNK_SECONDS
            info.start_offset.FromNanoseconds(round(begin * 1e9))
            info.end_offset.FromNanoseconds(round((begin + 0.4) * 1e9))
    else:
        result.stability = 0.9
    return bytes(response.SerializeToString())


def open_server(kind: str) -> AbstractAsyncContextManager[Emulator | Light]:
    """A server of a kind, to be entered."""
    if kind == "light":
        return Light()
    recognizer = Coded() if kind == "emulator" else Coded(max_utterance_seconds=_UTTERANCE_SECONDS)
    faults = Faults(Abort("UNAVAILABLE", at=BREAKS_AFTER)) if kind == "breaking" else Faults()
    return Emulator(recognizer, limits=Limits(), faults=faults)


async def serve(kind: str) -> None:
    """Serve until the input ends."""
    async with open_server(kind) as server:
        print(server.address, flush=True)
        end = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        busiest = await _busiest(end)
    print(json.dumps({"core": round(busiest, 3)}), flush=True)


async def _busiest(end: asyncio.Task[str]) -> float:
    """The largest share of its core that the process uses until then."""
    loop = asyncio.get_running_loop()
    busiest = 0.0
    while not end.done():
        cpu, at = cpu_seconds(), loop.time()
        await asyncio.wait([end], timeout=_LOOK_SECONDS)
        busiest = max(busiest, (cpu_seconds() - cpu) / (loop.time() - at))
    return busiest


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--core", type=int, required=True)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {arguments.core})
    asyncio.run(serve(arguments.kind))


if __name__ == "__main__":
    main()
