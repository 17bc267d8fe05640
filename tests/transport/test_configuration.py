"""Every setting, on its way into the first message of a stream."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest
from google.cloud.speech_v2 import types
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech import (
    ConfigurationError,
    CustomClass,
    EndpointingSensitivity,
    MultiChannelMode,
    NormalizationEntry,
    Phrase,
    PhraseSet,
    SessionConfig,
    SpeechAdaptation,
)
from asyncspeech.config.mask import AUDIO_PATH, PATHS
from asyncspeech.transport.configuration import check_raw, config_request

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "projects/p/locations/global/recognizers/_"
KEPT = "projects/p/locations/global/phraseSets/kept"


def message(config: SessionConfig) -> Any:
    """The raw ``StreamingRecognitionConfig`` of a configuration."""
    return types.StreamingRecognizeRequest.pb(config_request(config, NAME)).streaming_config


def as_dict(config: SessionConfig) -> dict[str, Any]:
    """The first message, as the JSON of its fields that are set."""
    request = types.StreamingRecognizeRequest.pb(config_request(config, NAME))
    return MessageToDict(request, preserving_proto_field_name=True)


def test_the_first_message_has_the_recognizer_and_the_defaults() -> None:
    assert as_dict(SessionConfig()) == {
        "recognizer": NAME,
        "streaming_config": {
            "config": {
                "explicit_decoding_config": {
                    "encoding": "LINEAR16",
                    "sample_rate_hertz": 16_000,
                    "audio_channel_count": 1,
                },
                "model": "long",
                "language_codes": ["en-US"],
                "features": {"enable_word_time_offsets": True},
            },
            "streaming_features": {"interim_results": True},
        },
    }


# A value for every field of SessionConfig that is sent: the change, and where it goes.
ADAPTATION = SpeechAdaptation(
    phrase_sets=(PhraseSet(("Bern", Phrase("Zug", boost=5.0)), boost=2.5), KEPT),
    custom_classes=(CustomClass("cantons", ("Uri", "Jura")),),
)
SENT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"language_codes": ("de-DE", "en-US")}, {"config.language_codes": ["de-DE", "en-US"]}),
    ({"model": "chirp_2"}, {"config.model": "chirp_2"}),
    (
        {"adaptation": ADAPTATION},
        {
            "config.adaptation.phrase_sets.inline_phrase_set.phrases.value": ["Bern", "Zug"],
            "config.adaptation.phrase_sets.inline_phrase_set.phrases.boost": [5.0],
            "config.adaptation.phrase_sets.inline_phrase_set.boost": [2.5],
            "config.adaptation.phrase_sets.phrase_set": [KEPT],
            "config.adaptation.custom_classes.name": ["cantons"],
            "config.adaptation.custom_classes.items.value": ["Uri", "Jura"],
        },
    ),
    (
        {"custom_prompt": "In verse."},
        {"config.features.custom_prompt_config.custom_prompt": ["In verse."]},
    ),
    ({"encoding": "MULAW"}, {"config.explicit_decoding_config.encoding": [2]}),
    ({"sample_rate_hertz": 8_000}, {"config.explicit_decoding_config.sample_rate_hertz": [8_000]}),
    ({"audio_channel_count": 2}, {"config.explicit_decoding_config.audio_channel_count": [2]}),
    (
        {"multi_channel_mode": "SEPARATE_RECOGNITION_PER_CHANNEL"},
        {"config.features.multi_channel_mode": [1]},
    ),
    ({"denoise_audio": True}, {"config.denoiser_config.denoise_audio": [True]}),
    ({"snr_threshold": 20.0}, {"config.denoiser_config.snr_threshold": [20.0]}),
    ({"interim_results": True}, {"streaming_features.interim_results": [True]}),
    ({"enable_word_time_offsets": True}, {"config.features.enable_word_time_offsets": [True]}),
    ({"enable_word_confidence": True}, {"config.features.enable_word_confidence": [True]}),
    ({"enable_automatic_punctuation": True}, {"config.features.enable_automatic_punctuation": [True]}),
    ({"enable_spoken_punctuation": True}, {"config.features.enable_spoken_punctuation": [True]}),
    ({"enable_spoken_emojis": True}, {"config.features.enable_spoken_emojis": [True]}),
    ({"profanity_filter": True}, {"config.features.profanity_filter": [True]}),
    ({"max_alternatives": 5}, {"config.features.max_alternatives": [5]}),
    (
        {"transcript_normalization": (NormalizationEntry("a", "b", case_sensitive=True),)},
        {
            "config.transcript_normalization.entries.search": ["a"],
            "config.transcript_normalization.entries.replace": ["b"],
            "config.transcript_normalization.entries.case_sensitive": [True],
        },
    ),
    ({"target_language": "fr-fr"}, {"config.translation_config.target_language": ["fr-FR"]}),
    (
        {"enable_voice_activity_events": True},
        {"streaming_features.enable_voice_activity_events": [True]},
    ),
    (
        {"speech_start_timeout": 2.5},
        {
            "streaming_features.voice_activity_timeout.speech_start_timeout": [2.5],
            "streaming_features.enable_voice_activity_events": [True],
        },
    ),
    (
        {"speech_end_timeout": 0.75},
        {
            "streaming_features.voice_activity_timeout.speech_end_timeout": [0.75],
            "streaming_features.enable_voice_activity_events": [True],
        },
    ),
    (
        {"endpointing_sensitivity": "ENDPOINTING_SENSITIVITY_SUPERSHORT"},
        {"streaming_features.endpointing_sensitivity": [2]},
    ),
    (
        {"endpointing_sensitivity": EndpointingSensitivity.ENDPOINTING_SENSITIVITY_SHORT},
        {"streaming_features.endpointing_sensitivity": [3]},
    ),
    (
        {"recognizer": "mine", "config_mask": ("features.profanity_filter",)},
        {"config_mask.paths": ["features.profanity_filter", AUDIO_PATH]},
    ),
]

# Fields of the proto that no setting reaches, and why.
LEFT_OUT = {
    "config.auto_decoding_config": "the session decodes, and counts frames",
    "config.features.diarization_config": "refused on streams",
    **dict.fromkeys(
        (
            f"config.adaptation.{holder}.{name}"
            for holder in ("phrase_sets.inline_phrase_set", "custom_classes")
            for name in (
                *("uid", "display_name", "state", "create_time", "update_time", "delete_time"),
                *("expire_time", "annotations", "etag", "reconciling", "kms_key_name"),
                "kms_key_version_name",
            )
        ),
        "of a resource that the service keeps",
    ),
    "config.adaptation.phrase_sets.inline_phrase_set.name": "of a resource that the service keeps",
}


def leaves(descriptor: Any, path: str = "") -> Iterator[str]:
    """The paths of all fields below a message that hold a value."""
    for item in descriptor.fields:
        inner = item.message_type
        if (
            path + item.name in LEFT_OUT
            or inner is None
            or inner.full_name.startswith("google.protobuf")
        ):
            paths = inner.full_name == "google.protobuf.FieldMask" if inner is not None else False
            yield f"{path}{item.name}.paths" if paths else path + item.name
        else:
            yield from leaves(inner, f"{path}{item.name}.")


def values(part: Any, path: str) -> list[Any]:
    """What stands at a path, in every message that a list on the way holds; nothing that is not set."""
    name, _, rest = path.partition(".")
    item = part.DESCRIPTOR.fields_by_name[name]
    found = getattr(part, name)
    if item.is_repeated:
        inner = list(found)
    else:
        is_set = part.HasField(name) if item.has_presence else bool(found)
        inner = [found] if is_set else []
    if rest:
        return [value for child in inner for value in values(child, rest)]
    if item.message_type is not None and item.message_type.name == "Duration":
        return [value.ToNanoseconds() / 1e9 for value in inner]
    return [value for value in inner if value]


@pytest.mark.parametrize(("change", "expected"), SENT, ids=[next(iter(change)) for change, _ in SENT])
def test_each_setting_goes_where_the_proto_has_it(
    change: dict[str, Any], expected: dict[str, Any]
) -> None:
    sent = message(SessionConfig(**change))
    assert {path: values(sent, path) for path in expected} == {
        path: value if isinstance(value, list) else [value] for path, value in expected.items()
    }


def test_each_setting_leaves_the_rest_alone() -> None:
    before = SessionConfig(interim_results=False, enable_word_time_offsets=False)
    paths = list(leaves(types.StreamingRecognitionConfig.pb().DESCRIPTOR))
    for change, expected in SENT:
        after = message(replace(before, **change))
        changed = {path for path in paths if values(after, path) != values(message(before), path)}
        assert changed == set(expected), change


def test_every_field_of_the_proto_is_reached_by_a_setting_or_left_out_for_a_reason() -> None:
    reached = {path for _, expected in SENT for path in expected}
    assert set(leaves(types.StreamingRecognitionConfig.pb().DESCRIPTOR)) == reached | set(LEFT_OUT)


def test_every_setting_that_is_not_ours_is_sent() -> None:
    ours = {"min_confidence", "raw", "strict", "renewal", "retry", "buffer", "idle"}
    ours |= {"stall_timeout", "drain_timeout", "catch_up", "budget", "prices", "preprocess", "turn"}
    sent = {name for change, _ in SENT for name in change}
    assert {field.name for field in fields(SessionConfig)} == sent | ours


def test_the_paths_of_a_mask_are_those_of_the_proto() -> None:
    paths = set()
    for item in types.RecognitionConfig.pb().DESCRIPTOR.fields:
        if item.name.endswith("decoding_config"):
            continue
        paths.add(item.name)
        if item.message_type is not None:
            paths |= {f"{item.name}.{inner.name}" for inner in item.message_type.fields}
    assert set(PATHS) == paths


FLAGS = (
    "enable_word_confidence",
    "enable_automatic_punctuation",
    "enable_spoken_punctuation",
    "enable_spoken_emojis",
    "profanity_filter",
)


@given(
    st.fixed_dictionaries(
        {
            **dict.fromkeys((*FLAGS, "enable_word_time_offsets"), st.booleans()),
            "language_codes": st.lists(st.sampled_from(["en-US", "de-DE", "cmn-Hans-CN"]), min_size=1),
            "model": st.text(min_size=1),
            "max_alternatives": st.integers(0, 30),
            "multi_channel_mode": st.sampled_from(MultiChannelMode),
            "endpointing_sensitivity": st.sampled_from(EndpointingSensitivity),
            "speech_end_timeout": st.none() | st.floats(0.51, 59),
            "custom_prompt": st.text(),
        }
    ),
    st.lists(st.builds(Phrase, st.text(min_size=1), st.integers(0, 20)), max_size=5),
)
def test_whatever_is_set_can_be_read_back(settings: dict[str, Any], phrases: list[Phrase]) -> None:
    sets = (PhraseSet(tuple(phrases)),) if phrases else ()
    sent = message(SessionConfig(**settings, adaptation=SpeechAdaptation(phrase_sets=sets)))
    config, features = sent.config, sent.config.features
    read = {name: getattr(features, name) for name in (*FLAGS, "enable_word_time_offsets")}
    timeout = sent.streaming_features.voice_activity_timeout
    read |= {
        "language_codes": list(config.language_codes),
        "model": config.model,
        "max_alternatives": features.max_alternatives,
        "multi_channel_mode": list(MultiChannelMode)[features.multi_channel_mode],
        "endpointing_sensitivity": types.StreamingRecognitionFeatures.EndpointingSensitivity(
            sent.streaming_features.endpointing_sensitivity
        ).name,
        "speech_end_timeout": None,
        "custom_prompt": features.custom_prompt_config.custom_prompt,
    }
    if timeout.HasField("speech_end_timeout"):
        read["speech_end_timeout"] = pytest.approx(timeout.speech_end_timeout.ToNanoseconds() / 1e9)
    if settings["max_alternatives"] == 1:
        read["max_alternatives"] = 1  # the same as none at all
    assert settings == read
    heard = [
        (phrase.value, phrase.boost)
        for item in config.adaptation.phrase_sets
        for phrase in item.inline_phrase_set.phrases
    ]
    assert heard == [(phrase.value, phrase.boost) for phrase in phrases]


class TestWordTimes:
    @pytest.mark.parametrize(
        ("model", "are_asked_for"),
        [("long", True), ("chirp_2", True), ("chirp_3", False), ("something_new", True)],
    )
    def test_are_asked_for_wherever_the_model_gives_them(
        self, model: str, *, are_asked_for: bool
    ) -> None:
        config = SessionConfig(model=model)
        assert message(config).config.features.enable_word_time_offsets is are_asked_for

    def test_may_be_asked_for_all_the_same(self) -> None:
        config = SessionConfig(model="chirp_3", enable_word_time_offsets=True)
        assert message(config).config.features.enable_word_time_offsets

    def test_are_those_of_the_model_that_is_given_raw(self) -> None:
        raw = types.StreamingRecognitionConfig(config=types.RecognitionConfig(model="chirp_3"))
        assert not message(SessionConfig(raw=raw)).config.features.enable_word_time_offsets


class TestARecognizerResource:
    def test_keeps_every_setting_that_is_not_given(self) -> None:
        config = SessionConfig(recognizer="mine", model="", language_codes=())
        sent = MessageToDict(message(config).config, preserving_proto_field_name=True)
        assert sent.pop("explicit_decoding_config")
        assert not any(sent.values())

    def test_keeps_what_the_mask_does_not_name_but_for_the_audio(self) -> None:
        config = SessionConfig(recognizer="mine", config_mask=("model", AUDIO_PATH))
        assert list(message(config).config_mask.paths) == ["model", AUDIO_PATH]

    @pytest.mark.parametrize(
        "mask", [("model",), ("model", "features"), ("features.multi_channel_mode",)]
    )
    def test_does_not_choose_the_channels(self, mask: tuple[str, ...]) -> None:
        for mode in MultiChannelMode:
            config = SessionConfig(
                recognizer="mine", config_mask=mask, audio_channel_count=2, multi_channel_mode=mode
            )
            paths = [*mask, AUDIO_PATH, "features.multi_channel_mode"]
            assert list(message(config).config_mask.paths) == list(dict.fromkeys(paths))

    def test_does_not_choose_the_channels_without_a_mask_either(self) -> None:
        config = SessionConfig(
            recognizer="mine",
            model="",
            language_codes=(),
            audio_channel_count=2,
            profanity_filter=True,
            target_language="en",
        )
        assert sorted(message(config).config_mask.paths) == [
            AUDIO_PATH,
            "features.multi_channel_mode",
            "features.profanity_filter",
            "translation_config",
        ]
        config = replace(config, multi_channel_mode=MultiChannelMode.SEPARATE_RECOGNITION_PER_CHANNEL)
        assert not message(config).HasField("config_mask")

    def test_may_be_replaced_altogether(self) -> None:
        config = SessionConfig(recognizer="mine", config_mask=("*",))
        assert list(message(config).config_mask.paths) == ["*"]


class TestRaw:
    @pytest.mark.parametrize("as_raw_protobuf", [False, True])
    def test_is_laid_over_the_fields_and_its_lists_take_the_place_of_lists(
        self, *, as_raw_protobuf: bool
    ) -> None:
        raw = types.StreamingRecognitionConfig(
            config=types.RecognitionConfig(
                language_codes=["fr-FR"],
                features=types.RecognitionFeatures(diarization_config={}),
                adaptation={"phrase_sets": [{"phrase_set": "theirs"}]},
                translation_config=types.TranslationConfig(target_language="en"),
            )
        )
        given_raw = types.StreamingRecognitionConfig.pb(raw) if as_raw_protobuf else raw
        check_raw(given_raw)
        sent = message(SessionConfig(model="chirp_2", adaptation=ADAPTATION, raw=given_raw)).config
        assert list(sent.language_codes) == ["fr-FR"]
        assert sent.translation_config.target_language == "en"
        assert sent.features.HasField("diarization_config")
        assert sent.features.enable_word_time_offsets
        assert [item.phrase_set for item in sent.adaptation.phrase_sets] == ["theirs"]
        assert [item.name for item in sent.adaptation.custom_classes] == ["cantons"]
        assert sent.model == "chirp_2"

    @pytest.mark.parametrize("raw", [{"config": {}}, types.RecognitionConfig(), "x"])
    def test_is_a_streaming_recognition_config(self, raw: object) -> None:
        with pytest.raises(ConfigurationError, match=r"^raw: \w+ is not a StreamingRecognitionConfig\n"):
            check_raw(raw)

    @pytest.mark.parametrize("mask", [{"paths": ["features"]}, {}])
    def test_does_not_choose_which_fields_count(self, mask: dict[str, Any]) -> None:
        raw = types.StreamingRecognitionConfig(config_mask=mask)
        with pytest.raises(ConfigurationError, match=r"^raw: sets config_mask"):
            check_raw(raw)

    @pytest.mark.parametrize("as_raw_protobuf", [False, True])
    def test_is_known_to_the_session_where_it_matters_there(self, *, as_raw_protobuf: bool) -> None:
        raw = types.StreamingRecognitionConfig(
            config={"model": "chirp_3", "features": {"multi_channel_mode": 1}},
            streaming_features={
                "voice_activity_timeout": {"speech_end_timeout": {"nanos": 750_000_000}}
            },
        )
        given_raw = types.StreamingRecognitionConfig.pb(raw) if as_raw_protobuf else raw
        config = SessionConfig(raw=given_raw, audio_channel_count=2, speech_start_timeout=5.0)
        assert config.requested_model == "chirp_3"
        assert config.recognized_channels == (1, 2)
        assert config.speech_timeouts == (5.0, 0.75)
        nothing = types.StreamingRecognitionConfig()
        given_nothing = types.StreamingRecognitionConfig.pb(nothing) if as_raw_protobuf else nothing
        config = SessionConfig(raw=given_nothing, model="short", speech_end_timeout=2.0)
        assert config.requested_model == "short"
        assert config.recognized_channels == (None,)
        assert config.speech_timeouts == (None, 2.0)

    @pytest.mark.parametrize("decoding", ["explicit_decoding_config", "auto_decoding_config"])
    def test_does_not_change_the_format_of_the_audio(self, decoding: str) -> None:
        raw = types.StreamingRecognitionConfig(config={decoding: {}})
        with pytest.raises(ConfigurationError, match=f"^raw: sets {decoding}") as refusal:
            check_raw(raw)
        assert "send_from" in refusal.value.hint
