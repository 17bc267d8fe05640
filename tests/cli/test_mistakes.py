"""The mistakes that people make most: one readable line each, and never a traceback."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio
import pytest
import soundfile

from asyncspeech.emulator import Coded, Emulator, Project, coded
from tests.support.commands import environment

if TYPE_CHECKING:
    from pathlib import Path


class Mistake(NamedTuple):
    """A way to call the command, and what it says to it."""

    arguments: list[str]
    line: str
    code: int = 2
    service: dict[str, Any] | None = None
    environment: dict[str, str] | None = None
    given: bytes | None = None
    """What comes on standard input."""


NUMBER = Project().number
MISTAKES = {
    "a model that is elsewhere": Mistake(
        ["--model", "chirp_3", "talk.wav"],
        "error: model: chirp_3 is not in global (hint: use location='eu' or 'us')",
        service={},
    ),
    "a model that is mistyped": Mistake(
        ["--model", "chirp3", "--location", "us", "talk.wav"],
        "error: model: there is none called 'chirp3' (hint: did you mean 'chirp_3'?)",
        service={},
    ),
    "a location that is mistyped": Mistake(
        ["--location", "us-centrall", "talk.wav"],
        "error: location: there is none called 'us-centrall' (hint: did you mean 'us-central1'?)",
        service={},
    ),
    "a language by another name": Mistake(
        ["--language", "zh", "talk.wav"],
        "error: language_codes: long does not know zh "
        "(hint: use language_codes='cmn-Hans-CN' or 'cmn-Hant-TW')",
        service={},
    ),
    "no credentials": Mistake(
        ["--backend", "google", "talk.wav"],
        "error: no Google credentials were found on this machine (hint: run 'gcloud auth "
        "application-default login', set GOOGLE_APPLICATION_CREDENTIALS, or use Client.local(), which "
        "needs none)",
        1,
    ),
    "a key file that is not there": Mistake(
        ["--backend", "google", "talk.wav"],
        "error: the credentials cannot be read: File nowhere.json was not found. (hint: check the file "
        "that GOOGLE_APPLICATION_CREDENTIALS or client_options names)",
        1,
        environment={"GOOGLE_APPLICATION_CREDENTIALS": "nowhere.json"},
    ),
    "no project": Mistake(
        ["--backend", "google", "talk.wav"],
        "error: no Google Cloud project is known (hint: give Client(project=...) or set "
        "GOOGLE_CLOUD_PROJECT)",
        1,
        environment={"GOOGLE_APPLICATION_CREDENTIALS": "user.json"},
    ),
    "an API that is off": Mistake(
        ["talk.wav"],
        "error: PERMISSION_DENIED: Cloud Speech-to-Text API has not been used in project "
        f"{NUMBER} before or it is disabled. Enable it by visiting https://console.developers.google.com"
        f"/apis/api/speech.googleapis.com/overview?project={NUMBER} then retry. If you enabled this API "
        "recently, wait a few minutes for the action to propagate to our systems and retry. "
        f"(hint: open https://console.developers.google.com/apis/api/speech.googleapis.com/overview"
        f"?project={NUMBER}, enable it, and wait a few minutes)",
        1,
        service={"project": Project(enabled=False)},
    ),
    "a role that is missing": Mistake(
        ["talk.wav"],
        "error: PERMISSION_DENIED: Permission 'speech.recognizers.recognize' denied on resource (or it "
        "may not exist). (hint: grant the caller roles/speech.client, and see that the project is the "
        "one you mean; 'asyncspeech doctor' shows both)",
        1,
        service={"project": Project(permissions=frozenset())},
    ),
    "a service that is not there": Mistake(
        ["--max-outage", "0.2", "talk.wav"],
        "error: UNAVAILABLE: no stream has got anywhere for 0 s; the last stream ended with: failed to "
        "connect to all addresses",
        1,
        environment={"SPEECH_EMULATOR_HOST": "127.0.0.1:1"},
    ),
    "a file that is not there": Mistake(
        ["nowhere.wav"],
        "error: nowhere.wav: there is no such file",
        1,
        service={},
    ),
    "a file that is no audio": Mistake(
        ["user.json"],
        "error: user.json: is not audio of any known format (hint: are these headerless samples? Then "
        "give them a header, of what they are: ffmpeg -f s16le -ar 16000 -ac 1 -i user.json OUTPUT.wav)",
        1,
        service={},
    ),
    "standard input that is no audio": Mistake(
        ["-"],
        "error: <stdin>: is not audio of any known format (hint: are these headerless samples? Then "
        "give them a header, of what they are: ffmpeg -f s16le -ar 16000 -ac 1 -i INPUT OUTPUT.wav)",
        1,
        service={},
        given=b"no audio",
    ),
    "standard input that cannot be decoded before its end": Mistake(
        ["-"],
        "error: <stdin>: is MP4 with its index at the end, which cannot be decoded as it comes (hint: "
        "write it to a file first, and give that; or write it fragmented, or for fast start: "
        "ffmpeg -i INPUT -c copy -movflags +faststart OUTPUT)",
        1,
        service={},
        given=b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + b"\0\0\x10\0mdat" + bytes(4_088),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
async def test_it_is_told_in_one_line(mistake: Mistake, tmp_path: Path) -> None:
    recording = coded.encode(2)
    soundfile.write(tmp_path / "talk.wav", recording.samples, recording.sample_rate_hertz)
    user = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
    (tmp_path / "user.json").write_text(json.dumps(user))
    if mistake.service is None:
        done = await _run(mistake, tmp_path)
    else:
        async with Emulator(Coded(), **mistake.service) as emulator:
            done = await _run(mistake, tmp_path, SPEECH_EMULATOR_HOST=emulator.address)
    lines = [line for line in done.stderr.decode().splitlines() if not line.startswith("recognising ")]
    assert len(lines) == 1, lines
    assert lines[0].startswith(mistake.line)
    if mistake.line.endswith(")"):
        assert lines[0] == mistake.line
    assert done.returncode == mistake.code


async def _run(mistake: Mistake, home: Path, **more: str) -> Any:
    command = [sys.executable, "-m", "asyncspeech", "transcribe", *mistake.arguments]
    env = environment(home, **(mistake.environment or {}), **more)
    return await anyio.run_process(command, input=mistake.given, check=False, env=env, cwd=home)


ONE_LINERS = {
    "a model that is elsewhere": (
        (
            "async def main():\n"
            "    async with asyncspeech.Client(emulator_host='127.0.0.1:1') as client:\n"
            "        client.session(model='chirp_3')\n"
            "asyncio.run(main())"
        ),
        ["asyncspeech.errors.ConfigurationError: model: chirp_3 is not in global"],
        "Hint: use location='eu' or 'us'",
    ),
    "a sample rate out of range": (
        "asyncspeech.SessionConfig(sample_rate_hertz=96000)",
        [
            (
                "asyncspeech.errors.ConfigurationError: sample_rate_hertz: 96000 is not a whole number "
                "from 8000 to 48000"
            )
        ],
        "",
    ),
    "a client that was not entered": (
        "asyncspeech.Client('p').session()",
        ["asyncspeech.errors.UsageError: the client is not open yet"],
        "Hint: use it inside 'async with Client(...)'",
    ),
    "no credentials": (
        "asyncio.run(asyncspeech.transcribe('talk.wav'))",
        ["asyncspeech.errors.CredentialsError: no Google credentials were found on this machine"],
        (
            "Hint: run 'gcloud auth application-default login', set GOOGLE_APPLICATION_CREDENTIALS, or "
            "use Client.local(), which needs none"
        ),
    ),
}


@pytest.mark.parametrize(("code", "error", "hint"), ONE_LINERS.values(), ids=ONE_LINERS.keys())
async def test_in_a_program_the_last_lines_say_it(
    code: str, error: list[str], hint: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", f"import asyncio, asyncspeech\n{code}"]
    env = environment(tmp_path)
    done = await anyio.run_process(command, check=False, env=env, cwd=tmp_path)
    expected = [*error, *([hint] if hint else [])]
    assert done.stderr.decode().splitlines()[-len(expected) :] == expected
