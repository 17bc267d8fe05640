"""All conversations: found by their tokens, counted, and ended when the service stops."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import anyio

from .conversation import Conversation
from .endings import GONE, STOPPING, TOO_MANY, TOO_MANY_HERE, Refusal

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from anyio.abc import TaskStatus

    from asyncspeech import Client, SessionConfig

    from .limits import Limits
    from .protocol import Start

__all__ = ("Conversations",)

_log = logging.getLogger(__name__)


class Conversations:
    """The conversations of one client. Their tasks are its own, and end when it is left.

    Args:
        client: What recognises.
        config: What a session is to do; each page says its sample rate.
        limits: How many there may be.
    """

    def __init__(self, client: Client, config: SessionConfig, limits: Limits) -> None:
        self._client = client
        self._config = config
        self._limits = limits
        self._tasks = anyio.create_task_group()
        self._live: dict[str, Conversation] = {}
        # Those that are over, oldest first, with what ends their keeping.
        self._kept: dict[str, tuple[Conversation, anyio.CancelScope]] = {}
        self._is_stopping = False

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is None and not self._is_stopping:  # a wait that was broken off is not begun again
            await self.drain()
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(exc_type, exc, traceback)

    @property
    def live(self) -> tuple[Conversation, ...]:
        """Those that go on, oldest first."""
        return tuple(self._live.values())

    async def start(self, wanted: Start, address: str) -> Conversation:
        """A new conversation.

        Raises:
            Refusal: There are too many, or the service is stopping.
            AsyncSpeechError: It cannot be had as it is wanted.
        """
        if self._is_stopping:
            raise Refusal(STOPPING)
        if len(self._live) >= self._limits.conversations:
            raise Refusal(TOO_MANY)
        here = sum(conversation.address == address for conversation in self._live.values())
        if here >= self._limits.conversations_per_address:
            raise Refusal(TOO_MANY_HERE)
        session = self._client.session(self._config, sample_rate_hertz=wanted.sample_rate_hertz)
        conversation = Conversation(session, address, self._limits)
        # It counts from now on: others may ask while this one begins.
        self._live[conversation.token] = conversation
        try:
            await self._tasks.start(self._run, conversation)
        except BaseException:
            self._live.pop(conversation.token, None)  # its task may not even have begun
            raise
        return conversation

    def find(self, token: str) -> Conversation:
        """The conversation with this token, whether it goes on or is over.

        Raises:
            Refusal: There is none.
        """
        if conversation := self._live.get(token):
            return conversation
        if token in self._kept:
            return self._kept[token][0]
        raise Refusal(GONE)

    async def drain(self) -> None:
        """Begin no conversation any more, end all, and wait until their pages know everything.

        A page that is away is not waited for, and none for longer than ``drain_seconds``.
        """
        self._is_stopping = True
        with anyio.move_on_after(self._limits.drain_seconds) as patience:
            for conversation in self.live:
                await conversation.end(STOPPING)
            for conversation in [*self.live, *(kept for kept, _ in self._kept.values())]:
                while not conversation.is_over or conversation.is_attached:
                    await conversation.news.wait()
        if patience.cancelled_caught:
            _log.warning("%d conversations did not finish in time", len(self._live))

    async def _run(
        self, conversation: Conversation, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        try:
            await conversation.run(task_status=task_status)
        finally:
            self._live.pop(conversation.token, None)
        await self._keep(conversation)

    async def _keep(self, conversation: Conversation) -> None:
        """Keep the transcript for a while."""
        if len(self._kept) >= self._limits.transcripts:
            oldest = next(iter(self._kept))
            _, scope = self._kept.pop(oldest)
            scope.cancel()
        with anyio.move_on_after(self._limits.transcript_seconds) as keeping:
            self._kept[conversation.token] = conversation, keeping
            await anyio.sleep_forever()
        self._kept.pop(conversation.token, None)
