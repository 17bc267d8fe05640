"""From what a call raises to our errors. Pure.

A status says three things: a code, a text, and rich details in the ``grpc-status-details-bin`` trailer.
`asyncspeech.transport.details` decodes them, `asyncspeech.transport.refusals` knows what they mean; here
they are got out of what gRPC and google.api_core raise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from google.api_core import exceptions
from google.protobuf.message import DecodeError

from asyncspeech.errors import StreamLostError
from asyncspeech.transport.details import decode
from asyncspeech.transport.refusals import Status, refusal

if TYPE_CHECKING:
    from asyncspeech.errors import ServiceError

__all__ = ("call_error", "service_error")


def call_error(error: Exception) -> Exception | None:
    """What a call ended with, if that is what ``error`` is about; None for a mistake of somebody's.

    google.api_core raises what it finds wrong with the details of a status in the place of the status
    itself: details whose code or text are not the status's own (ValueError), or no details at all.
    """
    if isinstance(error, exceptions.GoogleAPICallError | grpc.RpcError):
        return error
    if isinstance(error, ValueError | DecodeError) and isinstance(error.__context__, grpc.RpcError):
        return error.__context__
    return None


def service_error(error: Exception) -> ServiceError:
    """The `ServiceError` for how a call ended, with the exception of google.api_core as its cause.

    Args:
        error: What `call_error` gives, or anything else that the client library let through, which is
            taken for a broken stream.
    """
    if isinstance(error, grpc.RpcError):
        error = _api_error(error)
    translated = _translate(error)
    translated.__cause__ = error
    return translated


def _api_error(error: grpc.RpcError) -> Exception:
    """What the client library makes of a status, even if it does not understand its details."""
    try:
        return exceptions.from_grpc_error(error)  # type: ignore[no-untyped-call, no-any-return]
    except (ValueError, DecodeError):
        api_error: Exception = exceptions.from_grpc_status(  # type: ignore[no-untyped-call]
            error.code(), error.details(), errors=(error,), response=error
        )
        return api_error


def _translate(error: Exception) -> ServiceError:
    if not isinstance(error, exceptions.GoogleAPICallError):
        return StreamLostError(
            grpc.StatusCode.UNKNOWN.name, _one_line(f"{type(error).__name__}: {error}")
        )
    code = error.grpc_status_code or grpc.StatusCode.UNKNOWN
    message = _one_line(error.message or "the service gave no reason")
    return refusal(Status(code.name, message, decode(error.details)))


def _one_line(text: str) -> str:
    return " ".join(text.split())
