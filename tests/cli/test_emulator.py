"""The command that serves: run as a user runs it, and how it reads what it is told."""

from __future__ import annotations

import json
import signal
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
import pytest
import soundfile
from anyio.streams.buffered import BufferedByteReceiveStream

from asyncspeech import (
    Client,
    ConfigurationError,
    InvalidRequestError,
    Parked,
    RetryPolicy,
    StreamLostError,
)
from asyncspeech.cli.emulator import read_faults, read_limits, read_recognizer
from asyncspeech.emulator import Abort, Coded, CutConnection, Faults, Limits, PocketSphinx, coded
from tests.support.commands import ROOT, environment

if TYPE_CHECKING:
    import subprocess
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from anyio.abc import Process

COMMAND = [sys.executable, "-m", "asyncspeech", "emulator"]
RECORDING = coded.encode(10)
LINES = ["w0 w1 w2 w3 w4", "w5 w6 w7 w8 w9"]
SILENCE = bytes(96_000)  # three seconds


@dataclass
class Served:
    """A command that serves.

    Attributes:
        process: The command.
        address: Where it listens.
        exit_code: How it ended; None while it runs.
        out: What it has written to standard output.
        err: What it wrote to standard error, once it has ended.
    """

    process: Process
    address: str
    out: str
    exit_code: int | None = None
    err: str = ""


@asynccontextmanager
async def serving(home: Path, *arguments: str) -> AsyncGenerator[Served]:
    """Run the command; end it when the block is left, unless it has ended."""
    process = await anyio.open_process([*COMMAND, *arguments], env=environment(home), cwd=ROOT)
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        with anyio.fail_after(30):
            lines = BufferedByteReceiveStream(process.stdout)
            first = (await lines.receive_until(b"\n", 200)).decode()
            second = (await lines.receive_until(b"\n", 200)).decode()
        served = Served(process, first.removeprefix("listening on "), f"{first}\n{second}\n")
        yield served
        if process.returncode is None:
            process.terminate()
        with anyio.fail_after(5):
            served.exit_code = await process.wait()
        served.out += b"".join([piece async for piece in lines]).decode()
        served.err = b"".join([piece async for piece in process.stderr]).decode()
        assert "Traceback" not in served.err
    finally:
        if process.returncode is None:
            process.kill()
        await process.aclose()


async def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command where it ends by itself."""
    with anyio.fail_after(30):
        done = await anyio.run_process(
            [*COMMAND, *arguments], check=False, env=environment(home), cwd=ROOT
        )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


async def hear(address: str, audio: bytes = RECORDING.audio, location: str = "global") -> str:
    client = Client(emulator_host=address, location=location)
    async with client, client.session() as session:
        await session.send(audio)
        await session.end()
        await session.wait()
    return session.transcript.text


class TestServing:
    async def test_the_address_and_the_line_for_the_shell_are_all_of_standard_output(
        self, tmp_path: Path
    ) -> None:
        async with serving(tmp_path, "--recognizer", "coded") as served:
            address = served.address
        host, _, port = address.partition(":")
        assert host == "127.0.0.1"
        assert int(port) > 0
        assert served.out == f"listening on {address}\nexport SPEECH_EMULATOR_HOST={address}\n"
        assert served.err == "faults: no faults\nstopped\n"

    async def test_transcribe_works_through_it(self, tmp_path: Path) -> None:
        recording = tmp_path / "coded.flac"
        soundfile.write(recording, RECORDING.samples, 16_000)
        async with serving(tmp_path, "--recognizer", "coded") as served:
            done = await anyio.run_process(
                [sys.executable, "-m", "asyncspeech", "transcribe", str(recording)],
                env=environment(tmp_path, SPEECH_EMULATOR_HOST=served.address),
                cwd=ROOT,
            )
        assert done.stdout.decode().splitlines() == LINES

    async def test_a_stream_is_a_line_on_standard_error_without_a_word_of_what_was_said(
        self, tmp_path: Path
    ) -> None:
        async with serving(tmp_path, "--recognizer", "coded") as served:
            assert await hear(served.address) == " ".join(LINES)
            await hear(served.address)
        streams = [line for line in served.err.splitlines() if line.startswith("stream ")]
        assert [line.partition(":")[0] for line in streams] == ["stream 1", "stream 2"]
        assert all("OK" in line and "2 finals" in line for line in streams)
        assert "w0" not in served.err
        assert "stream" not in served.out

    @pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
    async def test_a_signal_ends_it_cleanly_under_a_live_stream(
        self, tmp_path: Path, end: signal.Signals
    ) -> None:
        async with serving(tmp_path, "--recognizer", "coded") as served:
            with pytest.raises(StreamLostError):
                async with (
                    Client(emulator_host=served.address) as client,
                    client.session(retry=RetryPolicy(max_outage=0.1)) as session,
                ):
                    await session.send(RECORDING.audio)
                    await anext(aiter(session))
                    served.process.send_signal(end)
                    with anyio.fail_after(3):  # a second is plenty, but for a machine that is busy
                        await served.process.wait()
                    await session.wait()
        assert served.exit_code == 0
        assert served.err.endswith("stopped\n")

    async def test_a_host_that_others_can_reach_is_warned_of(self, tmp_path: Path) -> None:
        async with serving(tmp_path, "--recognizer", "coded", "--host", "0.0.0.0") as served:  # noqa: S104
            pass
        assert served.err.startswith("warning: the emulator listens on 0.0.0.0: whoever can reach that")


class TestOptions:
    async def test_limits(self, tmp_path: Path) -> None:
        limits = "stream_seconds=1,idle_seconds=5"
        async with serving(tmp_path, "--recognizer", "coded", "--limits", limits) as served:
            client = Client(emulator_host=served.address)
            async with client, client.session() as session:
                events = session.events()
                await session.send(RECORDING.audio)
                async for event in events:
                    if isinstance(event, Parked):
                        break
        assert "stream 1: " in served.err
        assert "Max duration" in served.err

    async def test_faults(self, tmp_path: Path) -> None:
        faults = ("--fault", "abort:ABORTED,stream=1,at=3", "--fault", "close:stream=3")
        async with serving(tmp_path, "--recognizer", "coded", *faults) as served:
            await hear(served.address)
        first, second, told, *_ = served.err.splitlines()
        assert (first, second) == ("faults: abort:ABORTED,stream=1,at=3.0", "close:stream=3")
        assert " s ABORTED (" in told
        assert told.endswith("; abort:ABORTED,stream=1,at=3.0")

    async def test_a_seed_always_gives_the_same_faults(self, tmp_path: Path) -> None:
        async with serving(tmp_path, "--recognizer", "coded", "--seed", "7") as served:
            pass
        assert served.err == f"faults: {Faults.seeded(7)}\nstopped\n"

    async def test_a_script_is_what_is_said(self, tmp_path: Path) -> None:
        script = tmp_path / "script.json"
        script.write_text(json.dumps(["hello there", {"text": "for two", "start": 2.0}]))
        arguments = ("--recognizer", "scripted", "--script", str(script))
        async with serving(tmp_path, *arguments) as served:
            assert await hear(served.address, SILENCE) == "hello there for two"

    async def test_a_location_is_the_only_one(self, tmp_path: Path) -> None:
        async with serving(tmp_path, "--recognizer", "coded", "--location", "eu") as served:
            assert await hear(served.address, location="eu") == " ".join(LINES)
            with pytest.raises(InvalidRequestError, match="location"):
                await hear(served.address, location="us")


class TestFailure:
    async def test_a_port_that_is_taken_exits_with_1(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = await run(tmp_path, "--recognizer", "coded", "--port", str(port))
        assert done.returncode == 1
        assert done.stdout == b""
        assert done.stderr.decode().splitlines() == [
            (
                f"error: port {port} of 127.0.0.1 cannot be listened on "
                "(hint: another emulator may be running there; port 0 takes any that is free)"
            ),
        ]

    async def test_a_host_that_is_another_machine_s_exits_with_1(self, tmp_path: Path) -> None:
        done = await run(tmp_path, "--recognizer", "coded", "--host", "192.0.2.1")
        assert done.returncode == 1
        assert done.stdout == b""
        (line,) = done.stderr.decode().splitlines()
        error, _, hint = line.partition(" (hint: ")
        assert error == "error: port 0 of 192.0.2.1 cannot be listened on"
        assert hint.startswith("it has to be an address of this machine")

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            (["--recognizer", "abacus"], "'abacus' is not one of 'pocketsphinx', 'coded'"),
            (["--recognizer", "vosk"], "--recognizer vosk needs --model-path"),
            (["--recognizer", "scripted"], "--recognizer scripted needs --script"),
            (["--recognizer", "scripted", "--script", "nowhere.json"], "nowhere.json cannot be read"),
            (["--recognizer", "coded", "--limits", "patience=1"], "hint: there are max_audio_bytes"),
            (["--recognizer", "coded", "--limits", "idle_seconds=0"], "a limit is above zero"),
            (["--recognizer", "coded", "--fault", "explode"], "hint: known are abort, blackhole"),
            (["--recognizer", "coded", "--fault", "abort"], "hint: abort:CODE"),
            (["--recognizer", "coded", "--seed", "x"], "'x' is not a valid integer"),
            (["--recognizer", "coded", "--seed", "1", "--fault", "close"], "either drawn by --seed"),
            (["--recognizer", "coded", "--port", "70000"], "70000 is not in the range"),
        ],
    )
    async def test_a_wrong_call_exits_with_2(
        self, arguments: list[str], text: str, tmp_path: Path
    ) -> None:
        done = await run(tmp_path, *arguments)
        assert done.returncode == 2
        assert done.stdout == b""
        assert text in done.stderr.decode()

    async def test_help_does_not_wait_for_grpc(self, tmp_path: Path) -> None:
        code = (
            "import sys\n"
            "from asyncspeech.cli import main\n"
            "sys.argv = ['asyncspeech', 'emulator', '--help']\n"
            "try:\n"
            "    main()\n"
            "finally:\n"
            "    assert 'grpc' not in sys.modules\n"
        )
        done = await anyio.run_process([sys.executable, "-c", code], cwd=tmp_path)
        assert "--fault KIND[:...]" in done.stdout.decode()


class TestLimits:
    def test_nothing_is_the_service(self) -> None:
        assert read_limits(()) == Limits()

    def test_several_in_one_or_several_options(self) -> None:
        texts = ("stream_seconds=12, idle_seconds=0.4", "max_audio_bytes=100", "pace=1.5")
        assert read_limits(texts) == Limits(
            stream_seconds=12.0, idle_seconds=0.4, max_audio_bytes=100, pace=1.5
        )

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "'' is no limit"),
            ("stream_seconds=1,", "'' is no limit"),
            ("stream_seconds", "'' is no value for stream_seconds"),
            ("stream_seconds=nan", "a limit is above zero"),
            ("stream_seconds=long", "'long' is no value for stream_seconds"),
            ("max_audio_bytes=1.5", "'1.5' is no value for max_audio_bytes"),
            ("stream_seconds=1=2", "'1=2' is no value for stream_seconds"),
        ],
    )
    def test_what_is_none_is_refused(self, text: str, message: str) -> None:
        with pytest.raises(ConfigurationError, match=message):
            read_limits((text,))


class TestFaults:
    def test_nothing_is_no_fault(self) -> None:
        assert read_faults((), None) == Faults()

    def test_texts_are_faults_in_their_order(self) -> None:
        faults = read_faults(("cut-connection:at=2", 'abort:INTERNAL,"message=no, not now"'), None)
        assert faults.script == (CutConnection(at=2.0), Abort("INTERNAL", message="no, not now"))

    def test_seed_0_is_a_seed(self) -> None:
        assert read_faults((), 0) == Faults.seeded(0)
        with pytest.raises(ConfigurationError, match="seed"):
            read_faults(("close",), 0)


class TestRecognizer:
    def test_names(self) -> None:
        assert isinstance(read_recognizer("coded", model_path=None, script=None), Coded)
        pytest.importorskip("pocketsphinx")
        assert isinstance(read_recognizer("pocketsphinx", model_path=None, script=None), PocketSphinx)

    @pytest.mark.parametrize(
        ("name", "model_path", "script", "message"),
        [
            ("coded", "model", None, "--model-path is for faster-whisper, sherpa-onnx, vosk, not coded"),
            ("coded", None, "script", "--script is for scripted, not coded"),
            ("vosk", "model", "script", "--script is for scripted, not vosk"),
            ("sherpa-onnx", None, None, "--recognizer sherpa-onnx needs --model-path"),
        ],
    )
    def test_what_it_needs_and_nothing_else(
        self, name: str, model_path: str | None, script: str | None, message: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=message):
            read_recognizer(name, model_path=model_path, script=script)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "script.json cannot be read"),
            ("[", "script.json cannot be read"),
            ('"hello"', "script.json is not a JSON list"),
            ("[4]", "script.json has an utterance that is none: 4"),
            ("[null]", "script.json has an utterance that is none: None"),
            ('[{"txt": "hello"}]', "script.json has an utterance that is none: {'txt': 'hello'}"),
            ('[{"text": 4}]', "script.json has an utterance that is none: {'text': 4}"),
            ('[{"text": "hello", "start": "soon"}]', "script.json has an utterance that is none"),
            ('[" "]', "an utterance has at least one word"),
            ('[{"text": "a", "start": 4}, {"text": "b", "start": 2}]', "begins before the utterance"),
        ],
    )
    def test_a_script_that_is_none_is_refused(self, text: str, message: str, tmp_path: Path) -> None:
        path = tmp_path / "script.json"
        path.write_text(text)
        with pytest.raises(ConfigurationError, match=message):
            read_recognizer("scripted", model_path=None, script=str(path))

    def test_a_script_that_is_no_text_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "script.json"
        path.write_bytes(b"\xff\xfe")
        with pytest.raises(ConfigurationError, match="cannot be read"):
            read_recognizer("scripted", model_path=None, script=str(path))
