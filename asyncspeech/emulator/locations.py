"""The service's Locations API: where it is, and which model does what in which language there.

Made from `asyncspeech.emulator.models`. Every location carries a ``LocationsMetadata`` as the page
"Regional availability" (cloud.google.com/speech-to-text/v2/docs/locations, a copy of 2025) shows it; the
feature called ``recognizer`` stands for the model itself. That the other features are as far along as
their model, and that a language which was withdrawn is not listed, are assumptions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from google.cloud.location import locations_pb2
from google.cloud.speech_v2.types import LocationsMetadata

from asyncspeech.emulator import errors
from asyncspeech.emulator.models import LISTED_FEATURES, location_ids
from asyncspeech.emulator.unary import UnaryMethod

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asyncspeech.emulator.models import Model
    from asyncspeech.emulator.service import Service

__all__ = ("METHODS", "Locations")

_SERVICE = "google.cloud.location.Locations"
_PROJECT = re.compile(r"projects/[^/]+")
_LOCATION = re.compile(r"(?P<project>projects/[^/]+)/locations/(?P<location>[^/]+)")
_RECOGNIZER = "recognizer"


class Locations:
    """The locations of the emulator, as their API tells of them.

    Args:
        models: What there is.
    """

    def __init__(self, models: Sequence[Model]) -> None:
        self._models = models
        self._ids = location_ids(models)
        self._metadata: dict[str, Any] = {}

    def list(self, request: Any) -> Any:
        """A page of the locations of a project.

        Raises:
            Refusal: The name is no project's, or the page cannot be had.
        """
        if _PROJECT.fullmatch(request.name) is None:
            raise errors.invalid_resource(f"{_SERVICE}.ListLocations")
        if request.filter:
            raise errors.not_emulated("ListLocations with a filter", "List them without one.")
        start = self._start(request.page_token)
        if request.page_size < 0:
            raise errors.invalid_argument(f"The page size is {request.page_size}, less than 0.")
        end = start + (request.page_size or len(self._ids))
        return locations_pb2.ListLocationsResponse(
            locations=[self._location(request.name, name) for name in self._ids[start:end]],
            next_page_token=str(end) if end < len(self._ids) else "",
        )

    def get(self, request: Any) -> Any:
        """One location.

        Raises:
            Refusal: The name is no location's, or of one that is not there.
        """
        name = _LOCATION.fullmatch(request.name)
        if name is None:
            raise errors.invalid_resource(f"{_SERVICE}.GetLocation")
        if name["location"] not in self._ids:
            raise errors.location_not_found(name["location"])
        return self._location(name["project"], name["location"])

    def _start(self, token: str) -> int:
        """The place in the list that a page token stands for; the first page has none."""
        if not token:
            return 0
        if token not in map(str, range(1, len(self._ids))):
            raise errors.invalid_argument(f"The page token {token!r} is none of the emulator's.")
        return int(token)

    def _location(self, project: str, location: str) -> Any:
        answer = locations_pb2.Location(
            name=f"{project}/locations/{location}",
            location_id=location,
            display_name=location,
            labels={"cloud.googleapis.com/region": location},
        )
        if location not in self._metadata:
            self._metadata[location] = _metadata(self._models, location)
        answer.metadata.Pack(self._metadata[location])
        return answer


async def list_locations(request: Any, service: Service) -> Any:
    """Tell of the locations of a project, page by page.

    Raises:
        Refusal: The caller may not, the name is no project's, or the page cannot be had.
    """
    service.project.authorize("speech.locations.list", request.name)
    return service.locations.list(request)


async def get_location(request: Any, service: Service) -> Any:
    """Tell of one location.

    Raises:
        Refusal: The caller may not, or there is no such location.
    """
    service.project.authorize("speech.locations.get", request.name)
    return service.locations.get(request)


METHODS: Mapping[str, UnaryMethod] = {
    "ListLocations": UnaryMethod(list_locations, locations_pb2.ListLocationsRequest),
    "GetLocation": UnaryMethod(get_location, locations_pb2.GetLocationRequest),
}
"""The methods of ``google.cloud.location.Locations``."""


def _metadata(models: Sequence[Model], location: str) -> Any:
    """What there is in a location: a raw ``LocationsMetadata``."""
    metadata = LocationsMetadata.pb()()
    for model in models:
        if location not in model.locations:
            continue
        for language in sorted(model.language_codes):
            if not model.has_withdrawn(location, language):
                features = metadata.languages.models[language].model_features[model.name].model_feature
                state = model.release_state(location, language)
                for feature in (_RECOGNIZER, *_listed_features(model, language)):
                    features.add(feature=feature, release_state=state)
    return metadata


def _listed_features(model: Model, language: str) -> list[str]:
    return sorted(feature for feature in LISTED_FEATURES if model.has(feature, language))
