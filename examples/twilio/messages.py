"""The messages of Twilio Media Streams: one telephone call over a WebSocket.

The first is ``connected``, then comes ``start`` with what there is to know of the call, then ``media``
with 20 ms of mu-law at 8 kHz each, ``dtmf`` for keys and ``mark`` for what was played back, and last
``stop``. All but the first have a sequence number, which grows by one and says their order. Media has
a timestamp as well, in milliseconds of the call, which says its place.

A message that comes again is dropped. One that does not come is waited for, until ten others have come
or none has for a fifth of a second.

https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from websockets.asyncio.server import ServerConnection

_log = logging.getLogger(__name__)

FRAMES_PER_SECOND = 8_000
MEDIA_FORMAT = {"encoding": "audio/x-mulaw", "sampleRate": FRAMES_PER_SECOND, "channels": 1}
TRACKS = ("inbound", "outbound")

MOST_EARLY = 10
"""Messages that may wait for one that is missing."""

PATIENCE = 0.2
"""Seconds for which they wait, when no others come."""

Message: TypeAlias = dict[str, Any]


class ProtocolError(Exception):
    """What comes is not what Twilio sends.

    Attributes:
        code: The code that the connection is closed with.
    """

    def __init__(self, reason: str, code: CloseCode = CloseCode.POLICY_VIOLATION) -> None:
        super().__init__(reason)
        self.code = code


class InOrder:
    """Puts messages in the order of their sequence numbers, which begin with 1.

    Attributes:
        missing: How many have been given up.
        repeated: How many came again, or after they had been given up.
    """

    def __init__(self) -> None:
        self._next = 1
        self._early: dict[int, Message] = {}
        self.missing = 0
        self.repeated = 0

    @property
    def is_waiting(self) -> bool:
        """Whether messages wait for one before them."""
        return bool(self._early)

    def take(self, number: int, message: Message) -> list[Message]:
        """Take a message, and give those whose turn it is."""
        if number < self._next or number in self._early:
            self.repeated += 1
            return []
        self._early[number] = message
        return self.give_up() if len(self._early) > MOST_EARLY else self._ready()

    def give_up(self) -> list[Message]:
        """Wait no longer for what is missing, and give what comes next."""
        first = min(self._early)
        self.missing += first - self._next
        self._next = first
        return self._ready()

    def _ready(self) -> list[Message]:
        ready = []
        while self._next in self._early:
            ready.append(self._early.pop(self._next))
            self._next += 1
        return ready


async def read(socket: ServerConnection, order: InOrder) -> AsyncGenerator[Message]:
    """The messages of a call after ``connected``, in order, until its connection ends.

    Raises:
        ProtocolError: One is not a message of Media Streams.
    """
    while True:
        try:
            async with asyncio.timeout(PATIENCE if order.is_waiting else None):
                frame = await socket.recv()
        except TimeoutError:
            ready = order.give_up()
        except ConnectionClosed as error:
            _log.info("a connection has ended: %s", error)
            break
        else:
            ready = _put(frame, order)
        for message in ready:
            yield message
    while order.is_waiting:
        for message in order.give_up():
            yield message


def _put(frame: str | bytes, order: InOrder) -> list[Message]:
    message = _message(frame)
    if message["event"] == "connected":  # it comes first, and without a number
        return []
    return order.take(whole_number(message, "sequenceNumber"), message)


def _message(frame: str | bytes) -> Message:
    if isinstance(frame, bytes):
        raise ProtocolError("messages are text", CloseCode.UNSUPPORTED_DATA)
    try:
        message = json.loads(frame)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("a message is not JSON", CloseCode.INVALID_DATA) from error
    if not isinstance(message, dict) or not isinstance(message.get("event"), str):
        raise ProtocolError("a message has no event", CloseCode.INVALID_DATA)
    return message


def part_of(message: Message, name: str) -> Message:
    """The object in a message that is called as its event is."""
    part = message.get(name)
    if not isinstance(part, dict):
        raise ProtocolError(f"{message['event']} has no {name}", CloseCode.INVALID_DATA)
    return part


def whole_number(message: Message, name: str) -> int:
    """A whole number, which Twilio writes as text."""
    try:
        number = int(message[name])
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        raise ProtocolError(f"{name} is not a number", CloseCode.INVALID_DATA) from error
    if number < 0:
        raise ProtocolError(f"{name} is negative", CloseCode.INVALID_DATA)
    return number


@dataclass(frozen=True, slots=True)
class Start:
    """What ``start`` says of a call.

    Attributes:
        call: Its SID.
        tracks: Which sides of it are sent.
    """

    call: str
    tracks: tuple[str, ...]

    @classmethod
    def read(cls, message: Message) -> Start:
        """Read the message.

        Raises:
            ProtocolError: It is another message, or of audio in another form.
        """
        if message["event"] != "start":
            raise ProtocolError("a call begins with start")
        start = part_of(message, "start")
        if start.get("mediaFormat") != MEDIA_FORMAT:
            raise ProtocolError("the audio is not mu-law at 8 kHz", CloseCode.UNSUPPORTED_DATA)
        tracks = start.get("tracks")
        if not isinstance(tracks, list) or not tracks or any(track not in TRACKS for track in tracks):
            raise ProtocolError("tracks are inbound and outbound", CloseCode.INVALID_DATA)
        call = start.get("callSid")
        if not isinstance(call, str) or not call.isalnum():
            raise ProtocolError("a call has a SID", CloseCode.INVALID_DATA)
        return cls(call, tuple(sorted(set(tracks))))


def audio_of(media: Message) -> bytes:
    """The mu-law in what a ``media`` message brings."""
    try:
        return base64.b64decode(media["payload"], validate=True)
    except (KeyError, TypeError, binascii.Error) as error:
        raise ProtocolError("a payload is not base64", CloseCode.INVALID_DATA) from error
