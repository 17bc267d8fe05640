from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.config import RetryPolicy
from asyncspeech.core.retry import Retry, may_pass
from asyncspeech.errors import (
    AuthenticationError,
    InvalidRequestError,
    PermissionDeniedError,
    QuotaExceededError,
    StreamLostError,
)

if TYPE_CHECKING:
    from asyncspeech.errors import ServiceError

BROKEN = StreamLostError("UNAVAILABLE", "gone")


def retry(*, share: float = 1.0, **policy: float) -> Retry:
    return Retry(RetryPolicy(**policy), lambda: share)


def delays(retry: Retry, count: int, *, now: float = 0.0) -> list[float | None]:
    return [retry.delay(BROKEN, opened=now, now=now) for _ in range(count)]


@pytest.mark.parametrize("kind", [StreamLostError, QuotaExceededError])
def test_a_broken_stream_and_a_used_up_quota_may_pass(kind: type[ServiceError]) -> None:
    assert may_pass(kind("X", "y"))


@pytest.mark.parametrize("kind", [AuthenticationError, InvalidRequestError, PermissionDeniedError])
def test_a_refusal_does_not_pass(kind: type[ServiceError]) -> None:
    assert not may_pass(kind("X", "y"))


def test_the_first_stream_is_replaced_at_once_and_then_after_a_delay_that_doubles() -> None:
    assert delays(retry(initial_delay=0.1, max_delay=1.0), 7) == [0, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]


def test_a_random_share_of_the_delay_is_waited() -> None:
    assert delays(retry(share=0.5, initial_delay=0.1, max_delay=1.0), 4) == [0, 0.05, 0.1, 0.2]


def test_the_delay_stays_finite_however_often_a_stream_breaks() -> None:
    assert delays(retry(max_delay=5.0), 5_000)[-1] == 5.0


def test_after_progress_all_is_as_at_first() -> None:
    service = retry()
    delays(service, 5)
    service.progress()
    assert (service.failures, service.outage(9.0)) == (0, 0.0)
    assert delays(service, 2, now=100.0) == [0, 0.1]


def test_a_stream_that_lasted_was_a_working_one() -> None:
    service = retry()
    delays(service, 5)
    assert service.delay(BROKEN, opened=50.0, now=60.0) == 0
    assert (service.failures, service.outage(61.0)) == (1, 1.0)
    assert service.delay(BROKEN, opened=60.0, now=69.9) == 0.1


def test_an_outage_begins_with_its_first_failure() -> None:
    service = retry()
    assert service.outage(5.0) == 0.0
    delays(service, 1, now=5.0)
    delays(service, 1, now=8.0)
    assert service.outage(9.0) == 4.0


def test_the_service_is_given_the_time_that_it_asks_for() -> None:
    service = retry(initial_delay=1.0)
    busy = QuotaExceededError("RESOURCE_EXHAUSTED", "enough", retry_after=7.5)
    assert [service.delay(busy, opened=0.0, now=0.0) for _ in range(3)] == [7.5, 8.5, 9.5]


def test_a_service_that_asks_for_more_time_than_there_is_is_given_up_on() -> None:
    busy = QuotaExceededError("RESOURCE_EXHAUSTED", "enough", retry_after=60.5)
    assert retry(max_outage=60.0).delay(busy, opened=0.0, now=0.0) is None
    assert retry(max_outage=61.0).delay(busy, opened=0.0, now=0.0) == 60.5


def test_the_last_attempt_is_made_when_patience_ends() -> None:
    service = retry(initial_delay=5.0, max_delay=5.0, max_outage=8.0)
    assert delays(service, 1, now=0.0) == [0]
    assert delays(service, 1, now=6.0) == [2.0]
    assert delays(service, 1, now=8.0) == [None]


@given(
    st.floats(0, 0.999),
    st.builds(
        RetryPolicy,
        initial_delay=st.floats(0.01, 2),
        max_delay=st.floats(0.01, 10),
        max_outage=st.floats(0.01, 60),
    ),
    st.floats(0, 1e6),
    st.lists(st.one_of(st.none(), st.floats(0, 5)), min_size=1),
)
def test_a_service_that_never_comes_back_is_asked_for_as_long_as_there_is_patience(
    share: float, policy: RetryPolicy, now: float, asked: list[float | None]
) -> None:
    service = Retry(policy, lambda: share)
    began, patience = now, policy.max_outage
    for attempt in range(100_000):
        after = asked[attempt % len(asked)]
        error = StreamLostError("UNAVAILABLE", "gone", retry_after=after)
        wait = service.delay(error, opened=now, now=now)
        if wait is None:
            break
        assert wait >= min(after or 0.0, patience)
        assert wait <= policy.max_delay + (after or 0.0)
        now += wait + 0.01  # a stream that is refused takes a moment
    assert wait is None
    assert now - began >= patience - 5 - 0.001
    if not any(asked):
        assert patience - 0.001 <= now - began <= patience + 0.02
