"""Calls, from their connection to their last word."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Any

import anyio
from websockets.frames import CloseCode

from asyncspeech import AsyncSpeechError, AudioEncoding, SessionConfig

from .messages import FRAMES_PER_SECOND, InOrder, ProtocolError, Start, part_of, read
from .track import Track

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from websockets.asyncio.server import ServerConnection

    from asyncspeech import Client

    from .messages import Message

__all__ = ("Switchboard", "telephone")

_log = logging.getLogger(__name__)

START_TIMEOUT = 10.0


def telephone(language: str) -> SessionConfig:
    """How a call is recognised: a model that was made for 8 kHz, and the audio as Twilio sends it."""
    return SessionConfig(
        language_codes=(language,),
        model="telephony",
        encoding=AudioEncoding.MULAW,
        sample_rate_hertz=FRAMES_PER_SECOND,
        interim_results=False,
    )


class Switchboard:
    """Writes down calls, as many at a time as there are.

    Args:
        client: What recognises.
        config: How. The audio of Media Streams is mu-law at 8 kHz.
    """

    def __init__(self, client: Client, config: SessionConfig) -> None:
        self._client = client
        self._config = config

    async def answer(self, socket: ServerConnection) -> None:
        """One call, from its connection to its last word. The server runs this for each."""
        try:
            await self._call(socket)
        except* ProtocolError as group:
            error = _first(group)
            _log.warning("a call was refused: %s", error)
            await socket.close(error.code, str(error))
        except* AsyncSpeechError as group:
            error = _first(group)
            told = "%s: %s (%s)"
            _log.error(told, error.code, error.message, error.hint)
            await socket.close(CloseCode.INTERNAL_ERROR, error.code)

    async def _call(self, socket: ServerConnection) -> None:
        order = InOrder()
        async with aclosing(read(socket, order)) as messages:
            start = await _start(messages)
            print(f"{start.call} began: {', '.join(start.tracks)}", flush=True)
            await self._hear(start, messages)
        if order.missing or order.repeated:
            told = "%s: %d messages did not come, %d came again"
            _log.warning(told, start.call, order.missing, order.repeated)

    async def _hear(self, start: Start, messages: AsyncIterator[Message]) -> None:
        """Recognise all tracks of a call until its end."""
        tracks: dict[str, Track] = {}
        async with anyio.create_task_group() as listening, AsyncExitStack() as sessions:
            for name in start.tracks:
                session = await sessions.enter_async_context(self._client.session(self._config))
                tracks[name] = Track(f"{start.call} {name}", session)
                listening.start_soon(self._write_down, start.call, name, tracks[name])
            is_over = await self._follow(start.call, messages, tracks)
        print(f"{start.call} {'ended' if is_over else 'was cut off'}", flush=True)

    async def _follow(
        self, call: str, messages: AsyncIterator[Message], tracks: dict[str, Track]
    ) -> bool:
        """Do what the messages say, until the last; whether that was ``stop``."""
        async for message in messages:
            match message["event"]:
                case "media":
                    media = part_of(message, "media")
                    track = tracks.get(str(media.get("track")))
                    if track is None:
                        raise ProtocolError("media of a track that was not announced")
                    await track.hear(media)
                case "dtmf":
                    digit = part_of(message, "dtmf").get("digit")
                    at = max(track.now for track in tracks.values())
                    print(f"{call} {at:7.2f} s  keypad    {digit!s:.1}", flush=True)
                case "stop":
                    return True
                case event:  # `mark`, and what there may be one day
                    _log.debug("%s: %s", call, event)
        return False

    async def _write_down(self, call: str, name: str, track: Track) -> None:
        """Print the sentences of one side as they become final."""
        async for result in track.session:
            if result.is_final and result.text:
                at = track.call_time(result.start)
                print(f"{call} {at:7.2f} s  {name:8}  {result.text}", flush=True)


async def _start(messages: AsyncIterator[Message]) -> Start:
    try:
        async with asyncio.timeout(START_TIMEOUT):
            return Start.read(await anext(messages))
    except (TimeoutError, StopAsyncIteration) as error:
        raise ProtocolError("there was no start") from error


def _first(group: BaseExceptionGroup[Any]) -> Any:
    """The first of a group's errors. What a session failed with is there once for each task it met."""
    error: Any = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
