"""Runs the examples as a user would: each in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from tests.support.commands import ROOT, environment

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator
    from pathlib import Path

    from asyncspeech.emulator.coded import CodedRecording

EXAMPLES = ROOT / "examples"
AUDIO = EXAMPLES / "audio"
PATIENCE = 30.0


class Program:
    """A running example."""

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self.process = process
        self.stdout = process.stdout
        self.stderr = process.stderr

    async def line(self) -> str:
        """The next line that it prints; empty once it prints no more."""
        async with asyncio.timeout(PATIENCE):
            return (await self.stdout.readline()).decode()

    async def line_with(self, text: str) -> str:
        """The next line that has this in it."""
        while text not in (line := await self.line()):
            assert line, f"it ended without {text!r}: {(await self.stderr.read()).decode()}"
        return line

    async def end(self) -> tuple[str, str]:
        """What is left of what it prints, once it has ended."""
        async with asyncio.timeout(PATIENCE):
            out, err = await self.process.communicate()
        return out.decode(), err.decode()

    @property
    def code(self) -> int | None:
        """What it exited with."""
        return self.process.returncode


@asynccontextmanager
async def running(
    example: str, *arguments: object, home: Path, service: str | None = None, **variables: str
) -> AsyncIterator[Program]:
    """An example in a process of its own, in ``home``, which is killed if it is still there in the end.

    Args:
        example: Its file's name, without the suffix, or its folder's.
        arguments: What it is called with.
        home: Its home and working folder.
        service: The emulator's address; None for recognition on this machine.
        variables: More for its environment.
    """
    if service is not None:
        variables |= {"SPEECH_EMULATOR_HOST": service, "GOOGLE_CLOUD_PROJECT": "a-project"}
    is_folder = (EXAMPLES / example).is_dir()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(("-m", f"examples.{example}") if is_folder else (EXAMPLES / f"{example}.py",)),
        *map(str, arguments),
        cwd=home,
        env=environment(home, **({"PYTHONPATH": str(ROOT)} | variables)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def run(
    example: str, *arguments: object, home: Path, service: str | None = None, **variables: str
) -> tuple[int | None, str, str]:
    """Run an example to its end: exit code, standard output, standard error."""
    async with running(example, *arguments, home=home, service=service, **variables) as program:
        out, err = await program.end()
    assert "Traceback" not in err, err
    return program.code, out, err


def write(path: Path, *channels: CodedRecording) -> Path:
    """A sound file of coded recordings, one on each channel; the shorter are filled up with silence."""
    longest = max(len(channel.samples) for channel in channels)
    samples = np.zeros((longest, len(channels)), np.int16)
    for number, channel in enumerate(channels):
        samples[: len(channel.samples), number] = channel.samples
    soundfile.write(path, samples, channels[0].sample_rate_hertz, subtype="PCM_16")
    return path
