from __future__ import annotations

from typing import Any

import pytest

from asyncspeech import (
    ConfigurationError,
    CustomClass,
    NormalizationEntry,
    Phrase,
    PhraseSet,
    SpeechAdaptation,
)

KEPT = "projects/p/locations/global/phraseSets/kept"


@pytest.mark.parametrize(
    ("kind", "arguments", "field"),
    [
        (Phrase, {"value": ""}, "value"),
        (Phrase, {"value": 3}, "value"),
        (Phrase, {"value": "a", "boost": -1}, "boost"),
        (Phrase, {"value": "a", "boost": 20.1}, "boost"),
        (Phrase, {"value": "a", "boost": float("nan")}, "boost"),
        (Phrase, {"value": "a", "boost": "much"}, "boost"),
        (PhraseSet, {"phrases": ()}, "phrases"),
        (PhraseSet, {"phrases": "Bern"}, "phrases"),
        (PhraseSet, {"phrases": ("Bern", "")}, "phrases"),
        (PhraseSet, {"phrases": (3,)}, "phrases"),
        (PhraseSet, {"phrases": None}, "phrases"),
        (PhraseSet, {"phrases": ("Bern",), "boost": 21}, "boost"),
        (CustomClass, {"name": "", "items": ("a",)}, "name"),
        (CustomClass, {"name": "c", "items": ()}, "items"),
        (CustomClass, {"name": "c", "items": ("",)}, "items"),
        (CustomClass, {"name": "c", "items": "ab"}, "items"),
        (SpeechAdaptation, {"phrase_sets": ("Bern",)}, "phrase_sets"),
        (SpeechAdaptation, {"phrase_sets": PhraseSet(("Bern",))}, "phrase_sets"),
        (SpeechAdaptation, {"phrase_sets": (Phrase("Bern"),)}, "phrase_sets"),
        (SpeechAdaptation, {"custom_classes": ("c",)}, "custom_classes"),
        (NormalizationEntry, {"search": "", "replace": "b"}, "search"),
        (NormalizationEntry, {"search": "a", "replace": None}, "replace"),
        (NormalizationEntry, {"search": "a", "replace": "", "case_sensitive": 1}, "case_sensitive"),
    ],
)
def test_what_cannot_work_is_refused_by_the_name_of_its_field(
    kind: type, arguments: dict[str, Any], field: str
) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        kind(**arguments)
    assert refusal.value.field == field
    assert "\n" not in str(refusal.value)


def test_a_phrase_where_a_phrase_set_is_wanted_is_told_how_to_be_one() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        SpeechAdaptation(phrase_sets=("Bern",))
    assert "PhraseSet(('Bern',)) if it is a phrase" in refusal.value.hint


def test_lists_become_tuples() -> None:
    phrase_set = PhraseSet(["Bern", Phrase("Zug", boost=3)])  # type: ignore[arg-type]
    custom_class = CustomClass("cantons", ["Uri"])  # type: ignore[arg-type]
    adaptation = SpeechAdaptation(
        phrase_sets=[phrase_set, KEPT],  # type: ignore[arg-type]
        custom_classes=[custom_class],  # type: ignore[arg-type]
    )
    assert adaptation.phrase_sets == (PhraseSet(("Bern", Phrase("Zug", boost=3))), KEPT)
    assert adaptation.custom_classes == (CustomClass("cantons", ("Uri",)),)
    assert hash(adaptation) == hash(adaptation)
