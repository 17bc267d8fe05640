"""The clients that are compared: each takes chunks and tells of results, as its documentation shows.

A client's process knows one of them. What is done with a result is the same for all: the text and the
end of it, and the words of a final with their times, are read.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from google.cloud.speech_v2 import types

from asyncspeech import Client, SessionConfig
from tests.support.bare import bare_client, config_request

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from google.cloud.speech_v2 import SpeechAsyncClient

    from asyncspeech import Session

    Send = Callable[[bytes], Awaitable[None]]
    """Takes the next chunk."""
    OnResult = Callable[[float, bool, int], None]
    """Is told of a result: its end in seconds, whether it is final, and how many words were read."""
    Conversation = Callable[[OnResult], AbstractAsyncContextManager[Send]]
    """Opens a conversation; leaving it ends the audio and waits for what is still to come."""

__all__ = ("KINDS", "conversations")

KINDS = ("bare", "asyncspeech", "nothing")

# A front end lets about 100 streams onto a connection, and more wait in silence.
_STREAMS_PER_CONNECTION = 90


@asynccontextmanager
async def conversations(kind: str, address: str, count: int) -> AsyncGenerator[Conversation]:
    """What opens up to ``count`` conversations at once, by a client of a kind.

    ``nothing`` takes chunks and does nothing with them: what is measured of it is the load generator.
    """
    opened = {"bare": _bare, "asyncspeech": _asyncspeech, "nothing": _nothing}[kind]
    async with opened(address, count) as conversation:
        yield conversation


@asynccontextmanager
async def _nothing(address: str, count: int) -> AsyncGenerator[Conversation]:  # noqa: ARG001 - as the others
    async def send(chunk: bytes) -> None:
        pass

    @asynccontextmanager
    async def open_one(on_result: OnResult) -> AsyncGenerator[Send]:  # noqa: ARG001 - as the others
        yield send

    yield open_one


# The client library, by itself.


@asynccontextmanager
async def _bare(address: str, count: int) -> AsyncGenerator[Conversation]:
    async with AsyncExitStack() as stack:
        connections = -(-count // _STREAMS_PER_CONNECTION)
        clients = [await stack.enter_async_context(bare_client(address)) for _ in range(connections)]
        opened = 0

        def open_one(on_result: OnResult) -> AbstractAsyncContextManager[Send]:
            nonlocal opened
            opened += 1
            return _bare_conversation(clients[opened % connections], on_result)

        yield open_one


@asynccontextmanager
async def _bare_conversation(client: SpeechAsyncClient, on_result: OnResult) -> AsyncGenerator[Send]:
    chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
    config = config_request(
        features={"enable_word_time_offsets": True}, streaming_features={"interim_results": True}
    )

    async def requests() -> AsyncIterator[types.StreamingRecognizeRequest]:
        yield config
        while (chunk := await chunks.get()) is not None:
            yield types.StreamingRecognizeRequest(audio=chunk)

    async def listen() -> None:
        async for response in await client.streaming_recognize(requests=requests()):
            for result in response.results:
                _bare_result(result, on_result)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(listen())
        try:
            yield chunks.put
        finally:
            chunks.put_nowait(None)


def _bare_result(result: Any, on_result: OnResult) -> None:
    words = 0
    best = result.alternatives[0]
    if best.transcript and result.is_final:
        for word in best.words:
            words += word.end_offset >= word.start_offset and bool(word.word)
    on_result(result.result_end_offset.total_seconds(), result.is_final, words)


# Ours.


@asynccontextmanager
async def _asyncspeech(address: str, count: int) -> AsyncGenerator[Conversation]:
    async with Client(emulator_host=address, max_sessions=count) as client:

        def open_one(on_result: OnResult) -> AbstractAsyncContextManager[Send]:
            return _session(client.session(_CONFIG), on_result)

        yield open_one


_CONFIG = SessionConfig(interim_results=True, enable_word_time_offsets=True)


@asynccontextmanager
async def _session(session: Session, on_result: OnResult) -> AsyncGenerator[Send]:
    async def listen() -> None:
        async for result in session:
            words = 0
            if result.text and result.is_final:
                for word in result.words:
                    words += (word.end or 0.0) >= (word.start or 0.0) and bool(word.text)
            on_result(result.end, result.is_final, words)

    async with session, asyncio.TaskGroup() as tasks:
        tasks.create_task(listen())
        try:
            yield session.send
        finally:
            await session.end()
