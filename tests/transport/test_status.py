from __future__ import annotations

import grpc
import pytest
from google.api_core import exceptions

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


def test_whatever_else_comes_out_of_the_library_is_a_broken_stream() -> None:
    error = service_error(OSError("no route"))
    assert isinstance(error, StreamLostError)
    assert isinstance(error, ServiceError)
    assert str(error) == "UNKNOWN: OSError: no route"
