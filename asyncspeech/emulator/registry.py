"""The recognisers that clients have created: resources with a default configuration each.

The service writes a project's number into the names that it gives back, and finds a resource by the
project's id as well as by its number; the emulator takes every project for the same one. A deleted
recogniser is kept for thirty days and told of on request, but recognises nothing.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.cloud.speech_v2.types import Recognizer

from asyncspeech.emulator import errors

if TYPE_CHECKING:
    from typing import Self

    from asyncspeech.emulator.limits import Limits

__all__ = ("IMPLICIT", "LocationName", "RecognizerName", "Registry")

IMPLICIT = "_"
"""The id of the recogniser that everybody has, and that has no configuration."""

_LOCATION = re.compile(r"projects/(?P<project>[^/]+)/locations/(?P<location>[^/]+)")
_RECOGNIZER = re.compile(rf"{_LOCATION.pattern}/recognizers/(?P<recognizer_id>[^/]+)")
# "4-63 characters, and valid characters are /[a-z][0-9]-/", CreateRecognizerRequest says.
_RECOGNIZER_ID = re.compile(r"[a-z0-9-]{4,63}")
_PAGE_TOKEN = re.compile(r"[0-9]{1,9}")
_EXPIRE_SECONDS = 30 * 24 * 60 * 60
_MOST_LISTED = 100
_LISTED = 5

_Recognizer = Recognizer.pb()


@dataclass(frozen=True, slots=True)
class LocationName:
    """``projects/{project}/locations/{location}``.

    Attributes:
        project: The project's id or number.
        location: The location's id, such as "global".
    """

    project: str
    location: str

    @classmethod
    def parse(cls, text: str, method: str) -> Self:
        """Read a name.

        Raises:
            Refusal: It is none.
        """
        match = _LOCATION.fullmatch(text)
        if match is None:
            raise errors.invalid_resource(method)
        return cls(**match.groupdict())

    def __str__(self) -> str:
        return f"projects/{self.project}/locations/{self.location}"


@dataclass(frozen=True, slots=True)
class RecognizerName:
    """``projects/{project}/locations/{location}/recognizers/{recognizer}``.

    Attributes:
        project: The project's id or number.
        location: The location's id, such as "global".
        recognizer_id: The recogniser's own id; ``_`` for the one that everybody has.
    """

    project: str
    location: str
    recognizer_id: str

    @classmethod
    def parse(cls, text: str, method: str) -> Self:
        """Read a name.

        Raises:
            Refusal: It is none.
        """
        match = _RECOGNIZER.fullmatch(text)
        if match is None:
            raise errors.invalid_resource(method)
        return cls(**match.groupdict())

    def __str__(self) -> str:
        return f"projects/{self.project}/locations/{self.location}/recognizers/{self.recognizer_id}"


class Registry:
    """The recognisers of the emulator's project, as raw ``Recognizer`` messages.

    Args:
        limits: How many there may be.
        project_number: What the names that it gives have for the project.
    """

    def __init__(self, limits: Limits, project_number: str) -> None:
        self._limits = limits
        self._project_number = project_number
        self._recognizers: dict[tuple[str, str], Any] = {}

    def create(self, parent: LocationName, recognizer_id: str, template: Any, *, dry: bool) -> Any:
        """Create a recogniser.

        Args:
            parent: Where.
            recognizer_id: Its id; one is made up if this is empty.
            template: What it is to be: a raw ``Recognizer``.
            dry: Whether only to check that it could be.

        Raises:
            Refusal: It cannot be.
        """
        recognizer_id = recognizer_id or f"r{uuid.uuid4().hex[:12]}"
        key = (parent.location, recognizer_id)
        if not _RECOGNIZER_ID.fullmatch(recognizer_id):
            raise errors.invalid_argument(
                f"Invalid recognizer_id {recognizer_id!r}: 4-63 characters of a-z, 0-9 and - are needed."
            )
        if key in self._recognizers:
            raise errors.recognizer_exists(recognizer_id, self._project_number)
        most = self._limits.recognizers
        if sum(location == parent.location for location, _ in self._recognizers) >= most:
            metric = ("recognizers", "RecognizersPerProjectPerRegion")
            raise errors.quota_exceeded(*metric, most, self._project_number, parent.location)
        recognizer = _Recognizer()
        recognizer.CopyFrom(template)
        recognizer.name = str(RecognizerName(self._project_number, parent.location, recognizer_id))
        recognizer.uid = str(uuid.uuid4())
        recognizer.state = Recognizer.State.ACTIVE
        recognizer.create_time.GetCurrentTime()
        _touch(recognizer)
        if not dry:
            self._recognizers[key] = recognizer
        return recognizer

    def get(self, name: RecognizerName) -> Any:
        """A recogniser, also if it is deleted.

        Raises:
            Refusal: There is none.
        """
        recognizer = self._recognizers.get((name.location, name.recognizer_id))
        if recognizer is None:
            raise errors.recognizer_not_found(name.recognizer_id, self._project_number)
        return recognizer

    def default_config(self, name: RecognizerName) -> Any:
        """What a recogniser recognises with, as a raw ``RecognitionConfig``.

        Raises:
            Refusal: There is no such recogniser, or no longer.
        """
        if name.recognizer_id == IMPLICIT:
            return _Recognizer().default_recognition_config
        recognizer = self.get(name)
        if recognizer.state != Recognizer.State.ACTIVE:
            raise errors.recognizer_not_found(name.recognizer_id, self._project_number)
        return recognizer.default_recognition_config

    def list(
        self, parent: LocationName, *, page_size: int, page_token: str, deleted: bool
    ) -> tuple[list[Any], str]:
        """A page of a location's recognisers, and the token of the next one ("" if it is the last).

        Args:
            parent: Where.
            page_size: The most to list: 5 if it is 0, and never over 100, as the service's own.
            page_token: Which page; "" for the first.
            deleted: Whether deleted ones are listed too.

        Raises:
            Refusal: There is no such page.
        """
        if page_size < 0:
            raise errors.invalid_argument("Invalid page_size: it must not be negative.")
        if page_token and not _PAGE_TOKEN.fullmatch(page_token):
            raise errors.invalid_argument("Invalid page_token.")
        listed = [
            recognizer
            for (location, _), recognizer in sorted(self._recognizers.items(), key=lambda item: item[0])
            if location == parent.location and (deleted or recognizer.state == Recognizer.State.ACTIVE)
        ]
        start = int(page_token or 0)
        end = start + min(page_size or _LISTED, _MOST_LISTED)
        return listed[start:end], str(end) if end < len(listed) else ""

    def delete(self, name: RecognizerName, *, etag: str, dry: bool) -> Any:
        """Delete a recogniser.

        Args:
            name: Which.
            etag: Its etag, if it is to be deleted only as it was read; "" in any case.
            dry: Whether only to check that it could be.

        Raises:
            Refusal: There is none, or it has changed.
        """
        stored = self.get(name)
        if stored.state != Recognizer.State.ACTIVE:
            raise errors.recognizer_not_found(name.recognizer_id, self._project_number)
        if etag and etag != stored.etag:
            raise errors.etag_mismatch()
        recognizer = _Recognizer()
        recognizer.CopyFrom(stored)
        recognizer.state = Recognizer.State.DELETED
        recognizer.delete_time.GetCurrentTime()
        recognizer.expire_time.CopyFrom(recognizer.delete_time)
        recognizer.expire_time.seconds += _EXPIRE_SECONDS
        _touch(recognizer)
        if not dry:
            self._recognizers[name.location, name.recognizer_id] = recognizer
        return recognizer


def _touch(recognizer: Any) -> None:
    recognizer.update_time.GetCurrentTime()
    recognizer.etag = uuid.uuid4().hex
