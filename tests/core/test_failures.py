"""What the engine says when it gives up."""

from __future__ import annotations

import pickle

import pytest

from asyncspeech.core.failures import given_up
from asyncspeech.errors import QuotaExceededError, StreamLostError

CAUSE = OSError("the library's own")


def lost() -> StreamLostError:
    error = StreamLostError("UNAVAILABLE", "gone", retry_after=5.0, details=("x",))
    error.__cause__ = CAUSE
    return error


def test_an_outage_says_how_long_it_was_and_what_it_came_of() -> None:
    failure = given_up(lost(), 60.0)
    assert str(failure) == failure.message
    assert failure.message == (
        "UNAVAILABLE: no stream has got anywhere for 60 s; the last stream ended with: gone"
    )
    assert (failure.code, failure.status_message, failure.details) == ("UNAVAILABLE", "gone", ("x",))
    assert failure.__cause__ is CAUSE
    assert "max_outage" in failure.hint
    assert failure.__notes__ == [f"Hint: {failure.hint}"]


def test_the_error_of_the_last_stream_is_left_as_it_is() -> None:
    error = lost()
    given_up(error, 60.0)
    assert str(error) == "UNAVAILABLE: gone"
    assert not hasattr(error, "__notes__")


def test_a_service_that_wants_more_time_than_there_is_is_not_called_an_outage() -> None:
    assert "asks to be left alone for 90 s" in str(given_up(lost(), 2.0, asked=90.0))


@pytest.mark.parametrize("outage", [0.5, 60.0])
def test_a_quota_that_stays_used_up_is_still_a_quota(outage: float) -> None:
    error = QuotaExceededError("RESOURCE_EXHAUSTED", "enough", hint="wait")
    error.metric = "requests"
    failure = given_up(error, outage)
    assert isinstance(failure, QuotaExceededError)
    assert (failure.metric, failure.hint, failure.__notes__) == ("requests", "wait", ["Hint: wait"])
    assert str(pickle.loads(pickle.dumps(failure))) == str(failure)  # noqa: S301 - our own


def test_what_is_told_is_one_line_of_bearable_length() -> None:
    failure = given_up(StreamLostError("UNAVAILABLE", "gone " * 1_000), 60.0)
    assert len(str(failure)) <= 1_000
    assert str(failure) == failure.message
