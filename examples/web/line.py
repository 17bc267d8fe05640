"""One web socket of a conversation: hears what the page says, and tells it what it does not know yet.

What a page has to be told is the difference between what it knows and what is so. A page that reads
slowly, or comes back after a while, gets that difference and not all that happened: every caption, but
of guesses and positions only the newest.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import anyio
from starlette.websockets import WebSocketDisconnect

from asyncspeech import AsyncSpeechError

from .endings import NO_BEGINNING, NOT_OURS, REPLACED, TOO_BIG, Refusal, failed
from .protocol import Audio, Resume, Start, Stop, ended, read

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from .conversation import Conversation
    from .conversations import Conversations
    from .endings import Ending
    from .limits import Limits

__all__ = ("serve",)


async def serve(websocket: WebSocket, conversations: Conversations, limits: Limits) -> None:
    """Serve a page over a web socket that was accepted."""
    with suppress(WebSocketDisconnect):
        try:
            line = await _begin(websocket, conversations, limits)
        except Refusal as refusal:
            await _close(websocket, refusal.ending)
        except AsyncSpeechError as error:
            await _close(websocket, failed(error))
        else:
            await line.run()


async def _begin(websocket: WebSocket, conversations: Conversations, limits: Limits) -> Line:
    message: object = None
    with anyio.move_on_after(limits.first_message_seconds):
        message = await _next(websocket, limits)
    match message:
        case Start():
            host = websocket.client.host if websocket.client else ""
            conversation = await conversations.start(message, host)
            line = Line(websocket, conversation, limits)
            await line.say("started", token=conversation.token, **_told(limits))
            return line
        case Resume():
            conversation = conversations.find(message.token)
            return Line(websocket, conversation, limits, captions=message.captions, is_resumed=True)
    raise Refusal(NO_BEGINNING)


def _told(limits: Limits) -> dict[str, Any]:
    """What a page has to know of the limits."""
    return {
        "kept_seconds": limits.kept_seconds,
        "silent_seconds": limits.silent_seconds,
        "heartbeat_seconds": limits.heartbeat_seconds,
    }


async def _next(websocket: WebSocket, limits: Limits) -> Start | Resume | Audio | Stop:
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message["code"])
    content: str | bytes = message.get("bytes") or message.get("text") or b""
    if len(content) > limits.message_bytes:
        raise Refusal(TOO_BIG)
    return read(content)


async def _close(websocket: WebSocket, ending: Ending, *, lost_seconds: float = 0.0) -> None:
    await websocket.send_json(ended(ending, lost_seconds=lost_seconds))
    await websocket.close(ending.close_code, ending.code)


class Line:
    """A connection of a conversation.

    Args:
        websocket: The socket, accepted.
        conversation: The conversation.
        limits: How large a message may be, and how often the page hears something.
        captions: How many captions the page knows.
        is_resumed: Whether it is not the conversation's first.
    """

    def __init__(
        self,
        websocket: WebSocket,
        conversation: Conversation,
        limits: Limits,
        *,
        captions: int = 0,
        is_resumed: bool = False,
    ) -> None:
        self._websocket = websocket
        self._conversation = conversation
        self._limits = limits
        self._captions = captions
        self._interim = ""
        self._position = 0
        self._is_resumed = is_resumed

    async def say(self, kind: str, **fields: Any) -> None:
        """Send a message."""
        await self._websocket.send_json({"type": kind, **fields})

    async def run(self) -> None:
        """Carry the conversation, until it is over, the page goes, or comes back by another connection.

        Raises:
            WebSocketDisconnect: The page has gone.
        """
        async with anyio.create_task_group() as tasks:
            self._conversation.attach(tasks.cancel_scope)
            try:
                tasks.start_soon(self._hear, tasks.cancel_scope)
                with suppress(WebSocketDisconnect):
                    await self._tell_all()
            finally:
                is_last = self._conversation.detach(tasks.cancel_scope)
            tasks.cancel_scope.cancel()
        if not is_last:
            await _close(self._websocket, REPLACED)

    async def _hear(self, scope: anyio.CancelScope) -> None:
        try:
            while True:
                await self._do(await _next(self._websocket, self._limits))
        except Refusal as refusal:
            await self._conversation.end(refusal.ending)
        except WebSocketDisconnect:
            scope.cancel()

    async def _do(self, message: Start | Resume | Audio | Stop) -> None:
        match message:
            case Audio():
                await self._conversation.take(message)
            case Stop():
                await self._conversation.stop(message.position)
            case Start() | Resume():  # it has begun already
                raise Refusal(NOT_OURS)

    async def _tell_all(self) -> None:
        conversation = self._conversation
        if self._is_resumed:
            self._position = conversation.position
            await self.say("resumed", position=self._position)
        while True:
            news = conversation.news
            is_over = conversation.is_over  # then what is told next is all
            await self._tell_news()
            if is_over:
                break
            with anyio.move_on_after(self._limits.heartbeat_seconds) as waiting:
                await news.wait()
            if waiting.cancelled_caught:
                await self.say("taken", position=self._position)
        await _close(self._websocket, conversation.ending, lost_seconds=conversation.lost_seconds)

    async def _tell_news(self) -> None:
        conversation = self._conversation
        if self._position != conversation.position:
            self._position = conversation.position
            await self.say("taken", position=self._position)
        while self._captions < len(conversation.captions):
            caption, number = conversation.captions[self._captions], self._captions
            self._captions, self._interim = number + 1, ""
            await self.say(
                "caption", number=number, text=caption.text, start=caption.start, end=caption.end
            )
        if self._interim != conversation.interim:
            self._interim = conversation.interim
            await self.say("interim", text=self._interim)
