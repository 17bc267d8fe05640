"""`Watch`: asks all endpoints, again and again, however many look at it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import anyio

from asyncspeech.telemetry.dashboard.board import Pace, make_board
from asyncspeech.telemetry.dashboard.history import History
from asyncspeech.telemetry.dashboard.reading import ask, new_client

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

    from asyncspeech.telemetry.dashboard.address import Address
    from asyncspeech.telemetry.dashboard.board import Board, Choice
    from asyncspeech.telemetry.dashboard.endpoint import Answer

__all__ = ("Watch",)

_TIMEOUTS = (1.0, 5.0)


class Watch:
    """Asks the endpoints in rounds, and tells what came of it.

    Args:
        addresses: The endpoints.
        every: Seconds from one round to the next.
        on_round: Called after each.
    """

    def __init__(
        self, addresses: Sequence[Address], *, every: float, on_round: Callable[[], None]
    ) -> None:
        self.pace = Pace(every)
        self._history = History(addresses)
        self._on_round = on_round
        self._boards: dict[Choice, Board] = {}
        shortest, longest = _TIMEOUTS
        self._timeout = min(max(every, shortest), longest)

    def board(self, choice: Choice) -> Board:
        """The figures of the last round. Cheap where they were asked for already."""
        if choice not in self._boards:
            self._boards[choice] = make_board(self._history, choice, self.pace)
        return self._boards[choice]

    async def run(self) -> None:
        """Ask, until cancelled."""
        # The wall clock may be set back; the times of the history only rise.
        epoch = time.time() - anyio.current_time()
        async with new_client() as client:
            while True:
                begun = anyio.current_time()
                answers = await self._round(client)
                self._history.add(answers, epoch + anyio.current_time())
                self._boards.clear()
                self._on_round()
                await anyio.sleep_until(begun + self.pace.every)

    async def _round(self, client: httpx.AsyncClient) -> Sequence[Answer]:
        """Ask all at once."""
        answers: dict[int, Answer] = {}

        async def one(index: int, address: Address) -> None:
            answers[index] = await ask(client, address, self._timeout)

        async with anyio.create_task_group() as tasks:
            for index, endpoint in enumerate(self._history.endpoints):
                tasks.start_soon(one, index, endpoint.address)
        return [answers[index] for index in sorted(answers)]
