"""What the service refuses because it does not have it, in its own words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.cloud.speech_v2.types import RecognitionConfig
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.emulator.capabilities import Method, check_capabilities
from asyncspeech.emulator.errors import Refusal
from asyncspeech.emulator.models import MODELS, Feature, location_ids

if TYPE_CHECKING:
    from asyncspeech.emulator.models import Model

STREAM = Method.STREAMING_RECOGNIZE
RECOGNIZE = Method.RECOGNIZE
DIARIZATION: dict[str, Any] = {"diarization_config": {}}
TRANSLATION = {"target_language": "de-DE"}
ADAPTATION = {"phrase_sets": [{"inline_phrase_set": {"phrases": [{"value": "barometer"}]}}]}


def check(
    model: str = "long",
    *codes: str,
    location: str = "global",
    method: Method = STREAM,
    models: tuple[Model, ...] = MODELS,
    **config: Any,
) -> None:
    fields = {"model": model, "language_codes": codes or ("en-US",), **config}
    check_capabilities(
        RecognitionConfig.pb(RecognitionConfig(**fields)),
        location=location,
        method=method,
        project_number="123",
        models=models,
    )


def refusal(*arguments: Any, **options: Any) -> Refusal:
    with pytest.raises(Refusal) as raised:
        check(*arguments, **options)
    return raised.value


def features(**flags: Any) -> dict[str, Any]:
    return {"features": flags}


@pytest.mark.parametrize(
    ("arguments", "options", "text"),
    [
        pytest.param(
            ["chirp_3"],
            {"location": "us-central1"},
            'The model "chirp_3" does not exist in the location named "us-central1"..',
            id="a model that is elsewhere",
        ),
        pytest.param(
            ["whisper"],
            {},
            'The model "whisper" does not exist in the location named "global"..',
            id="a model that is nowhere",
        ),
        pytest.param(
            ["long"],
            {"location": "mars-north1"},
            'The model "long" does not exist in the location named "mars-north1"..',
            id="a location that is nowhere",
        ),
        pytest.param(
            ["long", "zh"],
            {},
            'The language "zh" is not supported by the model "long" in the location named "global".',
            id="a language that the model does not know",
        ),
        pytest.param(
            ["long", "en-US", "zh"],
            {},
            'The language "zh" is not supported by the model "long" in the location named "global".',
            id="a second language that the model does not know",
        ),
        pytest.param(
            ["long", "auto"],
            {},
            'The language "auto" is not supported by the model "long" in the location named "global".',
            id="a language to be found by a model that cannot",
        ),
        pytest.param(
            ["telephony", "uk-UA"],
            {},
            'The language "uk-UA" is not supported by the model "telephony" '
            'in the location named "global".',
            id="a language that was refused live",
        ),
        pytest.param(
            ["chirp_2", "gu-IN"],
            {"location": "us-central1"},
            'StreamingRecognize does not support the "gu-IN" language code for the "chirp_2" '
            'model at location "us-central1"',
            id="a language that does not stream",
        ),
        pytest.param(
            ["chirp", "en-US"],
            {"location": "europe-west4"},
            'StreamingRecognize does not support the "en-US" language code for the "chirp" '
            'model at location "europe-west4"',
            id="a model that does not stream",
        ),
        pytest.param(
            ["chirp_2", "en-US", "de-DE"],
            {"location": "us-central1"},
            "The RecognitionConfig proto is invalid:\n  * language_codes: Multiple language recognition "
            "is only available in the following locations: eu, global, us.",
            id="several languages in a single region",
        ),
        pytest.param(
            ["long", "en-US", "de-DE", "fr-FR", "it-IT"],
            {},
            "The RecognitionConfig proto is invalid:\n  * language_codes: "
            "At most 3 language codes may be given, found 4.",
            id="too many languages",
        ),
        pytest.param(
            ["chirp_3"],
            {"location": "us", **features(enable_word_confidence=True)},
            "Recognizer does not support feature: word_level_confidence",
            id="confidence of words",
        ),
        pytest.param(
            ["chirp_3"],
            {"location": "us", **features(profanity_filter=True)},
            "Recognizer does not support feature: profanity_filter",
            id="profanity filter",
        ),
        pytest.param(
            ["chirp_2"],
            {"location": "us-central1", **features(enable_spoken_punctuation=True)},
            "Recognizer does not support feature: spoken_punctuation",
            id="spoken punctuation",
        ),
        pytest.param(
            ["long"],
            features(enable_spoken_emojis=True),
            "Recognizer does not support feature: spoken_emojis",
            id="spoken emojis",
        ),
        pytest.param(
            ["chirp"],
            {"location": "us-central1", "method": RECOGNIZE, "adaptation": ADAPTATION},
            "Recognizer does not support feature: model_adaptation",
            id="adaptation",
        ),
        pytest.param(
            ["long"],
            {"features": DIARIZATION},
            "Recognizer does not support feature: speaker_diarization",
            id="speakers, of a model that cannot",
        ),
        pytest.param(
            ["chirp_3", "pl-PL"],
            {"location": "eu", "features": DIARIZATION},
            "Recognizer does not support feature: speaker_diarization",
            id="speakers, in a language that the model cannot",
        ),
        pytest.param(
            ["chirp_3", "en-US", "pl-PL"],
            {"location": "eu", "features": DIARIZATION},
            "Recognizer does not support feature: speaker_diarization",
            id="speakers, in two languages of which the model can one",
        ),
        pytest.param(
            ["chirp_3"],
            {"location": "us", "features": DIARIZATION},
            "StreamingRecognize does not support Speaker Diarization.",
            id="speakers, on a stream",
        ),
        pytest.param(
            ["long"],
            {"method": RECOGNIZE, "features": DIARIZATION},
            "Recognize does not support Speaker Diarization for the requested model",
            id="speakers, at once",
        ),
        pytest.param(
            ["long"],
            {"translation_config": TRANSLATION},
            "Config contains unsupported fields",
            id="translation",
        ),
        pytest.param(
            ["long"],
            features(custom_prompt_config={"custom_prompt": "in capitals"}),
            "Config contains unsupported fields",
            id="a prompt",
        ),
        pytest.param(
            ["chirp_3"],
            {"location": "us", **features(enable_word_time_offsets=True)},
            "Chirp 3 only supports word timestamps in Recognize and BatchRecognize requests.",
            id="times of words on a stream",
        ),
    ],
)
def test_what_is_not_there_is_refused(arguments: list[str], options: dict[str, Any], text: str) -> None:
    found = refusal(*arguments, **options)
    assert found.code is grpc.StatusCode.INVALID_ARGUMENT
    assert found.message == text


def test_a_language_that_was_withdrawn_is_refused_for_want_of_permission() -> None:
    found = refusal("chirp_3", "hi-IN", location="asia-southeast1")
    assert found.code is grpc.StatusCode.PERMISSION_DENIED
    assert found.message == (
        "Permission denied for project 123 on model chirp_3 locale hi-IN. "
        "It is no longer generally available."
    )


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        pytest.param(["long"], {}, id="a language"),
        pytest.param(["long", "EN-us"], {}, id="a language in another case"),
        pytest.param(["long", "en-US", "de-DE", "fr-FR"], {}, id="three languages"),
        pytest.param(["long", "en-US", "de-DE"], {"location": "eu"}, id="two languages in eu"),
        pytest.param(["chirp_3", "en-US", "de-DE"], {"location": "us"}, id="two languages in us"),
        pytest.param(["chirp_3", "auto"], {"location": "us"}, id="a language to be found"),
        pytest.param(["chirp_3", "hi-IN"], {"location": "us"}, id="withdrawn elsewhere"),
        pytest.param(
            ["chirp_2", "gu-IN"], {"location": "us-central1", "method": RECOGNIZE}, id="not on streams"
        ),
        pytest.param(["chirp"], {"location": "us-central1", "method": RECOGNIZE}, id="chirp at once"),
        pytest.param(
            ["chirp_3"],
            {"location": "us", "method": RECOGNIZE, **features(enable_word_time_offsets=True)},
            id="times of words at once",
        ),
        pytest.param(
            ["chirp_2"],
            {
                "location": "us-central1",
                "translation_config": TRANSLATION,
                **features(enable_word_time_offsets=True, enable_word_confidence=True),
            },
            id="what chirp_2 has",
        ),
        pytest.param(
            ["chirp_3"],
            {
                "location": "us",
                "adaptation": ADAPTATION,
                "denoiser_config": {"denoise_audio": True},
                **features(
                    enable_automatic_punctuation=True, custom_prompt_config={"custom_prompt": "short"}
                ),
            },
            id="what chirp_3 has",
        ),
        pytest.param(
            ["latest_short"],
            features(
                profanity_filter=True,
                enable_word_time_offsets=True,
                enable_word_confidence=True,
                enable_automatic_punctuation=True,
                enable_spoken_punctuation=True,
                enable_spoken_emojis=True,
            ),
            id="what latest_short has",
        ),
        pytest.param(
            ["chirp"],
            {"location": "us-central1", "method": RECOGNIZE, "adaptation": {}},
            id="an adaptation of nothing",
        ),
    ],
)
def test_what_is_there_is_taken(arguments: list[str], options: dict[str, Any]) -> None:
    check(*arguments, **options)


class TestOmissions:
    def test_a_request_for_no_model_is_taken(self) -> None:
        check("")

    def test_a_request_for_no_model_is_served_by_the_default(self) -> None:
        assert '"long"' in refusal("", "zh").message
        assert '"long"' in refusal("", location="europe-west2").message

    def test_a_request_for_no_language_is_one_for_american_english(self) -> None:
        config = RecognitionConfig.pb(RecognitionConfig(model="chirp"))
        with pytest.raises(Refusal, match="en-US"):
            check_capabilities(
                config, location="us-central1", method=STREAM, project_number="123", models=MODELS
            )
        config.model = "long"
        check_capabilities(config, location="global", method=STREAM, project_number="123")


class TestOrder:
    """Each refusal comes before the next, if both could."""

    WRONG_FEATURES = features(enable_word_confidence=True, **DIARIZATION)

    def test_the_model_comes_first(self) -> None:
        found = refusal("chirp_3", "zh", "zh", location="asia-east1", **self.WRONG_FEATURES)
        assert "does not exist" in found.message

    def test_then_what_was_withdrawn(self) -> None:
        found = refusal("chirp_3", "zh", "hi-IN", location="asia-southeast1", **self.WRONG_FEATURES)
        assert "no longer generally available" in found.message

    def test_then_the_language(self) -> None:
        found = refusal("chirp_3", "en-US", "zh", location="asia-south1", **self.WRONG_FEATURES)
        assert 'The language "zh"' in found.message

    def test_then_the_number_of_languages(self) -> None:
        found = refusal("chirp_3", "en-US", "de-DE", location="asia-south1", **self.WRONG_FEATURES)
        assert "Multiple language recognition" in found.message

    def test_then_the_features(self) -> None:
        found = refusal("chirp_3", location="asia-south1", **self.WRONG_FEATURES)
        assert found.message == "StreamingRecognize does not support Speaker Diarization."


def test_another_table_may_be_gone_by() -> None:
    (long,) = (model for model in MODELS if model.name == "long")
    mine = replace(long, name="mine", features=frozenset({Feature.SPOKEN_EMOJIS}))
    check("mine", models=(mine,), **features(enable_spoken_emojis=True))
    assert refusal("long", models=(mine,)).message.startswith('The model "long" does not exist')
    asked = features(enable_automatic_punctuation=True)
    assert refusal("mine", models=(mine,), **asked).message.endswith("automatic_punctuation")


@given(
    model=st.sampled_from([*(model.name for model in MODELS), "", "whisper"]),
    codes=st.lists(st.sampled_from(["en-US", "de-de", "gu-IN", "hi-IN", "zh", "auto"]), max_size=4),
    location=st.sampled_from([*location_ids(MODELS), "asia-east1"]),
    method=st.sampled_from(Method),
    flags=st.fixed_dictionaries(
        {},
        optional={
            "enable_word_time_offsets": st.booleans(),
            "enable_word_confidence": st.booleans(),
            "enable_spoken_emojis": st.booleans(),
            "diarization_config": st.just({}),
        },
    ),
)
def test_only_what_is_there_is_taken_and_the_request_is_left_as_it_was(
    model: str, codes: list[str], location: str, method: Method, flags: dict[str, Any]
) -> None:
    config = RecognitionConfig.pb(RecognitionConfig(model=model, language_codes=codes, features=flags))
    before = config.SerializeToString()
    refused = False
    try:
        check_capabilities(config, location=location, method=method, project_number="123")
    except Refusal:
        refused = True
    assert config.SerializeToString() == before
    if not refused:
        (served,) = (known for known in MODELS if known.name == (model or "long"))
        assert location in served.locations
        assert all(served.knows(code) for code in codes)
        assert method is RECOGNIZE or served.streaming
        assert len(codes) <= 1 or location in {"eu", "global", "us"}
        assert "diarization_config" not in flags
