from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.api_core import exceptions
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc.aio import AioRpcError, Metadata

from asyncspeech.errors import (
    AuthenticationError,
    InvalidRequestError,
    PermissionDeniedError,
    QuotaExceededError,
    ServiceError,
    StreamLostError,
)
from asyncspeech.transport.status import call_error, service_error

PASSING = ("ABORTED", "CANCELLED", "DEADLINE_EXCEEDED", "INTERNAL", "UNAVAILABLE", "UNKNOWN")
KINDS = {
    "UNAUTHENTICATED": AuthenticationError,
    "PERMISSION_DENIED": PermissionDeniedError,
    "RESOURCE_EXHAUSTED": QuotaExceededError,
    **dict.fromkeys(PASSING, StreamLostError),
}


def api_error(*args: Any, **kwargs: Any) -> Exception:
    error: Exception = exceptions.from_grpc_status(*args, **kwargs)  # type: ignore[no-untyped-call]
    return error


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])
def test_every_status_code_has_its_kind_of_error(code: grpc.StatusCode) -> None:
    raised = api_error(code, "because")
    error = service_error(raised)
    assert type(error) is KINDS.get(code.name, InvalidRequestError)
    assert (error.code, str(error)) == (code.name, f"{code.name}: because")
    assert error.__cause__ is raised


def test_a_text_of_several_lines_becomes_one() -> None:
    text = "The RecognitionConfig proto is invalid:\n  * model: no"
    error = service_error(exceptions.InvalidArgument(text))  # type: ignore[no-untyped-call]
    assert str(error) == "INVALID_ARGUMENT: The RecognitionConfig proto is invalid: * model: no"


def test_a_status_without_a_text_says_so() -> None:
    silent = api_error(grpc.StatusCode.ABORTED, "")
    assert "no reason" in str(service_error(silent))


def test_the_time_that_the_service_asks_for_is_read() -> None:
    wait = RetryInfo(retry_delay=Duration(seconds=3, nanos=250_000_000))
    raised = api_error(
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
    raised = api_error(grpc.StatusCode.UNAVAILABLE, "busy", details=details)
    assert service_error(raised).retry_after == seconds


def rpc_error(text: str, details: bytes | None = None) -> AioRpcError:
    trailer = Metadata() if details is None else Metadata(("grpc-status-details-bin", details))
    return AioRpcError(grpc.StatusCode.PERMISSION_DENIED, Metadata(), trailer, text, "")


def test_a_status_that_the_library_let_through_counts_as_well() -> None:
    raised = rpc_error("not you")
    assert call_error(raised) is raised
    error = service_error(raised)
    assert isinstance(error, PermissionDeniedError)
    assert str(error) == "PERMISSION_DENIED: not you"
    assert isinstance(error.__cause__, exceptions.PermissionDenied)
    assert error.__cause__.errors == [raised]


@pytest.mark.parametrize(
    "details",
    [
        Status(code=7, message="other words").SerializeToString(),
        Status(code=3, message="not you").SerializeToString(),
        b"\xff\xff",
    ],
    ids=["another text", "another code", "no message at all"],
)
def test_a_status_whose_details_contradict_it_is_told_without_them(details: bytes) -> None:
    rpc = rpc_error("not you", details)
    try:
        raise rpc
    except grpc.RpcError:
        with pytest.raises((ValueError, DecodeError)) as library:
            exceptions.from_grpc_error(rpc)  # type: ignore[no-untyped-call]
    ended = call_error(library.value)
    assert ended is rpc
    error = service_error(ended)
    assert isinstance(error, PermissionDeniedError)
    assert (str(error), error.details) == ("PERMISSION_DENIED: not you", ())


@pytest.mark.parametrize("mistake", [ValueError("ours"), KeyError("ours"), DecodeError("ours")])
def test_a_mistake_is_not_taken_for_the_end_of_a_call(mistake: Exception) -> None:
    assert call_error(mistake) is None


def test_whatever_else_comes_out_of_the_library_is_a_broken_stream() -> None:
    error = service_error(OSError("no route"))
    assert isinstance(error, StreamLostError)
    assert isinstance(error, ServiceError)
    assert str(error) == "UNKNOWN: OSError: no route"
    assert str(service_error(OSError("no\n  route"))) == str(error)
