"""The logic of Google's sample for endless streams, as the comparison has it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.auth import credentials
from google.cloud.speech_v2 import SpeechClient

from asyncspeech.emulator import coded
from tests.peers.cases import Case
from tests.peers.clients import LARGEST_MESSAGE, PEERS, first_request, in_thread
from tests.peers.endless import CHUNK_SECONDS, EndlessStream
from tests.peers.redirect import every_speech_client_at

if TYPE_CHECKING:
    from asyncspeech.emulator import Emulator
    from asyncspeech.emulator.coded import CodedRecording
    from tests.peers.clients import Heard

CHUNK_BYTES = 3_200


@pytest.mark.parametrize("name", ["sample", "sample-cut"])
async def test_it_hears_every_word_when_it_was_said_while_nothing_goes_wrong(
    emulator: Emulator, name: str
) -> None:
    recording = coded.encode(10)
    heard: Heard = []
    async with every_speech_client_at(emulator.address), asyncio.timeout(30):
        await PEERS[name].hear(recording, Case(), heard, emulator.address)
    score = coded.score(recording, heard)
    assert score.is_perfect
    assert score.worst_error < 1e-6
    assert len(emulator.streams) == 1


async def speak(stream: EndlessStream, recording: CodedRecording) -> None:
    """Say it at the pace of speech: a stream's age is read off the clock."""
    for start in range(0, len(recording.audio), CHUNK_BYTES):
        stream.hear(recording.audio[start : start + CHUNK_BYTES])
        await asyncio.sleep(CHUNK_SECONDS)


async def heard_by(stream: EndlessStream, recording: CodedRecording, address: str) -> list[str]:
    """The words up to the last, or to an error."""
    words: list[str] = []

    def listen() -> None:
        anonymous: Any = credentials.AnonymousCredentials
        for word, _, _ in stream.words(SpeechClient(credentials=anonymous()), first_request()):
            words.append(word)
            if word == recording.words[-1].text:
                stream.close()

    async with every_speech_client_at(address), asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(speak(stream, recording))
        tasks.create_task(in_thread(listen))
    return words


async def test_what_it_sends_again_is_one_message_and_is_refused(emulator: Emulator) -> None:
    stream = EndlessStream(1_000)
    with pytest.raises(ExceptionGroup) as ended:
        await heard_by(stream, coded.encode(10), emulator.address)
    assert ended.group_contains(InvalidArgument, match="maximum of 25600 bytes")
    *before, last = [stream.status for stream in emulator.streams]
    assert before  # in time, a renewal may have little to send again
    assert last == "INVALID_ARGUMENT"


async def test_with_its_messages_cut_its_next_stream_hears_what_it_sends_again(
    emulator: Emulator,
) -> None:
    # The final of the second sentence comes too late. The third is for the next stream alone.
    recording = coded.encode(15)
    stream = EndlessStream(5_000, max_bytes=LARGEST_MESSAGE)
    words = await heard_by(stream, recording, emulator.address)
    assert len(emulator.streams) == 2
    assert [word.text for word in recording.words[:5]] == words[:5]
    assert {word.text for word in recording.words[5:9]} <= set(words[5:])
    assert words[-1] == recording.words[-1].text
