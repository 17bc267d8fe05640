"""Somebody's voice bot and its tests, with nothing but what `asyncspeech[pytest]` installs.

The session ``plugin`` of nox runs it in a folder of its own, against the built wheel.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import asyncspeech
from asyncspeech import RetryPolicy, StreamLostError
from asyncspeech.emulator import Abort, Faults, Scripted, Utterance

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

    from asyncspeech import Client
    from asyncspeech.emulator import Emulator

SILENCE = bytes(3_200)  # a tenth of a second: what is said is in the script
PATIENCE = RetryPolicy(max_outage=0.5)  # then nobody waits for an answer any more
SEATS = {"one": 1, "two": 2, "three": 3, "four": 4}


async def table_bot(client: Client, microphone: AsyncIterable[bytes]) -> AsyncIterator[str]:
    """Listen as long as the microphone lasts, and answer."""
    try:
        async with client.session(source=microphone, retry=PATIENCE) as session:
            async for result in session:
                if result.is_final:
                    yield _answer(result.text)
    except StreamLostError:
        yield "Sorry, I did not hear that. Please call again."


def _answer(text: str) -> str:
    if seats := re.search("|".join(SEATS), text):
        return f"A table for {SEATS[seats[0]]}: it is booked."
    return "For how many?" if "table" in text else "Would you like to book a table?"


async def microphone(seconds: float = 6) -> AsyncIterable[bytes]:
    for _ in range(round(seconds * 10)):
        yield SILENCE


def test_nothing_of_the_repository_is_in_reach() -> None:
    assert "site-packages" in asyncspeech.__file__


@pytest.mark.speech_emulator(recognizer=Scripted("I would like a table", Utterance("for two", start=4)))
async def test_the_bot_asks_for_how_many_and_books(speech_client: Client) -> None:
    answers = [answer async for answer in table_bot(speech_client, microphone())]
    assert answers == ["For how many?", "A table for 2: it is booked."]


@pytest.mark.speech_emulator(recognizer=Scripted("good evening"))
async def test_the_bot_says_what_it_is_for(speech_client: Client) -> None:
    answers = [answer async for answer in table_bot(speech_client, microphone())]
    assert answers == ["Would you like to book a table?"]


@pytest.mark.speech_emulator(
    recognizer=Scripted("I would like a table", Utterance("for two", start=4)),
    faults=Faults(
        Abort("UNAVAILABLE", stream=1, at=3.5),
        *(Abort("UNAVAILABLE", stream=stream) for stream in range(2, 100)),
    ),
)
async def test_the_bot_apologises_when_the_service_goes_away(
    speech_client: Client, speech_emulator: Emulator
) -> None:
    answers = [answer async for answer in table_bot(speech_client, microphone())]
    assert answers[-1] == "Sorry, I did not hear that. Please call again."
    assert len(speech_emulator.streams) > 1, "the session tries again before it gives up"
    assert {stream.status for stream in speech_emulator.streams} == {"UNAVAILABLE"}
