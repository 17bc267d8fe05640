"""The public surface, and what it costs to touch it."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import asyncspeech
import asyncspeech.audio
import asyncspeech.emulator

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = "\n".join(page.read_text() for page in (ROOT / "docs" / "reference").glob("*.md"))


@pytest.mark.parametrize("package", [asyncspeech, asyncspeech.emulator, asyncspeech.audio])
def test_every_public_name_is_there_and_public_where_it_lives(package: ModuleType) -> None:
    names = package.__all__
    assert len(names) == len(set(names))
    for name in names:
        value = getattr(package, name)
        home = getattr(value, "__module__", None)
        if home is not None and home.startswith("asyncspeech"):
            assert name in importlib.import_module(home).__all__
    assert set(names) <= set(dir(package))


@pytest.mark.parametrize("name", asyncspeech.__all__)
def test_every_public_name_is_in_the_reference(name: str) -> None:
    assert re.search(rf"^\.\. auto\w+:: asyncspeech\.{name}(\(\))?$", REFERENCE, re.MULTILINE)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Recogniser'"):
        asyncspeech.Recogniser  # noqa: B018


def _loaded_by(statement: str) -> set[str]:
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    return set(json.loads(run.stdout))


@pytest.mark.parametrize(
    ("statement", "forbidden"),
    [
        ("import asyncspeech", {"asyncio", "google", "grpc", "numpy", "anyio", "soundfile"}),
        ("import asyncspeech.core.engine", {"asyncio", "google", "grpc", "numpy", "anyio", "logging"}),
        ("import asyncspeech.emulator", {"asyncio", "google", "grpc", "numpy"}),
        ("from asyncspeech import SessionConfig, Result", {"asyncio", "google", "grpc", "numpy"}),
    ],
)
def test_importing_loads_nothing_heavy(statement: str, forbidden: set[str]) -> None:
    bare = _loaded_by("pass")
    assert not (_loaded_by(statement) - bare) & forbidden
