"""Where calls go, and as whom. None of it needs the network."""

from __future__ import annotations

import time

import google.auth
import pytest
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError

from asyncspeech.errors import ConfigurationError, CredentialsError
from asyncspeech.transport.endpoint import find_endpoint


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_CLOUD_PROJECT", "SPEECH_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)


def _give_credentials(monkeypatch: pytest.MonkeyPatch, project: str | None) -> AnonymousCredentials:
    found = AnonymousCredentials()
    monkeypatch.setattr(google.auth, "default", lambda **_: (found, project))
    return found


async def test_an_emulator_needs_neither_credentials_nor_project() -> None:
    endpoint = await find_endpoint(project=None, location="global", emulator_host="localhost:1")
    assert endpoint.emulator_host == "localhost:1"
    assert endpoint.recognizer("_") == "projects/emulator/locations/global/recognizers/_"


async def test_the_environment_names_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEECH_EMULATOR_HOST", "localhost:2")
    endpoint = await find_endpoint(project="p", location="eu")
    assert endpoint.emulator_host == "localhost:2"
    assert endpoint.recognizer("r") == "projects/p/locations/eu/recognizers/r"


async def test_a_url_is_no_emulator_host() -> None:
    with pytest.raises(ConfigurationError, match="is a URL"):
        await find_endpoint(project=None, location="global", emulator_host="http://localhost:1")


async def test_the_project_is_the_argument_then_the_environments_then_the_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _give_credentials(monkeypatch, "theirs")
    assert (await find_endpoint(project=None, location="global")).project == "theirs"
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "environment")
    assert (await find_endpoint(project=None, location="global")).project == "environment"
    assert (await find_endpoint(project="mine", location="global")).project == "mine"


async def test_missing_credentials_are_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise DefaultCredentialsError("Your default credentials were not found. Long story.")

    monkeypatch.setattr(google.auth, "default", fail)
    with pytest.raises(CredentialsError, match="no Google credentials") as missing:
        await find_endpoint(project="p", location="global")
    assert "Client.local()" in missing.value.hint
    assert isinstance(missing.value.__cause__, DefaultCredentialsError)


async def test_a_missing_project_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    _give_credentials(monkeypatch, None)
    with pytest.raises(CredentialsError, match="no Google Cloud project"):
        await find_endpoint(project=None, location="global")


async def test_credentials_are_looked_up_off_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(**_: object) -> tuple[AnonymousCredentials, str]:
        time.sleep(0.01)  # on the loop, this would fail the test
        return AnonymousCredentials(), "p"

    monkeypatch.setattr(google.auth, "default", slow)
    await find_endpoint(project=None, location="global")
