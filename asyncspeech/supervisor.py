"""The one task that owns a session's streams.

The engine decides; the supervisor does. Whatever reaches a session (audio from the user, an answer from
the service, the passing of time) goes to the engine, and then the supervisor does what the engine asks
for: nowhere else are streams opened, fed and ended. That happens in whichever task brought the news,
so a chunk goes from the user's ``send`` to gRPC's queue without a task switch; but every task is a child
of the supervisor's own, and ends before it does.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import anyio

from asyncspeech.core.actions import (
    CancelStream,
    Deliver,
    Finalized,
    Finish,
    HalfClose,
    OpenStream,
    SendAudio,
)
from asyncspeech.core.events import StreamClosed
from asyncspeech.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from anyio.abc import TaskGroup

    from asyncspeech.config import SessionConfig
    from asyncspeech.core.actions import Action
    from asyncspeech.core.engine import SessionEngine
    from asyncspeech.core.events import StreamEvent, StreamResponse
    from asyncspeech.errors import AsyncSpeechError
    from asyncspeech.model import Event
    from asyncspeech.telemetry.streams import StreamSummary

__all__ = ("Listener", "OpenCall", "StreamCall", "Supervisor")


class StreamCall(Protocol):
    """One call to the service: `asyncspeech.transport.call.StreamingRecognizeCall`, or a test's."""

    def send(self, audio: bytes | memoryview) -> None:
        """Queue audio. Must not wait."""
        ...

    def half_close(self) -> None:
        """Say that no audio follows. Must not wait."""
        ...

    def suspect(self) -> None:
        """Note that the call does nothing, and that it may be its connection's fault. Must not wait."""
        ...

    def responses(self) -> AsyncGenerator[StreamResponse, None]:
        """Make the call and yield what it answers. Raises `ServiceError` if it fails."""
        ...


class OpenCall(Protocol):
    """Makes the calls of streams."""

    def __call__(self, opening: OpenStream, on_sent: Callable[[int], None]) -> StreamCall:
        """Make the call of a stream, which tells of frames that gRPC takes. Must not wait."""
        ...


class Listener(Protocol):
    """What hears of a session's course. None of its methods may wait, or call the supervisor."""

    def on_event(self, event: Event) -> None:
        """A result is there, or something has happened."""
        ...

    def on_stream_ended(self, summary: StreamSummary) -> None:
        """A stream has ended, or is of no more use. Its times are on the loop's clock."""
        ...

    def on_finalized(self, position: int) -> None:
        """What was said before a position, in session frames, is final, as it was wanted."""
        ...

    def on_sent(self) -> None:
        """Audio has gone out: there is room for more."""
        ...

    def on_finish(self, error: AsyncSpeechError | None) -> None:
        """The session is over; nothing follows. Called once."""
        ...


@dataclass(slots=True)
class _Stream:
    """A stream, whose task may not have begun yet, and what cancels it."""

    number: int
    call: StreamCall
    scope: anyio.CancelScope | None = None
    is_cancelled: bool = False

    def cancel(self) -> None:
        """End it, be it before its task has begun."""
        self.is_cancelled = True
        if self.scope is not None:
            self.scope.cancel()

    @contextmanager
    def running(self) -> Generator[None]:
        """What is done inside ends when it is cancelled."""
        with anyio.CancelScope() as self.scope:
            if self.is_cancelled:
                self.scope.cancel()
            yield


class Supervisor:
    """Runs one session's engine.

    Attributes:
        loop: The event loop that the session lives on.

    Args:
        engine: The session's engine.
        open_call: Makes the call for a stream.
        listener: Hears of results and of the end.
    """

    def __init__(self, engine: SessionEngine, *, open_call: OpenCall, listener: Listener) -> None:
        self._engine = engine
        self._open_call = open_call
        self._listener = listener
        self.loop = asyncio.get_running_loop()
        self._streams: dict[int, _Stream] = {}
        self._opened: list[_Stream] = []
        self._started = asyncio.Event()
        self._is_over = False
        self._news = asyncio.Event()
        self._failure: Exception | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    @property
    def open_streams(self) -> int:
        """How many streams are open now."""
        return len(self._streams)

    async def run(self) -> None:
        """Be there for the session until it is over.

        When this returns or raises, every stream has ended, and its tasks with it.
        """
        try:
            async with anyio.create_task_group() as tasks:
                self._started.set()
                while not self._is_over:
                    await self._news.wait()
                    self._news.clear()
                    self._start_streams(tasks)
                if self._failure is not None:
                    raise self._failure
                tasks.cancel_scope.cancel()
        finally:
            self.abort()

    def _start_streams(self, tasks: TaskGroup) -> None:
        """Start the tasks of streams that were opened.

        Most streams that replace another are opened in the callback of a timer. There, anyio starts no
        tasks where the package sniffio is installed, as it is along with many others.
        """
        for stream in self._opened:
            tasks.start_soon(self._listen, stream, name=f"asyncspeech stream {stream.number}")
        self._opened.clear()

    async def started(self) -> None:
        """Wait until `run` is ready to open streams."""
        await self._started.wait()

    @property
    def takes_audio(self) -> bool:
        """Whether `audio` and `withhold` may be called."""
        return self._engine.takes_audio

    def check_takes_audio(self) -> None:
        """See that `audio` and `withhold` may be called.

        Raises:
            SessionClosedError: The session takes no audio any more.
            BudgetExceededError: The session's budget is spent.
        """
        self._engine.check_takes_audio()

    def audio(self, data: bytes, *, is_voice: bool | None = None, arrived: float | None = None) -> None:
        """Take audio from the user.

        Args:
            data: The audio.
            is_voice: Whether somebody speaks in it; None if nobody has listened.
            arrived: When the user gave its last frame, on the loop's clock, if that was not now.

        Raises:
            SessionClosedError: The session takes no audio any more.
            BudgetExceededError: The session's budget does not pay for all of it.
        """
        is_sooner = True
        try:
            now = self.loop.time()
            is_sooner = self._engine.audio(data, now, is_voice=is_voice, arrived=arrived)
        finally:  # what the budget does pay for was taken
            self._pump(is_sooner=is_sooner)

    def withhold(self, frames: int) -> None:
        """Take silence that is not to be sent.

        Raises:
            SessionClosedError: The session takes no audio any more.
        """
        self._engine.withhold(frames, self.loop.time())
        self._pump()

    def end(self) -> None:
        """Note that no more audio comes."""
        self._engine.end(self.loop.time())
        self._pump()

    def finalize(self) -> int:
        """Make what was said so far final.

        Returns:
            The position up to which it will be.

        Raises:
            SessionClosedError: The session has ended.
        """
        position = self._engine.finalize(self.loop.time())
        self._pump()
        return position

    def reconfigure(self, config: SessionConfig) -> None:
        """Go on with another configuration.

        Raises:
            ConfigurationError: The configuration is for audio of another kind.
            SessionClosedError: The session has ended.
        """
        self._engine.reconfigure(config, self.loop.time())
        self._pump()

    def abort(self) -> None:
        """End the session now."""
        self._engine.abort(self.loop.time())
        self._pump()

    def _tell(self, event: StreamEvent) -> None:
        self._pump(is_sooner=self._engine.handle(event, self.loop.time()))

    def _pump(self, *, is_sooner: bool = True) -> None:
        """Do what the engine asks for, and set the timer for when it wants to be asked again.

        Args:
            is_sooner: Whether that may be before the time for which the timer is set.
        """
        for action in self._engine.actions():
            self._do(action)
        if is_sooner:
            self._arm()

    def _do(self, action: Action) -> None:
        match action:
            case SendAudio():
                self._streams[action.stream].call.send(action.data)
            case Deliver():
                self._listener.on_event(action.event)
            case OpenStream():
                self._open(action)
            case HalfClose():
                self._streams[action.stream].call.half_close()
            case CancelStream():
                self._cancel(action)
            case Finalized():
                self._listener.on_finalized(action.position)
            case Finish():
                self._is_over = True
                self._news.set()
                self._listener.on_finish(action.error)

    def _cancel(self, cancelling: CancelStream) -> None:
        stream = self._streams.get(cancelling.stream)
        if stream is not None:  # else its call could not be made, which has been raised
            if cancelling.is_stalled:
                stream.call.suspect()
            stream.cancel()
        self._tell_ends()

    def _open(self, opening: OpenStream) -> None:
        number = opening.stream

        def on_sent(frames: int) -> None:
            if self._engine.audio_sent(number, frames, self.loop.time()):
                self._pump()
            self._listener.on_sent()

        stream = self._streams[number] = _Stream(number, self._open_call(opening, on_sent))
        self._opened.append(stream)
        self._news.set()

    async def _listen(self, stream: _Stream) -> None:
        """Make a stream's call and tell the engine what comes of it."""
        error: ServiceError | None = None
        with stream.running():
            try:
                async with aclosing(stream.call.responses()) as responses:
                    async for response in responses:
                        self._tell(response)
            except ServiceError as failure:
                error = failure
        try:
            self._engine.handle(StreamClosed(stream.number, error), self.loop.time())
            self._tell_ends()
            self._pump()
        finally:  # if that fails, whatever is open is cancelled, as far as the engine knows
            del self._streams[stream.number]

    def _tell_ends(self) -> None:
        """Tell of streams that are over: before a finish, which may be the next thing to do."""
        for summary in self._engine.ended():
            self._listener.on_stream_ended(summary)

    def _arm(self) -> None:
        """See to it that `_wake` runs at the engine's deadline, or before.

        A deadline that moves on with every message does not move the timer; when the timer goes off too
        early, the engine finds nothing to do and the timer is set anew.
        """
        deadline = self._engine.deadline()
        if deadline is None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        elif self._timer is None or deadline < self._timer_at:
            if self._timer is not None:
                self._timer.cancel()
            # The loop's handle would know its time, but not that of uvloop for a time that is past.
            self._timer, self._timer_at = self.loop.call_at(deadline, self._wake), deadline

    def _wake(self) -> None:
        self._timer = None
        now = self.loop.time()
        try:
            deadline = self._engine.deadline()
            if deadline is None or now >= deadline:  # most have moved on by the time that it goes off
                self._engine.wake(now)
            self._pump()
        except Exception as error:  # noqa: BLE001 - a mistake of ours must end the session, not its timer
            self._failure = error
            self._is_over = True
            self._news.set()
