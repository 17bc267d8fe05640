"""The trailer ``grpc-status-details-bin``: what a status says beyond its code and text.

The trailer holds a ``google.rpc.Status`` whose code and message repeat those of the gRPC status (clients
refuse it if they differ), and a list of details. The recognition backend adds one that is no message of
``google.rpc``: its own status, of the type ``util.StatusProto``. It was recorded from the service
(pipecat#2180), is not public, and has four fields that matter here::

    1: code (varint)    2: "generic", the space that the code belongs to    3: the text
    5: a message set with one item, of the type 82012934, whose field 2 is the text again
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

if TYPE_CHECKING:
    from asyncspeech.emulator.errors import Refusal

__all__ = ("trailing_metadata",)

_KEY = "grpc-status-details-bin"
_STATUS_PROTO_URL = "type.googleapis.com/util.StatusProto"
_MESSAGE_SET_ITEM = 82012934

# Tags of protobuf's wire format: field number times eight, plus the kind of value.
_CODE = b"\x08"
_SPACE = b"\x12"
_TEXT = b"\x1a"
_MESSAGE_SET = b"\x2a"
_ITEM_TEXT = b"\x12"
_GROUP_START, _GROUP_END = b"\x0b", b"\x0c"
_TYPE_ID, _ITEM = b"\x10", b"\x1a"


def trailing_metadata(
    refusal: Refusal, *, status_proto: bool, error_info: bool
) -> tuple[tuple[str, bytes], ...]:
    """The trailers of a call that ends with ``refusal``.

    Args:
        refusal: How it ends.
        status_proto: Whether the backend's own form of the status is among the details.
        error_info: Whether an ``ErrorInfo`` is, if the refusal has one.
    """
    status = Status(code=refusal.code.value[0], message=refusal.message)
    if status_proto:
        value = _status_proto(refusal.code.value[0], refusal.message)
        status.details.append(AnyMessage(type_url=_STATUS_PROTO_URL, value=value))
    for detail in refusal.details:
        if error_info or not isinstance(detail, ErrorInfo):
            status.details.add().Pack(detail)
    return ((_KEY, status.SerializeToString()),) if status.details else ()


def _status_proto(code: int, text: str) -> bytes:
    encoded = text.encode()
    item = _field(_ITEM_TEXT, encoded)
    message_set = _GROUP_START + _TYPE_ID + _varint(_MESSAGE_SET_ITEM) + _field(_ITEM, item) + _GROUP_END
    return (
        _CODE
        + _varint(code)
        + _field(_SPACE, b"generic")
        + _field(_TEXT, encoded)
        + _field(_MESSAGE_SET, message_set)
    )


def _field(tag: bytes, value: bytes) -> bytes:
    return tag + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    low = number & 0x7F
    rest = number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
