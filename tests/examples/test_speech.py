"""The examples that are given a recording, and hear speech in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from asyncspeech.emulator import coded
from tests.examples.programs import AUDIO, EXAMPLES, run, write
from tests.support.commands import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from asyncspeech.emulator import Emulator

pytest.importorskip("pocketsphinx", reason="it recognises the speech")

WEATHER = "the weather will be warm with rain in the evening"


@pytest.mark.parametrize("example", ["minimal", "live_captions", "audio_callback"])
async def test_the_weather_is_heard(example: str, tmp_path: Path) -> None:
    code, out, err = await run(example, AUDIO / "weather.flac", home=tmp_path)
    assert WEATHER in out
    assert (code, err) == (0, "")


async def test_the_microphone_is_heard_and_its_end_is_told(tmp_path: Path) -> None:
    code, out, err = await run(
        "microphone",
        home=tmp_path,
        FAKE_MICROPHONE=str(AUDIO / "weather.flac"),
        PYTHONPATH=f"{ROOT}:{ROOT / 'tests' / 'support' / 'microphone'}",
    )
    assert WEATHER in out
    assert "stopped recording" in err
    assert code == 0


async def test_a_call_is_simulated_without_a_telephone(tmp_path: Path) -> None:
    arguments = ("--port", 0, "--simulate", AUDIO / "telephone.flac")
    code, out, err = await run("twilio", *arguments, home=tmp_path)
    assert re.search(r" 0\.\d+ s  inbound   please call me tomorrow\n", out)
    assert (code, err) == (0, "")


class TestCaptions:
    async def test_are_written_for_each_recording_and_a_bad_one_is_told(
        self, tmp_path: Path, emulator: Emulator
    ) -> None:
        talk = coded.encode(20)
        recording = write(tmp_path / "talk.wav", talk)
        (tmp_path / "broken.flac").write_bytes(b"fLaC")
        (tmp_path / "out").mkdir()
        arguments = (tmp_path / "broken.flac", recording, "--to", tmp_path / "out")
        code, out, err = await run("captions", *arguments, home=tmp_path, service=emulator.address)
        assert code == 1
        assert err.count("broken.flac") == 1
        names = ["talk.srt", "talk.txt", "talk.vtt"]
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
        assert sorted(line.rpartition("/")[2] for line in out.splitlines()) == names
        for name in names:
            words = re.findall(r"w\d+", (tmp_path / "out" / name).read_text())
            assert words == [word.text for word in talk.words]

    @pytest.mark.parametrize("to", [["--to", "out"], ["--to", "."], []], ids=str)
    async def test_two_recordings_that_would_be_written_to_one_file_are_refused_before_any_is_heard(
        self, tmp_path: Path, emulator: Emulator, to: list[str]
    ) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "other").mkdir()
        write(tmp_path / "talk.wav", coded.encode(3))
        second = "other/talk.flac" if to else "other/../talk.flac"
        write(tmp_path / second, coded.encode(3))
        arguments = ("talk.wav", second, *to)
        code, out, err = await run("captions", *arguments, home=tmp_path, service=emulator.address)
        assert code == 2
        assert f"talk.wav and {second} would both be written to " in err
        assert out == ""
        assert not emulator.streams

    async def test_recordings_of_one_name_in_two_folders_are_captioned_beside_them(
        self, tmp_path: Path, emulator: Emulator
    ) -> None:
        (tmp_path / "other").mkdir()
        for name in ("talk.wav", "other/talk.wav"):
            write(tmp_path / name, coded.encode(3))
        arguments = ("talk.wav", "other/talk.wav")
        code, out, _ = await run("captions", *arguments, home=tmp_path, service=emulator.address)
        assert code == 0
        assert {line for line in out.splitlines() if line.endswith(".srt")} == {
            "talk.srt",
            "other/talk.srt",
        }

    async def test_a_folder_that_is_not_there_is_told(self, tmp_path: Path, emulator: Emulator) -> None:
        recording = write(tmp_path / "talk.wav", coded.encode(3))
        arguments = (recording, "--to", tmp_path / "nowhere")
        code, _, err = await run("captions", *arguments, home=tmp_path, service=emulator.address)
        assert code == 1
        assert "nowhere" in err


def test_the_readme_of_the_examples_names_each_of_them() -> None:
    named = set(re.findall(r"`(\w+)\.py`", (EXAMPLES / "README.md").read_text()))
    assert named == {path.stem for path in EXAMPLES.glob("*.py")}
    folders = set(re.findall(r"`python -m examples\.(\w+)", (EXAMPLES / "README.md").read_text()))
    assert folders == {path.parent.name for path in EXAMPLES.glob("*/__main__.py")}
