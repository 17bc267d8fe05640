"""Many recordings in one run: a file for each, what is wrong with some, going on where it stopped."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import anyio
import pytest
import soundfile
from click.testing import CliRunner

from asyncspeech import Transcript
from asyncspeech.cli.app import app
from asyncspeech.cli.transcribe.inputs import Input, find
from asyncspeech.cli.transcribe.outputs import OutputError, Outputs
from asyncspeech.emulator import coded
from asyncspeech.errors import ConfigurationError
from tests.support.commands import environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from asyncspeech.emulator import Emulator

COMMAND = [sys.executable, "-m", "asyncspeech", "transcribe"]


def record(path: Path, words: int = 5) -> coded.CodedRecording:
    """A recording in which so many words are spoken."""
    recording = coded.encode(words)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, recording.samples, recording.sample_rate_hertz)
    return recording


async def run(
    folder: Path,
    emulator: Emulator | None,
    *arguments: object,
    variables: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """The command, in a folder."""
    host = {} if emulator is None else {"SPEECH_EMULATOR_HOST": emulator.address}
    done = await anyio.run_process(
        [*COMMAND, *map(str, arguments)],
        check=False,
        env=environment(folder, **host, **(variables or {})),
        cwd=folder,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def names(folder: Path) -> list[str]:
    """What is in a folder, hidden or not."""
    return sorted(path.name for path in folder.iterdir())


async def test_of_fifty_files_three_bad_ones_are_told_and_the_rest_unharmed(
    tmp_path: Path, emulator: Emulator
) -> None:
    spoken = {f"talk-{n:02}": 2 + n % 7 for n in range(47)}
    recordings = {stem: record(tmp_path / "in" / f"{stem}.wav", n) for stem, n in spoken.items()}
    whole = (tmp_path / "in" / "talk-03.wav").read_bytes()
    (tmp_path / "in" / "corrupt.wav").write_bytes(whole[:12] + bytes(200))
    (tmp_path / "in" / "empty.wav").touch()
    (tmp_path / "in" / "letter.wav").write_text("Dear Sir or Madam")
    done = await run(tmp_path, emulator, "in/*.wav", "--output-dir", "out", "-f", "json", "--jobs", 8)
    assert done.returncode == 1
    assert done.stdout == ""
    errors = sorted(line for line in done.stderr.splitlines() if line.startswith("error: "))
    assert [line.partition(": ")[2].partition(":")[0] for line in errors] == [
        "in/corrupt.wav",
        "in/empty.wav",
        "in/letter.wav",
    ]
    assert "47 of 50 files done, 3 failed" in done.stderr.splitlines()[-1]
    assert names(tmp_path / "out") == [f"{stem}.json" for stem in spoken]
    for stem, recording in recordings.items():
        words = Transcript.from_json((tmp_path / "out" / f"{stem}.json").read_text()).words
        heard = [(word.text, word.start, word.end) for word in words]
        assert coded.score(recording, heard).is_perfect, stem
    assert len(emulator.streams) == 47


@pytest.mark.parametrize(("ending", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_run_that_is_stopped_goes_on_with_what_is_not_done(
    tmp_path: Path, emulator: Emulator, ending: signal.Signals, code: int
) -> None:
    out = tmp_path / "out"
    for number in range(8):
        record(tmp_path / f"{number}.wav")
    arguments = [*COMMAND, "?.wav", "-o", "out", "-f", "json", "-f", "text", "--jobs", "2"]
    settings = environment(tmp_path, SPEECH_EMULATOR_HOST=emulator.address)
    process = await anyio.open_process([*arguments, "--pace", "4"], env=settings, cwd=tmp_path)
    async with process:
        assert process.stderr is not None
        with anyio.fail_after(60):
            while len(list(out.glob("*.txt"))) < 2:
                await anyio.sleep(0.01)
            process.send_signal(ending)
            await process.wait()
        told = b"".join([piece async for piece in process.stderr]).decode()
    assert process.returncode == code
    assert "Traceback" not in told
    assert told.splitlines()[-1].endswith("stopped: the same command goes on with the rest")
    done = {path.stem: path.stat().st_mtime_ns for path in out.glob("*.txt")}
    assert 2 <= len(done) < 8
    assert names(out) == sorted(f"{stem}.{form}" for stem in done for form in ("json", "txt"))
    for stem in done:
        assert Transcript.from_json((out / f"{stem}.json").read_text()).text == "w0 w1 w2 w3 w4"
    streams = len(emulator.streams)
    again = await run(tmp_path, emulator, *arguments[len(COMMAND) :])
    assert again.returncode == 0
    assert f"8 of 8 files done, {len(done)} of them before" in again.stderr
    assert len(emulator.streams) - streams == 8 - len(done)
    assert len(names(out)) == 16
    assert {stem: (out / f"{stem}.txt").stat().st_mtime_ns for stem in done} == done


async def test_what_is_done_is_done_again_if_it_is_forced_or_older_than_the_recording(
    tmp_path: Path, emulator: Emulator
) -> None:
    for name in ("a", "b"):
        record(tmp_path / f"{name}.wav")
        (tmp_path / f"{name}.txt").write_text("old\n")
    now = (tmp_path / "b.txt").stat().st_mtime_ns
    os.utime(tmp_path / "b.wav", ns=(now, now + 1))
    await run(tmp_path, emulator, "a.wav", "b.wav", "-o", ".")
    texts = [(tmp_path / f"{name}.txt").read_text() for name in ("a", "b")]
    assert texts == ["old\n", "w0 w1 w2 w3 w4\n"]
    await run(tmp_path, emulator, "a.wav", "b.wav", "-o", ".", "--force")
    assert (tmp_path / "a.txt").read_text() == "w0 w1 w2 w3 w4\n"


async def test_several_at_once_on_standard_output_are_printed_whole(
    tmp_path: Path, emulator: Emulator
) -> None:
    for number in range(4):
        record(tmp_path / f"{number}.wav", 7)
    done = await run(tmp_path, emulator, "?.wav", "--jobs", "4", "--pace", "20")
    blocks = done.stdout.split("==> ")[1:]
    text = "w0 w1 w2 w3 w4\nw5 w6\n"
    assert sorted(blocks) == [f"{number}.wav <==\n{text}" for number in range(4)]


async def test_a_lost_service_stops_all_of_them_and_is_told_once(tmp_path: Path) -> None:
    for number in range(6):
        record(tmp_path / f"{number}.wav")
    done = await run(
        tmp_path,
        None,
        *("?.wav", "-o", "out", "--jobs", "3", "--max-outage", "0.2"),
        variables={"SPEECH_EMULATOR_HOST": "127.0.0.1:1"},
    )
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert errors[0].startswith("error: UNAVAILABLE: ")
    assert names(tmp_path / "out") == []


async def test_a_budget_stops_the_run_and_keeps_what_is_whole(
    tmp_path: Path, emulator: Emulator
) -> None:
    for number in range(4):
        record(tmp_path / f"{number}.wav", 8)
    seconds = coded.encode(8).duration
    usd = 0.016 / 60 * (seconds * 2 + 1)
    done = await run(tmp_path, emulator, "?.wav", "-o", "out", "-j", "1", "--budget", f"{usd:.6f}")
    assert done.returncode == 1
    assert "error: the client's budget of $" in done.stderr
    assert names(tmp_path / "out") == ["0.txt"] or names(tmp_path / "out") == ["0.txt", "1.txt"]
    assert {path.read_text() for path in (tmp_path / "out").iterdir()} == {"w0 w1 w2 w3 w4 w5 w6 w7\n"}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["a/x.wav", "b/x.wav", "-o", "out"], "--keep-folders keeps them apart"),
        (["a/x.wav", "a/x.flac", "-o", "out", "--keep-folders"], "give them different --output-dir"),
        (["a/x.wav", "-o", "a/x.wav"], "output_dir: a/x.wav: is a file"),
        (["a/x.wav", "-f", "srt", "-f", "json"], "several --format want --output-dir"),
        (["a/x.wav", "b/x.wav", "-f", "srt"], "several files of srt want --output-dir"),
        (["a/x.wav", "--force"], "--force wants --output-dir"),
        (["a/x.wav", "--keep-folders"], "--keep-folders wants --output-dir"),
        (["a/x.wav", "--channel", "1", "--channels", "2"], "give one of the two"),
        (["a/x.wav", "--watch", "--jobs", "2"], "--watch shows one recording at a time"),
        (["a/x.wav", "--watch"], "--watch draws on a terminal"),
        (["a/x.wav", "-o", "out", "--jobs", "0"], "0 is not in the range"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_sent(
    arguments: list[str], complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in ("a/x.wav", "b/x.wav", "a/x.flac"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    done = CliRunner().invoke(app, ["transcribe", *arguments])
    assert done.exit_code == 2
    assert complaint in done.stderr
    assert not (tmp_path / "out").exists()


class TestInputs:
    def test_patterns_are_looked_up_in_order_and_may_cross_folders(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for path in ("b.wav", "a.wav", "x/c.wav", "x/y/d.wav", "x/y.wav/e.wav"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).touch()
        monkeypatch.chdir(tmp_path)
        inputs, errors = find(["*.wav", "-", "x/**/*.wav"])
        assert [item.name for item in inputs] == [
            *("a.wav", "b.wav", "-", "x/c.wav", "x/y.wav/e.wav", "x/y/d.wav"),
        ]
        assert not errors

    def test_a_name_that_looks_like_a_pattern_is_a_name_if_it_is_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("talk[1].wav", "talk1.wav"):
            (tmp_path / name).touch()
        monkeypatch.chdir(tmp_path)
        (found,), _ = find(["talk[1].wav"])
        assert found.name == "talk[1].wav"

    def test_folders_and_patterns_of_nothing_are_errors_and_missing_files_are_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        inputs, errors = find([".", "*.wav", "nowhere.wav", "\0"])
        assert [item.name for item in inputs] == ["nowhere.wav", "\0"]
        assert [error.message for error in errors] == [".: is a folder", "*.wav: matches no file"]
        assert errors[0].hint == "give its files: './*'"


class TestOutputs:
    @pytest.mark.parametrize(
        ("name", "kept", "path"),
        [
            ("talk.wav", False, "talk.srt"),
            ("a/b/talk.tar.wav", False, "talk.tar.srt"),
            ("a/b/talk.wav", True, "a/b/talk.srt"),
            ("/data/talk.wav", True, "data/talk.srt"),
            ("../../talk.wav", True, "talk.srt"),
            ("../a/../b/talk.wav", True, "a/b/talk.srt"),
            ("-", True, "stdin.srt"),
        ],
    )
    def test_a_file_is_where_its_recording_alone_says(
        self, name: str, kept: bool, path: str, tmp_path: Path
    ) -> None:
        outputs = Outputs(str(tmp_path), ["srt"], keeps_folders=kept)
        assert outputs.paths(Input(name)) == (tmp_path / path,)

    def test_a_recording_that_is_named_twice_is_transcribed_once(self, tmp_path: Path) -> None:
        link = tmp_path / "link.wav"
        (tmp_path / "talk.wav").touch()
        link.symlink_to(tmp_path / "talk.wav")
        inputs, _ = find([str(tmp_path / "talk.wav"), str(link), f"{tmp_path}/../{tmp_path.name}/t*"])
        kept = Outputs(str(tmp_path / "out"), ["text"]).prepare(inputs)
        assert kept == inputs[:1]

    def test_no_recording_is_written_over(self, tmp_path: Path) -> None:
        talk = tmp_path / "talk.json"
        talk.touch()
        with pytest.raises(ConfigurationError, match=r"talk\.json would be overwritten"):
            Outputs(str(tmp_path), ["json"]).prepare(find([str(talk)])[0])

    def test_it_is_not_done_as_long_as_one_of_the_forms_is_missing(self, tmp_path: Path) -> None:
        (tmp_path / "talk.wav").touch()
        ((item,), _) = find([str(tmp_path / "talk.wav")])
        outputs = Outputs(str(tmp_path), ["text", "json"])
        (tmp_path / "talk.txt").touch()
        os.utime(tmp_path / "talk.wav", ns=(1, 1))
        ((item,), _) = find([str(tmp_path / "talk.wav")])
        assert not outputs.is_done(item)
        (tmp_path / "talk.json").touch()
        assert outputs.is_done(item)
        assert not outputs.is_done(Input("-"))

    def test_a_full_disk_leaves_no_half_of_a_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        outputs = Outputs(str(tmp_path), ["json"])

        def fill(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr("pathlib.Path.replace", fill)
        with pytest.raises(OutputError, match="cannot be written: No space left on device"):
            outputs.save(Input("talk.wav"), Transcript())
        assert names(tmp_path) == []

    def test_a_folder_that_cannot_be_made_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(ConfigurationError, match="Not a directory"):
            Outputs(str(tmp_path / "file" / "out"), ["text"]).prepare(())

    def test_a_folder_that_is_not_ours_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("os.access", lambda *_: False)  # root may write everywhere
        with pytest.raises(ConfigurationError, match="cannot be written to"):
            Outputs(str(tmp_path), ["text"]).prepare(())


async def test_json_lines_of_several_at_once_say_which_file_they_are_of(
    tmp_path: Path, emulator: Emulator
) -> None:
    for number in range(3):
        record(tmp_path / f"{number}.wav", 3 + number)
    done = await run(tmp_path, emulator, "?.wav", "-f", "json", "-j", "3")
    found = {
        document["file"]: document["text"] for document in map(json.loads, done.stdout.splitlines())
    }
    assert found == {"0.wav": "w0 w1 w2", "1.wav": "w0 w1 w2 w3", "2.wav": "w0 w1 w2 w3 w4"}


@pytest.mark.parametrize(
    ("form", "begin"), [("srt", "1\n00:00:00,"), ("vtt", "WEBVTT\n"), ("csv", "start,end,word,")]
)
async def test_captions_of_one_file_are_a_document_on_standard_output_too(
    form: str, begin: str, tmp_path: Path, emulator: Emulator
) -> None:
    record(tmp_path / "talk.wav")
    done = await run(tmp_path, emulator, "talk.wav", "-f", form)
    assert done.returncode == 0
    assert done.stdout.startswith(begin)
    assert "w4" in done.stdout
