"""The verdict on every status that the service was seen to end a stream with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo, Help, RetryInfo
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech import ConfigurationError, Remedy, RetryPolicy, Verdict, triage
from tests.support.catalogue import CATALOGUE

if TYPE_CHECKING:
    from tests.support.catalogue import Row

RETRY, FATAL = Remedy.RETRY, Remedy.FATAL


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row.name)
def test_every_row_of_the_catalogue_has_its_remedy(row: Row) -> None:
    assert triage(row.code, row.message, ()) == Verdict(row.remedy)


WAIT = RetryInfo(retry_delay=Duration(seconds=3, nanos=250_000_000))


@pytest.mark.parametrize("code", ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "ABORTED"])
def test_the_time_that_the_service_asks_for_is_waited(code: str) -> None:
    details = (ErrorInfo(reason="RATE_LIMIT_EXCEEDED"), Help(), WAIT)
    assert triage(code, "later", details) == Verdict(Remedy.RETRY_AFTER, 3.25)


@pytest.mark.parametrize("code", ["INVALID_ARGUMENT", "PERMISSION_DENIED"])
def test_a_refusal_stays_one_whatever_time_comes_with_it(code: str) -> None:
    assert triage(code, "no", (WAIT,)) == Verdict(Remedy.FATAL)


def test_the_token_endpoints_words_count_where_it_is_the_token_that_could_not_be_had() -> None:
    assert triage("UNAVAILABLE", "a proxy says invalid_grant", ()) == Verdict(RETRY)
    text = "Getting metadata from plugin failed with error: invalid_grant"
    assert triage("UNAVAILABLE", text, ()) == Verdict(FATAL)


@pytest.mark.parametrize(
    ("details", "verdict"),
    [
        ((), Verdict(RETRY)),
        ((RetryInfo(),), Verdict(RETRY)),
        (("retry_delay", None, 3), Verdict(RETRY)),
        ((RetryInfo(retry_delay=Duration()),), Verdict(Remedy.RETRY_AFTER, 0.0)),
        ((RetryInfo(retry_delay=Duration(seconds=-3)),), Verdict(Remedy.RETRY_AFTER, 0.0)),
        (
            (RetryInfo(retry_delay=Duration(seconds=2**62)),),
            Verdict(Remedy.RETRY_AFTER, 3.15576e11),
        ),
    ],
)
def test_it_may_ask_for_no_time_at_all(details: tuple[object, ...], verdict: Verdict) -> None:
    assert triage("UNAVAILABLE", "busy", details) == verdict


@given(st.text(), st.text(), st.lists(st.one_of(st.none(), st.integers(), st.text())))
def test_no_status_is_too_strange_for_a_verdict(code: str, message: str, details: list[object]) -> None:
    assert triage(code, message, details).remedy in Remedy


def test_a_verdict_may_be_given_by_the_value_of_its_remedy() -> None:
    assert Verdict("fatal").remedy is FATAL  # type: ignore[arg-type]


@pytest.mark.parametrize(("remedy", "seconds"), [("perhaps", 0), ("retry-after", -1)])
def test_a_verdict_that_is_none_is_refused(remedy: str, seconds: float) -> None:
    with pytest.raises(ConfigurationError):
        Verdict(remedy, seconds)  # type: ignore[arg-type]


def test_a_policy_takes_a_function_of_ones_own() -> None:
    def never(*_: object) -> Verdict:
        return Verdict(FATAL)

    assert RetryPolicy(triage=never).triage("UNAVAILABLE", "", ()) == Verdict(FATAL)
    assert RetryPolicy().triage is triage


def test_a_triage_that_is_no_function_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"^triage: 'fatal' is no function"):
        RetryPolicy(triage="fatal")  # type: ignore[arg-type]
