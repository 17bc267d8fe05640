"""`ListedModel`: what there is, in the form in which the service's Locations API tells it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asyncspeech.capabilities.models import ReleaseState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from asyncspeech.capabilities.models import Model

__all__ = ("RECOGNIZER", "ListedModel", "listed")

RECOGNIZER = "recognizer"
"""The feature whose release state is that of the model itself (proto of ``ModelFeature``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """A model in a location.

    Attributes:
        name: What requests call it.
        location_id: Where it is.
        languages: By BCP-47 tag, what it can do in that language: the names of features, and how far
            along they are.
    """

    name: str
    location_id: str
    languages: Mapping[str, Mapping[str, str]]

    @property
    def release_state(self) -> str:
        """How far along it is: GA if it is in any language, or else as in most; empty if untold."""
        states = Counter(features.get(RECOGNIZER, "") for features in self.languages.values())
        if ReleaseState.GA.value in states:
            return ReleaseState.GA.value
        return states.most_common(1)[0][0] if states else ""

    def only(self, language_code: str) -> ListedModel:
        """What there is of it in one language, given in any case."""
        kept = {
            code: features
            for code, features in self.languages.items()
            if code.lower() == language_code.lower()
        }
        return replace(self, languages=kept)


def listed(models: Iterable[Model]) -> tuple[ListedModel, ...]:
    """The table in that form, with every feature, and without the languages that were withdrawn.

    That a feature is as far along as its model is an assumption.
    """
    entries = (
        ListedModel(name=model.name, location_id=location, languages=_languages(model, location))
        for model in models
        for location in sorted(model.locations)
    )
    return tuple(entry for entry in entries if entry.languages)


def _languages(model: Model, location: str) -> dict[str, dict[str, str]]:
    return {
        code: _features(model, location, code)
        for code in sorted(model.language_codes)
        if not model.has_withdrawn(location, code)
    }


def _features(model: Model, location: str, code: str) -> dict[str, str]:
    state = model.release_state(location, code).value
    names = sorted(feature.value for feature in model.features if model.has(feature, code))
    return dict.fromkeys([RECOGNIZER, *names], state)
