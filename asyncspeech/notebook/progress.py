"""How far the transcription of a recording is."""

from __future__ import annotations

import asyncio
import os
import time
from html import escape
from typing import TYPE_CHECKING

from asyncspeech.errors import AsyncSpeechError
from asyncspeech.model import Result
from asyncspeech.notebook.cell import find_cell
from asyncspeech.notebook.following import follow
from asyncspeech.notebook.wording import clock
from asyncspeech.wording import one_line

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from typing import Self

    from asyncspeech.audio import AudioInput
    from asyncspeech.model import Event
    from asyncspeech.notebook.cell import Cell

__all__ = ("Progress", "describe_failure")

_LONGEST_NAME = 60
_LAST_CHARACTERS = 60  # of what is being said: a line beside the bar


class Progress:
    """A bar in a notebook, for one recording. It becomes a line of figures when the recording is done.

    Args:
        cell: Where to.
        source: The recording, for its name.
        clock: Tells seconds.
    """

    def __init__(
        self, cell: Cell, source: AudioInput, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cell = cell
        self._name = _name_of(source)
        self._clock = clock
        self._began = clock()
        self._duration: Callable[[], float | None] = lambda: None
        self._heard = 0.0
        self._words = ""
        self._outcome: str | None = None

    @classmethod
    def in_notebook(cls, source: AudioInput) -> Self | None:
        """A bar in the notebook in which this runs; None if it runs in none."""
        cell = find_cell()
        return None if cell is None else cls(cell, source)

    async def follow(
        self, events: AsyncGenerator[Event, None], duration: Callable[[], float | None]
    ) -> None:
        """Show how far it is, until all of it was recognised.

        Args:
            events: What happens, as `asyncspeech.Session.events` gives it.
            duration: Tells how long the recording lasts, in seconds, as soon as that is known.

        Raises:
            AsyncSpeechError: The session has failed; this is what it failed with.
        """
        self._duration = duration
        await follow(events, self, self._draw)

    def take(self, event: Event) -> None:
        """Something happened; results tell how far it is."""
        if isinstance(event, Result):
            self._heard = max(self._heard, event.end)
            self._words = event.text

    def end(self, error: BaseException | None) -> None:
        """It is done, or has failed."""
        seconds = self._clock() - self._began
        if error is not None:
            self._outcome = f"{describe_failure(error)} at {clock(self._heard)}"
            return
        audio = self._duration() or self._heard
        speed = f", {audio / seconds:.1f} times real time" if audio and seconds > 0 else ""
        self._outcome = f"{audio:.1f} s of audio in {seconds:.1f} s{speed}"

    def _draw(self) -> None:
        name = escape(self._name)
        if self._outcome is not None:
            html = f"<div>{name}: {escape(self._outcome)}</div>"
            self._cell.show(html, f"{self._name}: {self._outcome}")
            return
        duration = self._duration()
        if duration:
            share = min(1.0, self._heard / duration)
            value = f' value="{share:.3f}"'
            state = f"{clock(self._heard)} of {clock(duration)}"
        else:
            value, state = "", clock(self._heard)
        # Of what was said last, the end: it grows there.
        words = escape(self._words[-_LAST_CHARACTERS:])
        html = (
            f'<div>{name} <progress max="1"{value} aria-label="recognised" '
            f'style="vertical-align:middle"></progress> {state} '
            f'<span dir="auto" style="opacity:.65">{words}</span></div>'
        )
        self._cell.show(html, f"{self._name}: {state}")


def describe_failure(error: BaseException) -> str:
    """What a session was ended by, in a word or two: the traceback below says the rest."""
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt):
        return "interrupted"
    code = error.code if isinstance(error, AsyncSpeechError) else type(error).__name__
    return f"stopped by {code}"


def _name_of(source: object) -> str:
    """What a recording is called: its file's name, if it has one."""
    given = source if isinstance(source, str | os.PathLike) else getattr(source, "name", None)
    if not isinstance(given, str | os.PathLike):
        return "audio"
    return one_line(os.path.basename(os.fsdecode(given)), _LONGEST_NAME) or "audio"  # noqa: PTH119 - of bytes, too
