"""Showing a session while it lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from asyncspeech.notebook.following import REDRAW_SECONDS, follow
from tests.notebook.support import said

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from asyncspeech.model import Event

pytestmark = pytest.mark.usefixtures("no_task_is_left")


class Notes:
    """A view that notes what it is told, and how often it is drawn."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.ends: list[BaseException | None] = []
        self.drawn: list[int] = []

    def take(self, event: Event) -> None:
        self.events.append(event)

    def end(self, error: BaseException | None) -> None:
        self.ends.append(error)

    def draw(self) -> None:
        self.drawn.append(len(self.events) if not self.ends else -1)


async def events(
    count: int, *, then: Callable[[], object] = lambda: None
) -> AsyncGenerator[Event, None]:
    for number in range(count):
        await anyio.lowlevel.checkpoint()
        yield said(str(number))
    if isinstance(wait := then(), anyio.Event):
        await wait.wait()


async def test_every_event_is_taken_and_the_end_is_drawn_last() -> None:
    notes = Notes()
    await follow(events(5), notes, notes.draw)
    assert len(notes.events) == 5
    assert notes.ends == [None]
    assert notes.drawn[-1] == -1
    assert notes.drawn.count(-1) == 1


async def test_it_is_drawn_at_most_five_times_a_second_however_much_happens() -> None:
    notes = Notes()

    async def many() -> AsyncGenerator[Event, None]:
        while len(notes.drawn) < 4:
            await anyio.lowlevel.checkpoint()
            yield said("a word")

    began = anyio.current_time()
    await follow(many(), notes, notes.draw)
    seconds = anyio.current_time() - began
    assert len(notes.events) > 100
    assert notes.drawn[-1] == -1
    # One at the beginning, one at the end, and one each fifth of a second.
    assert len(notes.drawn) <= 2 + seconds / REDRAW_SECONDS


async def test_what_the_session_fails_with_is_raised_as_it_is_and_drawn() -> None:
    notes, failure = Notes(), ValueError("broken")

    def fail() -> None:
        raise failure

    with pytest.raises(ValueError, match="broken") as raised:
        await follow(events(2, then=fail), notes, notes.draw)
    assert raised.value is failure
    assert notes.ends == [failure]
    assert notes.drawn[-1] == -1


async def test_a_cancellation_is_drawn_and_goes_on() -> None:
    notes = Notes()
    with anyio.CancelScope() as scope:

        def cancel() -> anyio.Event:
            scope.cancel()
            return anyio.Event()

        await follow(events(1, then=cancel), notes, notes.draw)
    assert scope.cancelled_caught
    assert isinstance(notes.ends[0], anyio.get_cancelled_exc_class())
    assert notes.drawn[-1] == -1
