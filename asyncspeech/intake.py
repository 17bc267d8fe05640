"""`Intake`: where a session's audio is treated, on its way to the supervisor.

Only sessions with `SessionConfig.preprocess` have one. To treat a chunk takes from some tens of
microseconds, for a filter, to milliseconds, for a neural network. A hop to a worker thread costs 0.04 ms
on an idle machine, and 0.3 ms on a busy one. So
what is expected to take less than `WORTH_A_HOP` is done on the spot, and the rest in a thread, while
chunks that come meanwhile wait in line: they keep their order, and are treated together. What to expect
is what the last chunks took.

What a detector has not decided about when the user falls silent is decided soon after, as though silence
followed: the last word must not wait for the next.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING

from anyio import to_thread

from asyncspeech.audio.frontend import Frontend, Sound
from asyncspeech.core.arrivals import Arrivals
from asyncspeech.errors import BudgetExceededError, SessionClosedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from asyncspeech.audio.frontend import Piece
    from asyncspeech.config import SessionConfig
    from asyncspeech.supervisor import Supervisor

__all__ = ("WORTH_A_HOP", "Intake")

# Seconds.
WORTH_A_HOP = 0.001
"""What takes longer than this is done in a thread."""

_PAUSE = 0.3  # without audio for so long, the user has fallen silent
_RESOLUTION = 0.01  # of when audio came in
_MOST_AT_ONCE = 10.0  # of audio that is treated in one go: it bounds the memory that this takes

_WEIGHT = 0.2  # of the last chunk, in what to expect of the next


class Intake:
    """Treats the audio of one session.

    Args:
        frontend: What is done to it.
        config: The session's configuration.
        supervisor: Takes what comes out.
        on_room: Is called when there may be room for more.
        on_failure: Is told what a treatment raised. Nothing is treated after that.
    """

    def __init__(
        self,
        frontend: Frontend,
        config: SessionConfig,
        supervisor: Supervisor,
        *,
        on_room: Callable[[], None],
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._frontend = frontend
        self._format = config.audio_format
        self._supervisor = supervisor
        self._on_room = on_room
        self._on_failure = on_failure
        self._most_bytes = round(_MOST_AT_ONCE * config.sample_rate_hertz) * self._format.frame_bytes
        self._waiting: deque[bytes | memoryview] = deque()
        self._waiting_bytes = 0
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._seconds_per_byte = math.inf
        self._arrivals = Arrivals(round(_RESOLUTION * config.sample_rate_hertz))
        self._taken_bytes = 0
        self._passed = 0
        self._last_taken = 0.0
        self._pause_timer: asyncio.TimerHandle | None = None
        self._takes_more = True
        self._is_over = False

    @classmethod
    async def start(
        cls,
        config: SessionConfig,
        supervisor: Supervisor,
        *,
        on_room: Callable[[], None],
        on_failure: Callable[[Exception], None],
    ) -> Self:
        """Start what the configuration names. That is done in a thread: models are loaded.

        Raises:
            ConfigurationError: Something in it cannot be done at the session's sample rate.
            MissingExtraError: What does it is not installed.
        """
        frontend = await to_thread.run_sync(Frontend, config)
        return cls(frontend, config, supervisor, on_room=on_room, on_failure=on_failure)

    @property
    def takes_audio(self) -> bool:
        """Whether `take` may be called."""
        return self._takes_more

    @property
    def waiting_seconds(self) -> float:
        """Seconds of audio that wait to be treated."""
        return self._format.seconds(self._waiting_bytes // self._format.frame_bytes)

    @property
    def held_seconds(self) -> float:
        """Seconds of audio that were taken, and that the supervisor has not been given."""
        return self._format.seconds(self._taken_bytes // self._format.frame_bytes - self._passed)

    def take(self, data: bytes) -> None:
        """Take audio. Does not wait.

        Raises:
            SessionClosedError: The audio has ended, or the session has; nothing was taken.
            BudgetExceededError: The session's budget is spent.
        """
        self._supervisor.check_takes_audio()
        if not self._takes_more:
            raise SessionClosedError("the session takes no audio: it has ended")
        self._last_taken = self._supervisor.loop.time()
        self._taken_bytes += len(data)
        self._arrivals.add(self._taken_bytes // self._format.frame_bytes, self._last_taken)
        if self._pause_timer is None:
            self._watch_for_pause()
        if self._idle.is_set() and len(data) * self._seconds_per_byte < WORTH_A_HOP:
            self._treat_now(data)
        else:
            self._waiting.append(data)
            self._waiting_bytes += len(data)
            self._idle.clear()
            self._news.set()

    async def run(self) -> None:
        """Treat in threads what waits for that, until cancelled."""
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                while self._waiting and not self._is_over:
                    await self._treat_waiting()
                self._idle.set()
        finally:
            self._stop()

    async def flush(self) -> None:
        """Pass on all that was taken, but for silence that is held back in case somebody speaks."""
        await self._idle.wait()
        self._pass_on(self._attempt(self._frontend.flush))

    async def end(self) -> None:
        """Pass on all that was taken; no more is."""
        self._takes_more = False
        await self._idle.wait()
        if not self._is_over:
            self._pass_on(self._attempt(self._frontend.end))
            self._stop()

    def _treat_now(self, data: bytes) -> None:
        self._pass_on(self._attempt(lambda: self._process(data)))

    async def _treat_waiting(self) -> None:
        data = self._next_batch()
        try:
            pieces = await to_thread.run_sync(self._process, data)
        except Exception as error:  # noqa: BLE001 - a treatment may be the user's, and raise anything
            self._fail(error)
            return
        self._waiting_bytes -= len(data)
        self._pass_on(pieces)
        self._on_room()

    def _next_batch(self) -> bytes:
        """What waits, up to what may be treated at once."""
        parts, room = [], self._most_bytes
        while self._waiting and room:
            chunk = self._waiting.popleft()
            if len(chunk) > room:
                view = memoryview(chunk)
                self._waiting.appendleft(view[room:])
                chunk = view[:room]
            parts.append(chunk)
            room -= len(chunk)
        return b"".join(parts)

    def _process(self, data: bytes) -> list[Piece]:
        """Treat audio, and note how long that takes."""
        begun = perf_counter()
        pieces = self._frontend.process(data)
        if data:
            took = (perf_counter() - begun) / len(data)
            last = took if self._seconds_per_byte == math.inf else self._seconds_per_byte
            self._seconds_per_byte = last + _WEIGHT * (took - last)
        return pieces

    def _attempt(self, step: Callable[[], list[Piece]]) -> list[Piece]:
        if self._is_over:
            return []
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - a treatment may be the user's, and raise anything
            self._fail(error)
            return []

    def _pass_on(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            if not self._supervisor.takes_audio:
                return
            if isinstance(piece, Sound):
                self._passed += len(piece.data) // self._format.frame_bytes
                arrived = self._arrivals.at(self._passed)
                # Whoever sends next is told of it; now nobody may be there to be told.
                with suppress(BudgetExceededError):
                    self._supervisor.audio(piece.data, is_voice=piece.is_voice, arrived=arrived)
            else:
                self._passed += piece.frames
                self._supervisor.withhold(piece.frames)
            self._arrivals.forget(self._passed)

    def _watch_for_pause(self) -> None:
        """Have the rest decided about once no audio has come for a while."""
        loop, due = self._supervisor.loop, self._last_taken + _PAUSE
        self._pause_timer = None
        if loop.time() < due:
            self._pause_timer = loop.call_at(due, self._watch_for_pause)
        elif self._idle.is_set():
            self._pass_on(self._attempt(self._frontend.flush))
        else:  # it is behind, and looks again later
            self._pause_timer = loop.call_later(_PAUSE, self._watch_for_pause)

    def _fail(self, error: Exception) -> None:
        self._stop()
        self._on_failure(error)

    def _stop(self) -> None:
        self._takes_more, self._is_over = False, True
        self._waiting.clear()
        self._waiting_bytes = 0
        if self._pause_timer is not None:
            self._pause_timer.cancel()
        self._idle.set()
        self._on_room()
