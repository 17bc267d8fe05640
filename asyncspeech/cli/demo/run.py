"""The demo from its beginning to its end."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from asyncspeech.cli.demo.figures import Figures
from asyncspeech.cli.demo.score import Board
from asyncspeech.cli.demo.screen import Screen
from asyncspeech.cli.demo.service import Service
from asyncspeech.cli.demo.speaker import Speaker
from asyncspeech.client import Client

if TYPE_CHECKING:
    from asyncspeech.errors import AsyncSpeechError

__all__ = ("Demo", "run")

_SECONDS_PER_LOOK = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demo is asked to do.

    Attributes:
        sessions: How many there are at a time.
        faults: Whether the service makes trouble.
        seconds: For how long; None until it is told to end.
        seed: What everything is drawn from.
        metrics_url: Where its metrics are, or None.
    """

    sessions: int
    faults: bool
    seconds: float | None
    seed: int
    metrics_url: str | None

    @property
    def headline(self) -> str:
        """It in one line."""
        trouble = "a service that makes trouble" if self.faults else "a service without faults"
        return f"{self.sessions} sessions on {trouble}, seed {self.seed}"


async def run(demo: Demo) -> bool:
    """Show sessions until told to end, by the time, SIGINT or SIGTERM. Returns whether all went well.

    They are drained then. The second signal ends at once.

    Raises:
        AsyncSpeechError: The emulator cannot be started, or has ended.
        KeyboardInterrupt: There was a second signal.
    """
    async with Service(demo.seed if demo.faults else None) as service:
        client = Client(emulator_host=service.address, max_sessions=demo.sessions)
        with Screen(demo.headline, demo.metrics_url) as screen:
            async with client:
                return await _Stage(demo, service, client, screen).play()


class _Stage:
    """A run of the demo."""

    def __init__(self, demo: Demo, service: Service, client: Client, screen: Screen) -> None:
        self._demo = demo
        self._service = service
        self._client = client
        self._screen = screen
        self._board = Board()
        self._stop = asyncio.Event()
        self._begun = asyncio.get_running_loop().time()
        self._failure: AsyncSpeechError | None = None
        self._interrupted = False

    async def play(self) -> bool:
        with anyio.CancelScope() as playing:
            async with anyio.create_task_group() as tasks:
                for watch in (self._watch_signals, self._watch_service):
                    tasks.start_soon(watch, playing)
                tasks.start_soon(self._watch_time)
                tasks.start_soon(self._show)
                await self._talk()
                tasks.cancel_scope.cancel()
        if self._interrupted:
            raise KeyboardInterrupt
        if self._failure is not None:
            raise self._failure
        figures = self._figures()
        self._screen.end(figures)
        return figures.is_perfect

    async def _talk(self) -> None:
        async with anyio.create_task_group() as speakers:
            for number in range(self._demo.sessions):
                name = f"{self._demo.seed}:{number}"
                speakers.start_soon(Speaker(self._client, self._board, self._stop, name).run)

    async def _show(self) -> None:
        while True:
            self._screen.show(self._figures())
            await asyncio.sleep(_SECONDS_PER_LOOK)

    def _figures(self) -> Figures:
        elapsed = asyncio.get_running_loop().time() - self._begun
        return Figures(elapsed, self._client.stats, self._board.words)

    async def _watch_time(self) -> None:
        if self._demo.seconds is not None:
            await asyncio.sleep(self._demo.seconds)
            self._end()

    async def _watch_signals(self, playing: anyio.CancelScope) -> None:
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            await anext(signals)
            self._end()
            await anext(signals)
            self._interrupted = True
            playing.cancel()

    async def _watch_service(self, playing: anyio.CancelScope) -> None:
        self._failure = await self._service.ended()
        playing.cancel()

    def _end(self) -> None:
        if not self._stop.is_set():
            self._stop.set()
            self._screen.note("ending: the last words are being recognised; Ctrl-C ends at once")
