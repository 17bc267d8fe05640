"""Which error a status is, with which facts and which advice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, Help, QuotaFailure, RetryInfo
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech import (
    AuthenticationError,
    InvalidRequestError,
    ModelNotAvailableError,
    PermissionDeniedError,
    QuotaExceededError,
    RecognizerNotFoundError,
    ServiceDisabledError,
    ServiceError,
    StreamLostError,
    triage,
)
from asyncspeech.config import Remedy
from asyncspeech.transport.refusals import Status, refusal
from tests.support.catalogue import CATALOGUE

if TYPE_CHECKING:
    from tests.support.catalogue import Row


def named(name: str) -> Row:
    (row,) = (row for row in CATALOGUE if row.name == name)
    return row


def info(reason: str, **metadata: str) -> ErrorInfo:
    return ErrorInfo(reason=reason, domain="googleapis.com", metadata=metadata)


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row.name)
def test_every_row_of_the_catalogue_has_its_kind(row: Row) -> None:
    error = refusal(Status(row.code, row.message))
    assert type(error) is row.kind
    assert (error.code, error.status_message) == (row.code, row.message)
    assert str(error) == error.message == f"{row.code}: {row.message}"


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row.name)
def test_what_is_retried_is_a_lost_stream_or_a_quota_and_what_is_not_is_a_refusal(row: Row) -> None:
    kinds = {
        Remedy.RETRY: (StreamLostError, QuotaExceededError),
        Remedy.REAUTHENTICATE: (AuthenticationError,),
        Remedy.FATAL: (AuthenticationError, PermissionDeniedError, InvalidRequestError),
    }
    assert issubclass(row.kind, kinds[triage(row.code, row.message, ()).remedy])


MODEL = "chirp_3"

FACTS: list[tuple[str, dict[str, Any]]] = [
    ("E6 the recogniser", {"recognizer": "x"}),
    ("E7 the model", {"model": MODEL, "location": "us-central1", "language_code": ""}),
    ("E8 the language", {"model": "long", "location": "global", "language_code": "zh"}),
    (
        "E8b the language on streams",
        {"model": "chirp_2", "location": "us-central1", "language_code": "gu-IN"},
    ),
    ("E10 several languages", {"locations": ("eu", "global", "us")}),
    (
        "E13 the configuration",
        {
            "violations": (
                (
                    "decoding_config",
                    "required oneof field 'decoding_config' must have one initialized field",
                ),
            )
        },
    ),
    (
        "E16 a quota",
        {
            "metric": "speech.googleapis.com/default_requests",
            "limit": "DefaultRequestsPerMinutePerProject",
        },
    ),
    ("E16 a quota, bare", {"metric": "", "limit": ""}),
    ("E17 withdrawn", {"model": MODEL, "language_code": "hi-IN", "location": ""}),
    ("E18 a permission", {"permission": "speech.recognizers.recognize", "resource": ""}),
    ("E18 a permission, bare", {"permission": "", "resource": ""}),
]


@pytest.mark.parametrize(("name", "facts"), FACTS, ids=[name for name, _ in FACTS])
def test_the_facts_are_read_from_the_text(name: str, facts: dict[str, Any]) -> None:
    row = named(name)
    error = refusal(Status(row.code, row.message))
    assert {fact: getattr(error, fact) for fact in facts} == facts


HINTS = [
    ("E5 the name", "the id of a project"),
    ("E9 the endpoint", "the endpoint is that of global: give Client(location='asia-southeast1')"),
    ("E10 several languages", "open the client in eu or global or us"),
    ("E11 a feature", "leave out enable_word_confidence"),
    ("E12 speakers", "give each a channel"),
    ("E4 out of order", "change or leave out what it names"),
    ("E13b the channels", "encoding, sample_rate_hertz and audio_channel_count"),
    ("E13c the encoding", "encoding, sample_rate_hertz and audio_channel_count"),
    ("E18 a permission", "roles/speech.client"),
    ("E19 the API", "gcloud services enable speech.googleapis.com"),
    ("E20 the account", "set-quota-project"),
    ("E20 billing", "billing account"),
    ("E21 the token", "gcloud auth application-default login"),
    ("E23 no token ever", "gcloud auth application-default login"),
    ("E23 no token now", "asyncspeech doctor"),
    ("a wrong address", "no such location"),
]


@pytest.mark.parametrize(("name", "hint"), HINTS)
def test_there_is_advice(name: str, hint: str) -> None:
    row = named(name)
    error = refusal(Status(row.code, row.message))
    assert hint in error.hint
    assert "\n" not in error.hint


URL = "https://console.developers.google.com/apis/api/speech.googleapis.com/overview?project=43"
DISABLED = (
    "Cloud Speech-to-Text API has not been used in project 43 before or it is disabled. Enable it by "
    f"visiting {URL} then retry."
)


@pytest.mark.parametrize(
    "status",
    [
        Status("PERMISSION_DENIED", DISABLED),
        Status(
            "PERMISSION_DENIED",
            "Other words.",
            (Help(links=[Help.Link(url=URL)]), info("SERVICE_DISABLED")),
        ),
    ],
    ids=["by the text", "by the details"],
)
def test_an_api_that_is_off_names_the_link_that_enables_it(status: Status) -> None:
    error = refusal(status)
    assert isinstance(error, ServiceDisabledError)
    assert error.url == URL
    assert error.hint == f"open {URL}, enable it, and wait a few minutes"


def test_the_missing_permission_and_the_resource_are_those_of_the_details() -> None:
    details = info("IAM_PERMISSION_DENIED", permission="speech.recognizers.recognize", resource="r")
    error = refusal(Status("PERMISSION_DENIED", "The caller does not have permission", (details,)))
    assert isinstance(error, PermissionDeniedError)
    assert (error.reason, error.permission, error.resource) == (
        "IAM_PERMISSION_DENIED",
        "speech.recognizers.recognize",
        "r",
    )


def test_a_quota_names_its_metric_its_limit_and_the_time_to_wait() -> None:
    wait = RetryInfo()
    wait.retry_delay.FromMilliseconds(2_500)
    details = (info("RATE_LIMIT_EXCEEDED", quota_metric="m", quota_limit="l"), wait)
    error = refusal(Status("RESOURCE_EXHAUSTED", "Quota exceeded.", details))
    assert isinstance(error, QuotaExceededError)
    assert (error.metric, error.limit, error.retry_after) == ("m", "l", 2.5)


def test_a_quota_may_be_named_by_its_failure() -> None:
    failure = QuotaFailure(violations=[QuotaFailure.Violation(subject="project:43")])
    error = refusal(Status("RESOURCE_EXHAUSTED", "Enough.", (failure,)))
    assert isinstance(error, QuotaExceededError)
    assert error.metric == "project:43"


def test_fields_that_the_details_find_fault_with_are_told() -> None:
    request = BadRequest(
        field_violations=[BadRequest.FieldViolation(field="config.model", description="unknown")]
    )
    error = refusal(Status("INVALID_ARGUMENT", "Invalid.", (request,)))
    assert isinstance(error, InvalidRequestError)
    assert error.violations == (("config.model", "unknown"),)
    assert error.hint == "mend config.model: unknown"


def test_several_fields_that_the_text_finds_fault_with_are_told_apart() -> None:
    text = "The RecognitionConfig proto is invalid: * a.b[3].c: no: not so * d: neither"
    error = refusal(Status("INVALID_ARGUMENT", text))
    assert isinstance(error, InvalidRequestError)
    assert error.violations == (("a.b[3].c", "no: not so"), ("d", "neither"))


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row.name)
def test_every_refusal_comes_with_advice(row: Any) -> None:
    error = refusal(Status(row.code, row.message))
    assert error.hint or isinstance(error, StreamLostError)  # what broke is advised on when it is over


LIES = "https://x\ny\x1b[2J" * 1_000


@pytest.mark.parametrize("code", sorted({row.code for row in CATALOGUE}))
def test_details_that_lie_spoil_no_line(code: str) -> None:
    details = (
        info("SERVICE_DISABLED", permission=LIES, quota_metric=LIES),
        Help(links=[Help.Link(url=LIES)]),
        QuotaFailure(violations=[QuotaFailure.Violation(subject=LIES)]),
        BadRequest(field_violations=[BadRequest.FieldViolation(field=LIES, description=LIES)]),
    )
    error = refusal(Status(code, "No.", details))
    for line in (str(error), error.hint, *getattr(error, "__notes__", ())):
        assert line.isprintable()
        assert len(line) <= 1_010


@given(st.sampled_from([row.code for row in CATALOGUE]), st.text())
def test_whatever_the_text_there_is_an_error_for_it(code: str, message: str) -> None:
    error = refusal(Status(code, message))
    assert isinstance(error, ServiceError)
    assert (error.code, error.status_message) == (code, message)


def test_every_kind_of_error_of_the_service_is_in_the_catalogue_but_one() -> None:
    kinds = {row.kind for row in CATALOGUE}
    assert kinds == {
        AuthenticationError,
        InvalidRequestError,
        ModelNotAvailableError,
        PermissionDeniedError,
        QuotaExceededError,
        RecognizerNotFoundError,
        ServiceDisabledError,
        StreamLostError,
    }
