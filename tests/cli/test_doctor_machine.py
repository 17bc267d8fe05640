"""What the doctor says of Python, packages, extras and microphones."""

from __future__ import annotations

import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from asyncspeech.cli.doctor import Outcome, machine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SOUNDDEVICE = """
class PortAudioError(Exception):
    pass

def query_hostapis():
    return ({"name": "ALSA"},)

def query_devices(kind=None):
    {does}

def microphone(kind):
    device = {"index": 0, "name": "Röhre 1", "hostapi": 0, "max_input_channels": 1}
    device["default_samplerate"] = 48_000.0
    return device if kind else (device,)
"""


def installed(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    versions: dict[str, str],
    requires: Sequence[str] = (),
) -> metadata.Distribution:
    """A package that requires others, and those others, in these versions."""
    for name, version in versions.items():
        _write(folder, name, f"Version: {version}")
    needs = [f"Requires-Dist: {requirement}" for requirement in requires]
    _write(
        folder,
        "asyncspeech",
        "Version: 1.2",
        "Requires-Python: >=3.11",
        "Classifier: Programming Language :: Python :: 3 :: Only",
        "Classifier: Programming Language :: Python :: 3.11",
        "Classifier: Programming Language :: Python :: 3.12",
        "Provides-Extra: alarm",
        *needs,
    )
    monkeypatch.setattr(sys, "path", [str(folder)])
    return metadata.distribution("asyncspeech")


def _write(folder: Path, name: str, *lines: str) -> None:
    info = folder / f"{name.replace('-', '_')}-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("\n".join((f"Name: {name}", *lines, "")))


@pytest.mark.parametrize(
    ("version", "outcome", "text"),
    [
        ("3.11.9", Outcome.OK, "3.11.9 on "),
        ("3.12.0rc1", Outcome.OK, "3.12.0rc1 on "),
        ("3.10.1", Outcome.FAILED, "; asyncspeech needs >=3.11"),
        ("3.15.0", Outcome.WARNING, ", which asyncspeech has not been tested with"),
    ],
)
def test_the_python(
    version: str, outcome: Outcome, text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    distribution = installed(monkeypatch, tmp_path, {})
    finding = machine.python(distribution, version)
    assert finding.outcome is outcome
    assert text in finding.text
    assert finding.remedy == ("" if outcome is Outcome.OK else "use Python 3.11, 3.12")


class TestPackages:
    def test_that_are_as_they_should_be(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        needs = ["dog>=1", "extinct; python_version < '3'", "bell; extra == 'alarm'"]
        distribution = installed(monkeypatch, tmp_path, {"dog": "1.5"}, needs)
        (finding,) = machine.packages(distribution)
        assert (finding.outcome, finding.text) == (Outcome.OK, "asyncspeech 1.2, dog 1.5")

    def test_that_are_missing_or_too_old_are_named_with_the_command(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        distribution = installed(monkeypatch, tmp_path, {"dog": "0.9"}, ["dog>=1", "cat<3,>=2"])
        dog, cat = machine.packages(distribution)
        assert (dog.outcome, dog.name) == (Outcome.FAILED, "package dog")
        assert dog.text == "dog is 0.9, and >=1 is needed"
        assert dog.remedy == "pip install --force-reinstall 'dog>=1'"
        assert (cat.outcome, cat.name) == (Outcome.FAILED, "package cat")
        assert cat.text == "cat is not installed"
        assert cat.remedy == "pip install --force-reinstall 'cat<3,>=2'"

    def test_that_others_need_are_looked_at_too_and_named_first(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        _write(tmp_path, "dog", "Version: 1", "Requires-Dist: flea>=2; extra == 'wild'")
        distribution = installed(monkeypatch, tmp_path, {}, ["cow", "dog[wild]"])
        names = [finding.name for finding in machine.packages(distribution)]
        assert names == ["package cow", "package flea"]

    def test_that_do_not_work_are_named(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        distribution = installed(monkeypatch, tmp_path, {"numpy": "9.9"}, ["numpy"])
        monkeypatch.setitem(sys.modules, "numpy", None)
        (finding,) = machine.packages(distribution)
        assert "numpy 9.9 cannot be imported: " in finding.text
        assert finding.remedy == "pip install --force-reinstall 'numpy'"


class TestExtras:
    @pytest.mark.parametrize(
        ("versions", "outcome", "text"),
        [
            ({}, Outcome.SKIPPED, "not installed: pip install 'asyncspeech[alarm]'"),
            ({"bell": "2", "dog": "2"}, Outcome.OK, "bell 2, dog 2"),
            ({"bell": "2"}, Outcome.SKIPPED, "not installed: pip install 'asyncspeech[alarm]'"),
            ({"bell": "1", "dog": "2"}, Outcome.WARNING, "bell is 1, and >=2 is needed"),
        ],
        ids=["missing", "there", "half", "too old"],
    )
    def test_are_no_failure(
        self,
        versions: dict[str, str],
        outcome: Outcome,
        text: str,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        needs = ["cat", "bell>=2; extra == 'alarm'", "dog; extra == 'alarm'"]
        distribution = installed(monkeypatch, tmp_path, versions, needs)
        (finding,) = machine.extras(distribution)
        assert (finding.name, finding.outcome, finding.text) == ("extra alarm", outcome, text)

    def test_are_those_of_the_package(self) -> None:
        distribution = metadata.distribution("asyncspeech")
        names = [finding.name for finding in machine.extras(distribution)]
        assert {"extra cli", "extra local", "extra vosk"} <= set(names)


async def test_a_package_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "distribution", _not_found)
    monkeypatch.setattr(metadata, "version", _not_found)
    first, second = [finding async for finding in machine.findings(5.0)]
    assert (first.outcome, first.remedy) == (Outcome.FAILED, "pip install asyncspeech")
    assert second.text.endswith("pip install 'asyncspeech[mic]'")


def _not_found(name: str) -> Any:
    raise metadata.PackageNotFoundError(name)


class TestMicrophone:
    @pytest.fixture
    def library(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        """Where a process that is started looks for modules first."""
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setattr(machine, "_version", lambda _: "0.5")
        return tmp_path

    @pytest.mark.parametrize(
        ("does", "outcome", "text"),
        [
            ("return microphone(kind)", Outcome.OK, "Röhre 1"),
            (
                "if kind: raise PortAudioError('none')\n    return ()",
                Outcome.SKIPPED,
                "none is connected",
            ),
            ("raise KeyError('gone')", Outcome.WARNING, "KeyError: 'gone'"),
            ("import os; os._exit(3)", Outcome.WARNING, "exit code 3"),
            ("import time; time.sleep(60)", Outcome.WARNING, "said nothing for 1 s"),
            ("pass\nraise OSError('no PortAudio')", Outcome.WARNING, "is missing (no PortAudio)"),
        ],
        ids=["there", "none", "broken", "crash", "hangs", "no library"],
    )
    async def test_is_no_failure(self, does: str, outcome: Outcome, text: str, library: Path) -> None:
        (library / "sounddevice.py").write_text(SOUNDDEVICE.replace("{does}", does))
        finding = await machine.microphone(1.0 if "sleep" in does else 20.0)
        assert finding.outcome is outcome
        assert text in finding.text

    async def test_is_not_looked_for_without_sounddevice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(machine, "_version", lambda _: "")
        finding = await machine.microphone(5.0)
        assert finding.outcome is Outcome.SKIPPED
        assert finding.text.endswith("pip install 'asyncspeech[mic]'")
