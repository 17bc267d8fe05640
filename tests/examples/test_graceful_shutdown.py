"""`examples/graceful_shutdown.py` under SIGTERM: words are counted."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from anyio.abc import SocketAttribute

from asyncspeech import Client
from asyncspeech.emulator import Abort, Coded, Emulator, Faults, Stall, coded
from examples import graceful_shutdown
from tests.examples.programs import PATIENCE, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.examples.programs import Program

# Words of 0.3 s without a pause: wherever it is cut, that is in the middle of a sentence.
TALK = coded.encode(60, gap_seconds=0.05, words_per_utterance=60, pause_seconds=0.1)
SECOND_BYTES = 32_000
MORE_THAN_SOCKETS_HOLD = 20_000_000


class Caller:
    """A client of the service."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, audio: bytes) -> None:
        self.writer.write(audio)
        async with asyncio.timeout(PATIENCE):
            await self.writer.drain()

    async def say_faster_than_speech(self, audio: bytes) -> None:
        """Say tenths of seconds, twenty of them a second, until all is said or nobody listens."""
        for start in range(0, len(audio), SECOND_BYTES // 10):
            await self.say(audio[start : start + SECOND_BYTES // 10])
            await asyncio.sleep(0.05)

    async def lines(self) -> list[dict[str, Any]]:
        """All lines until the service says no more."""
        async with asyncio.timeout(PATIENCE):
            return [json.loads(line) async for line in self.reader]


@asynccontextmanager
async def service(home: Path, emulator: Emulator, *options: object) -> AsyncIterator[Program]:
    arguments = ("--port", 0, *options)
    async with running("graceful_shutdown", *arguments, home=home, service=emulator.address) as program:
        yield program


@asynccontextmanager
async def conversing(emulator: Emulator) -> AsyncIterator[int]:
    """The service's conversations in this process; their port."""
    async with (
        Client(emulator_host=emulator.address) as client,
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        service = graceful_shutdown.Service(client, grace=0.0, drain=0.0)
        tasks.start_soon(listener.serve, service._converse)
        yield listener.extra_attributes[SocketAttribute.local_port]()
        tasks.cancel_scope.cancel()


async def port_of(program: Program) -> int:
    return int((await program.line_with("listening")).split()[-1])


@asynccontextmanager
async def calling(port: int) -> AsyncIterator[Caller]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Caller(reader, writer)
    finally:
        writer.close()


def score_of(lines: list[dict[str, Any]], talk: coded.CodedRecording) -> coded.CodedScore:
    heard = [(word, None, None) for line in lines if "text" in line for word in line["text"].split()]
    return coded.score(talk, heard)


async def all_of_it_is_taken(emulator: Emulator, seconds: float) -> None:
    """Wait until the service has sent so much on."""
    async with asyncio.timeout(PATIENCE):
        while sum(stream.audio_bytes for stream in emulator.streams) < seconds * SECOND_BYTES:
            await asyncio.sleep(0.01)


async def it_has_stopped_listening(port: int) -> None:
    """Wait until callers are refused."""
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionError):  # refused, or reset as it closes
            while True:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()


class TestGrace:
    async def test_a_conversation_that_ends_in_time_loses_no_word_and_the_exit_code_is_0(
        self, tmp_path: Path, emulator: Emulator
    ) -> None:
        middle = len(TALK.audio) // 2 // 2 * 2
        async with service(tmp_path, emulator) as program, calling(await port_of(program)) as caller:
            await caller.say(TALK.audio[:middle])
            await all_of_it_is_taken(emulator, middle / SECOND_BYTES)
            program.process.send_signal(signal.SIGTERM)
            await caller.say(TALK.audio[middle:])
            caller.writer.write_eof()
            *lines, last = await caller.lines()
            _, errors = await program.end()
        assert score_of(lines, TALK).is_perfect
        assert last == {"heard": pytest.approx(TALK.duration)}
        assert (program.code, errors) == (0, "")

    async def test_new_callers_are_refused_meanwhile(self, tmp_path: Path, emulator: Emulator) -> None:
        async with service(tmp_path, emulator) as program:
            port = await port_of(program)
            async with calling(port) as caller:
                await caller.say(TALK.audio[:SECOND_BYTES])
                await all_of_it_is_taken(emulator, 1.0)
                program.process.send_signal(signal.SIGTERM)
                await it_has_stopped_listening(port)
                caller.writer.write_eof()
                assert (await caller.lines())[-1] == {"heard": pytest.approx(1.0)}
            await program.end()
        assert program.code == 0

    async def test_without_callers_it_ends_at_once(self, tmp_path: Path, emulator: Emulator) -> None:
        async with service(tmp_path, emulator) as program:
            await port_of(program)
            program.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(10):  # and not the 25 s that callers would have
                await program.end()
        assert program.code == 0


class TestDrain:
    async def test_who_goes_on_talking_is_told_every_word_up_to_where_the_audio_was_taken(
        self, tmp_path: Path, emulator: Emulator
    ) -> None:
        async with (
            service(tmp_path, emulator, "--grace", 0.3) as program,
            calling(await port_of(program)) as caller,
            asyncio.TaskGroup() as tasks,
        ):
            saying = tasks.create_task(caller.say_faster_than_speech(TALK.audio))
            await all_of_it_is_taken(emulator, 2.0)
            program.process.send_signal(signal.SIGTERM)
            *lines, last = await caller.lines()
            saying.cancel()
            caller.writer.close()
            await program.end()
        frames = round(last["heard"] * 16_000)
        said = [word.text for word in TALK.words if word.end <= frames]
        cut = [word.text + "~" for word in TALK.words if word.start < frames < word.end]
        heard = [word for line in lines for word in line["text"].split()]
        assert heard[: len(said)] == said
        assert heard[len(said) :] in ([], cut)
        assert 2.0 < last["heard"] < TALK.duration
        assert program.code == 0

    async def test_a_service_that_says_no_last_words_is_not_waited_for(self, tmp_path: Path) -> None:
        faults = Faults(Stall())
        async with (
            Emulator(Coded(), faults=faults) as emulator,
            service(tmp_path, emulator, "--grace", 0.1, "--drain", 0.5) as program,
            calling(await port_of(program)) as caller,
        ):
            await caller.say(TALK.audio[: 2 * SECOND_BYTES])
            await all_of_it_is_taken(emulator, 0.01)
            program.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(10):  # and not for the 30 s of `drain_timeout`
                await program.end()
        assert program.code == 0


class TestASecondSignal:
    async def test_breaks_everything_off_at_once(self, tmp_path: Path, emulator: Emulator) -> None:
        async with service(tmp_path, emulator) as program:
            port = await port_of(program)
            async with calling(port) as caller:
                await caller.say(TALK.audio[:SECOND_BYTES])
                await all_of_it_is_taken(emulator, 1.0)
                program.process.send_signal(signal.SIGTERM)
                await it_has_stopped_listening(port)
                program.process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(10):
                    await program.end()
        assert program.code == 1


class TestParting:
    """How a conversation ends whose client still talks."""

    async def test_who_has_more_to_say_is_told_why_it_is_over_and_not_reset(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(graceful_shutdown, "LINGER_SECONDS", PATIENCE)
        faults = Faults(Abort(code="PERMISSION_DENIED"))
        async with (
            Emulator(Coded(), faults=faults) as emulator,
            conversing(emulator) as port,
            calling(port) as caller,
        ):
            await caller.say(bytes(MORE_THAN_SOCKETS_HOLD))
            (line,) = await caller.lines()
            await caller.say(bytes(MORE_THAN_SOCKETS_HOLD))  # as it had not seen the end yet
        assert "PERMISSION_DENIED" in line["error"]

    async def test_who_never_hangs_up_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(graceful_shutdown, "LINGER_SECONDS", 0.05)
        faults = Faults(Abort(code="PERMISSION_DENIED"))
        async with (
            Emulator(Coded(), faults=faults) as emulator,
            conversing(emulator) as port,
            calling(port) as caller,
        ):
            await caller.say(TALK.audio[:SECOND_BYTES])
            await caller.lines()
            with pytest.raises(ConnectionError):
                async with asyncio.timeout(PATIENCE):
                    while True:
                        await caller.say_faster_than_speech(TALK.audio)


async def test_audio_that_cannot_be_read_is_told_and_the_others_go_on(
    tmp_path: Path, emulator: Emulator
) -> None:
    async with service(tmp_path, emulator) as program:
        port = await port_of(program)
        async with calling(port) as well, calling(port) as badly:
            await well.say(TALK.audio)
            await badly.say(TALK.audio[:9_999])
            badly.writer.write_eof()
            assert "middle of a frame" in (await badly.lines())[-1]["error"]
            well.writer.write_eof()
            assert score_of(await well.lines(), TALK).is_perfect
        program.process.send_signal(signal.SIGINT)
        await program.end()
    assert program.code == 0
