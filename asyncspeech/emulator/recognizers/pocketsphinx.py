"""PocketSphinx: real words out of real speech, on this machine.

It knows US English. It runs in worker processes, made when they are needed and kept
(`asyncspeech.emulator.recognizers.sphinx_worker` says what they do). They are plain subprocesses, not
those of ``multiprocessing``, which would either import the user's program again (and run it, if it has
no guard) or fork a process in which gRPC has threads.
"""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import os
import pickle
import sys
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from asyncspeech.emulator.recognizers.framing import LENGTH
from asyncspeech.errors import ConfigurationError, MissingExtraError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray

    from asyncspeech.emulator.recognizer import RecognitionEvent, RecognitionSettings

__all__ = ("PocketSphinx", "WorkerDiedError")

_WORKER = "asyncspeech.emulator.recognizers.sphinx_worker"
_SECONDS_TO_GO = 0.2


class WorkerDiedError(RuntimeError):
    """A worker process ended, or failed, while it was needed."""


class PocketSphinx:
    """Recognises US English with PocketSphinx.

    Args:
        workers: How many processes there may be; else one per processor. Streams are spread over them,
            and those that share one wait for one another.

    Raises:
        ConfigurationError: ``workers`` is less than 1.
        MissingExtraError: PocketSphinx is not installed.
    """

    language_codes: frozenset[str] | None = frozenset({"en", "en-US"})

    def __init__(self, *, workers: int | None = None) -> None:
        if workers is not None and workers < 1:
            raise ConfigurationError("workers", f"{workers} is less than 1")
        if importlib.util.find_spec("pocketsphinx") is None:
            raise MissingExtraError("The local recogniser, PocketSphinx,", "local")
        self._most = workers or os.cpu_count() or 1
        self._workers: list[_Worker] = []
        self._starting = asyncio.Lock()

    async def __aenter__(self) -> Self:
        # The first one takes a second to load its model; it may as well begin.
        self._workers.append(await _Worker.spawn())
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        workers, self._workers = self._workers, []
        await asyncio.gather(*(worker.close() for worker in workers))

    async def start(self, settings: RecognitionSettings) -> SphinxStream:
        """Begin the recognition of one channel of a new stream.

        Raises:
            WorkerDiedError: Its worker died.
        """
        async with self._starting:
            worker = await self._least_busy()
            stream = SphinxStream(worker)
        try:
            await stream.begin(settings)
        except BaseException:
            await stream.aclose()
            raise
        return stream

    async def _least_busy(self) -> _Worker:
        for dead in [worker for worker in self._workers if worker.is_dead]:
            self._workers.remove(dead)
            await dead.close()
        idle = [worker for worker in self._workers if not worker.load]
        if not idle and len(self._workers) < self._most:
            self._workers.append(await _Worker.spawn())
        return min(self._workers, key=lambda worker: worker.load)


class SphinxStream:
    """The recognition of one channel of one stream, on a worker."""

    def __init__(self, worker: _Worker) -> None:
        self._worker = worker
        self._number = worker.take_number()

    async def begin(self, settings: RecognitionSettings) -> None:
        """Tell the worker of it."""
        await self._worker.request("start", self._number, settings)

    async def accept(self, samples: NDArray[np.int16]) -> list[RecognitionEvent]:
        """Take the next samples and return what has become known."""
        request = self._worker.request("accept", self._number, samples.tobytes())
        events: list[RecognitionEvent] = await request
        return events

    async def finish(self) -> list[RecognitionEvent]:
        """Say that no more samples come; return what is left."""
        events: list[RecognitionEvent] = await self._worker.request("finish", self._number)
        return events

    async def aclose(self) -> None:
        """Let the worker forget it, without waiting until it does."""
        self._worker.give_back(self._number)


class _Worker:
    """A worker process. Requests are answered in order."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count()
        self._open: set[int] = set()
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._is_dead = False
        self._reader = asyncio.create_task(self._read(), name=f"reader of {_WORKER}")

    @classmethod
    async def spawn(cls) -> Self:
        """Start a process. It is not ready yet; it answers when it is."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # what lies in the working directory is none of its business
            "-m",
            _WORKER,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # It has to find this package wherever it was found here.
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        return cls(process)

    @property
    def is_dead(self) -> bool:
        """Whether the process has ended."""
        return self._is_dead

    @property
    def load(self) -> int:
        """How many recognitions it has."""
        return len(self._open)

    def take_number(self) -> int:
        """A number for a new recognition."""
        number = next(self._numbers)
        self._open.add(number)
        return number

    def give_back(self, number: int) -> None:
        """End a recognition. Its answer is of no interest."""
        self._open.discard(number)
        if not self._is_dead:
            self._send("close", number).add_done_callback(_ignore)

    async def request(self, method: str, number: int, *arguments: Any) -> Any:
        """Have the process do something, and return what it answers. Cancelling only stops waiting.

        Raises:
            WorkerDiedError: It died, or failed.
        """
        if self._is_dead:
            raise WorkerDiedError("the recogniser's process has ended")
        answer = self._send(method, number, *arguments)
        with suppress(ConnectionError):  # that the process has died, the answer says better
            await self._stdin.drain()
        return await answer

    async def close(self) -> None:
        """End the process: it goes by itself if it is idle, and is killed if it is busy."""
        self._stdin.close()
        try:
            async with asyncio.timeout(_SECONDS_TO_GO):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
        await self._reader

    @property
    def _stdin(self) -> asyncio.StreamWriter:
        assert self._process.stdin is not None  # noqa: S101 - for the type checker: it is a pipe
        return self._process.stdin

    def _send(self, method: str, number: int, *arguments: Any) -> asyncio.Future[Any]:
        """Send a request whole, and remember who waits for its answer."""
        message = pickle.dumps((method, number, arguments))
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._stdin.write(LENGTH.pack(len(message)) + message)
        return answer

    async def _read(self) -> None:
        """Hand out the answers until the process ends."""
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        try:
            while True:
                (length,) = LENGTH.unpack(await stdout.readexactly(LENGTH.size))
                succeeded, value = pickle.loads(await stdout.readexactly(length))  # noqa: S301 - our own
                _settle(self._waiting.popleft(), value if succeeded else WorkerDiedError(value))
        except asyncio.IncompleteReadError:
            self._is_dead = True
            code = await self._process.wait()
            died = WorkerDiedError(f"the recogniser's process has ended (exit code {code})")
            for answer in self._waiting:
                _settle(answer, died)
            self._waiting.clear()


def _settle(answer: asyncio.Future[Any], value: Any) -> None:
    """Give a future its value, unless whoever waited for it has gone."""
    if answer.done():
        return
    if isinstance(value, Exception):
        answer.set_exception(value)
    else:
        answer.set_result(value)


def _ignore(answer: asyncio.Future[Any]) -> None:
    """Look at an answer, so that asyncio does not warn of an exception that nobody saw."""
    if not answer.cancelled():
        answer.exception()
