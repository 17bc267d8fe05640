"""`differences`: where what the service lists is not what the table says."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from asyncspeech.capabilities.listing import RECOGNIZER
from asyncspeech.capabilities.models import LISTED_FEATURES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from asyncspeech.capabilities.listing import ListedModel

    _Features = Mapping[str, str]
    _Pairs = Mapping[str, tuple[_Features, _Features]]

__all__ = ("Difference", "DifferenceKind", "differences")


class DifferenceKind(StrEnum):
    """What is different. New is what the service has and the table has not; missing is the reverse."""

    NEW_MODEL = "new_model"
    NEW_LOCATION = "new_location"
    MISSING_LOCATION = "missing_location"
    NEW_LANGUAGE = "new_language"
    MISSING_LANGUAGE = "missing_language"
    RELEASE_STATE = "release_state"
    NEW_FEATURE = "new_feature"
    MISSING_FEATURE = "missing_feature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that the service lists otherwise. Its text is a line for people.

    Attributes:
        kind: What is different.
        model: Of which model.
        locations: In which locations.
        language_codes: In which languages; empty for all that both have there.
        feature: The name of the feature that is new or missing; else empty.
        table_state: The release state in the table, if that is what is different; else empty.
        service_state: The release state that the service lists; else empty.
    """

    kind: DifferenceKind
    model: str
    locations: tuple[str, ...] = ()
    language_codes: tuple[str, ...] = ()
    feature: str = ""
    table_state: str = ""
    service_state: str = ""

    def __str__(self) -> str:
        places, codes = ", ".join(self.locations), ", ".join(self.language_codes)
        where = f"in {places} for {codes}" if codes else f"in {places}"
        return _TEXTS[self.kind].format(self=self, where=where, places=places, codes=codes)


_TEXTS = {
    DifferenceKind.NEW_MODEL: "{self.model} is new, {where}",
    DifferenceKind.NEW_LOCATION: "{self.model} is also {where}",
    DifferenceKind.MISSING_LOCATION: "{self.model} is not {where}",
    DifferenceKind.NEW_LANGUAGE: "{self.model} also knows {codes}, in {places}",
    DifferenceKind.MISSING_LANGUAGE: "{self.model} does not know {codes}, in {places}",
    DifferenceKind.RELEASE_STATE: (
        "{self.model} is {self.service_state}, not {self.table_state}, {where}"
    ),
    DifferenceKind.NEW_FEATURE: "{self.model} also has {self.feature}, {where}",
    DifferenceKind.MISSING_FEATURE: "{self.model} does not have {self.feature}, {where}",
}


def differences(
    table: Iterable[ListedModel], service: Iterable[ListedModel], names: Collection[str]
) -> tuple[Difference, ...]:
    """What the service lists otherwise than the table, by model; what is alike in locations is one.

    A feature that the Locations API is not known to list is not missing. A release state that either
    does not tell is no difference; nor is a model without languages in the one that the other has not.

    Args:
        table: What the table says of some locations.
        service: What the service lists for them.
        names: The models that the table has anywhere; the others are new.
    """
    before = {(model.name, model.location_id): model.languages for model in table}
    after = {(model.name, model.location_id): model.languages for model in service}
    places: dict[Difference, list[str]] = defaultdict(list)
    for name, location in sorted(before.keys() | after.keys()):
        key = (name, location)
        for difference in _differences(name, before.get(key), after.get(key), names):
            places[difference].append(location)
    return tuple(
        replace(difference, locations=tuple(locations)) for difference, locations in places.items()
    )


def _differences(
    name: str,
    before: Mapping[str, _Features] | None,
    after: Mapping[str, _Features] | None,
    names: Collection[str],
) -> Iterator[Difference]:
    """The differences of a model in one location, without naming that."""
    if before is not None and after is not None:
        yield from _between(name, before, after)
    elif before:
        yield Difference(kind=DifferenceKind.MISSING_LOCATION, model=name)
    elif after:
        known = name in names
        yield Difference(
            kind=DifferenceKind.NEW_LOCATION if known else DifferenceKind.NEW_MODEL, model=name
        )


def _between(
    name: str, before: Mapping[str, _Features], after: Mapping[str, _Features]
) -> Iterator[Difference]:
    if new := after.keys() - before.keys():
        yield Difference(kind=DifferenceKind.NEW_LANGUAGE, model=name, language_codes=tuple(sorted(new)))
    if missing := before.keys() - after.keys():
        yield Difference(
            kind=DifferenceKind.MISSING_LANGUAGE, model=name, language_codes=tuple(sorted(missing))
        )
    pairs = {code: (before[code], after[code]) for code in sorted(before.keys() & after.keys())}
    yield from _state_differences(name, pairs)
    yield from _feature_differences(name, pairs)


def _state_differences(name: str, pairs: _Pairs) -> Iterator[Difference]:
    changed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for code, (before, after) in pairs.items():
        states = before.get(RECOGNIZER, ""), after.get(RECOGNIZER, "")
        if all(states) and states[0] != states[1]:
            changed[states].append(code)
    for (table_state, service_state), codes in changed.items():
        yield Difference(
            kind=DifferenceKind.RELEASE_STATE,
            model=name,
            language_codes=_unless_all(codes, pairs),
            table_state=table_state,
            service_state=service_state,
        )


def _feature_differences(name: str, pairs: _Pairs) -> Iterator[Difference]:
    new: dict[str, list[str]] = defaultdict(list)
    missing: dict[str, list[str]] = defaultdict(list)
    for code, (before, after) in pairs.items():
        for feature in after.keys() - before.keys() - {RECOGNIZER}:
            new[feature].append(code)
        for feature in (before.keys() - after.keys()) & LISTED_FEATURES:
            missing[feature].append(code)
    kinds = (DifferenceKind.NEW_FEATURE, new), (DifferenceKind.MISSING_FEATURE, missing)
    for kind, by_feature in kinds:
        for feature, codes in sorted(by_feature.items()):
            yield Difference(
                kind=kind, model=name, feature=feature, language_codes=_unless_all(codes, pairs)
            )


def _unless_all(codes: list[str], pairs: _Pairs) -> tuple[str, ...]:
    return () if len(codes) == len(pairs) else tuple(codes)
