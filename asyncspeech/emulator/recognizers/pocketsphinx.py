"""Real speech recognition on this machine, with PocketSphinx: US English, offline, no credentials.

It is no match for the service, and mishears about one word in four of what people say. But it hears
words, with times, interims and confidence, as fast as they are spoken.

PocketSphinx holds the interpreter's lock while it decodes, so it runs in worker processes. They are
started when they are needed, shared by all streams, and ended with the recogniser. A recognition stays
with one worker, which keeps what it has heard. The workers are neither forked, which gRPC does not
survive, nor ``multiprocessing``'s, which would run the user's main module again in each of them.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
from typing import TYPE_CHECKING

import anyio

from asyncspeech.emulator.recognizers.sphinx_process import WorkerDiedError, WorkerProcess
from asyncspeech.emulator.recognizers.sphinx_protocol import RequestKind
from asyncspeech.errors import ConfigurationError, MissingExtraError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray

    from asyncspeech.emulator.recognizer import RecognitionEvent, RecognitionSettings

__all__ = ("PocketSphinx", "PocketSphinxRecognition", "WorkerDiedError")

# How much audio a worker is given at once: recognitions that share a worker take turns.
_TURN_SECONDS = 0.5


class PocketSphinx:
    """Recognises US English on this machine.

    Streams in any other language are for the server to refuse: it is not looked at here. Neither is what
    a stream's settings say of pauses and of alternatives: it ends an utterance where it thinks best, and
    gives one reading of it.

    Args:
        workers: How many processes to use at most; as many as there are processors if None. Each decodes
            two or three streams as fast as they are spoken, and takes 150 to 500 MB.

    Raises:
        ConfigurationError: ``workers`` is less than one.
        MissingExtraError: pocketsphinx is not installed.
    """

    language_codes: frozenset[str] | None = frozenset({"en", "en-US"})

    def __init__(self, *, workers: int | None = None) -> None:
        if workers is not None and workers < 1:
            raise ConfigurationError("workers", f"at least one is needed, not {workers}")
        if importlib.util.find_spec("pocketsphinx") is None:
            raise MissingExtraError("The local recogniser, PocketSphinx,", "local")
        self._limit = workers or os.cpu_count() or 1
        self._workers: list[WorkerProcess] = []
        self._changing_workers = asyncio.Lock()
        self._is_open = False

    async def __aenter__(self) -> Self:
        self._is_open = True
        # It has loaded its models, most of a second's work, by the time that the first audio comes.
        await self._choose_worker()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_open = False
        with anyio.CancelScope(shield=True):
            async with self._changing_workers, anyio.create_task_group() as tasks:
                while self._workers:
                    tasks.start_soon(self._workers.pop().aclose)

    async def start(self, settings: RecognitionSettings) -> PocketSphinxRecognition:
        """Begin the recognition of one channel of a new stream."""
        worker = await self._choose_worker()
        rate = settings.sample_rate_hertz
        number = await worker.start(rate, interim_results=settings.interim_results)
        return PocketSphinxRecognition(worker, number, rate)

    async def _choose_worker(self) -> WorkerProcess:
        """The worker with the fewest recognitions: a new one if all have some and there may be more."""
        async with self._changing_workers:
            if not self._is_open:
                raise UsageError("the recogniser is not open", hint="enter it with 'async with'")
            self._workers = [worker for worker in self._workers if worker.is_alive]
            all_busy = all(worker.load for worker in self._workers)
            if all_busy and len(self._workers) < self._limit:
                self._workers.append(await WorkerProcess.spawn())
            return min(self._workers, key=lambda worker: worker.load)


class PocketSphinxRecognition:
    """The recognition of one channel of one stream. `PocketSphinx.start` makes it."""

    def __init__(self, worker: WorkerProcess, number: int, sample_rate_hertz: int) -> None:
        self._worker = worker
        self._number = number
        self._turn = round(_TURN_SECONDS * sample_rate_hertz)

    async def accept(self, samples: NDArray[np.int16]) -> list[RecognitionEvent]:
        """Take the next samples and return what has become known.

        Raises:
            WorkerDiedError: The process that recognises has ended.
        """
        events: list[RecognitionEvent] = []
        for turn in self._turns(samples):
            events += await self._worker.request(RequestKind.AUDIO, self._number, turn)
        return events

    async def finish(self) -> list[RecognitionEvent]:
        """Say that no more samples come; return what is left.

        Raises:
            WorkerDiedError: The process that recognises has ended.
        """
        return list(await self._worker.request(RequestKind.FINISH, self._number))

    async def aclose(self) -> None:
        """Free what the worker holds for this recognition."""
        self._worker.release(self._number)

    def _turns(self, samples: NDArray[np.int16]) -> Iterator[bytes]:
        for start in range(0, len(samples), self._turn):
            yield samples[start : start + self._turn].astype("<i2").tobytes()
