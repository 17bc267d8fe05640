"""The doctor as a user calls it: what is printed, and the exit code."""

from __future__ import annotations

import asyncio
import io
import json
import re
import signal
import sys
from typing import TYPE_CHECKING

import anyio
import pytest
from rich.console import Console

from asyncspeech.cli.doctor import Finding, Outcome
from asyncspeech.cli.doctor.report import Report
from asyncspeech.emulator import Coded, Emulator
from tests.support.commands import ROOT, environment
from tests.support.keys import service_account_key
from tests.support.tls import encrypting, self_signed
from tests.support.tokens import token_server

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-m", "asyncspeech", "doctor"]
NO_PORT = "127.0.0.1:1"


async def doctor(*arguments: str, home: Path, **variables: str) -> tuple[int, str, str]:
    """Exit code, output and complaints."""
    settings = environment(home, **{"PYTHONIOENCODING": "utf-8", **variables})
    done = await anyio.run_process([*COMMAND, *arguments], check=False, env=settings, cwd=ROOT)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


async def without(module: str, home: Path) -> tuple[int, str, str]:
    """The same where a module cannot be imported."""
    code = (
        f"import sys; sys.modules[{module!r}] = None; sys.argv = ['asyncspeech', 'doctor']; "
        "from asyncspeech.cli import main; main()"
    )
    settings = environment(home, PYTHONIOENCODING="utf-8")
    done = await anyio.run_process([sys.executable, "-c", code], check=False, env=settings, cwd=ROOT)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


async def test_nothing_is_wrong(emulator: Emulator, tmp_path: Path) -> None:
    code, output, complaints = await doctor(home=tmp_path, SPEECH_EMULATOR_HOST=emulator.address)
    assert (code, complaints) == (0, "")
    lines = output.splitlines()
    headings = ["This machine", "The network", "The account", "The service"]
    assert [line for line in lines if line in headings] == headings
    assert lines[-1].startswith("All is well")
    assert "✓ model                 long, in en-US, in global" in lines
    assert "\x1b" not in output
    assert "✗" not in output


async def test_a_cross_and_its_remedy_are_a_line_each(tmp_path: Path) -> None:
    code, output, complaints = await doctor(
        "--model", "chirp_3", home=tmp_path, SPEECH_EMULATOR_HOST=NO_PORT
    )
    assert (code, complaints) == (1, "")
    lines = output.splitlines()
    place = lines.index(f"✗ TCP                   {NO_PORT} cannot be connected to: Connection refused")
    assert lines[place + 1] == "  → asyncspeech emulator --port 1   (or: unset SPEECH_EMULATOR_HOST)"
    place = lines.index("✗ model                 model: chirp_3 is not in global")
    assert lines[place + 1] == "  → use location='eu' or 'us'"
    assert lines[-1].startswith("2 of ")


async def test_an_output_without_such_letters_gets_others(tmp_path: Path) -> None:
    code, output, complaints = await doctor(
        home=tmp_path, SPEECH_EMULATOR_HOST=NO_PORT, PYTHONIOENCODING="ascii"
    )
    assert (code, complaints) == (1, "")
    assert output.isascii()
    assert "x TCP " in output
    assert "  -> asyncspeech emulator --port 1" in output
    assert "- permission " in output


async def test_google_is_asked_over_tls_with_a_key(tmp_path: Path) -> None:
    certificate, key, roots = self_signed("a test"), tmp_path / "key.json", tmp_path / "roots.pem"
    key.write_text(json.dumps(service_account_key()))
    roots.write_bytes(certificate.certificate)
    async with Emulator(Coded()) as emulator:
        async with encrypting(emulator.address, certificate, tmp_path) as endpoint:
            code, output, complaints = await doctor(
                "--endpoint",
                endpoint,
                home=tmp_path,
                GOOGLE_APPLICATION_CREDENTIALS=str(key),
                GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=str(roots),
            )
    assert (code, complaints) == (0, "")
    assert "✓ token                 there is one, for me@theirs.iam.gserviceaccount.com" in output
    assert "eyJ" not in output  # how a signed token begins


async def test_the_metadata_servers_account_is_known_with_its_token(tmp_path: Path) -> None:
    with token_server() as tokens:
        host = tokens.url.removeprefix("http://")
        code, output, complaints = await doctor(
            "--endpoint",
            NO_PORT,
            home=tmp_path,
            GCE_METADATA_HOST=host,
            GCE_METADATA_ROOT=host,
            GCE_METADATA_IP=host,
            NO_GCE_CHECK="false",
            NO_PROXY="*",
        )
    assert (code, complaints) == (1, "")
    assert "✓ credentials           this machine's service account, by the metadata server" in output
    assert "✓ token                 there is one, for me@example.com" in output
    assert "✓ project               metadata-project, by the credentials or gcloud" in output
    assert "token-secret" not in output


async def test_ctrl_c_ends_at_once_even_if_a_server_says_nothing(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        while await reader.read(65_536):
            pass
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        settings = environment(
            tmp_path,
            GCE_METADATA_HOST=host,
            GCE_METADATA_IP=host,
            GCE_METADATA_TIMEOUT="60",
            NO_GCE_CHECK="false",
            NO_PROXY="*",
        )
        command = [*COMMAND, "--endpoint", NO_PORT]
        async with await anyio.open_process(command, env=settings, cwd=ROOT) as process:
            await asked.wait()
            process.send_signal(signal.SIGINT)
            with anyio.fail_after(5):
                await process.wait()
            assert process.stdout is not None
            assert process.stderr is not None
            output = b"".join([piece async for piece in process.stdout]).decode()
            complaints = b"".join([piece async for piece in process.stderr])
    assert (process.returncode, complaints) == (130, b"")
    assert output.splitlines()[-1] == "The account"  # what was found by then


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--language", "no language"], "is not a BCP-47 language tag"),
        (["--model", ""], "model: is empty"),
        (["--timeout", "0"], "0 is not in the range"),
        (["extra"], "unexpected extra argument"),
    ],
)
async def test_a_wrong_call_exits_with_2(arguments: list[str], text: str, tmp_path: Path) -> None:
    code, output, complaints = await doctor(*arguments, home=tmp_path)
    assert (code, output) == (2, "")
    assert text in complaints


async def test_the_help_says_what_it_costs(tmp_path: Path) -> None:
    code, output, _ = await doctor("--help", home=tmp_path)
    assert code == 0
    assert "bills one second at the most" in " ".join(output.split())


@pytest.mark.parametrize(
    ("module", "package"), [("grpc", "grpcio"), ("soundfile", "soundfile"), ("anyio", "anyio")]
)
async def test_a_broken_package_does_not_break_the_doctor(
    module: str, package: str, tmp_path: Path
) -> None:
    code, output, complaints = await without(module, tmp_path)
    assert (code, complaints) == (1, "")
    assert f"✗ package {package}" in output
    assert f"network               not tried: see 'package {package}'" in output


@pytest.mark.parametrize("module", ["packaging", "rich"])
async def test_a_missing_extra_is_named(module: str, tmp_path: Path) -> None:
    code, output, complaints = await without(module, tmp_path)
    assert (code, output) == (1, "")
    assert complaints.splitlines()[-1].endswith("(hint: pip install 'asyncspeech[cli]')")
    assert "Traceback" not in complaints


async def test_a_reader_that_has_had_enough_is_no_reason_to_complain(tmp_path: Path) -> None:
    settings = environment(tmp_path, SPEECH_EMULATOR_HOST=NO_PORT, PYTHONUNBUFFERED="1")
    command = f"{' '.join(COMMAND)} | head -n 1"
    done = await anyio.run_process(command, check=False, env=settings, cwd=ROOT)
    assert (done.stdout, done.stderr) == (b"This machine\n", b"")


def test_a_terminal_has_its_lines_wrapped_and_its_commands_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = io.StringIO()
    monkeypatch.setattr(
        "asyncspeech.cli.doctor.report.Console",
        lambda **_: Console(file=output, force_terminal=True, width=49, color_system=None),
    )
    command = f"gcloud {'--option=value ' * 6}"
    with Report() as report:
        report.begin("The service")
        report.add(Finding("model", Outcome.FAILED, "one two three four five six seven", command))
    text = re.sub(r"\x1b\[[\d?;]*[A-Za-z]", "", output.getvalue())  # but for what moves a cursor
    lines = [line.rstrip() for line in re.split(r"[\r\n]+", text)]
    assert "✗ model                 one two three four five" in lines
    assert f"{' ' * 24}six seven" in lines
    assert f"  → {command.rstrip()}" in lines
    assert report.failures == 1
