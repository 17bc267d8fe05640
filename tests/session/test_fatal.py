"""Refusals that another stream would get as well."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from asyncspeech import (
    AsyncSpeechError,
    AuthenticationError,
    InvalidRequestError,
    PermissionDeniedError,
)
from asyncspeech.emulator import Abort, Faults
from tests.session.scenario import assert_bounds, play, scaled, stage, utterances

if TYPE_CHECKING:
    from asyncspeech import (
        ServiceError,
    )

pytestmark = pytest.mark.usefixtures("no_task_is_left")

FATAL = [
    ("PERMISSION_DENIED", PermissionDeniedError),
    ("NOT_FOUND", InvalidRequestError),
    ("INVALID_ARGUMENT", InvalidRequestError),
    ("UNAUTHENTICATED", AuthenticationError),
]


@pytest.mark.parametrize(("code", "kind"), FATAL)
@pytest.mark.parametrize("at", [None, 3.0], ids=["as the stream opens", "in the middle"])
async def test_they_are_reported_at_once_as_what_they_are(
    code: str, kind: type[ServiceError], at: float | None
) -> None:
    faults = Faults(
        Abort(code, stream=1, at=at), *(Abort(code, stream=number) for number in range(2, 50))
    )
    outcome = await play(utterances(30), faults=faults, patience=5.0)
    assert type(outcome.error) is kind, outcome
    assert outcome.error.code == code
    # One stream, one more with a fresh token, and one that asks again if the status was hidden.
    hidden = outcome.stats.recoveries_by_cause.get("INTERNAL", 0)
    assert hidden <= 1
    again = hidden + (code == "UNAUTHENTICATED")
    assert len(outcome.streams) == 1 + again, outcome
    first, last = outcome.streams[0], outcome.streams[-1]
    assert (last.closed or 0.0) - (first.closed or 0.0) < 0.5
    assert_bounds(outcome)
    assert outcome.stats.recoveries == again


@pytest.mark.parametrize(("code", "kind"), FATAL)
async def test_they_are_raised_once_and_no_stream_is_opened_after(
    code: str, kind: type[ServiceError]
) -> None:
    async with stage(faults=Faults(Abort(code))) as (emulator, client):
        raised: list[AsyncSpeechError] = []
        async with asyncio.timeout(5), client.session(scaled()) as session:
            await session.send(bytes(3_200))
            try:
                async for _ in session:
                    pass
            except AsyncSpeechError as error:
                raised.append(error)
            opened = len(emulator.streams)
            with pytest.raises(kind):
                await session.send(bytes(3_200))
        assert [type(error) for error in raised] == [kind]
        assert len(emulator.streams) == opened <= 2


async def test_leaving_the_session_raises_what_nobody_has_seen() -> None:
    async with stage(faults=Faults(Abort("PERMISSION_DENIED"))) as (_, client):
        with pytest.raises(PermissionDeniedError):
            async with asyncio.timeout(5), client.session(scaled()) as session:
                await session.send(bytes(3_200))
