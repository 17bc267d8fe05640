"""The microphone for real: PortAudio, ALSA, and a PulseAudio that plays into what is recorded from."""

from __future__ import annotations

import ctypes.util
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from asyncspeech.emulator import coded
from tests.support.commands import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = ["--raw", "--format=s16le", "--rate=16000", "--channels=1"]
SINK = "module-null-sink", "sink_name=nowhere", "rate=16000", "channels=1", "format=s16le"
ALSA_PLUGINS = [
    folder / "alsa-lib" / "libasound_module_pcm_pulse.so"
    for folder in (Path("/usr/lib"), Path("/usr/lib64"), *Path("/usr/lib").glob("*-linux-gnu*"))
]


def _missing() -> str:
    """What keeps these tests from running here, as Debian calls it; empty if nothing does."""
    missing = {
        "sounddevice (the extra 'mic')": importlib.util.find_spec("sounddevice") is None,
        "libportaudio2": ctypes.util.find_library("portaudio") is None,
        "pulseaudio": shutil.which("pulseaudio") is None,
        "pulseaudio-utils": shutil.which("pactl") is None or shutil.which("pacat") is None,
        "libasound2-plugins": not any(plugin.exists() for plugin in ALSA_PLUGINS),
    }
    return ", ".join(name for name, is_missing in missing.items() if is_missing)


pytestmark = pytest.mark.skipif(bool(_missing()), reason=f"not on this machine: {_missing()}")


class Pulse(NamedTuple):
    """A sound server: its only output is a sink that nobody hears, its only input that sink."""

    daemon: subprocess.Popen[bytes]
    settings: dict[str, str]

    def control(self, *arguments: str) -> str:
        run = subprocess.run(
            ["pactl", *arguments],  # noqa: S607 - where it is depends on the system
            env=self.settings,
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
        return run.stdout

    def play(self, audio: bytes) -> None:
        command = ["pacat", "--playback", *SAMPLES, "--device=nowhere"]
        subprocess.run(command, input=audio, env=self.settings, check=True, timeout=60)


@pytest.fixture
def pulse() -> Iterator[Pulse]:
    # Not pytest's own folder: the name of a socket may have 107 characters.
    with tempfile.TemporaryDirectory(prefix="pulse-") as name:
        socket = Path(name) / "socket"
        settings = environment(
            Path(name), XDG_RUNTIME_DIR=name, PULSE_RUNTIME_PATH=name, PULSE_SERVER=f"unix:{socket}"
        )
        settings.pop("PULSE_SINK", None)
        loaded = (f"module-native-protocol-unix auth-anonymous=1 socket={socket}", " ".join(SINK))
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        daemon = subprocess.Popen(
            [*command, *(f"--load={module}" for module in loaded)],
            env=settings,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(socket, daemon)
            yield Pulse(daemon, settings)
        finally:
            daemon.kill()
            daemon.wait()


def _wait_for(socket: Path, daemon: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 10
    while not socket.exists():
        if daemon.poll() is not None or time.monotonic() > until:
            pytest.skip(f"PulseAudio does not start on this machine (exit code {daemon.poll()})")
        time.sleep(0.01)


class Recorder(NamedTuple):
    """A process that records: see `tests.support.recorder`."""

    process: subprocess.Popen[str]

    def stop(self) -> dict[str, Any]:
        output, _ = self.process.communicate("stop\n", timeout=30)
        return dict(json.loads(output))

    def outcome(self) -> tuple[dict[str, Any], float]:
        """What it says when it ends by itself, and how long that took."""
        began = time.monotonic()
        assert self.process.stdout is not None
        return dict(json.loads(self.process.stdout.readline())), time.monotonic() - began


@contextmanager
def recorder(pulse: Pulse) -> Iterator[Recorder]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "tests.support.recorder", "pulse"]
    with subprocess.Popen(
        command, cwd=ROOT, env=pulse.settings, stdin=pipe, stdout=pipe, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "recording\n"
            yield Recorder(process)
        finally:
            process.kill()


def test_every_word_that_is_played_is_heard(pulse: Pulse) -> None:
    recording = coded.encode(10, pause_seconds=0.5)
    with recorder(pulse) as listening:
        pulse.play(recording.audio)
        heard = listening.stop()
    assert heard["error"] == ""
    assert heard["overflows"] == 0
    score = coded.score(recording, [(word, None, None) for word in heard["words"]])
    assert score == coded.CodedScore(expected=10)


@pytest.mark.parametrize("how", ["the device goes", "the server dies", "the server freezes"])
def test_what_was_said_before_it_was_unplugged_is_kept_and_the_error_comes_in_time(
    how: str, pulse: Pulse
) -> None:
    with recorder(pulse) as listening:
        pulse.play(coded.encode(2, pause_seconds=0.3).audio)
        match how:
            case "the device goes":
                pulse.control("unload-module", "module-null-sink")
            case "the server dies":
                pulse.daemon.kill()
            case _:
                os.kill(pulse.daemon.pid, signal.SIGSTOP)
        heard, seconds = listening.outcome()
    assert heard["words"] == ["w0", "w1"]
    if how == "the server freezes":
        assert heard["error"] == "has given nothing for 3 s"
        assert 2.0 < seconds < 9.0  # and two to wait for the closing
    else:
        assert heard["error"] == "has stopped recording by itself"
        assert seconds < 1.5
    assert heard["closing"] < 3.0
