"""What is left of the table where one location, or one language, is asked for."""

from __future__ import annotations

import pytest

from asyncspeech.capabilities import MODELS, Feature, listed, location_ids, select
from asyncspeech.capabilities.words import feature_texts, language_text, limit_text, streaming_text

CODES = sorted({code for model in MODELS for code in model.language_codes})


def test_nothing_asked_for_is_everything() -> None:
    assert select(MODELS) == MODELS


@pytest.mark.parametrize("location", location_ids(MODELS))
def test_a_location_leaves_what_is_there_and_no_other_location(location: str) -> None:
    found = select(MODELS, location)
    assert [model.name for model in found] == [
        model.name for model in MODELS if location in model.locations
    ]
    assert all(set(model.locations) == {location} for model in found)
    assert all(set(model.withdrawn) <= {location} for model in found)


@pytest.mark.parametrize("code", CODES)
def test_a_language_leaves_what_is_said_of_it(code: str) -> None:
    before = {model.name: model for model in MODELS}
    found = select(MODELS, language_code=code.lower())
    assert [model.name for model in found] == [model.name for model in MODELS if model.knows(code)]
    for model in found:
        whole = before[model.name]
        assert model.language_codes == {code}
        assert model.features == {item for item in Feature if whole.has(item, code)}
        assert model.streams(code) == whole.streams(code)
        for location in whole.locations:
            assert model.release_state(location, code) == whole.release_state(location, code)
            assert model.has_withdrawn(location, code) == whole.has_withdrawn(location, code)


def test_any_language_may_be_the_one_that_is_found() -> None:
    (chirp,) = (model for model in MODELS if model.detects_language)
    assert select(MODELS, language_code="AUTO") == (chirp,)


def test_a_language_that_nobody_knows_leaves_nothing() -> None:
    assert select(MODELS, language_code="tlh") == ()


def test_the_listing_has_no_language_that_was_withdrawn() -> None:
    (model,) = (model for model in listed(select(MODELS, "asia-southeast1")) if model.name == "chirp_3")
    assert "hi-IN" not in model.languages
    assert model.release_state == "PREVIEW"
    assert listed(select(MODELS, "asia-southeast1", "hi-IN")[-1:]) == ()


class TestWords:
    @pytest.mark.parametrize(
        ("name", "code", "words"),
        [
            ("long", None, "yes"),
            ("short", None, "one utterance"),
            ("chirp", None, "no"),
            ("chirp_2", None, "yes, but gu-IN"),
            ("chirp_2", "gu-IN", "no"),
            ("chirp_2", "de-DE", "yes"),
        ],
    )
    def test_streaming(self, name: str, code: str | None, words: str) -> None:
        (model,) = (model for model in select(MODELS, language_code=code) if model.name == name)
        assert streaming_text(model) == words

    def test_languages(self) -> None:
        found = {model.name: language_text(model) for model in MODELS}
        assert found["medical_dictation"] == "1"
        assert found["chirp_3"] == "113, 84 preview, auto"
        (chirp,) = select(MODELS, "us", "cs-CZ")[-1:]
        assert language_text(chirp) == "1, preview"

    def test_features_say_where_they_may_not_be_asked_for(self) -> None:
        assert feature_texts(MODELS[-1]) == (
            "automatic punctuation",
            "custom prompt",
            "model adaptation",
            "speaker diarization (14 languages, BatchRecognize only)",
            "word time offsets (not on streams)",
        )

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (range(8_000, 48_001), "8,000 to 48,000"),
            (100_000, "100,000"),
            ((0.5, 60.0), "more than 0.5, less than 60"),
            (("eu", "global"), "eu, global"),
        ],
    )
    def test_limits(self, value: object, words: str) -> None:
        assert limit_text(value) == words

    def test_a_limit_of_another_kind_is_a_mistake(self) -> None:
        with pytest.raises(TypeError, match="no known kind"):
            limit_text(object())
