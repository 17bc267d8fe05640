from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from google.cloud.speech_v2 import types
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.core.events import Activity
from asyncspeech.transport import messages

if TYPE_CHECKING:
    from asyncspeech.core.events import StreamResponse


@given(st.binary(min_size=1, max_size=messages.MAX_AUDIO_BYTES))
def test_an_audio_message_is_what_the_library_would_write(audio: bytes) -> None:
    request = types.StreamingRecognizeRequest(audio=audio)
    assert messages.audio_request(audio) == types.StreamingRecognizeRequest.serialize(request)


def test_an_audio_message_is_the_tag_the_length_and_the_audio() -> None:
    assert messages.audio_request(b"x" * 3_200) == b"\x2a\x80\x19" + b"x" * 3_200


def heard(response: types.StreamingRecognizeResponse, *, rate: int = 16_000) -> StreamResponse:
    return messages.read_response(types.StreamingRecognizeResponse.pb(response), 7, rate)


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
    told = heard(response)
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
    told = heard(types.StreamingRecognizeResponse())
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
    assert heard(response).activity == activity


def test_a_word_without_offsets_has_no_times_and_a_result_without_an_end_has_none() -> None:
    response = types.StreamingRecognizeResponse(
        results=[
            types.StreamingRecognitionResult(
                alternatives=[types.SpeechRecognitionAlternative(words=[types.WordInfo(word="x")])],
                stability=0.5,
            )
        ]
    )
    (result,) = heard(response).results
    assert (result.end, result.stability, result.channel) == (None, 0.5, None)
    word = result.alternatives[0].words[0]
    assert (word.start, word.end) == (None, None)


@pytest.mark.parametrize(("told", "read"), [(1.5, 1.0), (-1.0, None), (float("nan"), None)])
def test_a_likelihood_is_never_outside_of_0_to_1(told: float, read: float | None) -> None:
    response = types.StreamingRecognizeResponse(
        results=[
            types.StreamingRecognitionResult(
                alternatives=[
                    types.SpeechRecognitionAlternative(
                        confidence=told, words=[types.WordInfo(word="x", confidence=told)]
                    )
                ],
                stability=told,
            )
        ]
    )
    (result,) = heard(response).results
    (alternative,) = result.alternatives
    (word,) = alternative.words
    assert (result.stability, alternative.confidence, word.confidence) == (read, read, read)


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
    assert heard(response, rate=rate).results[0].end == frames
