"""A worker process, as its parent sees it: requests go in, replies come out in the same order.

It is an asyncio protocol, so there is no task that could be cancelled between two halves of a frame: a
request is written whole or not at all, and a reply goes to whoever is next in the queue. If nobody waits
for it any more, it is thrown away.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import deque
from itertools import count
from typing import TYPE_CHECKING, cast

from asyncspeech.emulator.recognizers.sphinx_protocol import (
    ReplyReader,
    Request,
    RequestKind,
    pack_request,
    pack_start,
)

if TYPE_CHECKING:
    from asyncspeech.emulator.recognizer import RecognitionEvent
    from asyncspeech.emulator.recognizers.sphinx_protocol import Reply

__all__ = ("WorkerDiedError", "WorkerProcess")

_MODULE = "asyncspeech.emulator.recognizers.sphinx_worker"
# An idle worker is gone by then; one that decodes may take longer to notice, and is killed.
_SECONDS_TO_EXIT = 0.1


class WorkerDiedError(RuntimeError):
    """The process that recognises has ended before its time; what it had heard is lost."""


class WorkerProcess(asyncio.SubprocessProtocol):
    """A process that runs any number of recognitions. `spawn` makes one."""

    def __init__(self) -> None:
        self.load = 0
        """How many recognitions it has."""
        self._numbers = count()
        self._replies = ReplyReader()
        self._waiting: deque[asyncio.Future[tuple[RecognitionEvent, ...]]] = deque()
        self._closing = False
        self._gone = asyncio.Event()

    @classmethod
    async def spawn(cls) -> WorkerProcess:
        """Start a process. It takes requests at once, and answers when it has loaded its models."""
        # -P: what lies in the working directory must not come before the standard library.
        command = (sys.executable, "-P", "-m", _MODULE)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        loop = asyncio.get_running_loop()
        _, worker = await loop.subprocess_exec(cls, *command, stderr=None, env=environment)
        return worker

    @property
    def is_alive(self) -> bool:
        """Whether it takes requests."""
        return not (self._closing or self._gone.is_set())

    @property
    def pid(self) -> int:
        """The number of the process."""
        pid: int = self._transport.get_pid()
        return pid

    async def start(self, sample_rate_hertz: int, *, interim_results: bool) -> int:
        """Begin a recognition, which `release` has to end.

        Returns:
            Its number.
        """
        number = next(self._numbers)
        self.load += 1
        try:
            payload = pack_start(sample_rate_hertz, interim_results=interim_results)
            await self.request(RequestKind.START, number, payload)
        except BaseException:
            self.release(number)
            raise
        return number

    def release(self, number: int) -> None:
        """End a recognition."""
        self.load -= 1
        if self.is_alive:
            self._send(Request(RequestKind.CLOSE, number))

    async def request(
        self, kind: RequestKind, number: int, payload: bytes = b""
    ) -> tuple[RecognitionEvent, ...]:
        """Ask for something, and wait for the answer.

        Raises:
            WorkerDiedError: The process has ended, or ends before it has answered.
            RuntimeError: It could not do it.
        """
        if not self.is_alive:
            raise self._died()
        reply: asyncio.Future[tuple[RecognitionEvent, ...]]
        reply = asyncio.get_running_loop().create_future()
        self._waiting.append(reply)
        self._send(Request(kind, number, payload))
        return await reply

    async def aclose(self) -> None:
        """End the process, and wait until it has ended: about a tenth of a second at most."""
        self._closing = True
        self._stdin.close()
        try:
            async with asyncio.timeout(_SECONDS_TO_EXIT):
                await self._gone.wait()
        except TimeoutError:
            pass  # it is in the middle of something
        finally:
            self._transport.close()  # kills it if it is still there
        await self._gone.wait()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The process has started."""
        self._transport = cast("asyncio.SubprocessTransport", transport)
        self._stdin = cast("asyncio.WriteTransport", self._transport.get_pipe_transport(0))

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """The process has answered."""
        del fd  # there is no other
        for reply in self._replies.feed(data):
            _settle(self._waiting.popleft(), reply)

    def connection_lost(self, exc: Exception | None) -> None:
        """The process has ended, and everything that it wrote has been read."""
        del exc
        self._transport.close()
        self._gone.set()
        for reply in self._waiting:
            if not reply.done():
                reply.set_exception(self._died())
        self._waiting.clear()

    def _send(self, request: Request) -> None:
        # What piles up here is bounded without waiting: no recognition has two requests on the way.
        self._stdin.write(pack_request(request))

    def _died(self) -> WorkerDiedError:
        if self._closing:
            return WorkerDiedError("the recogniser has been closed")
        return WorkerDiedError(f"the recogniser's worker process {self.pid} {self._ending()}")

    def _ending(self) -> str:
        code = self._transport.get_returncode()
        if code is not None and code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        return f"ended with exit status {code}"


def _settle(waiting: asyncio.Future[tuple[RecognitionEvent, ...]], reply: Reply) -> None:
    if waiting.done():  # whoever waited was cancelled
        return
    if reply.error:
        waiting.set_exception(RuntimeError(f"the recogniser failed: {reply.error}"))
    else:
        waiting.set_result(reply.events)
