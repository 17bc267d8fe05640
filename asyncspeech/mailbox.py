"""Results on their way from the session to whoever iterates it.

A slow reader must not slow recognition, and must not make memory grow without need: of the interims of
a segment only the newest waits, and none once its final is there. Finals all wait.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from asyncspeech.errors import UsageError

if TYPE_CHECKING:
    from asyncspeech.model import Result

__all__ = ("Mailbox",)


class Mailbox:
    """A queue of results for one reader."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[tuple[int, bool], Result] = OrderedDict()
        self._changed = asyncio.Event()
        self._closed = False
        self._reading = False

    def put(self, result: Result) -> None:
        """Add a result. An interim of its segment that still waits is dropped: it is out of date."""
        self._waiting.pop((result.segment, False), None)
        self._waiting[result.segment, result.is_final] = result
        self._changed.set()

    def close(self) -> None:
        """Say that nothing follows."""
        self._closed = True
        self._changed.set()

    async def get(self) -> Result | None:
        """The next result, or None when nothing follows. A cancelled ``get`` has taken nothing.

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
