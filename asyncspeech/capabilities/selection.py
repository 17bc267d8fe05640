"""What the table says of one location, or of one language."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asyncspeech.capabilities.languages import AUTOMATIC_LANGUAGE, contains

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncspeech.capabilities.models import Model

__all__ = ("select",)


def select(
    models: Iterable[Model], location: str | None = None, language_code: str | None = None
) -> tuple[Model, ...]:
    """Those of the models that are in a location and know a language, and nothing else of them.

    Args:
        models: The table.
        location: The location; None for all of them.
        language_code: A BCP-47 tag in any case, or ``auto``; None for all languages.
    """
    found = tuple(models)
    if location is not None:
        found = tuple(_in_location(model, location) for model in found if location in model.locations)
    if language_code is not None:
        found = tuple(
            _in_language(model, language_code) for model in found if model.knows(language_code)
        )
    return found


def _in_location(model: Model, location: str) -> Model:
    withdrawn = {place: codes for place, codes in model.withdrawn.items() if place == location}
    return replace(model, locations={location: model.locations[location]}, withdrawn=withdrawn)


def _in_language(model: Model, code: str) -> Model:
    """What is left of a model; ``auto`` may turn out to be any of its languages, so that all is."""
    if code.lower() == AUTOMATIC_LANGUAGE:
        return model
    kept = frozenset(known for known in model.language_codes if contains(frozenset({code}), known))
    return replace(
        model,
        language_codes=kept,
        preview_language_codes=model.preview_language_codes & kept,
        sync_only_language_codes=model.sync_only_language_codes & kept,
        detects_language=False,
        withdrawn={place: codes & kept for place, codes in model.withdrawn.items() if codes & kept},
        features=frozenset(feature for feature in model.features if model.has(feature, code)),
        feature_language_codes={},
    )
