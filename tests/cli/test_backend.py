"""Who recognises, and what is said of it."""

from __future__ import annotations

import importlib.util

import google.auth
import pytest
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError

from asyncspeech.cli.backend import choose
from asyncspeech.errors import CredentialsError


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_CLOUD_PROJECT", "SPEECH_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)


def _find_credentials(monkeypatch: pytest.MonkeyPatch, project: str | None) -> None:
    credentials = AnonymousCredentials()
    monkeypatch.setattr(google.auth, "default", lambda **_: (credentials, project))


def _find_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise DefaultCredentialsError("Your default credentials were not found.")

    monkeypatch.setattr(google.auth, "default", fail)


async def test_auto_is_google_with_credentials_and_a_project(monkeypatch: pytest.MonkeyPatch) -> None:
    _find_credentials(monkeypatch, "p")
    client, why = await choose("auto", project=None, location="eu")
    assert why == "recognising by Google: credentials and the project p were found"
    assert (client._project, client._location) == ("p", "eu")


async def test_auto_is_this_machine_without_a_project(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pocketsphinx")
    _find_credentials(monkeypatch, None)
    client, why = await choose("auto", project=None, location="global")
    assert why == "recognising on this machine: no Google Cloud project is known"
    assert client._local_recognizer is not None


async def test_auto_says_both_ways_out_if_neither_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    _find_nothing(monkeypatch)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)  # noqa: ARG005
    with pytest.raises(CredentialsError, match="neither was a recogniser") as missing:
        await choose("auto", project=None, location="global")
    assert "pip install 'asyncspeech[local]'" in missing.value.hint
    assert "gcloud auth application-default login" in missing.value.hint


@pytest.mark.parametrize("backend", ["auto", "google"])
async def test_an_emulator_in_the_environment_comes_first(
    monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    monkeypatch.setenv("SPEECH_EMULATOR_HOST", "localhost:1")
    _, why = await choose(backend, project=None, location="global")
    assert why == "recognising by the emulator at localhost:1 (SPEECH_EMULATOR_HOST)"


async def test_local_is_local_whatever_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pocketsphinx")
    monkeypatch.setenv("SPEECH_EMULATOR_HOST", "localhost:1")
    client, why = await choose("local", project=None, location="global")
    assert why == "recognising on this machine (--backend local)"
    assert client._local_recognizer is not None
