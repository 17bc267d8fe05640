"""The table of what the service offers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from asyncspeech.emulator.models import (
    DEFAULT_MODEL,
    LISTED_FEATURES,
    MODELS,
    Feature,
    ReleaseState,
    location_ids,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech.emulator.models import Model

# The filter of the page of supported languages.
LOCATIONS = (
    "asia-northeast1",
    "asia-south1",
    "asia-southeast1",
    "eu",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "global",
    "northamerica-northeast1",
    "us",
    "us-central1",
)
BY_NAME = {model.name: model for model in MODELS}
# Language, script and region of RFC 5646, in their usual case; all that the service uses of it.
BCP_47 = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


@every_model
class TestEveryModel:
    def test_is_somewhere_and_only_where_the_service_is(self, model: Model) -> None:
        assert model.locations
        assert set(model.locations) <= set(LOCATIONS)

    def test_has_languages_that_are_well_formed_in_their_usual_case(self, model: Model) -> None:
        assert model.language_codes
        assert [code for code in model.language_codes if not BCP_47.fullmatch(code)] == []

    def test_has_no_language_twice_in_different_cases(self, model: Model) -> None:
        assert len({code.lower() for code in model.language_codes}) == len(model.language_codes)

    def test_knows_every_language_that_is_said_of_it(self, model: Model) -> None:
        said = [
            model.preview_language_codes,
            model.sync_only_language_codes,
            *model.withdrawn.values(),
            *model.feature_language_codes.values(),
        ]
        assert frozenset().union(*said) <= model.language_codes

    def test_has_every_feature_that_is_said_of_it(self, model: Model) -> None:
        assert set(model.features) <= set(Feature)
        assert set(model.feature_language_codes) <= model.features

    def test_is_in_every_location_that_is_said_of_it(self, model: Model) -> None:
        assert set(model.withdrawn) <= set(model.locations)

    def test_knows_american_english(self, model: Model) -> None:
        assert model.knows("en-US")

    @pytest.mark.parametrize("spell", [str, str.lower, str.upper, str.swapcase])
    def test_knows_its_languages_in_any_case(self, model: Model, spell: Callable[[str], str]) -> None:
        assert all(model.knows(spell(code)) for code in model.language_codes)


class TestTable:
    def test_names_no_model_twice(self) -> None:
        assert len(BY_NAME) == len(MODELS)

    def test_has_a_model_in_every_location(self) -> None:
        assert location_ids(MODELS) == LOCATIONS

    def test_has_the_model_that_serves_requests_for_none_where_most_requests_go(self) -> None:
        assert "global" in BY_NAME[DEFAULT_MODEL].locations

    @pytest.mark.parametrize("name", [name for name in BY_NAME if name.startswith("chirp")])
    def test_has_no_chirp_of_any_generation_in_global(self, name: str) -> None:
        assert "global" not in BY_NAME[name].locations

    def test_has_chirp_2_in_single_regions_alone(self) -> None:
        assert set(BY_NAME["chirp_2"].locations) == {"us-central1", "europe-west4", "asia-southeast1"}

    def test_has_chirp_3_in_the_multi_regions_and_as_a_preview_elsewhere(self) -> None:
        states = BY_NAME["chirp_3"].locations
        assert {name for name, state in states.items() if state is ReleaseState.GA} == {"us", "eu"}

    @pytest.mark.parametrize("name", BY_NAME)
    def test_leaves_it_to_chirp_3_alone_to_find_the_language(self, name: str) -> None:
        assert BY_NAME[name].knows("auto") == (name == "chirp_3")
        assert BY_NAME[name].streams("AUTO") == (name == "chirp_3")

    def test_has_models_for_single_utterances(self) -> None:
        names = {model.name for model in MODELS if model.single_utterance}
        assert names == {"short", "latest_short"}

    def test_lists_seven_features(self) -> None:
        assert set(LISTED_FEATURES) == {
            "automatic_punctuation",
            "model_adaptation",
            "profanity_filter",
            "speaker_diarization",
            "spoken_emojis",
            "spoken_punctuation",
            "word_level_confidence",
        }


class TestLanguages:
    @pytest.mark.parametrize("code", ["zh", "en", "xx-XX", "", "en-US-x"])
    def test_one_that_is_not_in_the_table_is_not_known(self, code: str) -> None:
        assert not any(model.knows(code) for model in MODELS)

    def test_one_may_be_known_but_not_on_streams(self) -> None:
        assert BY_NAME["chirp_2"].knows("gu-IN")
        assert not BY_NAME["chirp_2"].streams("GU-in")
        assert BY_NAME["chirp_3"].streams("gu-IN")

    def test_one_that_is_not_known_is_not_known_on_streams(self) -> None:
        assert not BY_NAME["long"].streams("zh")

    def test_chirp_streams_none(self) -> None:
        assert not any(BY_NAME["chirp"].streams(code) for code in BY_NAME["chirp"].language_codes)

    def test_one_may_be_withdrawn_in_one_location(self) -> None:
        assert BY_NAME["chirp_3"].has_withdrawn("asia-southeast1", "HI-in")
        assert not BY_NAME["chirp_3"].has_withdrawn("us", "hi-IN")
        assert not BY_NAME["chirp_3"].has_withdrawn("asia-southeast1", "en-US")

    def test_a_feature_may_be_had_in_some(self) -> None:
        model = BY_NAME["chirp_3"]
        assert model.has(Feature.SPEAKER_DIARIZATION, "EN-us")
        assert not model.has(Feature.SPEAKER_DIARIZATION, "pl-PL")
        assert model.has(Feature.MODEL_ADAPTATION, "pl-PL")
        assert not model.has(Feature.WORD_LEVEL_CONFIDENCE, "en-US")

    @pytest.mark.parametrize(
        ("location", "code", "state"),
        [
            ("us", "en-US", ReleaseState.GA),
            ("us", "CS-cz", ReleaseState.PREVIEW),
            ("europe-west2", "en-US", ReleaseState.PREVIEW),
            ("europe-west2", "cs-CZ", ReleaseState.PREVIEW),
        ],
    )
    def test_one_is_as_far_along_as_the_lesser_of_it_and_the_location(
        self, location: str, code: str, state: ReleaseState
    ) -> None:
        assert BY_NAME["chirp_3"].release_state(location, code) is state

    def test_a_location_without_the_model_has_no_state(self) -> None:
        with pytest.raises(KeyError):
            BY_NAME["chirp_3"].release_state("global", "en-US")
