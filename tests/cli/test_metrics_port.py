"""``transcribe --metrics-port``: its metrics are served while it works."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

import anyio
import pytest
import soundfile
from anyio.streams.buffered import BufferedByteReceiveStream

from asyncspeech.emulator import coded
from tests.support.commands import ROOT, environment
from tests.support.scraping import scrape

if TYPE_CHECKING:
    from pathlib import Path

    from asyncspeech.emulator import Emulator

COMMAND = [sys.executable, "-m", "asyncspeech", "transcribe"]
RECORDING = coded.encode(10)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "coded.flac"
    soundfile.write(path, RECORDING.samples, 16_000)
    return path


async def test_the_address_is_told_and_answers_while_it_works(
    emulator: Emulator, recording: Path, tmp_path: Path
) -> None:
    settings = environment(tmp_path, SPEECH_EMULATOR_HOST=emulator.address)
    command = [*COMMAND, "--metrics-port", "0", "--pace", "2", str(recording)]
    async with await anyio.open_process(command, env=settings, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        with anyio.fail_after(30):
            told = await BufferedByteReceiveStream(process.stderr).receive_until(b"\n", 200)
            out = BufferedByteReceiveStream(process.stdout)
            first = await out.receive_until(b"\n", 200)
            found = await scrape(told.decode().removeprefix("metrics: "))
            rest = b"".join([piece async for piece in out])
            assert await process.wait() == 0
    assert told.startswith(b"metrics: http://127.0.0.1:")
    assert first == b"w0 w1 w2 w3 w4"
    assert rest == b"w5 w6 w7 w8 w9\n"
    assert found["asyncspeech_result_latency_seconds_count"] >= 1
    assert found["asyncspeech_session_active"] == 1


async def test_a_port_in_use_is_a_wrong_call(recording: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = await anyio.run_process(
            [*COMMAND, "--metrics-port", str(port), str(recording)],
            check=False,
            env=environment(tmp_path),
            cwd=ROOT,
        )
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: prometheus_port: port {port} of 127.0.0.1 cannot".encode())


async def test_without_the_extra_it_says_which_to_install(recording: Path, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['opentelemetry.exporter.prometheus'] = None; "
        "from asyncspeech.cli import main; main()"
    )
    done = await anyio.run_process(
        [sys.executable, "-c", code, "transcribe", "--metrics-port", "0", str(recording)],
        check=False,
        env=environment(tmp_path),
        cwd=ROOT,
    )
    assert done.returncode == 1
    assert b"error: setting up telemetry needs the extra 'telemetry'" in done.stderr
