"""What the recognisers share whose engines release the interpreter's lock: they run in threads.

The model is loaded once and shared by all recognitions. A recognition is a `Listener`, which blocks, and
`ThreadedRecognition`, which runs it in threads, one call after the other.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import anyio
import anyio.to_thread
import numpy as np

from asyncspeech.errors import ConfigurationError, MissingExtraError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from typing import Self

    from numpy.typing import NDArray

    from asyncspeech.emulator.recognizer import RecognitionEvent, RecognitionSettings

__all__ = ("Listener", "ThreadedRecognition", "ThreadedRecognizer")

# Engines look for the end of an utterance once a block, so what they tell would depend on how the
# samples are cut if the blocks were not of one size.
_BLOCK_SECONDS = 0.1
# How much is decoded before another recognition has its turn, and a cancelled one ends.
_BLOCKS_PER_TURN = 5


class Listener(Protocol):
    """An engine that listens to one channel of one stream. Its methods block."""

    def hear(self, samples: NDArray[np.int16]) -> list[RecognitionEvent]:
        """Take the next samples and return what has become known."""
        ...

    def finish(self) -> list[RecognitionEvent]:
        """Say that no more samples come; return what is left."""
        ...


class ThreadedRecognizer(ABC):
    """A recogniser whose model lies in a directory.

    Args:
        model_path: The directory.
        language_codes: The languages that the model knows, as BCP-47 tags; None for any.

    Raises:
        ConfigurationError: The directory is not there, or lacks a file.
        MissingExtraError: The engine is not installed.
    """

    _name: ClassVar[str]
    """What the engine is called."""
    _package: ClassVar[str]
    """The module to import."""
    _extra: ClassVar[str]
    """The extra that brings it."""
    _files: ClassVar[tuple[tuple[str, ...], ...]]
    """What has to be in the directory: of each line, a file that matches one of the patterns."""

    def __init__(
        self, model_path: str | os.PathLike[str], language_codes: Iterable[str] | None = None
    ) -> None:
        if importlib.util.find_spec(self._package) is None:
            raise MissingExtraError(f"The recogniser {self._name}", self._extra)
        self._directory = Path(model_path)
        self._check_directory()
        self._language_codes = None if language_codes is None else frozenset(language_codes)
        self._limiter = anyio.CapacityLimiter(os.cpu_count() or 1)
        self._model: Any = None

    @property
    def language_codes(self) -> frozenset[str] | None:
        """The languages that it knows, as BCP-47 tags; None if it takes any."""
        return self._language_codes

    async def __aenter__(self) -> Self:
        self._model = await anyio.to_thread.run_sync(self._load_or_explain, limiter=self._limiter)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._unload)

    async def start(self, settings: RecognitionSettings) -> ThreadedRecognition:
        """Begin the recognition of one channel of a new stream.

        Raises:
            UsageError: The recogniser is not open.
        """
        if self._model is None:
            raise UsageError("the recogniser is not open", hint="enter it with 'async with'")
        listener = await anyio.to_thread.run_sync(
            self._new_listener, self._model, settings, limiter=self._limiter
        )
        return ThreadedRecognition(listener, settings.sample_rate_hertz, self._limiter)

    @abstractmethod
    def _load(self) -> Any:
        """Load the model; it blocks."""

    @abstractmethod
    def _new_listener(self, model: Any, settings: RecognitionSettings) -> Listener:
        """Begin to listen to a channel; it blocks."""

    def _check_directory(self) -> None:
        if not self._directory.is_dir():
            raise ConfigurationError("model_path", f"'{self._directory}' is not a directory")
        missing = [
            " or ".join(patterns)
            for patterns in self._files
            if not any(any(self._directory.glob(pattern)) for pattern in patterns)
        ]
        if missing:
            raise ConfigurationError(
                "model_path",
                f"'{self._directory}' is no model for {self._name}: it lacks {', '.join(missing)}",
            )

    def _load_or_explain(self) -> Any:
        try:
            return self._load()
        except ImportError:
            raise
        except Exception as error:  # engines have no exceptions of their own for this
            raise ConfigurationError(
                "model_path", f"{self._name} cannot load '{self._directory}': {error}"
            ) from error

    def _unload(self) -> None:
        # In a thread: to free a large model takes time.
        self._model = None


class ThreadedRecognition:
    """The recognition of one channel of one stream. `ThreadedRecognizer.start` makes it.

    Args:
        listener: What recognises.
        sample_rate_hertz: The rate of the samples.
        limiter: How many threads may be at work.
    """

    def __init__(
        self, listener: Listener, sample_rate_hertz: int, limiter: anyio.CapacityLimiter
    ) -> None:
        self._listener = listener
        self._limiter = limiter
        self._block = max(1, round(_BLOCK_SECONDS * sample_rate_hertz))
        self._pending: NDArray[np.int16] = np.empty(0, np.int16)
        # asyncio's own cancellation does not wait for the thread, which may be at work still when
        # the next call comes.
        self._one_at_a_time = threading.Lock()

    async def accept(self, samples: NDArray[np.int16]) -> list[RecognitionEvent]:
        """Take the next samples and return what has become known."""
        self._pending = np.concatenate((self._pending, samples))
        events: list[RecognitionEvent] = []
        while whole := min(len(self._pending) // self._block, _BLOCKS_PER_TURN):
            turn, self._pending = np.split(self._pending, [whole * self._block])
            events += await anyio.to_thread.run_sync(
                self._hear, self._listener, turn, limiter=self._limiter
            )
        return events

    async def finish(self) -> list[RecognitionEvent]:
        """Say that no more samples come; return what is left."""
        return await anyio.to_thread.run_sync(
            self._finish, self._listener, self._pending, limiter=self._limiter
        )

    async def aclose(self) -> None:
        """Free what the engine holds for this recognition."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._drop)

    def _hear(self, listener: Listener, samples: NDArray[np.int16]) -> list[RecognitionEvent]:
        with self._one_at_a_time:
            events: list[RecognitionEvent] = []
            for start in range(0, len(samples), self._block):
                events += listener.hear(samples[start : start + self._block])
            return events

    def _finish(self, listener: Listener, rest: NDArray[np.int16]) -> list[RecognitionEvent]:
        events = self._hear(listener, rest)
        with self._one_at_a_time:
            return events + listener.finish()

    def _drop(self) -> None:
        # A thread that is still at work has a reference of its own.
        del self._listener
