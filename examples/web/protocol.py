"""What a page and the service say to each other on a web socket.

======= ================================================== ============================================
from    message                                            meaning
======= ================================================== ============================================
page    ``{"type": "start", "sample_rate_hertz": 48000}``  begin a conversation
page    ``{"type": "resume", "token": …, "captions": 3}``  go on with one, of which 3 captions are known
page    8 bytes, then LINEAR16, mono                       audio; the bytes are the number of its first
                                                           frame, little-endian
page    ``{"type": "stop", "position": 96000}``            there is no audio after so many frames
service ``{"type": "started", "token": …, …}``             go ahead
service ``{"type": "resumed", "position": 48000}``         go ahead from there
service ``{"type": "taken", "position": 52800}``           all before this frame is taken; said again
                                                           when there is nothing else to say
service ``{"type": "caption", "number": 3, "text": …, …}`` a final result, numbered from 0
service ``{"type": "interim", "text": …}``                 a guess at what follows the last caption
service ``{"type": "ended", "code": …, "message": …, …}``  the last message: why
======= ================================================== ============================================

Audio is counted in frames since the page began to record. A frame that was taken is never taken again,
whatever a page sends twice, and none is taken before those that precede it.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .endings import NOT_OURS, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .endings import Ending

__all__ = ("FRAME_BYTES", "HEADER", "Audio", "Resume", "Start", "Stop", "ended", "read")

HEADER = struct.Struct("<Q")
FRAME_BYTES = 2


@dataclass(frozen=True, slots=True)
class Start:
    """A page wants a conversation.

    Attributes:
        sample_rate_hertz: That of its audio.
    """

    sample_rate_hertz: int


@dataclass(frozen=True, slots=True)
class Resume:
    """A page has lost its connection and wants to go on.

    Attributes:
        token: That of its conversation.
        captions: How many of the captions it has.
    """

    token: str
    captions: int


@dataclass(frozen=True, slots=True)
class Audio:
    """Some audio.

    Attributes:
        position: The number of its first frame.
        samples: LINEAR16, mono; whole frames.
    """

    position: int
    samples: bytes


@dataclass(frozen=True, slots=True)
class Stop:
    """The audio has ended.

    Attributes:
        position: How many frames there were.
    """

    position: int


def read(message: str | bytes) -> Start | Resume | Audio | Stop:
    """What a page says.

    Raises:
        Refusal: It is none of the messages.
    """
    if isinstance(message, bytes):
        if len(message) < HEADER.size or (len(message) - HEADER.size) % FRAME_BYTES:
            raise Refusal(NOT_OURS)
        (position,) = HEADER.unpack_from(message)
        return Audio(position, message[HEADER.size :])
    match _tree(message):
        case {"type": "start", **fields}:
            return Start(_count(fields, "sample_rate_hertz"))
        case {"type": "resume", "token": str(token), **fields}:
            return Resume(token, _count(fields, "captions"))
        case {"type": "stop", **fields}:
            return Stop(_count(fields, "position"))
    raise Refusal(NOT_OURS)


def _tree(message: str) -> Any:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        raise Refusal(NOT_OURS) from None


def _count(fields: Mapping[object, object], name: str) -> int:
    value = fields.get(name)
    if type(value) is not int or value < 0:  # True is an int, too
        raise Refusal(NOT_OURS)
    return value


def ended(ending: Ending, *, lost_seconds: float = 0.0) -> dict[str, Any]:
    """The last message.

    Args:
        ending: Why.
        lost_seconds: How much audio was taken and will not be recognised.
    """
    return {
        "type": "ended",
        "code": ending.code,
        "message": ending.message,
        "hint": ending.hint,
        "lost_seconds": round(lost_seconds, 3),
    }
