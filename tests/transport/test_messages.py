from __future__ import annotations

import pytest
from google.cloud.speech_v2 import types
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.config import SessionConfig
from asyncspeech.core.events import Activity
from asyncspeech.transport import messages

NAME = "projects/p/locations/global/recognizers/_"


def as_dict(config: SessionConfig) -> dict[str, object]:
    """The first message, as the JSON of its fields that are set."""
    request = types.StreamingRecognizeRequest.pb(messages.config_request(config, NAME))
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
                "features": {"enable_word_time_offsets": True, "max_alternatives": 1},
            },
            "streaming_features": {"interim_results": True},
        },
    }


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ({"language_codes": ("de-DE", "en-US")}, "config.language_codes", ["de-DE", "en-US"]),
        ({"model": "chirp_3"}, "config.model", "chirp_3"),
        ({"encoding": "MULAW"}, "config.explicit_decoding_config.encoding", "MULAW"),
        ({"encoding": "ALAW"}, "config.explicit_decoding_config.encoding", "ALAW"),
        ({"sample_rate_hertz": 8_000}, "config.explicit_decoding_config.sample_rate_hertz", 8_000),
        ({"audio_channel_count": 2}, "config.explicit_decoding_config.audio_channel_count", 2),
        ({"enable_word_confidence": True}, "config.features.enable_word_confidence", True),
        ({"enable_automatic_punctuation": True}, "config.features.enable_automatic_punctuation", True),
        ({"profanity_filter": True}, "config.features.profanity_filter", True),
        ({"max_alternatives": 5}, "config.features.max_alternatives", 5),
        (
            {"multi_channel_mode": "SEPARATE_RECOGNITION_PER_CHANNEL"},
            "config.features.multi_channel_mode",
            "SEPARATE_RECOGNITION_PER_CHANNEL",
        ),
        (
            {"enable_voice_activity_events": True},
            "streaming_features.enable_voice_activity_events",
            True,
        ),
    ],
)
def test_each_field_goes_where_the_proto_has_it(
    change: dict[str, object], path: str, value: object
) -> None:
    found: object = as_dict(SessionConfig(**change))["streaming_config"]  # type: ignore[arg-type]
    for step in path.split("."):
        assert isinstance(found, dict)
        found = found[step]
    assert found == value


@pytest.mark.parametrize("as_raw_protobuf", [False, True])
def test_raw_is_laid_over_the_fields(*, as_raw_protobuf: bool) -> None:
    raw = types.StreamingRecognitionConfig(
        config=types.RecognitionConfig(
            language_codes=["fr-FR"],
            translation_config=types.TranslationConfig(target_language="en"),
        )
    )
    given_raw = types.StreamingRecognitionConfig.pb(raw) if as_raw_protobuf else raw
    streaming = as_dict(SessionConfig(model="chirp_2", raw=given_raw))["streaming_config"]
    assert isinstance(streaming, dict)
    assert streaming["config"]["language_codes"] == ["fr-FR"]
    assert streaming["config"]["translation_config"] == {"target_language": "en"}
    assert streaming["config"]["model"] == "chirp_2"


def test_an_audio_message_is_the_tag_the_length_and_the_audio() -> None:
    request = messages.audio_request(b"x" * 3_200)
    wire = types.StreamingRecognizeRequest.serialize(request)
    assert wire == b"\x2a\x80\x19" + b"x" * 3_200


def read(response: types.StreamingRecognizeResponse) -> object:
    return messages.read_response(response, 7, 16_000)


def test_a_response_is_read_with_its_offsets_as_frames() -> None:
    response = types.StreamingRecognizeResponse(
        results=[
            types.StreamingRecognitionResult(
                alternatives=[
                    types.SpeechRecognitionAlternative(
                        transcript=" to be",
                        confidence=0.5,
                        words=[
                            types.WordInfo(word="to", end_offset={"nanos": 250_000_000}),
                            types.WordInfo(
                                word="be",
                                start_offset={"nanos": 250_000_000},
                                end_offset={"seconds": 1, "nanos": 62_500},
                                confidence=0.25,
                                speaker_label="2",
                            ),
                        ],
                    )
                ],
                is_final=True,
                result_end_offset={"seconds": 2},
                channel_tag=2,
                language_code="en-us",
            )
        ],
        metadata=types.RecognitionResponseMetadata(total_billed_duration={"seconds": 3}),
    )
    told = messages.read_response(response, 7, 16_000)
    assert (told.stream, told.billed_seconds) == (7, 3)
    (result,) = told.results
    assert (result.is_final, result.end, result.channel, result.language_code) == (
        True,
        32_000,
        2,
        "en-us",
    )
    assert result.stability is None
    (alternative,) = result.alternatives
    assert (alternative.text, alternative.confidence) == (" to be", 0.5)
    to, be = alternative.words
    assert (to.start, to.end, to.confidence, to.speaker) == (0, 4_000, None, None)
    assert (be.start, be.end, be.confidence, be.speaker) == (4_000, 16_001, 0.25, "2")


def test_a_response_may_be_all_but_empty() -> None:
    told = messages.read_response(types.StreamingRecognizeResponse(), 0, 16_000)
    assert (told.results, told.billed_seconds, told.activity) == ((), None, None)


@pytest.mark.parametrize(
    ("event", "offset", "activity"),
    [
        (
            "SPEECH_ACTIVITY_BEGIN",
            {"seconds": 1, "nanos": 70_000_000},
            Activity(begins=True, position=17_120),
        ),
        ("SPEECH_ACTIVITY_BEGIN", {}, Activity(begins=True, position=0)),
        ("SPEECH_ACTIVITY_END", {"seconds": 2}, Activity(begins=False, position=32_000)),
        ("END_OF_SINGLE_UTTERANCE", {"seconds": 2}, None),
        (99, {"seconds": 2}, None),
    ],
)
def test_speech_begins_and_ends_where_the_service_says(
    event: str | int, offset: dict[str, int], activity: Activity | None
) -> None:
    response = types.StreamingRecognizeResponse(speech_event_type=event, speech_event_offset=offset)
    assert messages.read_response(response, 0, 16_000).activity == activity


def test_a_word_without_offsets_has_no_times_and_a_result_without_an_end_has_none() -> None:
    response = types.StreamingRecognizeResponse(
        results=[
            types.StreamingRecognitionResult(
                alternatives=[types.SpeechRecognitionAlternative(words=[types.WordInfo(word="x")])],
                stability=0.5,
            )
        ]
    )
    (result,) = messages.read_response(response, 0, 16_000).results
    assert (result.end, result.stability, result.channel) == (None, 0.5, None)
    word = result.alternatives[0].words[0]
    assert (word.start, word.end) == (None, None)


@given(st.integers(0, 48_000 * 86_400), st.sampled_from([8_000, 11_025, 16_000, 22_050, 44_100, 48_000]))
def test_frames_survive_the_way_through_a_duration(frames: int, rate: int) -> None:
    nanos = frames * 1_000_000_000 // rate
    response = types.StreamingRecognizeResponse(
        results=[
            types.StreamingRecognitionResult(
                result_end_offset={"seconds": nanos // 1_000_000_000, "nanos": nanos % 1_000_000_000}
            )
        ]
    )
    assert messages.read_response(response, 0, rate).results[0].end == frames
