"""`Endpoint`: where a client sends its calls, and as whom."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from google.api_core.client_options import ClientOptions

from asyncspeech.errors import ConfigurationError, CredentialsError
from asyncspeech.transport.credentials import find_credentials

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

__all__ = ("Endpoint", "find_endpoint")

_EMULATOR_PROJECT = "emulator"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a client sends its calls, and as whom. Its text has no secrets.

    Attributes:
        project: The project that recognises and pays.
        location: The location, ``"global"`` or a region.
        emulator_host: ``host:port`` of an emulator, called without TLS and credentials; or None.
        credentials: Google credentials; None only for an emulator.
        client_options: Further options for the client library.
    """

    project: str
    location: str
    emulator_host: str | None = None
    credentials: Credentials | None = field(default=None, repr=False)
    client_options: ClientOptions = field(default_factory=ClientOptions, repr=False)

    def recognizer(self, recognizer_id: str) -> str:
        """The full resource name of a recogniser."""
        return f"{self.parent}/recognizers/{recognizer_id}"

    @property
    def parent(self) -> str:
        """The full resource name of the location."""
        return f"projects/{self.project}/locations/{self.location}"


async def find_endpoint(
    *,
    project: str | None,
    location: str,
    credentials: Credentials | None = None,
    client_options: ClientOptions | None = None,
    emulator_host: str | None = None,
) -> Endpoint:
    """Complete what the user gave from the environment, without blocking the event loop.

    The project comes from the argument, then ``GOOGLE_CLOUD_PROJECT``, then the credentials. An emulator
    comes from the argument, then ``SPEECH_EMULATOR_HOST``.

    Raises:
        CredentialsError: No credentials, or no project, can be found.
        ConfigurationError: The emulator's address is none.
    """
    options = client_options or ClientOptions()
    project = project or os.environ.get("GOOGLE_CLOUD_PROJECT")
    emulator_host = emulator_host or os.environ.get("SPEECH_EMULATOR_HOST")
    if emulator_host:
        if "://" in emulator_host:
            raise ConfigurationError(
                "emulator_host",
                f"{emulator_host!r} is a URL",
                hint="give host:port, such as localhost:8443",
            )
        return Endpoint(project or _EMULATOR_PROJECT, location, emulator_host)
    credentials, default_project = await find_credentials(credentials, options)
    project = project or default_project
    if not project:
        raise CredentialsError(
            "no Google Cloud project is known",
            hint="give Client(project=...) or set GOOGLE_CLOUD_PROJECT",
        )
    return Endpoint(project, location, None, credentials, options)
