"""What travels beside a status, decoded."""

from __future__ import annotations

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo, Help, QuotaFailure

from asyncspeech.transport.details import (
    BackendStatus,
    decode,
    error_info,
    help_url,
    quota_subject,
    violations,
)

IDLE = "Stream timed out after receiving no more client requests."
# As recorded from the service (pipecat-ai/pipecat#2180).
RECORDED = (
    b"\010\n\022\007generic\0329"
    + IDLE.encode()
    + b"*D\013\020\206\326\215'\032;\0229"
    + IDLE.encode()
    + b"\014"
)


def packed(value: bytes, name: str = "util.StatusProto") -> AnyMessage:
    return AnyMessage(type_url=f"type.googleapis.com/{name}", value=value)


def test_the_backends_own_form_of_a_status_is_read() -> None:
    assert decode([packed(RECORDED)]) == (
        BackendStatus(grpc.StatusCode.ABORTED.value[0], "generic", IDLE),
    )


@pytest.mark.parametrize(
    "detail", [packed(b"\xff"), packed(RECORDED, "else.Where"), ErrorInfo(), "text"]
)
def test_what_is_not_known_is_left_as_it_is(detail: object) -> None:
    assert decode([detail]) == (detail,)


def test_what_is_not_there_is_nothing() -> None:
    assert error_info([Help()]) == ErrorInfo()
    assert help_url([Help(), ErrorInfo()]) == ""
    assert quota_subject([QuotaFailure()]) == ""
    assert violations(["x"]) == ()
