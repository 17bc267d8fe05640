"""Google's own clients, as released."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from google.api_core.client_options import ClientOptions
from google.auth import credentials
from google.cloud.speech_v2 import SpeechAsyncClient, SpeechClient, types

from asyncspeech.emulator import coded
from tests.peers.redirect import every_speech_client_at
from tests.peers.support import endpoint, models, paced, seconds
from tests.support.bare import audio_requests, config_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from asyncspeech.emulator import Emulator
    from asyncspeech.emulator.coded import CodedRecording, CodedScore


def first_request(model: str, location: str, rate: int) -> types.StreamingRecognizeRequest:
    return config_request(
        recognizer=f"projects/p/locations/{location}/recognizers/_",
        model=model,
        decoding={"sample_rate_hertz": rate},
        features={"enable_word_time_offsets": True},
    )


def settings(location: str) -> dict[str, Any]:
    """What a client is made with."""
    anonymous: Any = credentials.AnonymousCredentials
    host = endpoint(location).removesuffix(":443")
    return {"credentials": anonymous(), "client_options": ClientOptions(api_endpoint=host)}


def scored(
    recording: CodedRecording, responses: Iterable[types.StreamingRecognizeResponse]
) -> CodedScore:
    words = [
        (word.word, seconds(word.start_offset), seconds(word.end_offset))
        for response in responses
        for result in response.results
        for word in result.alternatives[0].words
    ]
    return coded.score(recording, words)


@models
async def test_the_async_client_hears_every_word_when_it_was_said(
    emulator: Emulator, model: str, location: str, rate: int
) -> None:
    recording = coded.encode(10, sample_rate_hertz=rate)

    async def requests() -> AsyncIterator[types.StreamingRecognizeRequest]:
        yield first_request(model, location, rate)
        async for audio in paced(recording):
            yield types.StreamingRecognizeRequest(audio=audio)

    async with every_speech_client_at(emulator.address) as endpoints:
        client = SpeechAsyncClient(**settings(location))
        call: Any = await client.streaming_recognize(requests=requests())
        score = scored(recording, [response async for response in call])
    assert score.is_perfect
    assert score.worst_error < 1e-6
    assert endpoints == [endpoint(location)]


@models
async def test_the_sync_client_hears_every_word_when_it_was_said(
    emulator: Emulator, model: str, location: str, rate: int
) -> None:
    recording = coded.encode(10, sample_rate_hertz=rate)
    requests = [first_request(model, location, rate), *audio_requests(recording.audio)]

    def transcribe() -> CodedScore:
        client = SpeechClient(**settings(location))
        return scored(recording, client.streaming_recognize(requests=iter(requests)))

    async with every_speech_client_at(emulator.address) as endpoints:
        score = await asyncio.to_thread(transcribe)
    assert score.is_perfect
    assert score.worst_error < 1e-6
    assert endpoints == [endpoint(location)]
