"""What travels beside a status: the rich error details, decoded.

They come in the trailer ``grpc-status-details-bin``, each as an ``Any``. ``google.api_core``, with
grpcio-status, decodes the messages of ``google.rpc``. The recognition backend adds a form of its own,
``util.StatusProto``, for which there is no published schema; what is known of its fields was read off
recorded calls (pipecat-ai/pipecat#2180).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, Help, QuotaFailure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ("BackendStatus", "decode", "error_info", "help_url", "quota_subject", "violations")

_T = TypeVar("_T")

_STATUS_PROTO = "util.StatusProto"


@dataclass(frozen=True, slots=True)
class BackendStatus:
    """The recognition backend's own form of a status.

    Attributes:
        code: The number of its code, in its ``space``.
        space: What the code is counted in, such as ``"generic"``, whose codes are gRPC's.
        message: Its text.
    """

    code: int
    space: str
    message: str


def decode(details: Sequence[object]) -> tuple[object, ...]:
    """Details with every one decoded that is known.

    Args:
        details: As ``google.api_core`` has them: messages of ``google.rpc``, and whatever else there was
            as an ``Any``.
    """
    return tuple(_decode(detail) for detail in details)


def error_info(details: Sequence[object]) -> ErrorInfo:
    """The detail that says why, for programs; an empty one if there is none."""
    return next(_of_type(details, ErrorInfo), ErrorInfo())


def help_url(details: Sequence[object]) -> str:
    """The first link that is given for help, or nothing."""
    return next((link.url for found in _of_type(details, Help) for link in found.links), "")


def quota_subject(details: Sequence[object]) -> str:
    """What a quota was counted of (``google.rpc.QuotaFailure``), or nothing."""
    failures = _of_type(details, QuotaFailure)
    return next((violation.subject for failure in failures for violation in failure.violations), "")


def violations(details: Sequence[object]) -> tuple[tuple[str, str], ...]:
    """Fields of the request and what is wrong with them (``google.rpc.BadRequest``)."""
    return tuple(
        (violation.field, violation.description)
        for request in _of_type(details, BadRequest)
        for violation in request.field_violations
    )


def _of_type(details: Sequence[object], kind: type[_T]) -> Iterator[_T]:
    return (detail for detail in details if isinstance(detail, kind))


def _decode(detail: object) -> object:
    if not (isinstance(detail, AnyMessage) and detail.TypeName() == _STATUS_PROTO):
        return detail
    try:
        status = _StatusProto.FromString(detail.value)
    except DecodeError:
        return detail
    return BackendStatus(status.code, status.space, status.message)


def _status_proto() -> Any:
    """A message class for what is known of ``util.StatusProto``; the rest goes to its unknown fields."""
    file = FileDescriptorProto(name="util/status.proto", package="util", syntax="proto2")
    message = file.message_type.add(name="StatusProto")
    for number, name, kind in (
        (1, "code", FieldDescriptorProto.TYPE_INT32),
        (2, "space", FieldDescriptorProto.TYPE_STRING),
        (3, "message", FieldDescriptorProto.TYPE_STRING),
    ):
        message.field.add(number=number, name=name, type=kind, label=FieldDescriptorProto.LABEL_OPTIONAL)
    pool = DescriptorPool()  # not the one that everybody shares: the name is not ours
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName(_STATUS_PROTO))


_StatusProto = _status_proto()
