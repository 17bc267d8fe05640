"""The responses of a stream that wait to be said.

Usually none: they are said as they are made. A service that is slow, or silent for a while, lets them
wait here. They never overtake one another.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

__all__ = ("Outbox",)


class Outbox:
    """Says responses in order, each when it is due.

    Args:
        say: Says one.
        lot: What the jitter is drawn from.
    """

    def __init__(self, say: Callable[[Any], Awaitable[None]], lot: random.Random) -> None:
        self._say = say
        self._lot = lot
        self._clock = asyncio.get_running_loop().time
        self._waiting: deque[tuple[float, Any]] = deque()
        self._news = asyncio.Event()
        self._delay = 0.0
        self._jitter = 0.0
        self._silent_until = 0.0
        self._is_closed = False

    def delay(self, seconds: float, jitter: float) -> None:
        """Say what comes from now on this much later, and up to ``jitter`` more."""
        self._delay, self._jitter = seconds, jitter

    def fall_silent(self, seconds: float | None) -> None:
        """Say nothing of what comes from now on for a while; for ever if ``seconds`` is None."""
        until = math.inf if seconds is None else self._clock() + seconds
        self._silent_until = max(self._silent_until, until)

    def put(self, response: Any) -> None:
        """Let ``response`` be said when it is due."""
        due = max(self._clock() + self._delay + self._lot.uniform(0, self._jitter), self._silent_until)
        self._waiting.append((due, response))
        self._news.set()

    def close(self) -> None:
        """Nothing more will be put."""
        self._is_closed = True
        self._news.set()

    async def run(self) -> None:
        """Say everything, until the outbox is closed and empty."""
        while self._waiting or not self._is_closed:
            if await self._next_is_due():
                _, response = self._waiting.popleft()
                await self._say(response)

    async def flush(self) -> None:
        """Say at once what is due by now, and nothing else."""
        while self._waiting and self._waiting[0][0] <= self._clock():
            _, response = self._waiting.popleft()
            await self._say(response)

    async def _next_is_due(self) -> bool:
        """Whether there is something to say now. If not, wait until that may have changed."""
        self._news.clear()
        due = self._waiting[0][0] if self._waiting else math.inf
        patience = due - self._clock()
        if patience <= 0:
            return True
        if math.isinf(patience):
            await self._news.wait()
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._news.wait()
        return False
