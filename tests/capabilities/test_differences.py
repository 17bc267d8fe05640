"""Where the service is not as the table says."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from asyncspeech.capabilities import Difference, DifferenceKind, ListedModel, differences

Languages = Mapping[str, Mapping[str, str]]

GA = {"recognizer": "GA"}
PREVIEW = {"recognizer": "PREVIEW"}
FILTER = {"profanity_filter": "GA"}
DE = {"de-DE": GA}
BOTH = {"de-DE": GA, "fr-FR": GA}


def entries(**places: Languages) -> list[ListedModel]:
    """The model m in locations."""
    return [
        ListedModel(name="m", location_id=location, languages=languages)
        for location, languages in places.items()
    ]


def test_what_is_alike_has_none() -> None:
    assert differences(entries(eu=BOTH, us=DE), entries(us=DE, eu=BOTH), ["m"]) == ()


@pytest.mark.parametrize(
    ("before", "after", "expected", "text"),
    [
        (
            entries(),
            entries(eu=DE, us=DE),
            Difference(kind=DifferenceKind.NEW_LOCATION, model="m", locations=("eu", "us")),
            "m is also in eu, us",
        ),
        (
            entries(eu=DE, us=DE),
            entries(eu=DE),
            Difference(kind=DifferenceKind.MISSING_LOCATION, model="m", locations=("us",)),
            "m is not in us",
        ),
        (
            entries(eu=DE),
            entries(eu=BOTH),
            Difference(
                kind=DifferenceKind.NEW_LANGUAGE,
                model="m",
                locations=("eu",),
                language_codes=("fr-FR",),
            ),
            "m also knows fr-FR, in eu",
        ),
        (
            entries(eu=BOTH, us=BOTH),
            entries(eu=DE, us=DE),
            Difference(
                kind=DifferenceKind.MISSING_LANGUAGE,
                model="m",
                locations=("eu", "us"),
                language_codes=("fr-FR",),
            ),
            "m does not know fr-FR, in eu, us",
        ),
        (
            entries(eu={"de-DE": PREVIEW, "fr-FR": PREVIEW}),
            entries(eu=BOTH),
            Difference(
                kind=DifferenceKind.RELEASE_STATE,
                model="m",
                locations=("eu",),
                table_state="PREVIEW",
                service_state="GA",
            ),
            "m is GA, not PREVIEW, in eu",
        ),
        (
            entries(eu=BOTH),
            entries(eu={"de-DE": GA, "fr-FR": PREVIEW}),
            Difference(
                kind=DifferenceKind.RELEASE_STATE,
                model="m",
                locations=("eu",),
                language_codes=("fr-FR",),
                table_state="GA",
                service_state="PREVIEW",
            ),
            "m is PREVIEW, not GA, in eu for fr-FR",
        ),
        (
            entries(eu=BOTH),
            entries(eu={"de-DE": GA | FILTER, "fr-FR": GA}),
            Difference(
                kind=DifferenceKind.NEW_FEATURE,
                model="m",
                locations=("eu",),
                language_codes=("de-DE",),
                feature="profanity_filter",
            ),
            "m also has profanity_filter, in eu for de-DE",
        ),
        (
            entries(eu={"de-DE": GA | FILTER}),
            entries(eu=DE),
            Difference(
                kind=DifferenceKind.MISSING_FEATURE,
                model="m",
                locations=("eu",),
                feature="profanity_filter",
            ),
            "m does not have profanity_filter, in eu",
        ),
    ],
)
def test_each_kind_is_told(
    before: list[ListedModel], after: list[ListedModel], expected: Difference, text: str
) -> None:
    assert differences(before, after, ["m"]) == (expected,)
    assert str(expected) == text


def test_a_model_that_the_table_has_nowhere_is_new() -> None:
    (found,) = differences([], entries(eu=DE), ["other"])
    assert found.kind is DifferenceKind.NEW_MODEL
    assert str(found) == "m is new, in eu"


def test_a_feature_that_the_service_is_not_known_to_list_is_not_missing() -> None:
    before = entries(eu={"de-DE": GA | {"word_time_offsets": "GA", "translation": "GA"}})
    assert differences(before, entries(eu=DE), ["m"]) == ()


def test_a_release_state_that_is_not_told_is_no_difference() -> None:
    assert differences(entries(eu=DE), entries(eu={"de-DE": {}}), ["m"]) == ()


def test_a_model_without_languages_is_missed_nowhere() -> None:
    assert differences(entries(eu={}), entries(us={}), ["m"]) == ()
