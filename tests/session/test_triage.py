"""A triage of one's own, in the place of the usual one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from asyncspeech import (
    ConfigurationError,
    PermissionDeniedError,
    Remedy,
    RetryPolicy,
    StreamRecovered,
    Verdict,
    triage,
)
from asyncspeech.emulator import Abort, Faults
from tests.session.scenario import assert_promise, play, scaled, stage, utterances

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.usefixtures("no_task_is_left")

REFUSED = Faults(Abort("PERMISSION_DENIED", stream=1), Abort("PERMISSION_DENIED", stream=2, at=3.0))


def after_a_grant(code: str, message: str, details: Sequence[object]) -> Verdict:
    """A role that was granted a moment ago takes a while to be known everywhere."""
    if code == "PERMISSION_DENIED":
        return Verdict(Remedy.RETRY_AFTER, 0.05)
    return triage(code, message, details)


async def test_a_refusal_may_be_waited_out_and_no_word_is_lost() -> None:
    config = scaled(retry=RetryPolicy(triage=after_a_grant, max_outage=5.0))
    outcome = await play(utterances(10), faults=REFUSED, config=config)
    assert_promise(outcome)
    codes = [event.code for event in outcome.those(StreamRecovered)]
    assert codes == ["PERMISSION_DENIED", "PERMISSION_DENIED"]


async def test_an_outage_may_be_given_up_on_at_once() -> None:
    def never(*_: object) -> Verdict:
        return Verdict(Remedy.FATAL)

    config = scaled(retry=RetryPolicy(triage=never))
    outcome = await play(utterances(5), faults=Faults(Abort("UNAVAILABLE")), config=config)
    assert outcome.error is not None
    assert outcome.error.code == "UNAVAILABLE"
    assert len(outcome.streams) == 1


async def test_one_that_waits_for_longer_than_there_is_patience_gives_up_with_what_it_was() -> None:
    config = scaled(retry=RetryPolicy(triage=after_a_grant, max_outage=0.02))
    outcome = await play(utterances(5), faults=REFUSED, config=config)
    assert type(outcome.error) is PermissionDeniedError
    assert "asks to be left alone for 0.05 s" in str(outcome.error)


@pytest.mark.parametrize(
    ("give", "text"),
    [
        (Mock(side_effect=LookupError("no row")), "triage: raised LookupError: no row"),
        (Mock(return_value="retry"), "triage: gave 'retry', which is not a Verdict"),
    ],
    ids=["it raises", "it gives something else"],
)
async def test_a_mistake_in_it_ends_the_session_with_that_mistake(give: Mock, text: str) -> None:
    async with stage(faults=Faults(Abort("UNAVAILABLE"))) as (_, client):
        with pytest.raises(ConfigurationError) as raised:
            async with asyncio.timeout(5), client.session(retry=RetryPolicy(triage=give)) as session:
                await session.send(bytes(3_200))
                await session.wait()
    assert str(raised.value) == text
