"""``asyncspeech listen``, on a sound system whose microphone plays a recording."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import pytest
import soundfile
from anyio.streams.buffered import BufferedByteReceiveStream
from click.testing import CliRunner

from asyncspeech import Transcript
from asyncspeech.cli.app import app
from asyncspeech.emulator import Emulator, coded
from tests.cli.test_transcribe import LINES, Stuck
from tests.support.commands import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from anyio.abc import Process

COMMAND = [sys.executable, "-m", "asyncspeech", "listen"]


class Listening:
    """A command that listens.

    Attributes:
        out: What it writes to standard output, by line.
        err: What it writes to standard error, by line.
    """

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self.process = process
        self.out = BufferedByteReceiveStream(process.stdout)
        self.err = BufferedByteReceiveStream(process.stderr)

    @staticmethod
    async def line(stream: BufferedByteReceiveStream) -> str:
        """The next line."""
        with anyio.fail_after(60):
            return (await stream.receive_until(b"\n", 1_000)).decode()

    async def end(self, patience: float = 60.0) -> tuple[int, list[str], list[str]]:
        """The exit code, and what else it writes."""
        with anyio.fail_after(patience):
            out = b"".join([piece async for piece in self.out]).decode().splitlines()
            err = b"".join([piece async for piece in self.err]).decode()
            code = await self.process.wait()
        assert "Traceback" not in err, err
        return code, out, err.splitlines()


def settings(folder: Path, service: str | None, *, microphone: str) -> dict[str, str]:
    """An environment with a microphone that hears ten words."""
    recording = coded.encode(10)
    path = folder / "spoken.wav"
    soundfile.write(path, recording.samples, recording.sample_rate_hertz)
    host = {} if service is None else {"SPEECH_EMULATOR_HOST": service}
    modules = os.pathsep.join((str(ROOT), str(ROOT / "tests" / "support" / microphone)))
    return environment(folder, FAKE_MICROPHONE=str(path), PYTHONPATH=modules, **host)


@asynccontextmanager
async def listening(
    folder: Path, service: str | None, *arguments: str, microphone: str = "endless_microphone"
) -> AsyncIterator[Listening]:
    """The command, killed in the end if need be."""
    env = settings(folder, service, microphone=microphone)
    process = await anyio.open_process([*COMMAND, *arguments], env=env, cwd=folder)
    try:
        yield Listening(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.aclose()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_with_the_last_words_and_saves_every_form(
    tmp_path: Path, emulator: Emulator, ending: signal.Signals
) -> None:
    async with listening(tmp_path, emulator.address, "--save", "a.json", "-s", "a.txt") as command:
        assert await command.line(command.out) == LINES[0]
        command.process.send_signal(ending)
        code, out, err = await command.end()
    assert code == 0
    assert out == LINES[1:]
    assert err[-3:] == [
        "ending: the last words are being recognised; Ctrl-C ends at once",
        "saved a.json",
        "saved a.txt",
    ]
    transcript = Transcript.from_json((tmp_path / "a.json").read_text())
    heard = [(word.text, word.start, word.end) for word in transcript.words]
    assert coded.score(coded.encode(10), heard).is_perfect
    assert "w9" in (tmp_path / "a.txt").read_text()


async def test_a_second_ctrl_c_waits_for_nothing_and_saves_what_was_final(tmp_path: Path) -> None:
    async with Emulator(Stuck()) as emulator:
        async with listening(tmp_path, emulator.address, "-s", "a.json") as command:
            assert await command.line(command.out) == LINES[0]
            command.process.send_signal(signal.SIGINT)
            while "ending" not in await command.line(command.err):
                pass
            command.process.send_signal(signal.SIGINT)
            code, out, err = await command.end(patience=10)
    assert (code, out) == (130, [])
    assert err[-1] == "saved a.json"
    assert Transcript.from_json((tmp_path / "a.json").read_text()).text == LINES[0]


async def test_a_microphone_that_is_unplugged_is_an_error_and_what_it_heard_is_saved(
    tmp_path: Path, emulator: Emulator
) -> None:
    async with listening(
        tmp_path, emulator.address, "--interim", "-s", "a.txt", microphone="microphone"
    ) as command:
        code, out, err = await command.end()
    assert code == 1
    assert out == LINES
    assert "saved a.txt" in err
    assert err[-1].startswith("error: <microphone ")
    assert "has stopped recording by itself" in err[-1]
    assert any(line.startswith("… w0") for line in err)


async def test_a_service_that_cannot_be_reached_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    async with listening(tmp_path, "127.0.0.1:1", "--max-outage", "0.2") as command:
        code, _, err = await command.end()
    assert code == 1
    assert err[-1].startswith("error: UNAVAILABLE: ")


async def test_devices_are_listed_with_the_default_marked(tmp_path: Path) -> None:
    async with listening(tmp_path, None, "--list-devices") as command:
        code, out, _ = await command.end()
    assert code == 0
    assert out == [
        "*  0  Desk  (recordings, 1 channel, 16000 Hz)",
        "   1  Attic  (recordings, 2 channels, 16000 Hz)",
    ]


async def test_a_device_that_is_none_is_a_wrong_call(tmp_path: Path, emulator: Emulator) -> None:
    async with listening(tmp_path, emulator.address, "--device", "Cellar") as command:
        code, _, err = await command.end()
    assert code == 2
    assert err[-1] == (
        "error: device: 'Cellar' is none (hint: there are 0 'Desk' (recordings), 1 'Attic' (recordings))"
    )


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("talk", "'talk' does not say in which form to save"),
        ("talk.doc", "'talk.doc' does not say in which form to save"),
        ("nowhere/talk.txt", "nothing can be written to nowhere"),
        ("there.txt", "there.txt is there already (hint: --force replaces it)"),
        ("folder.txt", "folder.txt is a folder"),
    ],
)
def test_a_file_that_cannot_be_saved_is_refused_before_anybody_speaks(
    path: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.txt").touch()
    (tmp_path / "folder.txt").mkdir()
    done = CliRunner().invoke(app, ["listen", "--save", path])
    assert done.exit_code == 2
    assert f"error: save: {complaint}" in done.stderr
