"""The Locations API, through the client library."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.cloud.location import locations_pb2
from google.cloud.speech_v2.types import LocationsMetadata

from asyncspeech.emulator import Coded, Emulator
from asyncspeech.emulator.models import MODELS, Feature, Model, ReleaseState, location_ids
from tests.support.bare import bare_client

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from google.cloud.speech_v2 import SpeechAsyncClient

IDS = list(location_ids(MODELS))


@asynccontextmanager
async def client_of(models: tuple[Model, ...] = MODELS) -> AsyncGenerator[SpeechAsyncClient, None]:
    async with Emulator(Coded(), models=models) as emulator, bare_client(emulator.address) as client:
        yield client


async def list_of(client: SpeechAsyncClient, **request: Any) -> Any:
    request.setdefault("name", "projects/p")
    return await client.list_locations(locations_pb2.ListLocationsRequest(**request))


async def get(client: SpeechAsyncClient, name: str) -> Any:
    return await client.get_location(locations_pb2.GetLocationRequest(name=name))


def metadata_of(location: Any) -> Any:
    metadata = LocationsMetadata.pb()()
    assert location.metadata.Unpack(metadata)
    return metadata


def listed(location: Any) -> dict[tuple[str, str], dict[str, str]]:
    """Every feature and its release state, by language and model."""
    return {
        (language, model): {entry.feature: entry.release_state for entry in features.model_feature}
        for language, metadata in metadata_of(location).languages.models.items()
        for model, features in metadata.model_features.items()
    }


class TestList:
    async def test_names_every_location(self) -> None:
        async with client_of() as client:
            answer = await list_of(client)
        assert [location.location_id for location in answer.locations] == IDS
        assert answer.next_page_token == ""

    @pytest.mark.parametrize("size", [1, 4, len(IDS) - 1, len(IDS), len(IDS) + 1])
    async def test_comes_in_pages(self, size: int) -> None:
        found: list[list[str]] = []
        token = ""
        async with client_of() as client:
            while not found or token:
                page = await list_of(client, page_size=size, page_token=token)
                found.append([location.location_id for location in page.locations])
                token = page.next_page_token
        assert [name for page in found for name in page] == IDS
        assert [len(page) for page in found[:-1]] == [size] * (len(found) - 1)
        assert found[-1]

    async def test_says_the_same_as_get(self) -> None:
        async with client_of() as client:
            for location in (await list_of(client, name="projects/123")).locations:
                assert location == await get(client, location.name)

    async def test_fits_a_message_of_the_usual_size(self) -> None:
        async with client_of() as client:
            assert (await list_of(client)).ByteSize() < 4 * 1024 * 1024


class TestGet:
    async def test_says_which_location(self) -> None:
        async with client_of() as client:
            location = await get(client, "projects/p/locations/us")
        assert location.name == "projects/p/locations/us"
        assert location.location_id == location.display_name == "us"
        assert dict(location.labels) == {"cloud.googleapis.com/region": "us"}

    async def test_says_everything_that_is_in_the_table(self) -> None:
        async with client_of() as client:
            found = {name: listed(await get(client, f"projects/p/locations/{name}")) for name in IDS}
        assert {name: set(pairs) for name, pairs in found.items()} == {
            name: {
                (code, model.name)
                for model in MODELS
                if name in model.locations
                for code in model.language_codes - model.withdrawn.get(name, frozenset())
            }
            for name in IDS
        }

    async def test_says_the_features_and_how_far_along_they_are(self) -> None:
        async with client_of() as client:
            pairs = listed(await get(client, "projects/p/locations/us"))
        ga, preview = (dict.fromkeys(["recognizer"], state) for state in ("GA", "PREVIEW"))
        assert pairs["en-US", "chirp_3"] == ga | dict.fromkeys(
            ["automatic_punctuation", "model_adaptation", "speaker_diarization"], "GA"
        )
        assert pairs["cs-CZ", "chirp_3"] == preview | dict.fromkeys(
            ["automatic_punctuation", "model_adaptation"], "PREVIEW"
        )
        assert set(pairs["en-US", "telephony"]) == {
            "recognizer",
            "automatic_punctuation",
            "model_adaptation",
            "profanity_filter",
            "spoken_emojis",
            "spoken_punctuation",
            "word_level_confidence",
        }

    async def test_says_it_of_a_table_of_ones_own(self) -> None:
        mine = Model(
            name="mine",
            locations={"here": ReleaseState.PREVIEW},
            language_codes=frozenset({"en-US", "de-DE"}),
            withdrawn={"here": frozenset({"de-DE"})},
            features=frozenset({Feature.SPOKEN_EMOJIS, Feature.TRANSLATION}),
        )
        async with client_of((mine,)) as client:
            (location,) = (await list_of(client)).locations
        assert listed(location) == {
            ("en-US", "mine"): {"recognizer": "PREVIEW", "spoken_emojis": "PREVIEW"}
        }


class TestRefusals:
    @pytest.mark.parametrize(
        "name", ["", "projects", "projects/", "p", "projects/p/locations", "projects/p/locations/us"]
    )
    async def test_a_list_of_what_is_no_project(self, name: str) -> None:
        async with client_of() as client:
            with pytest.raises(exceptions.InvalidArgument) as raised:
                await list_of(client, name=name)
        assert raised.value.message == "Invalid resource field value in the request."

    @pytest.mark.parametrize(
        "name", ["", "projects/p", "projects/p/locations/", "projects/p/locations/us/recognizers/_"]
    )
    async def test_what_is_no_location(self, name: str) -> None:
        async with client_of() as client:
            with pytest.raises(exceptions.InvalidArgument) as raised:
                await get(client, name)
        assert raised.value.message == "Invalid resource field value in the request."

    async def test_a_location_that_is_not_there(self) -> None:
        async with client_of() as client:
            with pytest.raises(exceptions.NotFound) as raised:
                await get(client, "projects/p/locations/mars-north1")
        assert raised.value.message == "Unable to find location mars-north1."

    async def test_a_filter(self) -> None:
        async with client_of() as client:
            with pytest.raises(exceptions.MethodNotImplemented) as raised:
                await list_of(client, filter="model = long")
        assert raised.value.message == (
            "The emulator does not serve ListLocations with a filter. List them without one."
        )

    @pytest.mark.parametrize("token", ["x", "-1", "0", str(len(IDS)), "1.5", "\u0663"])
    async def test_a_page_that_is_none(self, token: str) -> None:
        async with client_of() as client:
            with pytest.raises(exceptions.InvalidArgument) as raised:
                await list_of(client, page_token=token)
        assert raised.value.message == f"The page token {token!r} is none of the emulator's."

    async def test_a_page_of_less_than_nothing(self) -> None:
        async with client_of() as client:
            with pytest.raises(exceptions.InvalidArgument) as raised:
                await list_of(client, page_size=-1)
        assert raised.value.message == "The page size is -1, less than 0."
