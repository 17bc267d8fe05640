"""Credentials, wherever they come from, and the headers that they give calls."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core.client_options import ClientOptions
from google.auth import api_key
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials as Person

from asyncspeech import (
    AuthenticationError,
    Client,
    ConfigurationError,
    CredentialsError,
    StreamLostError,
)
from asyncspeech.transport.credentials import (
    Authorization,
    _Request,
    as_client_options,
    check_credentials,
    find_credentials,
)
from tests.support.keys import impersonation, service_account_key, user_key, workload_identity
from tests.support.tokens import TokenServer, token_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RENEW = "renew them with 'gcloud auth application-default login', or check the key that is used"


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with token_server() as server:
        yield server


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


class TestOptions:
    def test_may_be_an_object_a_dict_or_none(self) -> None:
        given = ClientOptions(api_endpoint="x")
        assert as_client_options(given) is given
        assert as_client_options({"api_endpoint": "x"}).api_endpoint == "x"
        assert as_client_options(None).api_endpoint is None

    @pytest.mark.parametrize(
        ("options", "text", "hint"),
        [
            ({"api_endpiont": "x"}, "there is no option called 'api_endpiont'", "'api_endpoint'?"),
            ({"zzz": 1}, "there is no option called 'zzz'", "there are api_endpoint, "),
            ({3: 1}, "there is no option called 3", "there are api_endpoint, "),
            ("x", "str is not options", "give a dict"),
            (5, "int is not options", "give a dict"),
        ],
    )
    def test_that_are_unknown_are_refused(self, options: Any, text: str, hint: str) -> None:
        with pytest.raises(ConfigurationError) as refusal:
            Client(client_options=options)
        assert str(refusal.value) == f"client_options: {text}"
        assert hint in refusal.value.hint

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    def test_that_exclude_each_other_are_refused(self) -> None:
        options = {"api_key": "k", "credentials_file": "f"}
        with pytest.raises(ConfigurationError, match="mutually exclusive") as refusal:
            Client(client_options=options)
        assert refusal.value.field == "client_options"

    def test_an_endpoint_is_no_url(self) -> None:
        with pytest.raises(ConfigurationError, match="is a URL") as refusal:
            Client(client_options={"api_endpoint": "https://eu-speech.googleapis.com"})
        assert refusal.value.hint == "give a host name, or host:port"

    @pytest.mark.parametrize(
        "options", [{"api_key": "key-secret\n"}, {"api_key": "kéy-secret"}, {"quota_project_id": 5}]
    )
    def test_that_make_no_headers_are_refused(self, options: dict[str, Any]) -> None:
        (name,) = options
        with pytest.raises(ConfigurationError, match=f"{name} is no text, or has char") as refusal:
            Client(client_options=options)
        assert "secret" not in str(refusal.value)
        assert "strip()" in refusal.value.hint

    def test_that_exclude_the_credentials_are_refused(self) -> None:
        with pytest.raises(ConfigurationError, match=r"and so is client_options\.api_key") as refusal:
            Client(credentials=AnonymousCredentials(), client_options={"api_key": "k"})
        assert refusal.value.field == "credentials"

    @pytest.mark.parametrize("credentials", ["token", {"type": "authorized_user"}, object()])
    def test_credentials_are_such(self, credentials: object) -> None:
        with pytest.raises(ConfigurationError, match="is not Google credentials") as refusal:
            Client(credentials=credentials)  # type: ignore[arg-type]
        assert "from_service_account_file" in refusal.value.hint

    def test_no_credentials_are_fine(self) -> None:
        check_credentials(None, ClientOptions(api_key="k"))


class TestFinding:
    @pytest.fixture(autouse=True)
    def _clean_environment(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        for name in ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "GOOGLE_CLOUD_QUOTA_PROJECT"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
        monkeypatch.setenv("NO_GCE_CHECK", "true")

    @pytest.mark.parametrize(
        ("key", "kind"),
        [
            (service_account_key(), "google.oauth2.service_account"),
            (user_key(), "google.oauth2.credentials"),
            (impersonation(), "google.auth.impersonated_credentials"),
        ],
        ids=["service account", "person", "impersonation"],
    )
    async def test_default_credentials_are_of_every_kind(
        self, key: dict[str, Any], kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        path = tmp_path / "key.json"
        path.write_text(json.dumps(key))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
        found, _ = await find_credentials(None, ClientOptions())
        assert type(found).__module__ == kind

    async def test_a_service_account_names_its_project_and_signs_its_own_tokens(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        path = tmp_path / "key.json"
        path.write_text(json.dumps(service_account_key()))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
        found, project = await find_credentials(None, ClientOptions(quota_project_id="payer"))
        assert project == "theirs"
        headers = dict(await Authorization(found).headers())  # its token server does not exist
        assert headers["authorization"].startswith("Bearer ey")
        assert headers["x-goog-user-project"] == "payer"
        assert set(headers) == {"authorization", "x-goog-user-project"}

    async def test_an_api_key_is_all_that_is_needed(self) -> None:
        found, project = await find_credentials(None, ClientOptions(api_key="key-secret"))
        assert (type(found), project) == (api_key.Credentials, None)
        authorization = Authorization(found)
        assert await authorization.headers() == (("x-goog-api-key", "key-secret"),)
        assert await authorization.headers(fresh=True) == (("x-goog-api-key", "key-secret"),)

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    async def test_a_file_may_be_named_by_the_options(self, tmp_path: Path) -> None:
        path = tmp_path / "key.json"
        path.write_text(json.dumps(service_account_key()))
        _, project = await find_credentials(None, ClientOptions(credentials_file=str(path)))
        assert project == "theirs"

    @pytest.mark.parametrize(
        ("content", "text"),
        [
            (None, "was not found"),
            ("{", "is not a valid json file"),
            ('{"type": "password"}', "does not have a valid type"),
            ('{"type": "service_account"}', "missing fields"),
            (json.dumps({**service_account_key(), "private_key": "x"}), "Unable to load PEM file"),
            ("[]", "object has no attribute"),
            (json.dumps({**impersonation(), "source_credentials": None}), "object has no attribute"),
        ],
        ids=["no file", "no JSON", "of no kind", "half of it", "a broken key", "a list", "for nobody"],
    )
    async def test_a_key_that_cannot_be_read_is_one_clear_error(
        self, content: str | None, text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        path = tmp_path / "key.json"
        if content is not None:
            path.write_text(content)
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
        with pytest.raises(CredentialsError) as missing:
            await find_credentials(None, ClientOptions())
        assert str(missing.value).startswith("the credentials cannot be read: ")
        assert text in str(missing.value)
        assert "\n" not in missing.value.message
        assert missing.value.hint.startswith("check the file that GOOGLE_APPLICATION_CREDENTIALS")
        assert missing.value.__cause__ is not None

    async def test_a_folder_is_no_key(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path))
        with pytest.raises(CredentialsError, match="Is a directory"):
            await find_credentials(None, ClientOptions())

    async def test_a_workload_whose_token_cannot_be_exchanged_is_told_so(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        path, subject = tmp_path / "key.json", tmp_path / "subject"
        subject.write_text("subject-secret")
        key = {
            **workload_identity(),
            "token_url": "http://127.0.0.1:1/token",
            "credential_source": {"file": str(subject)},
        }
        path.write_text(json.dumps(key))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
        with pytest.raises(CredentialsError, match="were found, and cannot be used") as refusal:
            await find_credentials(None, ClientOptions())
        assert "asyncspeech doctor" in refusal.value.hint

    async def test_credentials_of_another_universe_are_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from google.oauth2 import service_account  # noqa: PLC0415 - few tests need it

        key = {**service_account_key(), "universe_domain": "example.org"}
        given = service_account.Credentials.from_service_account_info(key)
        with pytest.raises(CredentialsError) as refusal:
            await find_credentials(given, ClientOptions())
        assert str(refusal.value) == (
            "the credentials are for the universe example.org, and not for googleapis.com"
        )
        assert "{'universe_domain': 'example.org'}" in refusal.value.hint
        await find_credentials(given, ClientOptions(universe_domain="example.org"))
        monkeypatch.setenv("GOOGLE_CLOUD_UNIVERSE_DOMAIN", "example.org")
        await find_credentials(given, ClientOptions())

    async def test_given_credentials_get_their_scopes(self) -> None:
        from google.oauth2 import service_account  # noqa: PLC0415 - one test needs it

        given = service_account.Credentials.from_service_account_info(service_account_key())
        found: Any
        found, project = await find_credentials(given, ClientOptions())
        assert found._default_scopes == ("https://www.googleapis.com/auth/cloud-platform",)
        assert project == "theirs"


class TestHeaders:
    async def test_are_fetched_once_and_used_until_they_are_stale(self, tokens: TokenServer) -> None:
        authorization = Authorization(tokens.credentials())
        first = await asyncio.gather(*(authorization.headers() for _ in range(50)))
        assert set(first) == {bearer("token-secret-1")}
        assert await authorization.headers() == bearer("token-secret-1")
        assert tokens.asked == 1

    async def test_are_fetched_anew_before_the_token_expires(self, tokens: TokenServer) -> None:
        tokens.expires_in = 60  # google-auth takes a token for stale 225 s before it expires
        authorization = Authorization(tokens.credentials())
        given = [await authorization.headers() for _ in range(3)]
        assert given == [bearer(f"token-secret-{number}") for number in (1, 2, 3)]

    async def test_are_fetched_anew_once_for_all_whose_token_was_refused(
        self, tokens: TokenServer
    ) -> None:
        authorization = Authorization(tokens.credentials())
        await authorization.headers()
        fresh = await asyncio.gather(*(authorization.headers(fresh=True) for _ in range(50)))
        assert set(fresh) == {bearer("token-secret-2")}
        # One whose refusal comes a little later has that one, too.
        assert await authorization.headers(fresh=True) == bearer("token-secret-2")
        assert await authorization.headers() == bearer("token-secret-2")
        assert tokens.asked == 2

    async def test_there_are_none_for_a_service_that_asks_for_none(self) -> None:
        assert await Authorization(None).headers(fresh=True) == ()
        assert await Authorization(AnonymousCredentials()).headers() == ()

    async def test_credentials_that_are_revoked_are_told_so(self, tokens: TokenServer) -> None:
        tokens.refusal = "invalid_grant"
        with pytest.raises(AuthenticationError) as refusal:
            await Authorization(tokens.credentials()).headers()
        error = refusal.value
        assert str(error) == (
            "UNAUTHENTICATED: no access token can be had: "
            "invalid_grant: Token has been expired or revoked."
        )
        assert error.hint == RENEW
        assert isinstance(error.__cause__, RefreshError)

    @pytest.mark.parametrize("status", [500, 503])
    async def test_a_token_server_in_trouble_may_come_back(
        self, tokens: TokenServer, status: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("google.auth._exponential_backoff.time.sleep", lambda _: None)
        tokens.refusal, tokens.status = "internal_failure", status
        with pytest.raises(StreamLostError, match="no access token can be had"):
            await Authorization(tokens.credentials()).headers()

    async def test_a_token_server_that_cannot_be_reached_may_come_back(self) -> None:
        nowhere = TokenServer("http://127.0.0.1:1")
        with pytest.raises(StreamLostError, match="no access token can be had") as lost:
            await Authorization(nowhere.credentials()).headers()
        assert "asyncspeech doctor" in lost.value.hint

    async def test_credentials_of_the_users_own_may_fail_in_any_way(self) -> None:
        class Mine(Credentials):
            __init__: Callable[[], None]

            def refresh(self, _: object) -> None:
                raise KeyError("vault")

        with pytest.raises(AuthenticationError, match="no access token can be had: vault") as refusal:
            await Authorization(Mine()).headers()
        assert isinstance(refusal.value.__cause__, KeyError)

    async def test_what_is_no_header_is_told_without_it(self) -> None:
        with pytest.raises(AuthenticationError) as refusal:
            await Authorization(Person("token-secret\n")).headers()
        assert refusal.value.status_message == (
            "no access token can be had: "
            "the header 'authorization' has characters that a header cannot have"
        )

    @pytest.mark.parametrize("password", ["secret", "secret#1", "secret/1"])
    async def test_the_password_of_a_proxy_is_not_told(
        self, password: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:{password}@127.0.0.1:1")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        nowhere = TokenServer("http://tokens.invalid")
        with pytest.raises(StreamLostError, match=r"no access token can be had.*proxy") as lost:
            await Authorization(nowhere.credentials()).headers()
        assert "secret" not in "".join(traceback.format_exception(lost.value))

    async def test_a_token_that_is_all_there_is_cannot_be_replaced(self) -> None:
        authorization = Authorization(Person("token-secret"))
        assert await authorization.headers() == bearer("token-secret")
        with pytest.raises(AuthenticationError, match="do not contain the necessary fields"):
            await authorization.headers(fresh=True)

    async def test_two_clients_may_share_credentials(self, tokens: TokenServer) -> None:
        credentials = tokens.credentials()
        one, other = Authorization(credentials), Authorization(credentials)
        assert await one.headers() == await other.headers() == bearer("token-secret-1")
        assert await one.headers(fresh=True) == await other.headers() == bearer("token-secret-2")
        assert tokens.asked == 2

    async def test_after_trouble_it_is_asked_again(self, tokens: TokenServer) -> None:
        tokens.refusal = "invalid_grant"
        authorization = Authorization(tokens.credentials())
        with pytest.raises(AuthenticationError):
            await authorization.headers()
        tokens.refusal = ""
        assert await authorization.headers() == bearer("token-secret-1")

    async def test_a_slow_token_server_does_not_hold_up_the_loop(self, tokens: TokenServer) -> None:
        tokens.delay = 0.5
        authorization = Authorization(tokens.credentials())
        loop = asyncio.get_running_loop()
        fetching = asyncio.gather(*(authorization.headers() for _ in range(10)))
        gaps, last = [], loop.time()
        while not fetching.done():
            await asyncio.sleep(0.005)
            gaps.append(loop.time() - last)
            last = loop.time()
        assert await fetching
        assert sum(gaps) >= 0.5
        assert max(gaps) < 0.25
        assert len(gaps) > 25

    async def test_whoever_waits_for_a_slow_one_can_be_cancelled_and_others_get_what_it_gives(
        self, tokens: TokenServer
    ) -> None:
        tokens.delay = 0.5
        authorization = Authorization(tokens.credentials())
        loop = asyncio.get_running_loop()
        threads = threading.active_count()
        for _ in range(20):
            waiting = asyncio.create_task(authorization.headers())
            while not tokens.asked:
                await asyncio.sleep(0.005)
            began = loop.time()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert loop.time() - began < 0.1
        # One that fetches, and one that serves it.
        assert threading.active_count() - threads <= 2
        assert await authorization.headers() == bearer("token-secret-1")
        assert tokens.asked == 1

    async def test_a_server_that_says_nothing_is_not_waited_for_for_ever(
        self, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_Request.__call__, "__defaults__", ("GET", None, None, 0.1))
        tokens.delay = 0.5
        with pytest.raises(StreamLostError, match="Read timed out"):
            await Authorization(tokens.credentials()).headers()

    async def test_a_loop_in_debug_mode_logs_no_token(
        self, tokens: TokenServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        authorization, results = Authorization(tokens.credentials()), list[str]()

        async def fetch() -> None:
            await authorization.headers()

        loop = asyncio.get_running_loop()
        loop.set_debug(True)
        try:
            loop.slow_callback_duration = 0.0
            with caplog.at_level(logging.DEBUG, "asyncio"):
                fetching = asyncio.create_task(fetch())
                await asyncio.sleep(0)
                for future in authorization._fetches.values():
                    future.add_done_callback(lambda done: results.append(repr(done)))
                await fetching
                await asyncio.sleep(0)
        finally:
            loop.set_debug(False)
        assert "_Headers" in str(results)
        assert "Executing <" in caplog.text or "uvloop" in type(loop).__module__
        assert "secret" not in caplog.text + str(results)
