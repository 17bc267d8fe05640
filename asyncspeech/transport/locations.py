"""The service's Locations API: what it says of itself, to those who may ask.

Each location carries a ``LocationsMetadata``: languages, in each the models, of each the features, and
how far along they are. It is read here into frozen values, and nothing is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.cloud.location import locations_pb2
from google.cloud.speech_v2.types import AccessMetadata, LocationsMetadata

from asyncspeech.capabilities import ListedModel
from asyncspeech.transport.status import call_error, service_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from google.cloud.speech_v2 import SpeechAsyncClient

    from asyncspeech.transport.channels import Channels

__all__ = ("ListedLocation", "get_location", "list_locations")

_TIMEOUT_SECONDS = 30.0
_FORBIDDEN = AccessMetadata.ConstraintType.RESOURCE_LOCATIONS_ORG_POLICY_CREATE_CONSTRAINT


@dataclass(frozen=True, slots=True)
class ListedLocation:
    """A location, as the service lists it.

    Attributes:
        location_id: What requests call it.
        models: What there is, in the order of the alphabet.
        is_forbidden: Whether the policy of the project's organisation forbids it.
    """

    location_id: str
    models: tuple[ListedModel, ...]
    is_forbidden: bool = False


async def list_locations(
    channels: Channels, project: str, *, page_size: int = 0
) -> tuple[ListedLocation, ...]:
    """Every location of a project, page by page.

    Args:
        channels: Where to ask.
        project: The project's id.
        page_size: How many locations to ask for at once; 0 leaves it to the service.

    Raises:
        ServiceError: The service does not tell, or cannot be reached.
    """
    found: list[ListedLocation] = []
    request = locations_pb2.ListLocationsRequest(name=f"projects/{project}", page_size=page_size)
    while True:
        page = await _ask(channels, lambda client: client.list_locations, request)
        found += map(_read, page.locations)
        if not page.next_page_token:
            return tuple(found)
        request.page_token = page.next_page_token


async def get_location(channels: Channels, project: str, location: str) -> ListedLocation:
    """One location of a project.

    Raises:
        ServiceError: There is no such location, the service does not tell, or it cannot be reached.
    """
    request = locations_pb2.GetLocationRequest(name=f"projects/{project}/locations/{location}")
    return _read(await _ask(channels, lambda client: client.get_location, request))


async def _ask(
    channels: Channels,
    method: Callable[[SpeechAsyncClient], Callable[..., Awaitable[Any]]],
    request: Any,
) -> Any:
    headers = await channels.authorization.headers()
    async with channels.lease() as lease:
        try:
            return await method(lease.client)(request, metadata=headers, timeout=_TIMEOUT_SECONDS)
        except Exception as error:
            ended = call_error(error)
            if ended is None:
                raise
            failure = service_error(ended)
            raise failure from failure.__cause__


def _read(location: Any) -> ListedLocation:
    metadata = LocationsMetadata.pb()()
    # What is not a LocationsMetadata is left alone: then the location says nothing of its models.
    location.metadata.Unpack(metadata)
    by_model: dict[str, dict[str, dict[str, str]]] = {}
    for code, language in sorted(metadata.languages.models.items()):
        for name, features in language.model_features.items():
            states = {entry.feature: entry.release_state for entry in features.model_feature}
            by_model.setdefault(name, {})[code] = states
    return ListedLocation(
        location.location_id,
        tuple(
            ListedModel(name=name, location_id=location.location_id, languages=languages)
            for name, languages in sorted(by_model.items())
        ),
        metadata.access_metadata.constraint_type == _FORBIDDEN,
    )
