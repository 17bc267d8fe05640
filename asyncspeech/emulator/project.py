"""`Project`: whose service the emulator pretends to be, and what the caller may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncspeech.emulator import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("PERMISSIONS", "Project")

PERMISSIONS = frozenset(
    f"speech.{what}"
    for what in (
        "recognizers.create",
        "recognizers.delete",
        "recognizers.get",
        "recognizers.list",
        "recognizers.recognize",
        "locations.get",
        "locations.list",
    )
)
"""The permissions that the methods of the emulator ask for, as in the roles of Cloud Speech-to-Text."""


@dataclass(frozen=True, slots=True)
class Project:
    """The project that the emulator serves. It takes any project's name for its own.

    Attributes:
        number: The project's number, which the service writes into resource names and texts.
        access_token: What callers must send as ``authorization: Bearer <access_token>``; None if they
            need send nothing. A call without it is refused as unauthenticated.
        enabled: Whether the project has enabled Speech-to-Text.
        permissions: What callers may do.
    """

    number: str = "123456789012"
    access_token: str | None = None
    enabled: bool = True
    permissions: frozenset[str] = PERMISSIONS

    def authenticate(self, metadata: Iterable[tuple[str, str | bytes]], method: str) -> None:
        """Let a call in, or not, before anything of it is read.

        Args:
            metadata: The call's metadata.
            method: The method's full name, as in ``google.cloud.speech.v2.Speech.Recognize``.

        Raises:
            Refusal: The caller is not known, or the service not enabled.
        """
        if self.access_token is not None:
            wanted = ("authorization", f"Bearer {self.access_token}")
            if wanted not in ((key, value) for key, value in metadata):
                raise errors.unauthenticated(method)
        if not self.enabled:
            raise errors.service_disabled(self.number)

    def authorize(self, permission: str, resource: str) -> None:
        """Let the caller do this to that resource, or not.

        Raises:
            Refusal: The caller lacks the permission.
        """
        if permission not in self.permissions:
            raise errors.permission_denied(permission, resource)
