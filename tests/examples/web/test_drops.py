"""Connections break, and no word is lost or comes twice."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from asyncspeech.emulator import coded
from examples.web.limits import Limits
from examples.web.protocol import Audio, Start
from tests.examples.web.cutting import CuttingRelay
from tests.examples.web.service import serving, until
from tests.examples.web.tab import Tab

if TYPE_CHECKING:
    from asyncspeech.emulator import Emulator

RATE = 16_000


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_word_is_lost_or_repeated_over_drops_anywhere(emulator: Emulator, seed: int) -> None:
    lot = random.Random(seed)
    # The handshake alone is some hundreds of bytes, and a second of audio 32,000.
    allotted = [(lot.randint(200, 150_000), lot.randint(150, 6_000)) for _ in range(20)]
    recording = coded.encode(60, sample_rate_hertz=RATE)
    async with serving(emulator.address) as service:
        async with CuttingRelay(service.port, iter(allotted)).running() as relay:
            tab = Tab(service, recording, url=f"ws://127.0.0.1:{relay.port}/listen")
            async with asyncio.timeout(60):
                await tab.speak()
            assert relay.cuts >= 10
    assert tab.score == coded.CodedScore(expected=60)
    assert tab.ended is not None
    assert (tab.ended["code"], tab.ended["lost_seconds"]) == ("OK", 0)
    numbers = [told["number"] for told in tab.told if told["type"] == "caption"]
    assert numbers == sorted(set(numbers))


async def test_times_are_those_of_the_page_after_a_drop(emulator: Emulator) -> None:
    recording = coded.encode(30, sample_rate_hertz=RATE, words_per_utterance=3)
    async with serving(emulator.address) as service:
        async with CuttingRelay(service.port, iter([(200_000, 1 << 20)] * 2)).running() as relay:
            tab = Tab(service, recording, url=f"ws://127.0.0.1:{relay.port}/listen")
            await tab.speak()
            assert relay.cuts >= 1
    firsts = [recording.words[number].start / RATE for number in range(0, 30, 3)]
    assert [caption["start"] for caption in tab.captions] == pytest.approx(firsts, abs=0.001)


async def test_a_page_that_comes_back_is_told_what_was_said_while_it_was_away(
    emulator: Emulator,
) -> None:
    recording = coded.encode(10, sample_rate_hertz=RATE)
    frames = len(recording.audio) // 2
    async with serving(emulator.address) as service:
        tab = Tab(service, recording)
        async with tab.connect() as socket:
            await tab.begin(socket)
            conversation = service.conversations.live[0]
            await tab.send_all(socket)
            await tab.stop(socket)
            await until(lambda: conversation.position == frames)
        assert tab.captions == []
        await tab.speak()
    assert tab.score.is_perfect


async def test_the_newest_connection_of_a_conversation_ends_the_one_before(emulator: Emulator) -> None:
    recording = coded.encode(5, sample_rate_hertz=RATE)
    async with serving(emulator.address) as service:
        tab = Tab(service, recording)
        async with tab.connect() as first, tab.connect() as second:
            await tab.begin(first)
            await tab.send(first, 0, RATE // 2)
            await until(lambda: service.conversations.live[0].position)
            assert await tab.begin(second) == {"type": "resumed", "position": RATE // 2}
            await tab.hear_all(first)
            assert tab.ended is not None
            assert tab.ended["code"] == "REPLACED"
            assert tab.close_code == 4000
            tab.ended = None
            assert service.conversations.live[0].is_attached
        await tab.speak()
        assert tab.score.is_perfect
        assert len(service.conversations.live) == 0


async def test_audio_that_is_sent_twice_is_taken_once(emulator: Emulator) -> None:
    recording = coded.encode(5, sample_rate_hertz=RATE)
    frames = len(recording.audio) // 2
    async with serving(emulator.address) as service:
        tab = Tab(service, recording)
        async with tab.connect() as socket:
            await tab.begin(socket)
            for start in range(0, frames, 1_000):  # each overlaps the last by as much as it adds
                await tab.send(socket, max(0, start - 1_000), min(frames, start + 1_000))
            await tab.stop(socket)
            await tab.hear_all(socket)
        assert tab.score.is_perfect
        assert tab.taken == frames


async def test_interims_come_while_somebody_speaks_and_captions_end_them(emulator: Emulator) -> None:
    recording = coded.encode(10, sample_rate_hertz=RATE)
    async with serving(emulator.address) as service:
        tab = Tab(service, recording)
        await tab.speak(pace=4)
    assert any(interim.split()[0] == "w0" for interim in tab.interims if interim)
    assert any(interim.split()[0] == "w5" for interim in tab.interims if interim)
    assert tab.score.is_perfect


async def test_a_page_that_has_nothing_to_say_still_hears_from_the_service(emulator: Emulator) -> None:
    async with serving(emulator.address, limits=Limits(heartbeat_seconds=0.05)) as service:
        tab = Tab(service, coded.encode(1))
        async with tab.connect() as socket:
            assert (await tab.begin(socket))["heartbeat_seconds"] == 0.05
            for _ in range(3):
                assert tab.hear(await socket.recv()) == {"type": "taken", "position": 0}


async def test_many_pages_speak_at_once_and_each_hears_its_own_words(emulator: Emulator) -> None:
    async with serving(emulator.address) as service:
        tabs = [
            Tab(service, coded.encode(10, first=100 * number, sample_rate_hertz=RATE))
            for number in range(16)
        ]
        await asyncio.gather(*(tab.speak() for tab in tabs))
    assert [tab.score for tab in tabs] == [coded.CodedScore(expected=10)] * 16


async def test_two_connections_with_the_same_audio_get_it_taken_once_while_there_is_no_room(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(emulator.address) as service:
        conversation = await service.conversations.start(Start(RATE), "192.0.2.1")
        room, sent = asyncio.Event(), list[bytes]()

        async def send(samples: bytes) -> None:
            await room.wait()
            sent.append(samples)

        monkeypatch.setattr(conversation._session, "send", send)
        audio = Audio(0, bytes(200))
        both = [asyncio.create_task(conversation.take(audio)) for _ in range(2)]
        await asyncio.sleep(0)  # both have begun
        room.set()
        await asyncio.gather(*both)
        assert sent == [bytes(200)]
        assert conversation.position == 100
