"""Events on their way from the session to whoever iterates it.

A slow reader must not slow recognition, and must not make memory grow without need: of the interims of
a segment only the newest waits, and none once its final is there. Everything else waits.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

from asyncspeech.errors import UsageError
from asyncspeech.model import Result

if TYPE_CHECKING:
    from asyncspeech.model import Event

__all__ = ("Mailbox",)

_E = TypeVar("_E", bound="Event")


class Mailbox(Generic[_E]):
    """A queue of events for one reader."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[object, _E] = OrderedDict()
        self._count = 0
        self._changed = asyncio.Event()
        self._closed = False
        self._reading = False

    def put(self, event: _E) -> None:
        """Add an event. An interim of its segment that still waits is dropped: it is out of date."""
        key: object = self._count
        self._count += 1
        if isinstance(event, Result):
            interim = (event.segment,)
            self._waiting.pop(interim, None)
            key = key if event.is_final else interim
        self._waiting[key] = event
        self._changed.set()

    def close(self) -> None:
        """Say that nothing follows."""
        self._closed = True
        self._changed.set()

    async def get(self) -> _E | None:
        """The next event, or None when nothing follows. A cancelled ``get`` has taken nothing.

        Raises:
            UsageError: Another task is waiting in it.
        """
        if self._reading:
            raise UsageError(
                "two tasks iterate the session at the same time",
                hint="iterate it in one task, and hand the results on from there",
            )
        self._reading = True
        try:
            while not self._waiting:
                if self._closed:
                    return None
                self._changed.clear()
                await self._changed.wait()
        finally:
            self._reading = False
        return self._waiting.popitem(last=False)[1]
