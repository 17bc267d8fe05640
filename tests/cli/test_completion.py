"""Completion: what shells are given, and a real bash."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from asyncspeech.capabilities import MODELS, location_ids
from asyncspeech.cli.app import COMPLETION_VARIABLE, app
from tests.support.commands import environment

if TYPE_CHECKING:
    from pathlib import Path


def offered(*words: str) -> list[str]:
    """What may stand in the place of the last word."""
    *before, incomplete = words
    complete = ShellComplete(app, {}, "asyncspeech", COMPLETION_VARIABLE)
    return [item.value for item in complete.get_completions(before, incomplete)]


def test_commands_and_options_are_offered() -> None:
    assert offered("tr") == ["transcribe"]
    assert offered("transcribe", "--output") == ["--output-dir"]
    assert offered("transcribe", "--format", "j") == ["json"]
    assert offered("completion", "") == ["bash", "zsh", "fish"]


def test_models_locations_and_languages_come_from_the_table() -> None:
    assert offered("transcribe", "--model", "") == [model.name for model in MODELS]
    assert offered("transcribe", "--location", "") == list(location_ids(MODELS))
    assert "de-DE" in offered("doctor", "--language", "de")
    assert offered("transcribe", "--language", "EN-u") == ["en-US"]


def test_what_goes_with_what_was_given_is_offered() -> None:
    (chirp_3,) = [model for model in MODELS if model.name == "chirp_3"]
    places = offered("transcribe", "--model", "chirp_3", "--location", "")
    assert set(places) == set(chirp_3.locations) < set(location_ids(MODELS))
    assert "chirp_3" not in offered("transcribe", "--location", "global", "--model", "")
    medical = offered("transcribe", "--model", "medical_dictation", "--language", "")
    assert medical == ["en-US"]
    assert offered("transcribe", "--location", "mars", "--model", "chirp_3") == ["chirp_3"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_a_script_that_names_the_command(shell: str) -> None:
    done = CliRunner().invoke(app, ["completion", shell])
    assert done.exit_code == 0
    assert f"{COMPLETION_VARIABLE}={shell}_complete" in done.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_by_what_it_is_given(tmp_path: Path) -> None:
    command = tmp_path / "asyncspeech"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m asyncspeech "$@"\n')
    command.chmod(0o755)
    script = (
        'eval "$(asyncspeech completion bash)"; COMP_WORDS=(asyncspeech transcribe --model chirp_3); '
        "COMP_CWORD=3; complete -p asyncspeech >&2; _asyncspeech_completion asyncspeech; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    settings = environment(tmp_path)
    done = subprocess.run(
        [str(shutil.which("bash")), "--norc", "-c", script],
        env=settings | {"PATH": f"{tmp_path}:{settings['PATH']}", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "-F _asyncspeech_completion asyncspeech" in done.stderr
    assert done.stdout.split() == ["chirp_3"]


def test_help_and_completion_load_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from asyncspeech.cli.app import app; "
        "app(['--help'], standalone_mode=False); app(['transcribe', '--help'], standalone_mode=False); "
        "app(['completion', 'zsh'], standalone_mode=False); "
        "print('loaded', {'grpc', 'numpy', 'google', 'anyio', 'rich', 'soundfile'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "loaded set()"
