"""The command, run as a user runs it, against an emulator that hears coded audio."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import soundfile

from asyncspeech import Transcript
from asyncspeech.emulator import Coded, Emulator, Hypothesis, coded
from tests.support.commands import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

    from asyncspeech.emulator import RecognitionSettings

COMMAND = [sys.executable, "-m", "asyncspeech", "transcribe"]
RECORDING = coded.encode(10)
LINES = ["w0 w1 w2 w3 w4", "w5 w6 w7 w8 w9"]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "coded.flac"
    soundfile.write(path, RECORDING.samples, 16_000)
    return path


async def run(
    *arguments: object, home: Path, emulator: Emulator | None = None
) -> subprocess.CompletedProcess[str]:
    host = {} if emulator is None else {"SPEECH_EMULATOR_HOST": emulator.address}
    done = await anyio.run_process(
        [*COMMAND, *map(str, arguments)], check=False, env=environment(home, **host), cwd=ROOT
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


class TestOutput:
    async def test_text_is_a_line_for_each_final_and_nothing_else(
        self, emulator: Emulator, recording: Path, tmp_path: Path
    ) -> None:
        done = await run(recording, home=tmp_path, emulator=emulator)
        assert done.stdout.splitlines() == LINES
        assert (
            done.stderr == f"recognising by the emulator at {emulator.address} (SPEECH_EMULATOR_HOST)\n"
        )
        assert done.returncode == 0

    async def test_json_is_a_line_for_each_file_and_reads_back(
        self, emulator: Emulator, recording: Path, tmp_path: Path
    ) -> None:
        done = await run("--format", "json", recording, recording, home=tmp_path, emulator=emulator)
        assert done.returncode == 0
        documents = [json.loads(line) for line in done.stdout.splitlines()]
        assert [document["file"] for document in documents] == [str(recording)] * 2
        transcript = Transcript.from_json(done.stdout.splitlines()[0])
        heard = [(word.text, word.start, word.end) for word in transcript.words]
        assert coded.score(RECORDING, heard) == coded.CodedScore(expected=10)

    async def test_several_files_have_their_names_above(
        self, emulator: Emulator, recording: Path, tmp_path: Path
    ) -> None:
        done = await run(recording, recording, home=tmp_path, emulator=emulator)
        assert done.stdout.splitlines() == [f"==> {recording} <==", *LINES] * 2

    async def test_interims_go_to_standard_error(
        self, emulator: Emulator, recording: Path, tmp_path: Path
    ) -> None:
        done = await run("--interim", recording, home=tmp_path, emulator=emulator)
        assert done.stdout.splitlines() == LINES
        guesses = [line for line in done.stderr.splitlines() if line.startswith("… ")]
        assert guesses
        assert all(any(line.startswith(guess[2:]) for line in LINES) for guess in guesses)

    async def test_a_reader_that_has_had_enough_is_no_reason_to_complain(
        self, emulator: Emulator, recording: Path, tmp_path: Path
    ) -> None:
        command = " ".join(map(str, [*COMMAND, *[recording] * 5])) + " | head -n 1"
        settings = environment(tmp_path, SPEECH_EMULATOR_HOST=emulator.address)
        done = await anyio.run_process(command, check=False, env=settings, cwd=ROOT)
        assert done.stdout.decode() == f"==> {recording} <==\n"
        assert b"Broken" not in done.stderr
        assert b"Traceback" not in done.stderr


class TestFailure:
    async def test_a_file_that_cannot_be_read_is_named_and_the_others_go_on(
        self, emulator: Emulator, recording: Path, tmp_path: Path
    ) -> None:
        bad = tmp_path / "bad[red].wav"
        bad.write_bytes(b"")
        done = await run("nowhere.wav", bad, recording, home=tmp_path, emulator=emulator)
        assert done.returncode == 1
        assert done.stdout.splitlines() == [f"==> {recording} <==", *LINES]
        errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert len(errors) == 2
        assert "nowhere.wav" in errors[0]
        assert str(bad) in errors[1]

    async def test_a_service_that_cannot_be_reached_is_one_error(
        self, recording: Path, tmp_path: Path
    ) -> None:
        async with Emulator(Coded()) as emulator:
            address = emulator.address
        settings = environment(tmp_path, SPEECH_EMULATOR_HOST=address)
        command = [*COMMAND, "--max-outage", "0.2", str(recording)]
        done = await anyio.run_process(command, check=False, env=settings, cwd=ROOT)
        assert done.returncode == 1
        assert b"error: UNAVAILABLE" in done.stderr
        assert b"Traceback" not in done.stderr

    async def test_google_without_credentials_says_what_to_do(
        self, recording: Path, tmp_path: Path
    ) -> None:
        done = await run("--backend", "google", recording, home=tmp_path)
        assert done.returncode == 1
        assert "error: no Google credentials were found on this machine" in done.stderr
        assert "hint: run 'gcloud auth application-default login'" in done.stderr

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ([], "Missing argument 'FILE...'"),
            (["--backend", "abacus", "x.wav"], "'abacus' is not one of 'auto', 'google', 'local'"),
            (["--language", "no language", "x.wav"], "is not a BCP-47 language tag"),
            (["--model", "", "x.wav"], "model: is empty"),
            (["--nonsense", "x.wav"], "No such option"),
        ],
    )
    async def test_a_wrong_call_exits_with_2(
        self, arguments: list[str], text: str, tmp_path: Path
    ) -> None:
        done = await run(*arguments, home=tmp_path)
        assert done.returncode == 2
        assert text in done.stderr
        assert done.stdout == ""

    async def test_a_missing_extra_is_named(self, tmp_path: Path) -> None:
        code = "import sys; sys.modules['click'] = None; from asyncspeech.cli import main; main()"
        done = await anyio.run_process([sys.executable, "-c", code], check=False, cwd=tmp_path)
        assert done.returncode == 1
        assert done.stderr.decode().splitlines() == [
            (
                "error: the asyncspeech command needs the extra 'cli', which is not installed "
                "(hint: pip install 'asyncspeech[cli]')"
            ),
        ]


class Stuck(Coded):
    """A recogniser that falls silent in the second utterance, after its first word."""

    left = 7  # tenths of a second, once there was a final

    async def start(self, settings: RecognitionSettings) -> Any:
        recognition = await super().start(settings)
        accept, finish = recognition.accept, recognition.finish
        finals = 0

        async def accept_until_stuck(samples: Any) -> Any:
            nonlocal finals
            events: list[Any] = []
            for start in range(0, len(samples), 1_600):
                if not self.left:
                    break
                self.left -= finals
                news = await accept(samples[start : start + 1_600])
                finals += sum(isinstance(event, Hypothesis) and event.is_final for event in news)
                events += news
            if not events and not self.left:
                await asyncio.get_running_loop().create_future()
            return events

        async def finish_unless_stuck() -> Any:
            if finals:
                await asyncio.get_running_loop().create_future()
            return await finish()

        recognition.accept = accept_until_stuck  # type: ignore[method-assign]
        recognition.finish = finish_unless_stuck  # type: ignore[method-assign]
        return recognition


@pytest.mark.parametrize("form", ["text", "json"])
async def test_ctrl_c_ends_at_once_with_what_there_was(
    recording: Path, tmp_path: Path, form: str
) -> None:
    async with Emulator(Stuck()) as emulator:
        settings = environment(tmp_path, SPEECH_EMULATOR_HOST=emulator.address)
        arguments = [*COMMAND, "--interim", "--format", form, str(recording)]
        process = await anyio.open_process(arguments, env=settings, cwd=ROOT)
        async with process:
            assert process.stdout is not None
            assert process.stderr is not None
            told = b""
            while b"w5" not in told:  # an interim after the first final: that has been printed by now
                told += await process.stderr.receive()
            process.send_signal(signal.SIGINT)
            with anyio.fail_after(5):
                await process.wait()
            out = b"".join([piece async for piece in process.stdout]).decode()
            told += b"".join([piece async for piece in process.stderr])
    assert process.returncode == 130
    assert b"Traceback" not in told
    text = out if form == "text" else Transcript.from_json(out).text + "\n"
    assert text == LINES[0] + "\n"


class TestStandardInput:
    @pytest.mark.parametrize("form", ["wav", "flac"])
    async def test_a_pipe_is_decoded_as_it_comes(
        self, emulator: Emulator, tmp_path: Path, form: str
    ) -> None:
        path = tmp_path / f"coded.{form}"
        soundfile.write(path, RECORDING.samples, 16_000)
        done = await anyio.run_process(
            [*COMMAND, "-"],
            input=path.read_bytes(),
            env=environment(tmp_path, SPEECH_EMULATOR_HOST=emulator.address),
            cwd=ROOT,
        )
        assert done.stdout.decode().splitlines() == LINES

    async def test_a_file_is_read_as_a_file(
        self, emulator: Emulator, recording: Path, tmp_path: Path
    ) -> None:
        cut = tmp_path / "cut.wav"
        soundfile.write(cut, RECORDING.samples, 16_000)
        cut.write_bytes(cut.read_bytes()[:-1_000])
        settings = environment(tmp_path, SPEECH_EMULATOR_HOST=emulator.address)
        for path, out, code in ((recording, LINES, 0), (cut, [], 1)):
            with path.open("rb") as file:
                done = await anyio.run_process(
                    [*COMMAND, "-"], stdin=file, check=False, env=settings, cwd=ROOT
                )
            assert (done.stdout.decode().splitlines(), done.returncode) == (out, code)
        assert b"error: <stdin>: is cut off" in done.stderr  # seen before anything was sent

    async def test_what_cannot_be_decoded_is_told(self, emulator: Emulator, tmp_path: Path) -> None:
        settings = environment(tmp_path, SPEECH_EMULATOR_HOST=emulator.address)
        done = await anyio.run_process(
            [*COMMAND, "-"], input=b"hello", check=False, env=settings, cwd=ROOT
        )
        assert done.returncode == 1
        assert b"error: <stdin>: is not audio of any known format" in done.stderr

    async def test_a_terminal_is_not_listened_to(self, emulator: Emulator, tmp_path: Path) -> None:
        master, slave = os.openpty()
        try:
            done = await anyio.run_process(
                [*COMMAND, "-"],
                stdin=slave,
                check=False,
                env=environment(tmp_path, SPEECH_EMULATOR_HOST=emulator.address),
                cwd=ROOT,
            )
        finally:
            os.close(master)
            os.close(slave)
        assert done.returncode == 1
        assert b"error: <stdin>: is a terminal" in done.stderr

    async def test_ctrl_c_ends_it_though_nobody_writes(self, emulator: Emulator, tmp_path: Path) -> None:
        settings = environment(tmp_path, SPEECH_EMULATOR_HOST=emulator.address)
        process = await anyio.open_process([*COMMAND, "-"], env=settings, cwd=ROOT)
        async with process:
            assert process.stderr is not None
            told = await process.stderr.receive()
            assert b"recognising" in told
            process.send_signal(signal.SIGINT)
            with anyio.fail_after(5):
                await process.wait()
            told += b"".join([piece async for piece in process.stderr])
        assert process.returncode == 130
        assert b"Traceback" not in told


async def test_pace_feeds_it_no_faster(emulator: Emulator, recording: Path, tmp_path: Path) -> None:
    begin = anyio.current_time()
    done = await run("--pace", 8, recording, home=tmp_path, emulator=emulator)
    assert done.stdout.splitlines() == LINES
    assert anyio.current_time() - begin >= RECORDING.duration / 8
    done = await run("--pace", "nan", recording, home=tmp_path, emulator=emulator)
    assert done.returncode == 2
    assert "error: pace: is nan" in done.stderr


async def test_auto_recognises_on_this_machine_and_says_why(tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    weather = ROOT / "examples" / "audio" / "weather.flac"
    done = await run(weather, home=tmp_path)
    assert done.returncode == 0
    assert done.stderr == (
        "recognising on this machine: no Google credentials were found on this machine\n"
    )
    spoken = dict(
        line.split("\t") for line in (weather.parent / "transcripts.tsv").read_text().splitlines()
    )
    assert " ".join(done.stdout.split()) == spoken["weather.flac"]
