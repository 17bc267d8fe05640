"""LiveKit Agents' speech-to-text plugin for Google, as released."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from google.auth import credentials

from asyncspeech.emulator import coded
from tests.peers.redirect import every_speech_client_at, service_account_info
from tests.peers.support import endpoint, models, paced, peer

if TYPE_CHECKING:
    from asyncspeech.emulator import Emulator
    from asyncspeech.emulator.coded import CodedRecording

agents = peer("livekit.agents")
google = peer("livekit.plugins.google")
rtc = peer("livekit.rtc")

Kind = agents.stt.SpeechEventType

# The plugin adds what the wall clock says its own set-up took, which is next to nothing.
TOLERANCE = 0.01


async def transcribe(speech_to_text: Any, recording: CodedRecording) -> list[Any]:
    """The plugin's events for a recording, up to its end."""
    rate = recording.sample_rate_hertz
    async with asyncio.timeout(15), speech_to_text, speech_to_text.stream() as stream:

        async def speak() -> None:
            async for audio in paced(recording):
                stream.push_frame(rtc.AudioFrame(audio, rate, 1, len(audio) // 2))
            stream.end_input()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(speak())
            return [event async for event in stream]


def finals(events: list[Any]) -> list[Any]:
    return [event.alternatives[0] for event in events if event.type is Kind.FINAL_TRANSCRIPT]


@models
async def test_it_hears_every_word_when_it_was_said(
    emulator: Emulator, model: str, location: str, rate: int
) -> None:
    recording = coded.encode(20, sample_rate_hertz=rate)
    async with every_speech_client_at(emulator.address) as endpoints:
        speech_to_text = google.STT(
            model=model,
            location=location,
            sample_rate=rate,
            credentials_info=service_account_info(),
        )
        said = finals(await transcribe(speech_to_text, recording))
    words = [(str(word), word.start_time, word.end_time) for final in said for word in final.words]
    score = coded.score(recording, words)
    assert score.is_perfect
    assert score.worst_error < TOLERANCE
    assert len(said) == 4
    assert endpoints == [endpoint(location)]


async def test_it_hears_every_word_and_turn_of_a_model_that_gives_no_times(emulator: Emulator) -> None:
    recording = coded.encode(20)
    anonymous: Any = credentials.AnonymousCredentials
    async with every_speech_client_at(emulator.address) as endpoints:
        speech_to_text = google.STT(
            model="chirp_3",
            location="us",
            project="p",
            credentials=anonymous(),
            enable_voice_activity_events=True,
        )
        events = await transcribe(speech_to_text, recording)
    words = [(text, None, None) for final in finals(events) for text in final.text.split()]
    score = coded.score(recording, words)
    assert score.is_perfect
    turns = [event.type for event in events if event.type in {Kind.START_OF_SPEECH, Kind.END_OF_SPEECH}]
    assert turns == [Kind.START_OF_SPEECH, Kind.END_OF_SPEECH] * 4
    assert endpoints == [endpoint("us")]


async def test_its_default_model_is_of_v1_which_is_not_emulated(emulator: Emulator) -> None:
    once = agents.APIConnectOptions(max_retry=0)
    async with every_speech_client_at(emulator.address) as endpoints:
        speech_to_text = google.STT(credentials_info=service_account_info())
        async with speech_to_text, speech_to_text.stream(conn_options=once) as stream:
            with pytest.raises(agents.APIStatusError) as refusal:
                await anext(stream)
    assert refusal.value.status_code == 501
    assert endpoints == [endpoint("global")]
