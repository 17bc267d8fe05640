"""Showing a session while it lasts.

A *view* is told what happens, and can say at any time how that looks. It is drawn at most five times a
second, however much happens: a notebook keeps up with that over a slow line, and nobody reads faster.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from asyncspeech.model import Event

__all__ = ("REDRAW_SECONDS", "View", "follow")

REDRAW_SECONDS = 0.2


class View(Protocol):
    """How a session looks."""

    def take(self, event: Event) -> None:
        """Something happened."""
        ...

    def end(self, error: BaseException | None) -> None:
        """The session is over: well, or by an error, which may be a cancellation."""
        ...


async def follow(events: AsyncGenerator[Event, None], view: View, draw: Callable[[], None]) -> None:
    """Tell a view what happens, and draw it now and then, until nothing more happens.

    However it ends, the view is told of it and drawn for the last time.

    Args:
        events: What happens, as `asyncspeech.Session.events` gives it.
        view: What is drawn.
        draw: Draws it. It does not wait.

    Raises:
        Exception: What ``events`` raises, when it was drawn.
    """
    try:
        await _take_all(events, view, draw)
    except BaseException as error:
        view.end(error)
        raise
    else:
        view.end(None)
    finally:
        draw()


async def _take_all(events: AsyncGenerator[Event, None], view: View, draw: Callable[[], None]) -> None:
    failure: Exception | None = None
    async with aclosing(events), anyio.create_task_group() as tasks:
        tasks.start_soon(_draw_again_and_again, draw)
        try:
            async for event in events:
                view.take(event)
        except Exception as error:  # noqa: BLE001 - raised below, and not as a group
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _draw_again_and_again(draw: Callable[[], None]) -> None:
    while True:
        draw()
        await anyio.sleep(REDRAW_SECONDS)
