from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.config import Remedy, RetryPolicy, Verdict
from asyncspeech.core.retry import Retry
from asyncspeech.errors import (
    AuthenticationError,
    InvalidRequestError,
    QuotaExceededError,
    StreamLostError,
)

BROKEN = Verdict(Remedy.RETRY)
REFUSED = AuthenticationError("UNAUTHENTICATED", "who are you?")
BUSY = QuotaExceededError("RESOURCE_EXHAUSTED", "Quota exceeded")
LOST = StreamLostError("UNAVAILABLE", "The service is currently unavailable.")
MASKED = StreamLostError("INTERNAL", "Internal error from Core")


def retry(*, share: float = 1.0, **policy: float) -> Retry:
    return Retry(RetryPolicy(**policy), lambda: share)  # type: ignore[arg-type]


def delays(retry: Retry, count: int, *, now: float = 0.0) -> list[float | None]:
    return [retry.delay(BROKEN, opened=now, now=now) for _ in range(count)]


def wait(seconds: float) -> Verdict:
    return Verdict(Remedy.RETRY_AFTER, seconds)


def test_the_triage_of_the_policy_decides_by_the_status() -> None:
    seen: list[object] = []

    def triage(*status: object) -> Verdict:
        seen.append(status)
        return wait(3.0)

    service = Retry(RetryPolicy(triage=triage), lambda: 1.0)
    error = InvalidRequestError("INVALID_ARGUMENT", "no such thing", details=("x",))
    assert service.verdict(error) == wait(3.0)
    assert seen == [("INVALID_ARGUMENT", "no such thing", ("x",))]


def test_a_refused_token_is_answered_once_and_at_once_by_a_fresh_one() -> None:
    service = retry()
    delays(service, 3)
    verdict, before = service.verdict(REFUSED), service.needs_fresh_token
    assert verdict.remedy is Remedy.REAUTHENTICATE
    assert service.delay(verdict, opened=0.0, now=0.0) == 0.0
    assert (before, service.needs_fresh_token) == (False, True)
    assert service.verdict(REFUSED) == Verdict(Remedy.FATAL)


def test_a_token_that_worked_for_a_while_may_be_refused_again() -> None:
    service = retry()
    service.delay(service.verdict(REFUSED), opened=0.0, now=0.0)
    service.progress()
    assert not service.needs_fresh_token
    assert service.verdict(REFUSED).remedy is Remedy.REAUTHENTICATE


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


def test_a_status_that_hides_another_tells_nothing_if_an_earlier_one_does() -> None:
    service = retry()
    assert service.telling(MASKED) is MASKED
    assert service.telling(BUSY) is BUSY
    assert service.telling(MASKED) is BUSY
    assert service.telling(LOST) is LOST
    service.progress()
    assert service.telling(MASKED) is MASKED


def test_an_outage_begins_with_its_first_failure() -> None:
    service = retry()
    assert service.outage(5.0) == 0.0
    delays(service, 1, now=5.0)
    delays(service, 1, now=8.0)
    assert service.outage(9.0) == 4.0


def test_the_service_is_given_the_time_that_it_asks_for() -> None:
    service = retry(initial_delay=1.0)
    assert [service.delay(wait(7.5), opened=0.0, now=0.0) for _ in range(3)] == [7.5, 8.5, 9.5]


def test_a_service_that_asks_for_more_time_than_there_is_is_given_up_on() -> None:
    assert retry(max_outage=60.0).delay(wait(60.5), opened=0.0, now=0.0) is None
    assert retry(max_outage=61.0).delay(wait(60.5), opened=0.0, now=0.0) == 60.5


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
        verdict = BROKEN if after is None else wait(after)
        delay = service.delay(verdict, opened=now, now=now)
        if delay is None:
            break
        assert delay >= min(after or 0.0, patience)
        assert delay <= policy.max_delay + (after or 0.0)
        now += delay + 0.01  # a stream that is refused takes a moment
    assert delay is None
    assert now - began >= patience - 5 - 0.001
    if not any(asked):
        assert patience - 0.001 <= now - began <= patience + 0.02
