"""Who recognises: Google, or this machine."""

from __future__ import annotations

import os

from asyncspeech.client import Client
from asyncspeech.errors import CredentialsError, MissingExtraError
from asyncspeech.transport.endpoint import find_endpoint

__all__ = ("choose",)


async def choose(backend: str, *, project: str | None, location: str) -> tuple[Client, str]:
    """The client for ``--backend``, and a line that says which it is and why.

    Args:
        backend: ``"auto"``, ``"google"`` or ``"local"``.
        project: The project that was asked for, or None.
        location: The location that was asked for.

    Raises:
        CredentialsError: Google is wanted, or nothing else is there, and it cannot be reached.
        MissingExtraError: This machine is wanted, and its recogniser is not installed.
    """
    if backend == "local":
        return Client.local(), "recognising on this machine (--backend local)"
    client = Client(project, location=location)
    emulator = os.environ.get("SPEECH_EMULATOR_HOST")
    if emulator:
        return client, f"recognising by the emulator at {emulator} (SPEECH_EMULATOR_HOST)"
    if backend == "google":
        return client, "recognising by Google (--backend google)"
    try:
        endpoint = await find_endpoint(project=project, location=location)
    except CredentialsError as error:
        return _local_instead(error), f"recognising on this machine: {error.message}"
    client = Client(endpoint.project, location=location, credentials=endpoint.credentials)
    return client, f"recognising by Google: credentials and the project {endpoint.project} were found"


def _local_instead(error: CredentialsError) -> Client:
    try:
        return Client.local()
    except MissingExtraError as missing:
        raise CredentialsError(
            f"{error.message}, and neither was a recogniser",
            hint=f"{missing.hint} recognises on this machine; for Google: {error.hint}",
        ) from error
