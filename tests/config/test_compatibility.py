"""What the service is known not to have is refused before anything is sent, with what there is."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import pytest
from google.cloud.speech_v2 import types
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech import (
    ConfigurationError,
    ConfigurationWarning,
    CustomClass,
    NormalizationEntry,
    Phrase,
    PhraseSet,
    SessionConfig,
    SpeechAdaptation,
)
from asyncspeech.capabilities import LIMIT_SOURCES, LIMITS, MODELS, location_ids
from asyncspeech.config import check_compatibility, usual_locations
from asyncspeech.emulator import Limits
from asyncspeech.emulator.capabilities import Method, check_capabilities
from asyncspeech.emulator.configuration import check_config
from asyncspeech.emulator.errors import Refusal
from asyncspeech.transport.configuration import config_request

CHIRP_3 = {"model": "chirp_3"}


def phrase_sets(*counts: int, text: str = "word") -> dict[str, Any]:
    sets = tuple(PhraseSet((text,) * count) for count in counts)
    return {"adaptation": SpeechAdaptation(phrase_sets=sets)}


def raw(**config: Any) -> dict[str, Any]:
    message = types.StreamingRecognitionConfig(config=types.RecognitionConfig(**config))
    return {"raw": message}


class Refused(NamedTuple):
    """Where, what, the error's text and its hint."""

    location: str
    settings: dict[str, Any]
    text: str
    hint: str = ""


REFUSED = [
    Refused(
        "europe-west99",
        {},
        "location: there is none called 'europe-west99'",
        "did you mean 'europe-west4'?",
    ),
    Refused("global", CHIRP_3, "model: chirp_3 is not in global", "use location='eu' or 'us'"),
    Refused(
        "us",
        {"model": "chirp_2"},
        "model: chirp_2 is not in us",
        "use location='asia-southeast1' or 'europe-west4' or 'us-central1'",
    ),
    Refused(
        "us", {"model": "chirp3"}, "model: there is none called 'chirp3'", "did you mean 'chirp_3'?"
    ),
    Refused(
        "us",
        {"model": "whisper"},
        "model: there is none called 'whisper'",
        f"there are {', '.join(sorted(model.name for model in MODELS))}",
    ),
    Refused(
        "us-central1",
        {"model": "chirp"},
        "model: chirp recognises recordings only, and no streams",
        "in us-central1 there are long, short, latest_long, latest_short, chirp_2",
    ),
    Refused(
        "global",
        {"language_codes": "zh"},
        "language_codes: long does not know zh",
        "use language_codes='cmn-Hans-CN' or 'cmn-Hant-TW'",
    ),
    Refused(
        "global",
        {"language_codes": "en-CA"},
        "language_codes: long does not know en-CA",
        "use language_codes='en-AU' or 'en-GB' or 'en-IN' or 'en-PH'",
    ),
    Refused(
        "global",
        {"language_codes": "he-IL"},
        "language_codes: long does not know he-IL",
        "use language_codes='iw-IL'",
    ),
    Refused(
        "global",
        {"language_codes": "auto"},
        "language_codes: long does not know auto",
        "use model='chirp_3', in eu, us",
    ),
    Refused(
        "global",
        {"model": "telephony", "language_codes": "uk-UA"},
        "language_codes: telephony does not know uk-UA",
        "in global it is known to long, short, latest_long, latest_short",
    ),
    Refused(
        "us-central1",
        {"model": "chirp_2", "language_codes": "gu-IN"},
        "language_codes: chirp_2 knows gu-IN in recordings only, and not on streams",
        "in us-central1 it is known to long, short, latest_long, latest_short",
    ),
    Refused(
        "asia-southeast1",
        {"model": "chirp_3", "language_codes": "hi-IN"},
        "language_codes: chirp_3 is no longer available in hi-IN in asia-southeast1",
        "use location='eu' or 'us'",
    ),
    Refused(
        "us-central1",
        {"language_codes": ("en-US", "de-DE")},
        "language_codes: several languages at once are not recognised in us-central1",
        "give one, or use location='eu' or 'global' or 'us'",
    ),
    Refused(
        "global",
        {"language_codes": ("en-US", "de-DE", "fr-FR", "it-IT")},
        "language_codes: there are 4, and at most 3 may be given",
        "keep the likeliest: ('en-US', 'de-DE', 'fr-FR')",
    ),
    Refused(
        "us",
        {**CHIRP_3, "enable_word_confidence": True},
        "enable_word_confidence: chirp_3 cannot do that",
        "leave it out, or use long or short or latest_long or latest_short or telephony or "
        "telephony_short or medical_dictation or medical_conversation or chirp_2",
    ),
    Refused(
        "us",
        {**CHIRP_3, "enable_word_time_offsets": True},
        "enable_word_time_offsets: chirp_3 gives words their times in recordings only, and not on "
        "streams",
        "leave it out; every result has its own start and end",
    ),
    Refused(
        "global",
        {"custom_prompt": "In verse."},
        "custom_prompt: long cannot do that",
        "leave it out, or use chirp_3",
    ),
    Refused(
        "global",
        {"target_language": "de-DE"},
        "target_language: long cannot do that",
        "leave it out, or use chirp_2",
    ),
    Refused(
        "global",
        {
            "model": "latest_short",
            "audio_channel_count": 2,
            "multi_channel_mode": "SEPARATE_RECOGNITION_PER_CHANNEL",
        },
        "multi_channel_mode: latest_short recognises the first channel alone",
        "use model='latest_long', or a session for each channel",
    ),
    Refused(
        "global",
        phrase_sets(*[1] * 21),
        "adaptation.phrase_sets: there are 21 phrase sets, and at most 20 may be given",
    ),
    Refused(
        "global",
        phrase_sets(1_201),
        "adaptation.phrase_sets[0]: there are 1201 phrases, and at most 1200 may be given",
    ),
    Refused(
        "global",
        phrase_sets(*[1_100] * 5),
        "adaptation.phrase_sets: there are 5500 phrases, and at most 5000 may be given",
    ),
    Refused(
        "us",
        {**CHIRP_3, **phrase_sets(1_001)},
        "adaptation.phrase_sets: there are 1001 phrases, and at most 1000 may be given",
    ),
    Refused(
        "global",
        phrase_sets(*[1_200] * 4, text="x" * 50),
        "adaptation.phrase_sets: there are 240000 characters in all, and at most 100000 may be given",
    ),
    Refused(
        "global",
        phrase_sets(1, text="x" * 101),
        "adaptation.phrase_sets[0]: a phrase has 101 characters, and may have 100: "
        "'xxxxxxxxxxxxxxxxxxxx'…",
    ),
    Refused(
        "global",
        {"adaptation": SpeechAdaptation(custom_classes=[CustomClass("c", ("x",))] * 21)},  # type: ignore[arg-type]
        "adaptation.custom_classes: there are 21 classes, and at most 20 may be given",
    ),
    Refused(
        "global",
        {"adaptation": SpeechAdaptation(custom_classes=(CustomClass("c", ("x",) * 501),))},
        "adaptation.custom_classes[0]: there are 501 items, and at most 500 may be given",
    ),
    Refused(
        "global",
        {"adaptation": SpeechAdaptation(custom_classes=(CustomClass("c", ("y" * 501,)),))},
        "adaptation.custom_classes[0]: an item has 501 characters, and may have 500: "
        "'yyyyyyyyyyyyyyyyyyyy'…",
    ),
    Refused(
        "global",
        {"transcript_normalization": (NormalizationEntry("a", "b"),) * 101},
        "transcript_normalization: there are 101 entries, and at most 100 may be given",
    ),
    Refused(
        "global",
        {"transcript_normalization": (NormalizationEntry("z" * 101, ""),)},
        "transcript_normalization: a text to search for has 101 characters, and may have 100: "
        "'zzzzzzzzzzzzzzzzzzzz'…",
    ),
    Refused(
        "global", raw(model="chirp_3"), "model: chirp_3 is not in global", "use location='eu' or 'us'"
    ),
    Refused(
        "global",
        raw(language_codes=["zh"]),
        "language_codes: long does not know zh",
        "use language_codes='cmn-Hans-CN' or 'cmn-Hant-TW'",
    ),
]


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.text)
def test_it_is_refused_by_the_field_with_the_nearest_that_there_is(row: Refused) -> None:
    config = SessionConfig(**row.settings)
    with pytest.raises(ConfigurationError) as refusal:
        check_compatibility(config, row.location)
    assert (str(refusal.value), refusal.value.hint) == (row.text, row.hint)
    assert row.text.startswith(f"{refusal.value.field}: ")


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.text)
def test_it_may_be_waved_through_with_a_warning(row: Refused) -> None:
    with pytest.warns(ConfigurationWarning) as warned:
        check_compatibility(SessionConfig(**row.settings, strict=False), row.location)
    assert str(warned[0].message) == (f"{row.text} ({row.hint})" if row.hint else row.text)


@pytest.mark.parametrize(
    ("location", "settings"),
    [
        ("global", {}),
        ("us", CHIRP_3),
        ("eu", {**CHIRP_3, "language_codes": "auto"}),
        ("eu", {**CHIRP_3, "custom_prompt": "In verse."}),
        ("us-central1", {"model": "chirp_2", "target_language": "de-DE"}),
        ("global", {"language_codes": ("en-US", "de-DE", "fr-FR")}),
        ("global", phrase_sets(1_200, 1_200)),
        ("global", raw(model="telephony", language_codes=["en-US"])),
        ("us", {"model": "long", **raw(model="chirp_3")}),
    ],
)
def test_what_there_is_passes_without_a_word(location: str, settings: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_compatibility(SessionConfig(**settings), location)


class TestARecognizerResource:
    def test_is_asked_for_nothing_that_depends_on_its_model(self) -> None:
        config = SessionConfig(recognizer="mine", model="", language_codes=(), custom_prompt="In verse.")
        check_compatibility(config, "us-central1")

    def test_is_subject_to_the_limits_of_requests_all_the_same(self) -> None:
        config = SessionConfig(recognizer="mine", model="", **phrase_sets(1_201))
        with pytest.raises(ConfigurationError, match="1201 phrases"):
            check_compatibility(config, "global")


def test_every_problem_is_warned_of() -> None:
    config = SessionConfig(
        model="chirp_3", language_codes=("xx",), enable_word_confidence=True, strict=False
    )
    with pytest.warns(ConfigurationWarning) as warned:
        check_compatibility(config, "global")
    assert [str(warning.message).partition(":")[0] for warning in warned] == [
        "model",
        "language_codes",
        "enable_word_confidence",
    ]


def test_a_warning_points_to_the_line_that_opened_the_session() -> None:
    def client_session(config: SessionConfig) -> None:
        check_compatibility(config, "global")

    with pytest.warns(ConfigurationWarning) as warned:
        client_session(SessionConfig(model="x", strict=False))
    assert warned[0].filename == __file__


# Our rules and the emulator's are written apart. Where they disagree, one of them is wrong.

LANGUAGES = ["en-US", "de-DE", "zh", "gu-IN", "hi-IN", "uk-UA", "auto", "cmn-Hans-CN", "en-CA"]
FLAGS = (
    "enable_word_time_offsets",
    "enable_word_confidence",
    "enable_automatic_punctuation",
    "enable_spoken_punctuation",
    "enable_spoken_emojis",
    "profanity_filter",
)
CONFIGS = st.builds(
    SessionConfig,
    model=st.sampled_from([*(model.name for model in MODELS), "chirp_4"]),
    language_codes=st.lists(st.sampled_from(LANGUAGES), min_size=1, max_size=4, unique=True),
    custom_prompt=st.sampled_from(["", "In verse."]),
    target_language=st.sampled_from(["", "de-DE"]),
    adaptation=st.sampled_from([SpeechAdaptation(), SpeechAdaptation(phrase_sets=(PhraseSet(("a",)),))]),
    transcript_normalization=st.sampled_from([(), (NormalizationEntry("a", "b"),) * 101]),
    multi_channel_mode=st.sampled_from(
        ["MULTI_CHANNEL_MODE_UNSPECIFIED", "SEPARATE_RECOGNITION_PER_CHANNEL"]
    ),
    **{flag: st.sampled_from([False, False, False, True]) for flag in FLAGS},
)


def is_refused_by_us(config: SessionConfig, location: str) -> bool:
    try:
        check_compatibility(config, location)
    except ConfigurationError:
        return True
    return False


def is_refused_by_the_emulator(config: SessionConfig, location: str) -> bool:
    request = types.StreamingRecognizeRequest.pb(config_request(config, "r"))
    sent = request.streaming_config.config
    try:
        check_config(sent, Limits())
        check_capabilities(
            sent, location=location, method=Method.STREAMING_RECOGNIZE, project_number="1"
        )
    except Refusal:
        return True
    return False


@given(CONFIGS, st.sampled_from(location_ids(MODELS)))
def test_we_refuse_what_the_emulator_refuses_and_nothing_else(
    config: SessionConfig, location: str
) -> None:
    assert is_refused_by_us(config, location) == is_refused_by_the_emulator(config, location)


@pytest.mark.parametrize("location", location_ids(MODELS))
@pytest.mark.parametrize("model", [model.name for model in MODELS])
def test_so_it_is_for_every_model_everywhere(model: str, location: str) -> None:
    for flag in (None, *FLAGS):
        settings: dict[str, Any] = {} if flag is None else {flag: True}
        config = SessionConfig(model=model, **settings)
        ours, theirs = is_refused_by_us(config, location), is_refused_by_the_emulator(config, location)
        assert ours == theirs, flag


class TestTheTable:
    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
    def test_says_of_every_model_where_it_was_read_and_when(self, model: Any) -> None:
        assert model.sources
        for source in model.sources:
            assert source.what
            assert source.text
            assert source.date[:2] == "20"

    def test_says_so_of_every_limit(self) -> None:
        assert set(LIMIT_SOURCES) == set(type(LIMITS).__slots__)

    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
    def test_has_a_usual_place_for_every_model(self, model: Any) -> None:
        assert set(usual_locations(model)) <= set(model.locations)


def test_a_phrase_may_have_a_boost_of_its_own() -> None:
    phrases = (Phrase("x" * 101, boost=3.0),)
    config = SessionConfig(adaptation=SpeechAdaptation(phrase_sets=(PhraseSet(phrases),)))
    with pytest.raises(ConfigurationError, match="a phrase has 101 characters"):
        check_compatibility(config, "global")
