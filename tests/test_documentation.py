"""What the README and the documentation show, works."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.peers.redirect import service_account_info

pytest.importorskip("pocketsphinx", reason="the snippets recognise speech")

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WEATHER = ROOT / "examples" / "audio" / "weather.flac"
# What readers of the documentation are told to have, and nothing of this project's own settings.
PYTEST = """
[tool.pytest.ini_options]
addopts = ["--strict-markers"]
asyncio_default_fixture_loop_scope = "function"
asyncio_mode = "auto"
"""

_FENCE = re.compile(r"^```python\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


def _snippets() -> Iterator[object]:
    for page in PAGES:
        text = page.read_text()
        for match in _FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            name = f"{page.relative_to(ROOT)}:{line}"
            yield pytest.param(name, "\n" * line + match["code"], id=name)


@pytest.fixture(scope="module")
def emulator_host() -> Iterator[str]:
    """Stands in for Google's service where a snippet calls that."""
    command = [sys.executable, "-m", "tests.support.emulator"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate(timeout=10)
    assert process.returncode == 0


@pytest.fixture(scope="module")
def key() -> str:
    """The key of a service account that nobody knows."""
    return json.dumps(service_account_info())


@pytest.fixture
def environment(tmp_path: Path, emulator_host: str, key: str) -> dict[str, str]:
    """No credentials, and the files that the snippets speak of."""
    (tmp_path / "key.json").write_text(key)
    shutil.copy(WEATHER, tmp_path / "interview.flac")
    shutil.copytree(WEATHER.parent, tmp_path / "examples" / "audio")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GOOGLE_")}
    return kept | {
        "FAKE_MICROPHONE": str(WEATHER),
        "PYTHONDEVMODE": "1",
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests" / "support" / "microphone"))),
        "PYTHONWARNINGS": "error",
        "SPEECH_EMULATOR_HOST": emulator_host,
    }


def _run(arguments: list[str], folder: Path, environment: dict[str, str], text: str = "") -> str:
    run = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    return run.stdout


@pytest.mark.parametrize(("name", "code"), list(_snippets()))
def test_every_snippet_runs(name: str, code: str, tmp_path: Path, environment: dict[str, str]) -> None:
    if "async def test_" in code:
        (tmp_path / "pyproject.toml").write_text(PYTEST)
        (tmp_path / "test_snippet.py").write_text(code)
        _run(["-m", "pytest", "-p", "no:cacheprovider"], tmp_path, environment)
    else:
        _run(["-m", "tests.support.snippet", name], tmp_path, environment, code)
