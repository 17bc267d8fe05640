"""Settings on their way through the service and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.cloud.speech_v2 import types

from asyncspeech import (
    Client,
    ConfigurationError,
    ConfigurationWarning,
    InvalidRequestError,
    PhraseSet,
    SessionConfig,
    SpeechAdaptation,
)
from asyncspeech.emulator import Coded, Emulator, Scripted, Utterance, coded
from tests.session.stereo import SEPARATELY, Stereo
from tests.support.bare import bare_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncspeech import Result

pytestmark = pytest.mark.usefixtures("no_task_is_left")

SECONDS = bytes(32_000) * 6
SCRIPT = (
    Utterance("surely", start=0.5, end=1.0, confidence=0.9),
    Utterance("or perhaps", start=2.5, end=3.5, confidence=0.2),
)


async def heard(client: Client, **changes: Any) -> list[Result]:
    async with client.session(**changes) as session:
        await session.send(SECONDS)
        await session.end()
        return [result async for result in session]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Emulator(Scripted(*SCRIPT)) as emulator, Client(emulator_host=emulator.address) as opened:
        yield opened


async def test_a_final_that_the_service_is_not_sure_of_takes_its_interims_back(client: Client) -> None:
    results = await heard(client, min_confidence=0.5)
    finals = [(result.text, result.segment) for result in results if result.is_final]
    assert finals == [("surely", 0), ("", 1)]
    assert any(result.text == "or perhaps" for result in results if result.segment == 1)


async def test_without_interims_there_is_nothing_to_take_back(client: Client) -> None:
    results = await heard(client, min_confidence=0.5, interim_results=False)
    assert [result.text for result in results] == ["surely"]
    assert [result.text for result in await heard(client, interim_results=False)] == [
        "surely",
        "or perhaps",
    ]


async def test_a_recogniser_resource_brings_its_own_settings_but_for_what_is_masked() -> None:
    async with Emulator(Coded()) as emulator:
        async with bare_client(emulator.address) as bare:
            config = types.RecognitionConfig(
                auto_decoding_config={}, model="telephony", language_codes=["de-DE"]
            )
            await bare.create_recognizer(
                parent="projects/p/locations/global",
                recognizer_id="mine",
                recognizer=types.Recognizer(default_recognition_config=config),
            )
        async with Client("p", emulator_host=emulator.address) as client:

            async def language(**changes: Any) -> str:
                async with client.session(recognizer="mine", **changes) as session:
                    await session.send(coded.encode(3).audio)
                    await session.end()
                    return (await session.next_final()).language_code

            assert await language(model="", language_codes=()) == "de-de"
            assert await language(model="", language_codes=("fr-FR",)) == "fr-fr"
            assert await language(language_codes=("fr-FR",), config_mask=("features",)) == "de-de"
            masked = ("language_codes", "model")
            assert await language(language_codes=("fr-FR",), config_mask=masked) == "fr-fr"


async def test_a_recogniser_resource_does_not_choose_the_channels() -> None:
    """The session counts by them what it is owed, and would lose words of a channel unknown to it."""
    async with Emulator(Coded()) as emulator:
        async with bare_client(emulator.address) as bare:
            config = types.RecognitionConfig(
                auto_decoding_config={},
                model="telephony",
                language_codes=["de-DE"],
                features={"multi_channel_mode": "SEPARATE_RECOGNITION_PER_CHANNEL"},
            )
            await bare.create_recognizer(
                parent="projects/p/locations/global",
                recognizer_id="stereo",
                recognizer=types.Recognizer(default_recognition_config=config),
            )
        stereo = Stereo(coded.encode(3), coded.encode(3, first=1_000))
        async with Client("p", emulator_host=emulator.address) as client:

            async def channels(**changes: Any) -> list[tuple[int, str]]:
                config = SessionConfig(
                    recognizer="stereo", model="", language_codes=(), audio_channel_count=2
                )
                async with client.session(config, **changes) as session:
                    await session.send(stereo.audio)
                    await session.end()
                    finals = [result async for result in session if result.is_final]
                return sorted({(result.channel or 0, result.language_code) for result in finals})

            assert await channels() == [(0, "de-de")]
            assert await channels(config_mask=("features.profanity_filter",)) == [(0, "de-de")]
            assert await channels(multi_channel_mode=SEPARATELY) == [(1, "de-de"), (2, "de-de")]


TOO_LONG = SpeechAdaptation(phrase_sets=(PhraseSet(("x" * 101,)),))


async def test_what_is_waved_through_is_refused_by_the_service_by_the_field(client: Client) -> None:
    with pytest.warns(ConfigurationWarning, match="a phrase has 101 characters"):
        session = client.session(adaptation=TOO_LONG, strict=False)
    with pytest.raises(InvalidRequestError) as refusal:
        async with session:
            await session.send(SECONDS)
    assert refusal.value.violations == (
        ("adaptation.phrase_sets[0].phrases", "at most 100 characters are allowed in a phrase"),
    )


async def test_a_session_is_not_made_for_what_there_is_not(client: Client) -> None:
    with pytest.raises(ConfigurationError, match=r"^model: chirp_3 is not in global\n"):
        client.session(model="chirp_3")
    assert client.sessions == ()


async def test_nor_does_one_go_on_with_it(client: Client) -> None:
    async with client.session() as session:
        with pytest.raises(ConfigurationError, match=r"^model: chirp_3 is not in global"):
            await session.reconfigure(SessionConfig(model="chirp_3"))
        raw = types.StreamingRecognitionConfig(config={"auto_decoding_config": {}})
        with pytest.raises(ConfigurationError, match=r"^raw: sets auto_decoding_config"):
            await session.reconfigure(SessionConfig(raw=raw))
        assert session.config.model == "long"
