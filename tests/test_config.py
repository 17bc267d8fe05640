from __future__ import annotations

import dataclasses

import pytest

from asyncspeech.config import BufferPolicy, SessionConfig
from asyncspeech.errors import ConfigurationError
from asyncspeech.model import AudioEncoding


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("language_codes", ()),
        ("language_codes", ""),
        ("language_codes", ("en US",)),
        ("language_codes", ("日本",)),
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
        ("recognizer", "projects/p/locations/global/recognizers/r"),
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


@pytest.mark.parametrize("seconds", [0, -1.0, float("nan")])
def test_a_buffer_holds_something(seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="max_seconds"):
        BufferPolicy(max_seconds=seconds)


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


def test_an_encoding_may_be_given_by_its_name() -> None:
    config = SessionConfig(encoding="MULAW", sample_rate_hertz=8_000)  # type: ignore[arg-type]
    assert config.encoding is AudioEncoding.MULAW
    assert config.audio_format.frame_bytes == 1


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SessionConfig().model = "short"  # type: ignore[misc]
