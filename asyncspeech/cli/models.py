"""``asyncspeech models``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from asyncspeech.capabilities import (
    AUTOMATIC_LANGUAGE,
    MODELS,
    differences,
    listed,
    location_ids,
    select,
)
from asyncspeech.cli import documents, tables
from asyncspeech.config import nearest_languages, nearest_name
from asyncspeech.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncspeech.capabilities import ListedModel
    from asyncspeech.transport.locations import ListedLocation

__all__ = ("show", "show_limits", "show_live")


def show(location: str | None, language: str | None, *, form: str) -> None:
    """Show what the table says.

    Args:
        location: Of which location; None for all.
        language: Of which language; None for all.
        form: ``"table"`` or ``"json"``.

    Raises:
        ConfigurationError: It has no such location, or language.
    """
    places = location_ids(MODELS)
    if location is not None and location not in places:
        raise ConfigurationError(
            "location", f"there is none called {location!r}", hint=nearest_name(location, places)
        )
    models = select(MODELS, location, language)
    if language is not None and not models:
        known = {code for model in select(MODELS, location) for code in model.language_codes}
        raise _unknown(language, location, known)
    if form == "json":
        click.echo(json.dumps(documents.table(models), indent=2))
    else:
        tables.show_models(models, location, language)


def show_limits() -> None:
    """Show how much may be asked in one request."""
    tables.show_limits()


async def show_live(
    location: str | None, language: str | None, *, project: str | None, form: str
) -> None:
    """Ask the service, and show what it says and where the table says otherwise.

    Args:
        location: Of which location; None for all.
        language: Of which language; None for all.
        project: The project to ask as; None for that of the environment.
        form: ``"table"`` or ``"json"``.

    Raises:
        ConfigurationError: Neither the service nor the table has such a language.
        CredentialsError: There are no credentials, or no project, to ask with.
        ServiceError: It does not tell, or cannot be reached.
    """
    if (language or "").lower() == AUTOMATIC_LANGUAGE:
        raise ConfigurationError(
            "language", "the service does not list which models find it", hint="leave out --live"
        )
    locations = await _ask(location, project)
    service = [model for place in locations for model in place.models]
    found = _in_language(service, language)
    shown = [model for model in found if model.languages]
    known = _in_language(listed(select(MODELS, location)), language)
    different = differences(known, found, {model.name for model in MODELS})
    if language is not None and not shown and not different:
        raise _unknown(language, location, {code for model in service for code in model.languages})
    if form == "json":
        document = documents.table(select(MODELS, location, language))
        click.echo(json.dumps(document | documents.live(locations, shown, different), indent=2))
    else:
        forbidden = [place.location_id for place in locations if place.is_forbidden]
        tables.show_live(shown, different, location, language, forbidden)


async def _ask(location: str | None, project: str | None) -> tuple[ListedLocation, ...]:
    """What the service says, of one location at its own endpoint, or of all at the global one."""
    from asyncspeech.transport.channels import Channels  # noqa: PLC0415 - the table needs no gRPC
    from asyncspeech.transport.endpoint import find_endpoint  # noqa: PLC0415 - as above
    from asyncspeech.transport.locations import get_location, list_locations  # noqa: PLC0415 - as above

    endpoint = await find_endpoint(project=project, location=location or "global")
    channels = Channels(endpoint)
    try:
        if location is not None:
            return (await get_location(channels, endpoint.project, location),)
        return await list_locations(channels, endpoint.project)
    finally:
        await channels.close()


def _in_language(models: Iterable[ListedModel], language: str | None) -> tuple[ListedModel, ...]:
    """What there is in one language, which may be none."""
    return tuple(model if language is None else model.only(language) for model in models)


def _unknown(language: str, location: str | None, known: set[str]) -> ConfigurationError:
    near = nearest_languages(language, frozenset(known))
    where = f" in {location}" if location else ""
    return ConfigurationError(
        "language",
        f"no model knows {language!r}{where}",
        hint=f"they know {', '.join(near)}" if near else "give a BCP-47 tag, such as en-US",
    )
