"""One conversation: a session of asyncspeech, for as long as its page comes back."""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio

from asyncspeech import AsyncSpeechError, AudioLost, Result

from .endings import (
    CAME_TO_AN_END,
    OUT_OF_PLACE,
    TOO_FAST,
    TOO_LONG,
    TROUBLE,
    WENT_AWAY,
    WENT_SILENT,
    Refusal,
    failed,
)
from .pace import Pace
from .protocol import FRAME_BYTES

if TYPE_CHECKING:
    from anyio.abc import TaskStatus

    from asyncspeech import Session, Transcript

    from .endings import Ending
    from .limits import Limits
    from .protocol import Audio

__all__ = ("Conversation",)

_log = logging.getLogger(__name__)


class Conversation:
    """What is said on one page, over however many connections.

    It keeps what any connection has to know, and tells all of them when something has changed. What a
    connection was told already is the connection's affair.

    Args:
        session: Recognises it; not entered yet.
        address: Where the page is.
        limits: What the page may ask for.
    """

    def __init__(self, session: Session, address: str, limits: Limits) -> None:
        self.token = secrets.token_urlsafe(32)
        self.address = address
        self.captions: list[Result] = []
        self.interim = ""
        self.position = 0
        self.lost_seconds = 0.0
        self.is_over = False
        self._is_open = False
        self._session = session
        self._events = session.events()
        self._limits = limits
        self._ending: Ending | None = None
        self._taking = anyio.Lock()
        self._news = anyio.Event()
        self._line: anyio.CancelScope | None = None
        self._rate = session.config.sample_rate_hertz
        self._began = self._heard_at = anyio.current_time()
        self._pace = Pace(limits.speed, limits.burst_seconds, self._began)

    @property
    def ending(self) -> Ending:
        """Why it is over."""
        return self._ending or CAME_TO_AN_END

    @property
    def transcript(self) -> Transcript:
        """Everything that is final so far."""
        return self._session.transcript

    @property
    def news(self) -> anyio.Event:
        """Set as soon as anything is different from now."""
        return self._news

    # What is done for it.

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Recognise what comes, until it has ended and everything is recognised.

        Raises:
            AsyncSpeechError: It could not begin. What it fails with later is its ending.
        """
        try:
            async with self._session:
                self._is_open = True
                task_status.started()
                if self._ending is not None:  # the service has begun to stop
                    await self._session.end()
                await self._recognise()
        except AsyncSpeechError as error:
            if not self._is_open:
                raise
            self._ending = failed(error)
        except Exception:
            if not self._is_open:
                raise
            _log.exception("a conversation failed")  # and the others go on
            self._ending = TROUBLE
        finally:
            self.is_over = True
            self._tell()

    async def _recognise(self) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._end_in_time)
            with suppress(AsyncSpeechError):  # leaving the session raises it
                async for event in self._events:
                    self._note(event)
            tasks.cancel_scope.cancel()

    def _note(self, event: object) -> None:
        match event:
            case Result(is_final=True):
                self.captions.append(event)
                self.interim = ""
            case Result():
                self.interim = event.text
            case AudioLost():
                self.lost_seconds += event.end - event.start
            case _:
                return
        self._tell()

    async def _end_in_time(self) -> None:
        """End it when no audio has come for too long, or too much."""
        last = self._began + self._limits.conversation_seconds
        while (now := anyio.current_time()) < last:
            silent = self._heard_at + self._limits.silent_seconds
            if now >= silent:
                await self.end(WENT_AWAY if self._line is None else WENT_SILENT)
                return
            await anyio.sleep_until(min(silent, last))
        await self.end(TOO_LONG)

    # What its page does.

    async def take(self, audio: Audio) -> None:
        """Take of some audio what is new. Waits while the session has no room.

        Once the conversation is ending, audio is not taken, and the page is not told that it was.

        Raises:
            Refusal: Audio is missing before it, or it comes too fast.
        """
        # The connection of a page that has come back by another may be taking the same audio.
        async with self._taking:
            known = self.position - audio.position
            if known < 0:
                raise Refusal(OUT_OF_PLACE)
            now = anyio.current_time()
            if not self._pace.allows(len(audio.samples) / FRAME_BYTES / self._rate, now):
                raise Refusal(TOO_FAST)
            samples = audio.samples[known * FRAME_BYTES :]
            if not samples:
                return
            try:
                await self._session.send(samples)
            except AsyncSpeechError:  # it is ending, and `run` tells why
                return
            self.position += len(samples) // FRAME_BYTES
            self._heard_at = now
            self._tell()

    async def stop(self, position: int) -> None:
        """End it after so many frames. The captions that are still due follow.

        Raises:
            Refusal: Some of them are missing.
        """
        async with self._taking:
            if position != self.position and self._ending is None:
                raise Refusal(OUT_OF_PLACE)
            await self.end(CAME_TO_AN_END)

    async def end(self, ending: Ending) -> None:
        """Take no more audio. The first reason counts."""
        if not self.is_over:
            self._ending = self._ending or ending
            if self._is_open:
                await self._session.end()

    # Its connections.

    def attach(self, line: anyio.CancelScope) -> None:
        """Speak to the page over this connection, and end the one before."""
        if self._line is not None:
            self._line.cancel()
        self._line = line

    def detach(self, line: anyio.CancelScope) -> bool:
        """Forget a connection, and say whether it was the last; else another has taken its place."""
        if self._line is not line:
            return False
        self._line = None
        self._tell()
        return True

    @property
    def is_attached(self) -> bool:
        """Whether there is a connection."""
        return self._line is not None

    def _tell(self) -> None:
        self._news.set()
        self._news = anyio.Event()
