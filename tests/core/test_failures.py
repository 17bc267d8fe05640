"""What the engine says when it gives up."""

from __future__ import annotations

from asyncspeech.core.failures import given_up
from asyncspeech.errors import StreamLostError


def test_an_outage_says_how_long_it_was_and_what_it_came_of() -> None:
    error = StreamLostError("UNAVAILABLE", "gone", retry_after=5.0)
    failure = given_up(error, 60.0)
    assert "no stream has got anywhere for 60 s" in str(failure)
    assert failure.code == "UNAVAILABLE"
    assert failure.__cause__ is error


def test_a_service_that_wants_more_time_than_there_is_is_not_called_an_outage() -> None:
    failure = given_up(StreamLostError("UNAVAILABLE", "gone", retry_after=90.0), 2.0)
    assert "asks to be left alone for 90 s" in str(failure)
