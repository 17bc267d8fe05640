"""Captions on a terminal: what is final bright, and below it, dim, what may still change.

Finals are printed and stay; what is below the last of them is drawn anew as results come, with a line
that says how the session goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from asyncspeech.cli.transcribe.progress import clock_time
from asyncspeech.errors import AsyncSpeechError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from rich.console import RenderableType

    from asyncspeech.model import Result
    from asyncspeech.session import Session

__all__ = ("Captions",)

_SECONDS_PER_LOOK = 0.25


class Captions:
    """Shows a session, inside ``with``.

    Args:
        session: The session.
        name: What it listens to.
        duration: How long that is, in seconds; None if it is not known.
        on_final: Told each final as well.
        console: Where to; by default standard output.
    """

    def __init__(
        self,
        session: Session,
        name: str,
        *,
        duration: float | None = None,
        on_final: Callable[[Result], None] = lambda _: None,
        console: Console | None = None,
    ) -> None:
        self._session = session
        self._name = name
        self._duration = duration
        self._on_final = on_final
        self._guesses: dict[int | None, Result] = {}
        self._note = ""
        self._console = console or Console(highlight=False)
        self._live = Live(
            get_renderable=self.render,
            console=self._console,
            auto_refresh=False,  # it is drawn by the loop, whose session it looks at
            transient=True,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    async def show(self) -> None:
        """Show the results of the session until it ends.

        Raises:
            AsyncSpeechError: The session has failed.
        """
        failure = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._look)
            try:
                await self._read()
            except AsyncSpeechError as error:  # alone, and not in a group
                failure = error
            tasks.cancel_scope.cancel()
        if failure is not None:
            raise failure

    async def _read(self) -> None:
        async for result in self._session:
            self.result(result)

    def result(self, result: Result) -> None:
        """A result is there."""
        if result.is_final:
            self._guesses.pop(result.channel, None)
            if result.text:
                self._console.print(_caption(result))
            self._on_final(result)
        else:
            self._guesses[result.channel] = result
        self._live.refresh()

    def note(self, text: str) -> None:
        """Say something below everything else, from now on."""
        self._note = text
        self._live.refresh()

    def render(self) -> RenderableType:
        """What is drawn anew: the guesses, and how the session goes."""
        guesses = [_caption(result) for result in self._guesses.values() if result.text]
        notes = [Text(self._note, "yellow")] if self._note else []
        return Group(*guesses, self._status(), *notes)

    def _status(self) -> Text:
        stats = self._session.stats
        length = "" if self._duration is None else f" of {clock_time(self._duration)}"
        facts = [f"{clock_time(stats.audio_accepted)}{length}"]
        if stats.interim_latency.count:
            facts.append(f"{stats.interim_latency.p50 * 1_000:.0f} ms late")
        if stats.recoveries:
            facts.append(f"{stats.recoveries} recovered")
        facts.append(f"${stats.cost:.4f}")
        status = Text.assemble(("● ", "red"), (self._name, "bold"), "  ", "  ".join(facts))
        status.truncate(self._console.width, overflow="ellipsis")
        return status

    async def _look(self) -> None:
        while True:
            self._live.refresh()
            await anyio.sleep(_SECONDS_PER_LOOK)


def _caption(result: Result) -> RenderableType:
    """A caption, with its time before it."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", min_width=4, no_wrap=True)
    grid.add_column(overflow="fold")
    where = "" if result.channel is None else f"{result.channel}: "
    style = "bold" if result.is_final else "dim"
    grid.add_row(Text(clock_time(result.start), "cyan"), Text(where + result.text, style))
    return grid
