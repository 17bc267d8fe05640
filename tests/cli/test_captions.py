"""Captions and progress on a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from io import StringIO
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import soundfile
from rich.console import Console

from asyncspeech import Result
from asyncspeech.cli.captions import Captions
from asyncspeech.cli.transcribe.inputs import Input
from asyncspeech.cli.transcribe.progress import Progress, clock_time
from asyncspeech.cli.transcribe.tally import Tally
from asyncspeech.emulator import coded
from asyncspeech.model import Alternative
from asyncspeech.telemetry.latency import Latency
from tests.support.commands import environment

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from asyncspeech.emulator import Emulator

BOLD, DIM = "\x1b[1m", "\x1b[2m"


def shown(renderable: RenderableType, width: int = 80) -> list[str]:
    """What is drawn, by line, without its styles."""
    console = Console(file=StringIO(), width=width, force_terminal=False)
    with console.capture() as capture:
        console.print(renderable)
    return [line.rstrip() for line in capture.get().splitlines()]


async def on_terminal(command: list[str], env: dict[str, str], folder: Path) -> tuple[int, str]:
    """Run a command on a terminal of 80 columns: its exit code, and all that it wrote."""
    master, slave = pty.openpty()
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(  # noqa: ASYNC220 - a terminal is no pipe, which anyio would make
        command, stdin=slave, stdout=slave, stderr=slave, env=env | {"TERM": "xterm"}, cwd=folder
    )
    os.close(slave)
    told = ""
    try:
        with anyio.fail_after(60):
            while True:
                await anyio.wait_readable(master)
                try:
                    told += os.read(master, 65_536).decode(errors="replace")
                except OSError:  # nobody has the terminal any more
                    break
            return await anyio.to_thread.run_sync(process.wait), told
    finally:
        process.kill()
        process.wait()
        os.close(master)


async def test_watching_shows_guesses_dim_and_finals_bright(tmp_path: Path, emulator: Emulator) -> None:
    recording = coded.encode(7)
    soundfile.write(tmp_path / "talk.wav", recording.samples, recording.sample_rate_hertz)
    command = [sys.executable, "-m", "asyncspeech", "transcribe", "--watch", "--pace", "3", "talk.wav"]
    env = environment(tmp_path, SPEECH_EMULATOR_HOST=emulator.address)
    code, told = await on_terminal(command, env, tmp_path)
    assert code == 0
    assert "Traceback" not in told
    assert f"{BOLD}w0 w1 w2 w3 w4" in told
    assert f"{BOLD}w5 w6" in told
    assert f"{DIM}w0" in told
    assert told.index(f"{DIM}w0") < told.index(f"{BOLD}w0")
    assert re.search(r"talk\.wav.*0:0\d of 0:0\d", told)


async def test_a_batch_shows_how_far_it_is_and_how_fast(tmp_path: Path, emulator: Emulator) -> None:
    recording = coded.encode(7)
    for name in ("a", "b", "c"):
        soundfile.write(tmp_path / f"{name}.wav", recording.samples, recording.sample_rate_hertz)
    command = [sys.executable, "-m", "asyncspeech", "transcribe", "?.wav", "-o", "out", "-j", "2"]
    env = environment(tmp_path, SPEECH_EMULATOR_HOST=emulator.address)
    code, told = await on_terminal([*command, "--pace", "3"], env, tmp_path)
    assert code == 0
    assert "Traceback" not in told
    plain = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", told)
    assert re.search(r"of 3 files done .*\d+% \d+\.\dx real time, 0:0\d left", plain)
    assert re.search(r"a\.wav .*\d+% 0:0\d of 0:0\d", plain)
    assert re.search(r"\n3 of 3 files done, 0:1\d of audio in \d+\.\d s", plain.replace("\r", "\n"))


def result(
    text: str, *, is_final: bool = True, start: float = 0.0, channel: int | None = None
) -> Result:
    return Result((Alternative(text),), is_final=is_final, start=start, channel=channel)


def captions(console: Console, **stats: Any) -> Captions:
    """Captions of a session with these figures."""
    figures = {"audio_accepted": 61.5, "recoveries": 0, "cost": 0.016, "interim_latency": Latency(0)}
    session: Any = SimpleNamespace(stats=SimpleNamespace(**figures | stats))
    return Captions(session, "talk.wav", duration=3_661.0, console=console)


class TestCaptions:
    def test_a_guess_is_replaced_by_its_final_which_stays(self) -> None:
        console = Console(file=StringIO(), width=80, force_terminal=False)
        screen = captions(console)
        screen.result(result("hello", is_final=False))
        assert shown(screen.render())[0] == "0:00  hello"
        screen.result(result("hello there", start=0.9))
        assert shown(screen.render()) == ["● talk.wav  1:01 of 1:01:01  $0.0160"]
        assert console.file.getvalue().rstrip() == "0:00  hello there"  # type: ignore[attr-defined]

    def test_channels_guess_beside_each_other(self) -> None:
        screen = captions(Console(file=StringIO(), width=80))
        for channel in (1, 2):
            screen.result(result("hello", is_final=False, channel=channel))
        assert shown(screen.render())[:2] == ["0:00  1: hello", "0:00  2: hello"]
        screen.result(result("", channel=1))
        assert shown(screen.render())[:1] == ["0:00  2: hello"]

    def test_how_it_goes_is_one_line_and_what_happens_the_next(self) -> None:
        screen = captions(
            Console(file=StringIO(), width=60),
            recoveries=2,
            interim_latency=Latency(9, 0.1, 0.12, 0.2, 0.3, 0.3),
        )
        screen.note("ending: the last words are being recognised")
        assert shown(screen.render(), 60) == [
            "● talk.wav  1:01 of 1:01:01  120 ms late  2 recovered  $0.0…",
            "ending: the last words are being recognised",
        ]


class Clock:
    """A clock that is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class TestTally:
    def test_time_left_is_reckoned_from_lengths_that_are_known_and_sizes_that_are_not(self) -> None:
        clock, inputs = Clock(), [Input(str(n), size=1_000) for n in range(4)]
        tally = Tally(inputs, clock)
        assert (tally.seconds_total, tally.rate, tally.seconds_left) == (None, None, None)
        tally.begin(inputs[0], 10.0)
        assert tally.seconds_total == pytest.approx(40.0)
        clock.now += 2.0
        tally.advance(inputs[0], 8.0)
        assert tally.rate == pytest.approx(4.0)
        assert tally.seconds_left == pytest.approx(8.0)
        tally.end(inputs[0], failed=False)
        assert (tally.done, tally.seconds_done) == (1, 10.0)
        tally.begin(inputs[1], 20.0)
        assert tally.seconds_total == pytest.approx(10 + 20 + 2 * 15)

    def test_what_could_not_be_read_counts_as_far_as_it_was(self) -> None:
        clock, inputs = Clock(), [Input(str(n), size=1_000) for n in range(3)]
        tally = Tally(inputs, clock)
        tally.end(inputs[0], failed=True)
        tally.begin(inputs[1], 10.0)
        tally.advance(inputs[1], 4.0)
        tally.end(inputs[1], failed=True)
        assert (tally.failed, tally.done, tally.seconds_done) == (2, 0, 4.0)
        assert tally.seconds_total == pytest.approx(4.0 + 10.0)

    def test_a_recording_of_unknown_length_leaves_the_rest_unknown(self) -> None:
        pipe = Input("-")
        tally = Tally([pipe], Clock())
        assert tally.seconds_total is None
        tally.begin(pipe, None)
        assert tally.seconds_total is None
        tally.advance(pipe, 3.0)
        tally.advance(pipe, 2.0)
        assert tally.running[pipe].position == 3.0


class TestProgress:
    def test_more_files_than_there_is_room_for_are_counted(self) -> None:
        inputs = [Input(f"{'long/' * 6}talk-{n}.wav", size=1_000) for n in range(12)]
        console = Console(file=StringIO(), width=80, force_terminal=True)
        progress = Progress(inputs, skipped=3, console=console)
        for item in inputs[:11]:
            progress.tally.begin(item, 10.0)
        progress.tally.end(inputs[10], failed=True)
        lines = shown(progress.render())
        assert lines[0].startswith("…ong/long/talk-0.wav  ")
        assert lines[8].strip() == "and 2 more"
        assert lines[9].startswith("3 of 15 files done ")
        assert "1 failed" in lines[9]
        assert len(lines) == 10

    def test_a_run_without_a_terminal_says_how_far_it_is_in_a_line(self) -> None:
        out = StringIO()
        inputs = [Input("a", size=1), Input("b", size=1)]
        progress = Progress(inputs, console=Console(file=out, width=80))
        assert progress.is_told_in_lines
        progress.tally.begin(inputs[0], 10.0)
        progress.tally.advance(inputs[0], 5.0)
        progress.tell()
        assert re.match(r"0 of 2 files done, \d+\.\dx real time, 0:00 left\n", out.getvalue())

    def test_guesses_are_shown_beside_the_bar_and_not_of_finals(self) -> None:
        item = Input("-")
        progress = Progress(
            [item], guesses=True, console=Console(file=StringIO(), width=80, force_terminal=True)
        )
        progress.tally.begin(item, None)
        progress.result(item, result("hello", is_final=False))
        assert shown(progress.render())[0].startswith("standard input ")
        assert shown(progress.render())[0].endswith("0:00  hello")
        progress.result(item, result("hello there"))
        assert "hello" not in shown(progress.render())[0]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0:00"), (7.9, "0:07"), (61.0, "1:01"), (3_723.0, "1:02:03")]
)
def test_lengths_are_written_as_people_read_them(seconds: float, text: str) -> None:
    assert clock_time(seconds) == text
