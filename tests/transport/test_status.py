from __future__ import annotations

import grpc
import pytest
from google.api_core import exceptions
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from grpc.aio import AioRpcError, Metadata

from asyncspeech.errors import (
    AuthenticationError,
    InvalidRequestError,
    PermissionDeniedError,
    QuotaExceededError,
    ServiceError,
    StreamLostError,
)
from asyncspeech.transport.status import RETRYABLE, service_error

KINDS = {
    grpc.StatusCode.UNAUTHENTICATED: AuthenticationError,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDeniedError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: QuotaExceededError,
    **dict.fromkeys(RETRYABLE, StreamLostError),
}


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])
def test_every_status_code_has_its_kind_of_error(code: grpc.StatusCode) -> None:
    raised = exceptions.from_grpc_status(code, "because")  # type: ignore[no-untyped-call]
    error = service_error(raised)
    assert type(error) is KINDS.get(code, InvalidRequestError)
    assert (error.code, str(error)) == (code.name, f"{code.name}: because")
    assert error.__cause__ is raised


def test_a_text_of_several_lines_becomes_one() -> None:
    text = "The RecognitionConfig proto is invalid:\n  * model: no"
    error = service_error(exceptions.InvalidArgument(text))  # type: ignore[no-untyped-call]
    assert str(error) == "INVALID_ARGUMENT: The RecognitionConfig proto is invalid: * model: no"


def test_a_status_without_a_text_says_so() -> None:
    silent = exceptions.from_grpc_status(grpc.StatusCode.ABORTED, "")  # type: ignore[no-untyped-call]
    assert "no reason" in str(service_error(silent))


def test_the_time_that_the_service_asks_for_is_read() -> None:
    wait = RetryInfo(retry_delay=Duration(seconds=3, nanos=250_000_000))
    raised = exceptions.from_grpc_status(  # type: ignore[no-untyped-call]
        grpc.StatusCode.RESOURCE_EXHAUSTED, "enough", details=[ErrorInfo(reason="x"), wait]
    )
    error = service_error(raised)
    assert error.retry_after == 3.25
    assert error.details == (ErrorInfo(reason="x"), wait)


@pytest.mark.parametrize(
    ("details", "seconds"),
    [
        ([], None),
        ([RetryInfo()], None),
        (["retry"], None),
        ([RetryInfo(retry_delay=Duration())], 0.0),
        ([RetryInfo(retry_delay=Duration(seconds=-3))], 0.0),
    ],
)
def test_it_may_ask_for_no_time_at_all(details: list[object], seconds: float | None) -> None:
    raised = exceptions.from_grpc_status(  # type: ignore[no-untyped-call]
        grpc.StatusCode.UNAVAILABLE, "busy", details=details
    )
    assert service_error(raised).retry_after == seconds


def test_a_status_that_the_library_let_through_counts_as_well() -> None:
    raised = AioRpcError(grpc.StatusCode.PERMISSION_DENIED, Metadata(), Metadata(), "not you", "")
    error = service_error(raised)
    assert isinstance(error, PermissionDeniedError)
    assert str(error) == "PERMISSION_DENIED: not you"
    assert error.__cause__ is raised


def test_whatever_else_comes_out_of_the_library_is_a_broken_stream() -> None:
    error = service_error(OSError("no route"))
    assert isinstance(error, StreamLostError)
    assert isinstance(error, ServiceError)
    assert str(error) == "UNKNOWN: OSError: no route"
    assert str(service_error(OSError("no\n  route"))) == str(error)
