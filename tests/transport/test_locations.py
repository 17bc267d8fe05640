"""The Locations API, read off real gRPC."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.cloud.location import locations_pb2
from google.cloud.speech_v2.types import LocationsMetadata

from asyncspeech import (
    AuthenticationError,
    InvalidRequestError,
    PermissionDeniedError,
    ServiceDisabledError,
    StreamLostError,
)
from asyncspeech.capabilities import MODELS, differences, listed, location_ids
from asyncspeech.emulator import Coded, Emulator, Project
from asyncspeech.emulator import locations as emulated
from asyncspeech.transport.channels import Channels
from asyncspeech.transport.credentials import Authorization
from asyncspeech.transport.endpoint import Endpoint
from asyncspeech.transport.locations import ListedLocation, get_location, list_locations

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

NAMES = {model.name for model in MODELS}


@asynccontextmanager
async def channels_to(address: str) -> AsyncGenerator[Channels]:
    channels = Channels(Endpoint("p", "global", address))
    try:
        yield channels
    finally:
        await channels.close()


@asynccontextmanager
async def channels_of(**settings: Any) -> AsyncGenerator[Channels]:
    async with Emulator(Coded(), **settings) as emulator, channels_to(emulator.address) as channels:
        yield channels


class TestListing:
    async def test_says_what_the_table_says(self) -> None:
        async with channels_of() as channels:
            locations = await list_locations(channels, "p")
        assert [location.location_id for location in locations] == list(location_ids(MODELS))
        service = [model for location in locations for model in location.models]
        assert differences(listed(MODELS), service, NAMES) == ()
        assert {(model.name, model.location_id) for model in service} == {
            (model.name, location) for model in MODELS for location in model.locations
        }
        assert not any(location.is_forbidden for location in locations)

    @pytest.mark.parametrize("size", [1, 4, 100])
    async def test_is_the_same_in_pages(self, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
        pages: list[tuple[int, str]] = []
        serve = emulated.Locations.list

        def count(self: emulated.Locations, request: Any) -> Any:
            pages.append((request.page_size, request.page_token))
            return serve(self, request)

        monkeypatch.setattr(emulated.Locations, "list", count)
        async with channels_of() as channels:
            whole = await list_locations(channels, "p")
            assert pages == [(0, "")]
            pages.clear()
            assert await list_locations(channels, "p", page_size=size) == whole
        assert [asked for asked, _ in pages] == [size] * -(-len(whole) // size)
        assert len({token for _, token in pages}) == len(pages)

    async def test_of_one_location_is_that_of_the_list(self) -> None:
        async with channels_of() as channels:
            for location in await list_locations(channels, "p"):
                assert await get_location(channels, "p", location.location_id) == location

    async def test_has_features_and_release_states_by_language(self) -> None:
        (chirp,) = (model for model in MODELS if model.name == "chirp_3")
        mine = replace(chirp, language_codes=frozenset({"cs-CZ", "en-US"}))
        async with channels_of(models=[mine]) as channels:
            location = await get_location(channels, "p", "us")
        (model,) = location.models
        assert (model.name, model.location_id, model.release_state) == ("chirp_3", "us", "GA")
        assert model.languages == {
            "cs-CZ": {
                "recognizer": "PREVIEW",
                "automatic_punctuation": "PREVIEW",
                "model_adaptation": "PREVIEW",
            },
            "en-US": {
                "recognizer": "GA",
                "automatic_punctuation": "GA",
                "model_adaptation": "GA",
                "speaker_diarization": "GA",
            },
        }

    async def test_sends_the_headers_of_the_credentials(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def headers(self: Authorization, *, fresh: bool = False) -> tuple[tuple[str, str], ...]:
            del self, fresh
            return (("authorization", "Bearer t"),)

        async with channels_of(project=Project(access_token="t")) as channels:
            with pytest.raises(AuthenticationError):
                await get_location(channels, "p", "us")
            monkeypatch.setattr(Authorization, "headers", headers)
            assert (await get_location(channels, "p", "us")).models
            assert await list_locations(channels, "p", page_size=5)


class TestOddities:
    """What the emulator does not do, from a server that does."""

    async def test_a_location_that_the_policy_forbids(self) -> None:
        metadata = LocationsMetadata(access_metadata={"constraint_type": 1})
        location = locations_pb2.Location(location_id="eu")
        location.metadata.Pack(LocationsMetadata.pb(metadata))
        assert await read(location) == ListedLocation("eu", (), is_forbidden=True)

    async def test_a_location_without_metadata_has_no_models(self) -> None:
        assert await read(locations_pb2.Location(location_id="eu")) == ListedLocation("eu", ())

    async def test_a_model_whose_own_release_state_is_not_told(self) -> None:
        # As in the sample of the page "Regional availability".
        metadata = LocationsMetadata.pb()()
        features = metadata.languages.models["es-ES"].model_features["latest_long"].model_feature
        features.add(feature="speaker_diarization", release_state="PREVIEW_DIARIZATION")
        location = locations_pb2.Location(location_id="europe-west1")
        location.metadata.Pack(metadata)
        (model,) = (await read(location)).models
        assert model.release_state == ""
        assert model.languages == {"es-ES": {"speaker_diarization": "PREVIEW_DIARIZATION"}}


async def read(location: Any) -> ListedLocation:
    """What is made of a location that a server answers with."""

    async def answer(request: Any, context: Any) -> Any:
        del request, context
        return location

    handler = grpc.unary_unary_rpc_method_handler(
        answer,
        request_deserializer=locations_pb2.GetLocationRequest.FromString,
        response_serializer=locations_pb2.Location.SerializeToString,
    )
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(
                "google.cloud.location.Locations", {"GetLocation": handler}
            ),
        )
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with channels_to(f"127.0.0.1:{port}") as channels:
            return await get_location(channels, "p", "eu")
    finally:
        await server.stop(None)


def listing(channels: Channels) -> Awaitable[object]:
    return list_locations(channels, "p")


def getting(channels: Channels) -> Awaitable[object]:
    return get_location(channels, "p", "eu")


@pytest.mark.parametrize("ask", [listing, getting])
class TestRefusals:
    async def test_a_permission_that_is_missing(self, ask: Callable[..., Awaitable[object]]) -> None:
        async with channels_of(project=Project(permissions=frozenset())) as channels:
            with pytest.raises(PermissionDeniedError, match=r"speech\.locations") as refused:
                await ask(channels)
        assert refused.value.__cause__ is not None

    async def test_a_service_that_is_off(self, ask: Callable[..., Awaitable[object]]) -> None:
        async with channels_of(project=Project(enabled=False)) as channels:
            with pytest.raises(ServiceDisabledError):
                await ask(channels)

    async def test_a_service_that_is_not_there(self, ask: Callable[..., Awaitable[object]]) -> None:
        async with Emulator(Coded()) as emulator:
            address = emulator.address
        async with channels_to(address) as channels:
            with pytest.raises(StreamLostError) as lost:
                await ask(channels)
        assert lost.value.code == "UNAVAILABLE"

    async def test_a_mistake_of_somebodys_is_no_refusal(
        self, ask: Callable[..., Awaitable[object]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def headers(self: Authorization) -> Any:
            del self
            return (("a", 1),)

        monkeypatch.setattr(Authorization, "headers", headers)
        async with channels_of() as channels:
            with pytest.raises(TypeError):
                await ask(channels)


async def test_a_location_that_does_not_exist() -> None:
    async with channels_of() as channels:
        with pytest.raises(InvalidRequestError, match=r"Unable to find location mars\."):
            await get_location(channels, "p", "mars")
