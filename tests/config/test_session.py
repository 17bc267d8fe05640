from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from google.cloud.speech_v2 import types

from asyncspeech.config import (
    BufferPolicy,
    IdleMode,
    IdlePolicy,
    MultiChannelMode,
    NormalizationEntry,
    RenewalPolicy,
    RetryPolicy,
    SessionConfig,
    WhenFull,
)
from asyncspeech.errors import ConfigurationError
from asyncspeech.model import AudioEncoding


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("language_codes", ()),
        ("language_codes", ""),
        ("language_codes", ("en US",)),
        ("language_codes", ("日本",)),
        ("language_codes", ("e",)),
        ("language_codes", ("en-",)),
        ("language_codes", ("english-with-americanisms",)),
        ("model", ""),
        ("encoding", "FLAC"),
        ("sample_rate_hertz", 7_999),
        ("sample_rate_hertz", 48_001),
        ("sample_rate_hertz", 16_000.5),
        ("audio_channel_count", 0),
        ("audio_channel_count", 9),
        ("max_alternatives", -1),
        ("max_alternatives", 31),
        ("recognizer", ""),
        ("recognizer", None),
        ("model", 3),
        ("language_codes", (3,)),
        ("adaptation", ("Bern",)),
        ("adaptation", None),
        ("custom_prompt", 3),
        ("denoise_audio", "yes"),
        ("snr_threshold", -1.0),
        ("interim_results", 1),
        ("enable_word_time_offsets", "yes"),
        ("enable_word_confidence", None),
        ("enable_spoken_punctuation", 1),
        ("enable_spoken_emojis", "no"),
        ("transcript_normalization", (("a", "b"),)),
        ("target_language", "en US"),
        ("target_language", 3),
        ("min_confidence", -0.1),
        ("min_confidence", 1.1),
        ("min_confidence", "much"),
        ("speech_start_timeout", 0.5),
        ("speech_start_timeout", 60.0),
        ("speech_end_timeout", 0),
        ("speech_end_timeout", "1"),
        ("endpointing_sensitivity", "SHORT"),
        ("config_mask", ("model",)),
        ("config_mask", "model"),
        ("config_mask", ("models",)),
        ("config_mask", ("*", "model")),
        ("strict", 0),
        ("renewal", None),
        ("retry", 3),
        ("recognizer", "projects/p/locations/global/recognizers/r"),
        ("stall_timeout", 0),
        ("stall_timeout", "10"),
        ("catch_up", 1),
        ("catch_up", 0),
        ("catch_up", float("nan")),
        ("catch_up", None),
        ("multi_channel_mode", "EACH"),
        ("drain_timeout", 0),
        ("drain_timeout", float("nan")),
    ],
)
def test_a_value_out_of_range_is_refused_by_the_name_of_its_field(field: str, value: object) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        SessionConfig(**{field: value})  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert str(refusal.value).startswith(f"{field}: ")
    assert "\n" not in str(refusal.value)


POLICIES = [BufferPolicy, IdlePolicy, RenewalPolicy, RetryPolicy]
FIGURES = [
    (policy, field.name)
    for policy in POLICIES
    for field in dataclasses.fields(policy)
    if isinstance(field.default, float)
]


@pytest.mark.parametrize(("policy", "field"), FIGURES)
@pytest.mark.parametrize("value", [0, -1.0, float("nan"), None, "1"])
def test_a_figure_of_a_policy_is_a_number_above_zero(policy: type, field: str, value: object) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        policy(**{field: value})
    assert refusal.value.field == field


@pytest.mark.parametrize(("policy", "field"), FIGURES)
def test_a_policy_explains_each_of_its_figures(policy: type, field: str) -> None:
    assert f"{field}: " in (policy.__doc__ or "")


def test_a_stream_is_not_replaced_for_certain_before_it_may_be() -> None:
    with pytest.raises(ConfigurationError, match=r"^by: 200 s is before after=240 s"):
        RenewalPolicy(by=200)
    assert RenewalPolicy(after=7, by=7).by == 7


def test_an_overlap_is_no_longer_than_a_stream() -> None:
    with pytest.raises(ConfigurationError, match=r"^overlap: 12 s is longer than by=11 s"):
        RenewalPolicy(after=8, by=11, overlap=12)


def test_patience_may_be_endless() -> None:
    assert RetryPolicy(max_outage=float("inf")).max_outage == float("inf")


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_cannot_be_changed(policy: type) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(policy(), dataclasses.fields(policy)[0].name, 1.0)


def test_modes_may_be_given_by_their_values() -> None:
    assert BufferPolicy(when_full="drop-oldest").when_full is WhenFull.DROP_OLDEST  # type: ignore[arg-type]
    assert IdlePolicy(mode="keep-alive").mode is IdleMode.KEEP_ALIVE  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "field", "names"),
    [(BufferPolicy, "when_full", "wait, drop-oldest, raise"), (IdlePolicy, "mode", "park, keep-alive")],
)
def test_an_unknown_mode_is_refused_with_those_that_there_are(
    policy: type, field: str, names: str
) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        policy(**{field: "sleep"})
    assert str(refusal.value) == f"{field}: 'sleep' is none of {names}"


SEPARATE = MultiChannelMode.SEPARATE_RECOGNITION_PER_CHANNEL


def test_channels_are_told_apart_only_if_that_is_asked_for() -> None:
    assert SessionConfig(audio_channel_count=2).recognized_channels == (None,)
    separate = SessionConfig(audio_channel_count=2, multi_channel_mode=SEPARATE)
    assert separate.recognized_channels == (1, 2)


@pytest.mark.parametrize("as_raw_protobuf", [False, True])
@pytest.mark.parametrize(("number", "channels"), [(0, (None,)), (1, (1, 2, 3))])
def test_channels_may_be_told_apart_by_what_is_given_raw(
    *, as_raw_protobuf: bool, number: int, channels: tuple[int | None, ...]
) -> None:
    features = types.RecognitionFeatures(multi_channel_mode=number)
    raw = types.StreamingRecognitionConfig(config=types.RecognitionConfig(features=features))
    given_raw = types.StreamingRecognitionConfig.pb(raw) if as_raw_protobuf else raw
    assert SessionConfig(audio_channel_count=3, raw=given_raw).recognized_channels == channels


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("en-us", "en-US"),
        ("EN", "en"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("cmn-Hans-CN", "cmn-Hans-CN"),
        ("es-419", "es-419"),
        ("auto", "auto"),
    ],
)
def test_language_tags_get_their_usual_case(given: str, normal: str) -> None:
    assert SessionConfig(language_codes=(given,)).language_codes == (normal,)


def test_one_language_may_be_given_as_a_string() -> None:
    assert SessionConfig(language_codes="de-de").language_codes == ("de-DE",)  # type: ignore[arg-type]


def test_a_recogniser_resource_may_bring_the_model_and_the_languages() -> None:
    config = SessionConfig(recognizer="mine", model="", language_codes=())
    assert (config.model, config.language_codes) == ("", ())


def test_a_path_of_a_mask_that_is_mistyped_is_told_with_the_one_that_is_meant() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        SessionConfig(recognizer="mine", config_mask=("features.profanity",))
    assert refusal.value.hint == "did you mean 'features.profanity_filter'?"


def test_lists_become_tuples() -> None:
    entries = [NormalizationEntry("a", "b")]
    config = SessionConfig(
        language_codes=["de-DE"],  # type: ignore[arg-type]
        transcript_normalization=entries,  # type: ignore[arg-type]
        recognizer="mine",
        config_mask=["model"],  # type: ignore[arg-type]
    )
    assert config.language_codes == ("de-DE",)
    assert config.transcript_normalization == tuple(entries)
    assert config.config_mask == ("model",)
    assert hash(config) == hash(config)


def test_the_target_language_gets_its_usual_case() -> None:
    assert SessionConfig(target_language="fr-ca").target_language == "fr-CA"


def test_an_encoding_may_be_given_by_its_name() -> None:
    config = SessionConfig(encoding="MULAW", sample_rate_hertz=8_000)  # type: ignore[arg-type]
    assert config.encoding is AudioEncoding.MULAW
    assert config.audio_format.frame_bytes == 1


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SessionConfig().model = "short"  # type: ignore[misc]


class Odd:
    """A value that shows itself in several lines, and long."""

    def __repr__(self) -> str:
        return "<odd\n" + "value " * 100 + ">"


# Nothing that any setting may be, though some would do for a while.
ODD_VALUES = [
    Odd(),
    Odd,
    1j,
    -1.5,
    float("nan"),
    -(10**400),
    b"x",
    "\ud800",
    {3: 1},
    (Odd(),),
    np.ones(3),
]


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(SessionConfig)])
@pytest.mark.parametrize("value", ODD_VALUES, ids=range(len(ODD_VALUES)))
def test_no_value_is_so_odd_that_the_error_is_not_ours_and_one_line(field: str, value: Any) -> None:
    if field == "raw":  # that one is looked at by the transport, which knows the protos
        return
    with pytest.raises(ConfigurationError) as caught:
        SessionConfig(**{field: value})
    assert caught.value.field == field
    assert "\n" not in caught.value.message + caught.value.hint
    assert len(caught.value.message) < 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sample_rate_hertz", 16_000.0),
        ("audio_channel_count", True),
        ("max_alternatives", True),
        ("min_confidence", True),
        ("speech_end_timeout", True),
        ("stall_timeout", 10**400),
        ("stall_timeout", True),
        ("snr_threshold", 10**400),
        ("snr_threshold", float("inf")),
        ("catch_up", float("inf")),
        ("custom_prompt", "half a pair: \ud800"),
        ("recognizer", "two\nlines"),
        ("language_codes", ("en-US\n",)),
        ("budget", 1.0),
    ],
)
def test_what_looks_right_and_would_fail_later_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{field}: "):
        SessionConfig(**{field: value})


def test_numbers_of_numpys_are_numbers() -> None:
    rate: Any = np.int64(8_000)
    assert SessionConfig(sample_rate_hertz=rate).sample_rate_hertz == 8_000
