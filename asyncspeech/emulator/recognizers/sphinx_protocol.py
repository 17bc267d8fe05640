"""How a recogniser's worker process and its parent talk: frames over a pair of pipes.

A *request* is a header, which gives the length of the payload, the kind of request and the recognition
that it is about, and then the payload. Every request but CLOSE is answered by one *reply*, in the order
of the requests: a length and a JSON document, either ``{"events": [...]}`` or ``{"error": "..."}``.
A pipe that ends is the end of the conversation, whichever side closed it.

Both sides are of one version on one machine, so nothing here is negotiated.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from asyncspeech.emulator.recognizer import Hypothesis, HypothesisWord, SpeechBegin, SpeechEnd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from asyncspeech.emulator.recognizer import RecognitionEvent

__all__ = (
    "Reply",
    "ReplyReader",
    "Request",
    "RequestKind",
    "pack_reply",
    "pack_request",
    "pack_start",
    "read_request",
    "unpack_start",
)

_REQUEST_HEADER = struct.Struct("<IBQ")  # length of the payload, kind, recognition
_REPLY_HEADER = struct.Struct("<I")  # length of the document
_START = struct.Struct("<I?")  # sample rate in hertz, whether interims are wanted


class RequestKind(IntEnum):
    """What is asked of a worker."""

    START = 0
    """Begin a recognition; the payload is `pack_start`'s."""
    AUDIO = 1
    """Take the payload: mono samples, 16 bits each, little-endian."""
    FINISH = 2
    """No more audio comes."""
    CLOSE = 3
    """Forget the recognition, if there is one. Not answered."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the worker reads it."""

    kind: RequestKind
    recognition: int
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as the parent reads it: what became known, or what went wrong.

    Attributes:
        events: What became known, in order.
        error: What went wrong; empty if nothing did.
    """

    events: tuple[RecognitionEvent, ...] = ()
    error: str = ""


def pack_request(request: Request) -> bytes:
    """The bytes of a request."""
    header = _REQUEST_HEADER.pack(len(request.payload), request.kind, request.recognition)
    return header + request.payload


def read_request(pipe: BinaryIO) -> Request | None:
    """Wait for the next request; None when the pipe has ended."""
    header = pipe.read(_REQUEST_HEADER.size)
    if len(header) < _REQUEST_HEADER.size:
        return None
    length, kind, recognition = _REQUEST_HEADER.unpack(header)
    payload = pipe.read(length)
    if len(payload) < length:
        return None
    return Request(RequestKind(kind), recognition, payload)


def pack_start(sample_rate_hertz: int, *, interim_results: bool) -> bytes:
    """The payload of a START."""
    return _START.pack(sample_rate_hertz, interim_results)


def unpack_start(payload: bytes) -> tuple[int, bool]:
    """What a START says: the sample rate in hertz, and whether interims are wanted."""
    rate, interim_results = _START.unpack(payload)
    return rate, interim_results


def pack_reply(reply: Reply) -> bytes:
    """The bytes of a reply."""
    content = {"error": reply.error} if reply.error else {"events": _to_json(reply.events)}
    document = json.dumps(content, separators=(",", ":")).encode()
    return _REPLY_HEADER.pack(len(document)) + document


class ReplyReader:
    """Finds replies in bytes that come in pieces of any size."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[Reply]:
        """Take the next bytes and return the replies that they complete."""
        self._pending += data
        replies = []
        while (document := self._next_document()) is not None:
            content = json.loads(document)
            replies.append(Reply(_from_json(content.get("events", ())), content.get("error", "")))
        return replies

    def _next_document(self) -> bytes | None:
        start = _REPLY_HEADER.size
        if len(self._pending) < start:
            return None
        (length,) = _REPLY_HEADER.unpack_from(self._pending)
        if len(self._pending) < start + length:
            return None
        document = bytes(self._pending[start : start + length])
        del self._pending[: start + length]
        return document


def _to_json(events: Sequence[RecognitionEvent]) -> list[list[Any]]:
    documents: list[list[Any]] = []
    for event in events:
        match event:
            case SpeechBegin(position):
                documents.append(["begin", position])
            case SpeechEnd(position):
                documents.append(["end", position])
            case Hypothesis(words, end, is_final, stable_words, confidence):
                listed = [[word.text, word.start, word.end, word.confidence] for word in words]
                documents.append(["hypothesis", listed, end, is_final, stable_words, confidence])
    return documents


def _from_json(documents: Sequence[Sequence[Any]]) -> tuple[RecognitionEvent, ...]:
    return tuple(_event_from_json(*document) for document in documents)


def _event_from_json(kind: str, *content: Any) -> RecognitionEvent:
    match kind:
        case "begin":
            return SpeechBegin(*content)
        case "end":
            return SpeechEnd(*content)
        case _:
            words, *rest = content
            return Hypothesis(tuple(HypothesisWord(*word) for word in words), *rest)
