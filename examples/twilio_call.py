"""Telephone calls, written down while they last: a server for Twilio Media Streams.

    python examples/twilio_call.py --simulate examples/audio/telephone.flac      without a telephone
    python examples/twilio_call.py --port 8080 --public-url wss://voice.example.com/calls

A call has one track or two: ``inbound`` is what Twilio hears from the caller, ``outbound`` what the
caller hears. Each has a session of its own, which takes the mu-law as it is. What is missing of it is
told, and silence takes its place, so that times stay those of the call. The call ends with ``stop``, or
with its connection; either way, what was said until then is written down.

With ``TWILIO_AUTH_TOKEN`` in the environment, only connections that Twilio has signed are taken. Without
it, the server listens on this machine alone.

It needs ``pip install websockets``. With ``GOOGLE_CLOUD_PROJECT`` set, Google's service recognises; else
this machine does.

https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import logging
import os
import signal
import sys
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
import twilio_simulator
from twilio_messages import (
    FRAMES_PER_SECOND,
    InOrder,
    ProtocolError,
    Start,
    audio_of,
    part_of,
    read,
    whole_number,
)
from websockets.asyncio.server import serve
from websockets.exceptions import WebSocketException
from websockets.frames import CloseCode

from asyncspeech import AsyncSpeechError, AudioEncoding, Client, SessionConfig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from twilio_messages import Message
    from websockets.asyncio.server import Server, ServerConnection
    from websockets.http11 import Request, Response

    from asyncspeech import Session

logger = logging.getLogger("twilio_call")

SILENCE = b"\xff" * FRAMES_PER_SECOND
"""A second of mu-law zeros."""

SMALLEST_GAP = FRAMES_PER_SECOND // 50
"""Frames from which on media is missing: a message's. Timestamps are in whole milliseconds."""

LONGEST_CALL = 24 * 60 * 60
"""Seconds. A later timestamp is none, and no reason to send so much silence."""

MOST_MESSAGE_BYTES = 16_384
START_TIMEOUT = 10.0


class Track:
    """One side of a call.

    Its session's time begins with the first media; the call's time is that of the timestamps.

    Args:
        name: What it is called in the log.
        session: What recognises it.
    """

    def __init__(self, name: str, session: Session) -> None:
        self.name = name
        self.session = session
        self._began = 0
        self._heard = 0

    def call_time(self, session_time: float) -> float:
        """A time of the session as one of the call, in seconds."""
        return float(self._began / FRAMES_PER_SECOND + session_time)

    @property
    def now(self) -> float:
        """How far the call has come here, in seconds."""
        return self.call_time(self._heard / FRAMES_PER_SECOND)

    async def hear(self, media: Message) -> None:
        """Send the audio of a ``media`` message to the session, at its place.

        Raises:
            ProtocolError: It has no audio, or no possible place.
            AsyncSpeechError: The session has failed.
        """
        at = whole_number(media, "timestamp") * FRAMES_PER_SECOND // 1000
        if at > LONGEST_CALL * FRAMES_PER_SECOND:
            raise ProtocolError("a timestamp is later than any call lasts")
        if not self._heard:
            self._began = at
        gap = at - self._began - self._heard
        if gap >= SMALLEST_GAP:
            await self._miss(gap)
        # Audio that is early is not dropped: it has a number of its own, so nobody has heard it yet.
        await self._send(audio_of(media))

    async def _miss(self, frames: int) -> None:
        logger.warning(
            "%s: %.2f s are missing at %.2f s", self.name, frames / FRAMES_PER_SECOND, self.now
        )
        for start in range(0, frames, len(SILENCE)):
            await self._send(SILENCE[: frames - start])

    async def _send(self, audio: bytes) -> None:
        await self.session.send(audio)  # waits while Google is away, and so does Twilio, in the end
        self._heard += len(audio)


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
            logger.warning("a call was refused: %s", error)
            await socket.close(error.code, str(error))
        except* AsyncSpeechError as group:
            error = _first(group)
            told = "%s: %s (%s)"
            logger.error(told, error.code, error.message, error.hint)  # noqa: TRY400 - that says all
            await socket.close(CloseCode.INTERNAL_ERROR, error.code)

    async def _call(self, socket: ServerConnection) -> None:
        order = InOrder()
        async with aclosing(read(socket, order)) as messages:
            start = await _start(messages)
            print(f"{start.call} began: {', '.join(start.tracks)}", flush=True)
            await self._hear(start, messages)
        if order.missing or order.repeated:
            told = "%s: %d messages did not come, %d came again"
            logger.warning(told, start.call, order.missing, order.repeated)

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
                    logger.debug("%s: %s", call, event)
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


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Decides which connections are taken.

    Attributes:
        public_url: The address that Twilio was told to call.
        auth_token: What Twilio signs with; empty to take unsigned connections.
        most_calls: How many calls there may be at a time.
    """

    public_url: str
    auth_token: str
    most_calls: int

    @property
    def path(self) -> str:
        """Where calls come in here."""
        return urlsplit(self.public_url).path or "/"

    def check(self, socket: ServerConnection, request: Request) -> Response | None:
        """Refuse a connection, or give None to take it."""
        if request.path != self.path:
            return socket.respond(HTTPStatus.NOT_FOUND, "no calls here\n")
        given = request.headers.get_all("X-Twilio-Signature")
        if self.auth_token and not self._is_signature(given):
            return socket.respond(HTTPStatus.FORBIDDEN, "not signed by Twilio\n")
        if len(socket.server.connections) >= self.most_calls:
            return socket.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many calls\n")
        return None

    def _is_signature(self, given: list[str]) -> bool:
        wanted = signature(self.public_url, self.auth_token).encode()
        return len(given) == 1 and hmac.compare_digest(given[0].encode(), wanted)


def signature(url: str, auth_token: str) -> str:
    """What Twilio signs a GET of an address with; of a POST, its parameters follow the address."""
    digest = hmac.digest(auth_token.encode(), url.encode(), hashlib.sha1)
    return base64.b64encode(digest).decode()


def telephone(language: str) -> SessionConfig:
    """How a call is recognised: a model that was made for 8 kHz, and the audio as Twilio sends it."""
    return SessionConfig(
        language_codes=(language,),
        model="telephony",
        encoding=AudioEncoding.MULAW,
        sample_rate_hertz=FRAMES_PER_SECOND,
        interim_results=False,
    )


def listen(
    switchboard: Switchboard, doorkeeper: Doorkeeper, host: str, port: int
) -> AbstractAsyncContextManager[Server]:
    """The server. Leaving it hangs up all calls, and writes down what was said in them."""
    return serve(
        switchboard.answer,
        host,
        port,
        process_request=doorkeeper.check,
        max_size=MOST_MESSAGE_BYTES,
        compression=None,  # base64 of mu-law does not get smaller
    )


async def main(options: argparse.Namespace) -> None:
    """Answer calls until SIGTERM or SIGINT."""
    client = Client() if os.environ.get("GOOGLE_CLOUD_PROJECT") else Client.local()
    switchboard = Switchboard(client, telephone(options.language))
    auth_token = os.environ.get("TWILIO_AUTH_TOKEN", "")
    doorkeeper = Doorkeeper(options.public_url, auth_token, options.most_calls)
    async with client, listen(switchboard, doorkeeper, options.host, options.port) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        print(f"listening on {options.host}, port {port}", flush=True)
        if options.simulate:
            url = f"ws://127.0.0.1:{port}{doorkeeper.path}"
            signed = signature(options.public_url, auth_token) if auth_token else ""
            await twilio_simulator.call(url, options.simulate, signature=signed)
        else:
            await _told_to_stop()


async def _told_to_stop() -> None:
    """Wait for the first signal. The second has its usual effect, at once."""
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            return


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Write down telephone calls.")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen: this machine alone")
    parser.add_argument("--port", type=int, default=8080, help="0 for any that is free")
    parser.add_argument(
        "--public-url", default="wss://localhost/calls", help="the address that Twilio is told to call"
    )
    parser.add_argument("--language", default="en-US", help="what is spoken")
    parser.add_argument("--most-calls", type=int, default=100, help="how many at a time")
    parser.add_argument("--simulate", type=Path, metavar="RECORDING", help="make a call, and end")
    options = parser.parse_args()
    if options.host not in {"127.0.0.1", "::1", "localhost"} and not os.environ.get("TWILIO_AUTH_TOKEN"):
        parser.error("to listen to others than this machine, set TWILIO_AUTH_TOKEN")
    return options


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    try:
        asyncio.run(main(_arguments()))
    except AsyncSpeechError as failure:
        sys.exit(f"{failure.message}\n{failure.hint}")
    except (OSError, WebSocketException) as failure:
        sys.exit(str(failure))
