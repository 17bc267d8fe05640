"""From what gRPC and google.api_core raise to our errors. Pure.

A status says three things: a code, a text, and rich details in the ``grpc-status-details-bin`` trailer,
which google.api_core decodes. The code decides what kind of error it is; whether a stream that broke
could be replaced is in `RETRYABLE`. How long the service asks to wait is in its ``RetryInfo``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from google.api_core import exceptions
from google.rpc.error_details_pb2 import RetryInfo

from asyncspeech.errors import (
    AuthenticationError,
    InvalidRequestError,
    PermissionDeniedError,
    QuotaExceededError,
    StreamLostError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asyncspeech.errors import ServiceError

__all__ = ("RETRYABLE", "service_error")

RETRYABLE = frozenset(
    {
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.UNKNOWN,
    }
)
"""Codes that say nothing against the request: a new stream may well succeed."""

_REFUSALS: Mapping[grpc.StatusCode, tuple[type[ServiceError], str]] = {
    grpc.StatusCode.UNAUTHENTICATED: (
        AuthenticationError,
        "renew them with 'gcloud auth application-default login', or check the key that is used",
    ),
    grpc.StatusCode.PERMISSION_DENIED: (
        PermissionDeniedError,
        "the caller needs 'speech.recognizers.recognize', for instance by roles/speech.client",
    ),
    grpc.StatusCode.RESOURCE_EXHAUSTED: (
        QuotaExceededError,
        "wait, open fewer sessions at once, or ask for more quota in the Cloud console",
    ),
}
_ANYTHING_ELSE: tuple[type[ServiceError], str] = (InvalidRequestError, "")


def service_error(error: Exception) -> ServiceError:
    """The `ServiceError` for what a call raised, with ``error`` as its cause.

    Args:
        error: A ``GoogleAPICallError``, or anything else that the client library let through, which is
            taken for a broken stream.
    """
    translated = _translate(error)
    translated.__cause__ = error
    return translated


def _translate(error: Exception) -> ServiceError:
    if isinstance(error, grpc.RpcError):
        # One that the client library let through.
        error = exceptions.from_grpc_error(error)  # type: ignore[no-untyped-call]
    if not isinstance(error, exceptions.GoogleAPICallError):
        text = " ".join(f"{type(error).__name__}: {error}".split())
        return StreamLostError(grpc.StatusCode.UNKNOWN.name, text)
    code = error.grpc_status_code or grpc.StatusCode.UNKNOWN
    # The message may hold the reason on several lines; an error's text is one.
    message = " ".join((error.message or "the service gave no reason").split())
    kind, hint = (StreamLostError, "") if code in RETRYABLE else _REFUSALS.get(code, _ANYTHING_ELSE)
    return kind(
        code.name, message, hint=hint, details=error.details, retry_after=_retry_after(error.details)
    )


def _retry_after(details: Sequence[object]) -> float | None:
    for detail in details:
        if isinstance(detail, RetryInfo) and detail.HasField("retry_delay"):
            delay: float = detail.retry_delay.seconds + detail.retry_delay.nanos / 1e9
            return max(0.0, delay)
    return None
