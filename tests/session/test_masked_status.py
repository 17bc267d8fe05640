"""Aborts in the middle of a burst of writes, whose status grpc.aio hides (grpc/grpc#36066)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asyncspeech import AuthenticationError, InvalidRequestError, PermissionDeniedError
from asyncspeech.emulator import Abort, Coded, Faults
from tests.session.scenario import assert_bounds, assert_promise, play, unbroken

if TYPE_CHECKING:
    from asyncspeech import ServiceError

pytestmark = pytest.mark.usefixtures("no_task_is_left")

LONG_WINDED = Coded(max_utterance_seconds=60.0)
# Eight seconds of speech without a final: so much has to be said again, in a burst.
BREAKS = Abort("UNAVAILABLE", stream=1, at=8.0)


@pytest.mark.parametrize("code", ["UNAVAILABLE", "ABORTED", "INTERNAL", "CANCELLED"])
async def test_one_that_passes_is_got_over(code: str) -> None:
    mid_write = [Abort(code, stream=number, at=1.0, mid_write=True) for number in range(2, 5)]
    outcome = await play(unbroken(16), recognizer=LONG_WINDED, faults=Faults(BREAKS, *mid_write))
    assert_promise(outcome)


async def test_the_limit_of_a_stream_is_no_reason_to_give_up() -> None:
    text = "Max duration of 5 minutes reached for stream."
    mid_write = Abort("ABORTED", message=text, stream=2, at=1.0, mid_write=True)
    outcome = await play(unbroken(16), recognizer=LONG_WINDED, faults=Faults(BREAKS, mid_write))
    assert_promise(outcome)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("PERMISSION_DENIED", PermissionDeniedError),
        ("NOT_FOUND", InvalidRequestError),
        ("INVALID_ARGUMENT", InvalidRequestError),
        ("UNAUTHENTICATED", AuthenticationError),
    ],
)
async def test_one_that_stays_is_reported_as_what_it_is(code: str, kind: type[ServiceError]) -> None:
    mid_write = Abort(code, stream=2, at=1.0, mid_write=True)
    ever_after = [Abort(code, stream=number) for number in range(3, 100)]
    faults = Faults(BREAKS, mid_write, *ever_after)
    outcome = await play(unbroken(16), recognizer=LONG_WINDED, faults=faults)
    assert type(outcome.error) is kind, outcome
    assert outcome.error.code == code
    # The one that was aborted, and the one or two that were asked about it.
    assert len(outcome.streams) <= 4, outcome
    assert_bounds(outcome)
