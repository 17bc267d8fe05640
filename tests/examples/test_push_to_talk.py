"""`examples/push_to_talk.py`: turns spoken from recordings, and at a microphone."""

from __future__ import annotations

import asyncio
import re
import signal
from typing import TYPE_CHECKING

from asyncspeech.emulator import coded
from tests.examples.programs import AUDIO, run, running, write
from tests.support.commands import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from asyncspeech.emulator import Emulator

FAKE_MICROPHONE = str(ROOT / "tests" / "support" / "microphone")


def recording(first: int, count: int) -> coded.CodedRecording:
    """Words that end with the recording: without `finalize` nothing would be final for a while."""
    return coded.encode(count, first=first, pause_seconds=0.05, word_seconds=0.2)


async def test_each_turn_is_answered_with_its_own_words_as_soon_as_the_button_is_let_go(
    tmp_path: Path, emulator: Emulator
) -> None:
    turns = [
        write(tmp_path / "one.wav", recording(0, 4)),
        write(tmp_path / "none.wav", coded.encode(0, pause_seconds=0.2)),
        write(tmp_path / "two.wav", recording(10, 7)),
    ]
    code, out, err = await run(
        "push_to_talk", *turns, "--pace", 4, home=tmp_path, service=emulator.address
    )
    said = [re.sub(r"  \(\d+ ms\)$", "", line) for line in out.splitlines()]
    assert said == [
        "You said: w0 w1 w2 w3",
        "I heard nothing. Hold the button down while you speak.",
        "You said: w10 w11 w12 w13 w14 w15 w16",
    ]
    assert (code, err) == (0, "")


async def test_a_microphone_that_is_unplugged_ends_the_turn_and_what_was_said_is_answered(
    tmp_path: Path,
) -> None:
    async with running(
        "push_to_talk",
        home=tmp_path,
        FAKE_MICROPHONE=str(AUDIO / "weather.flac"),
        PYTHONPATH=f"{ROOT}:{FAKE_MICROPHONE}",
    ) as program:
        await program.line_with("Enter to speak")
        assert program.process.stdin is not None
        for _ in range(2):
            program.process.stdin.write(b"\n")
            assert "warm with rain" in await program.line_with("You said")
        program.process.stdin.write_eof()
        _, err = await program.end()
    assert "stopped recording" in err
    assert program.code == 0


async def test_a_recording_that_is_none_is_said_and_the_next_turn_goes_on(
    tmp_path: Path, emulator: Emulator
) -> None:
    turns = [tmp_path / "missing.wav", write(tmp_path / "one.wav", recording(0, 3))]
    code, out, err = await run(
        "push_to_talk", *turns, "--pace", 8, home=tmp_path, service=emulator.address
    )
    assert "I heard nothing" in out
    assert "You said: w0 w1 w2" in out
    assert "missing.wav" in err
    assert code == 0


async def test_ctrl_c_in_the_middle_of_a_turn_ends_it_at_once(
    tmp_path: Path, emulator: Emulator
) -> None:
    turn = write(tmp_path / "long.wav", coded.encode(100))
    async with running("push_to_talk", turn, home=tmp_path, service=emulator.address) as program:
        async with asyncio.timeout(30):
            while not emulator.streams:
                await asyncio.sleep(0.01)
        program.process.send_signal(signal.SIGINT)
        _, err = await program.end()
    assert (program.code, err) == (130, "")
