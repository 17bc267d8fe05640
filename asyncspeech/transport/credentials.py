"""Who calls: Google credentials, and the headers that they give a call.

Finding credentials reads files and may ask a metadata server; a token is fetched from a server, and
lasts an hour. Both block, so both happen in worker threads. gRPC can fetch tokens by itself, but then
tells of a failure as ``UNAVAILABLE`` whatever it was, and cannot be made to fetch a fresh one. So every
call is given its headers here, as it is made: a stream that is opened after an hour gets the token of
that hour.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from inspect import signature
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import google.auth
import google.auth.transport.requests
from google.api_core.client_options import ClientOptions
from google.auth import api_key
from google.auth.credentials import (
    AnonymousCredentials,
    Credentials,
    CredentialsWithQuotaProject,
    TokenState,
    with_scopes_if_required,
)
from google.auth.exceptions import (
    DefaultCredentialsError,
    GoogleAuthError,
    RefreshError,
    TransportError,
)
from google.oauth2 import service_account

from asyncspeech.errors import (
    AuthenticationError,
    ConfigurationError,
    CredentialsError,
    StreamLostError,
)
from asyncspeech.wording import brief

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.errors import ServiceError

__all__ = (
    "Authorization",
    "as_client_options",
    "check_credentials",
    "check_options",
    "find_credentials",
)

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_FILE_HINT = "check the file that GOOGLE_APPLICATION_CREDENTIALS or client_options names"
_UNIVERSE = "googleapis.com"
_METHOD = "StreamingRecognize"
_URL = "https://speech.googleapis.com/google.cloud.speech.v2.Speech"

# google-auth's note on how a token was come by. The client library has a header of its own by this name.
_METRICS_HEADER = "x-goog-api-client"

# Sessions whose token was refused together share one fresh token: nobody's is older than this.
_FRESH_SECONDS = 10.0

# For how long a server may say nothing. google-auth would wait for two minutes.
_ANSWER_SECONDS = 10.0

# HTTP: from here on it is the server that is in trouble, and one that has too much to do.
_TROUBLE, _TOO_MANY = 500, 429

_NO_ADDRESS = "the address of the server, or of a proxy on the way, is none"

# Some servers answer by a page.
_LONGEST_TEXT = 300

# What gRPC lets into a header: ASCII that prints (gRPC over HTTP2, "Custom-Metadata").
_NAME = re.compile(r"[0-9a-z_.-]+")
_VALUE = re.compile(r"[ -~]*")


def as_client_options(options: ClientOptions | Mapping[str, Any] | None) -> ClientOptions:
    """Options as an object.

    Raises:
        ConfigurationError: They are none, one is unknown, or two exclude each other.
    """
    if options is None or isinstance(options, ClientOptions):
        return options or ClientOptions()
    if not isinstance(options, Mapping):
        raise ConfigurationError(
            "client_options",
            f"{type(options).__name__} is not options",
            hint="give a dict, or google.api_core.client_options.ClientOptions",
        )
    names = list(signature(ClientOptions).parameters)
    unknown = [name for name in options if name not in names]
    if not unknown:
        try:
            return ClientOptions(**options)
        except (TypeError, ValueError) as error:
            raise ConfigurationError("client_options", str(error)) from error
    near = get_close_matches(str(unknown[0]), names, n=1)
    raise ConfigurationError(
        "client_options",
        f"there is no option called {brief(unknown[0])}",
        hint=f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}",
    )


def check_options(options: ClientOptions) -> None:
    """See that options can be used.

    Raises:
        ConfigurationError: One cannot.
    """
    if options.api_endpoint is not None and "//" in options.api_endpoint:
        raise ConfigurationError(
            "client_options",
            f"api_endpoint={options.api_endpoint!r} is a URL",
            hint="give a host name, or host:port",
        )
    for name in ("api_key", "quota_project_id"):
        value = getattr(options, name)
        if value and not _can_be_sent(name, value):
            raise ConfigurationError(
                "client_options",
                f"{name} is no text, or has characters that a header cannot have",
                hint="if it was read from a file, strip() the end of the line",
            )


def check_credentials(credentials: Any, options: ClientOptions) -> None:
    """See that credentials are such, and given once.

    Raises:
        ConfigurationError: They are not.
    """
    if credentials is None:
        return
    if not isinstance(credentials, Credentials):
        raise ConfigurationError(
            "credentials",
            f"{type(credentials).__name__} is not Google credentials",
            hint="make them with google.auth or google.oauth2, such as "
            "service_account.Credentials.from_service_account_file(path)",
        )
    for name in ("credentials_file", "api_key"):
        if getattr(options, name):
            raise ConfigurationError(
                "credentials", f"are given, and so is client_options.{name}", hint="give one of them"
            )


async def find_credentials(
    credentials: Credentials | None, options: ClientOptions
) -> tuple[Credentials, str | None]:
    """The credentials to call with, and the project that they name, if any.

    Those that are given, else those of the options, else Application Default Credentials.

    Raises:
        CredentialsError: There are none, or they cannot be read.
    """
    try:
        return await anyio.to_thread.run_sync(_find, credentials, options, abandon_on_cancel=True)
    except DefaultCredentialsError as error:
        raise _not_found(error, options) from error
    except CredentialsError:
        raise
    except (TransportError, RefreshError) as error:
        # For some, such as a workload's, the project is asked for: by a token, which has to be fetched.
        raise CredentialsError(
            f"the credentials were found, and cannot be used: {_one_line(error)}",
            hint="see that this machine reaches the token or metadata server, and that the account may "
            "get a token; 'asyncspeech doctor' tries it",
        ) from error
    except Exception as error:  # google-auth checks few of a file's fields before it uses them
        raise CredentialsError(
            f"the credentials cannot be read: {_one_line(error)}", hint=_FILE_HINT
        ) from error


def _not_found(error: DefaultCredentialsError, options: ClientOptions) -> CredentialsError:
    # The library has one error for "there is nothing" and for "what there is is no good".
    text = _one_line(error)
    if options.credentials_file or not text.startswith("Your default credentials were not found"):
        return CredentialsError(f"the credentials cannot be read: {text}", hint=_FILE_HINT)
    return CredentialsError(
        "no Google credentials were found on this machine",
        hint="run 'gcloud auth application-default login', set GOOGLE_APPLICATION_CREDENTIALS, "
        "or use Client.local(), which needs none",
    )


def _find(credentials: Credentials | None, options: ClientOptions) -> tuple[Credentials, str | None]:
    project = None
    if options.api_key:
        credentials = api_key.Credentials(options.api_key)
    elif options.credentials_file:
        credentials, project = google.auth.load_credentials_from_file(
            options.credentials_file, scopes=options.scopes, default_scopes=_SCOPES
        )
    elif credentials is None:
        credentials, project = google.auth.default(scopes=options.scopes, default_scopes=_SCOPES)
    else:
        project = getattr(credentials, "project_id", None)
    _check_universe(credentials, options)
    return _complete(credentials, options), project


def _check_universe(credentials: Credentials, options: ClientOptions) -> None:
    # The client library has its own check switched off.
    wanted = options.universe_domain or os.environ.get("GOOGLE_CLOUD_UNIVERSE_DOMAIN") or _UNIVERSE
    theirs = getattr(credentials, "universe_domain", _UNIVERSE)
    if not isinstance(credentials, AnonymousCredentials | api_key.Credentials) and theirs != wanted:
        raise CredentialsError(
            f"the credentials are for the universe {theirs}, and not for {wanted}",
            hint=f"give client_options={{'universe_domain': {theirs!r}}}, or other credentials",
        )


def _complete(credentials: Credentials, options: ClientOptions) -> Credentials:
    """Credentials with what the client library would add to them."""
    credentials = with_scopes_if_required(credentials, options.scopes, default_scopes=_SCOPES)
    if options.quota_project_id and isinstance(credentials, CredentialsWithQuotaProject):
        credentials = credentials.with_quota_project(options.quota_project_id)
    if isinstance(credentials, service_account.Credentials):
        # A token that it signs itself saves asking for one (https://google.aip.dev/auth/4111).
        credentials = credentials.with_always_use_jwt_access(always_use_jwt_access=True)
    return credentials


@dataclass(frozen=True, slots=True)
class _Headers:
    """What a thread has fetched. Its text has no secrets: a loop in debug mode logs what it hands on."""

    items: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    token: str | None = field(default=None, repr=False)


class Authorization:
    """The headers by which the service knows the caller.

    Args:
        credentials: The caller's credentials; None for a service that asks for none.
    """

    def __init__(self, credentials: Credentials | None) -> None:
        self._credentials = AnonymousCredentials() if credentials is None else credentials
        # One thread, whoever waits and gives up: a server that says nothing holds up no more than that.
        self._thread = ThreadPoolExecutor(1, "asyncspeech credentials")
        self._fetches: dict[bool, asyncio.Future[_Headers]] = {}
        self._headers = _Headers()
        self._forced_at: float | None = None

    async def headers(self, *, fresh: bool = False) -> Sequence[tuple[str, str]]:
        """The headers of a call that is made now.

        Args:
            fresh: Whether the token that was used lately has been refused.

        Raises:
            AuthenticationError: The credentials are no good any more.
            StreamLostError: No token can be had just now.
        """
        if isinstance(self._credentials, AnonymousCredentials):
            return ()
        if fresh and not self._was_forced():
            return await self._fetched(force=True)
        if not self._is_current():
            return await self._fetched(force=False)
        return self._headers.items

    def close(self) -> None:
        """Let the thread end with what it is doing. Does not wait."""
        self._thread.shutdown(wait=False)

    def _is_current(self) -> bool:
        """Whether the headers are those of a token that is good for a while."""
        credentials = self._credentials
        return (
            bool(self._headers.items)
            and credentials.token == self._headers.token
            and credentials.token_state is TokenState.FRESH
        )

    def _was_forced(self) -> bool:
        return self._forced_at is not None and time.monotonic() - self._forced_at < _FRESH_SECONDS

    async def _fetched(self, *, force: bool) -> Sequence[tuple[str, str]]:
        """What the thread fetches. Those who come meanwhile share it, and may go without ending it."""
        fetch = self._fetches.get(force) or self._begin(force=force)
        await asyncio.wait((fetch,))
        try:
            return fetch.result().items
        except Exception as error:  # credentials may be of a class of the user's own
            if _is_about_an_address(error):  # which it quotes, with what is left of a proxy's password
                raise _token_error(TransportError(_NO_ADDRESS)) from None
            raise _token_error(error) from error

    def _begin(self, *, force: bool) -> asyncio.Future[_Headers]:
        loop = asyncio.get_running_loop()
        fetch = loop.run_in_executor(self._thread, _fetch, self._credentials, force)
        self._fetches[force] = fetch
        fetch.add_done_callback(partial(self._keep, force))
        return fetch

    def _keep(self, force: bool, fetch: asyncio.Future[_Headers]) -> None:
        del self._fetches[force]
        if fetch.exception() is None:
            self._headers = fetch.result()
            if force:
                self._forced_at = time.monotonic()


class _Request(google.auth.transport.requests.Request):
    """google-auth's way of asking, with less patience: whoever waits would rather ask again."""

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: Any = None,
        headers: Any = None,
        timeout: float = _ANSWER_SECONDS,
        **options: Any,
    ) -> Any:
        ask: Any = super().__call__
        return ask(url, method, body, headers, timeout, **options)


def _fetch(credentials: Credentials, force: bool) -> _Headers:
    request = _Request()
    if force and not isinstance(credentials, api_key.Credentials):  # a key is what it is
        credentials.refresh(request)
    headers: dict[str, str] = {}
    credentials.before_request(request, _METHOD, _URL, headers)
    token = credentials.token
    # gRPC wants the names of headers in small letters.
    items = {name.lower(): value for name, value in headers.items()}
    items.pop(_METRICS_HEADER, None)
    for name, value in items.items():
        # gRPC calls one that it cannot send an internal error, which a session would outwait.
        if not _can_be_sent(name, value):
            raise ValueError(f"the header {name!r} has characters that a header cannot have")
    return _Headers(tuple(items.items()), token)


def _can_be_sent(name: str, value: Any) -> bool:
    """Whether gRPC takes a header: names for binary ones end in ``-bin``."""
    is_text = isinstance(value, str) and _VALUE.fullmatch(value)
    return bool(_NAME.fullmatch(name) and (is_text or name.endswith("-bin")))


def _token_error(error: Exception) -> ServiceError:
    """What a token that cannot be had means: nothing for now, or nothing ever."""
    text = f"no access token can be had: {_one_line(error)}"
    said = _answer(error).get("message")
    text = f"{text} ({said})" if isinstance(said, str) and said not in text else text
    if _may_pass(error):
        return StreamLostError(
            "UNAVAILABLE",
            text,
            hint="see that this machine reaches the token or metadata server; "
            "'asyncspeech doctor' tries it",
        )
    return AuthenticationError(
        "UNAUTHENTICATED",
        text,
        hint="renew them with 'gcloud auth application-default login', or check the key that is used",
    )


def _may_pass(error: Exception) -> bool:
    """Whether it is a server's trouble, and not a refusal.

    google-auth knows of a person's tokens whether to ask again. What it makes of a metadata server that
    is away, or of trouble where a token is impersonated or exchanged, looks like a refusal of theirs.
    """
    if getattr(error, "retryable", False):
        return True
    lost = error if isinstance(error, TransportError) else error.__cause__
    if isinstance(lost, TransportError):
        # It has the response with it, if there was one.
        status = getattr(lost.args[-1] if lost.args else None, "status", None)
    else:
        status = _answer(error).get("code", 0)
    return status is None or (isinstance(status, int) and (status >= _TROUBLE or status == _TOO_MANY))


def _is_about_an_address(error: Exception) -> bool:
    """Whether the address of a server or a proxy is none: requests has kinds of ValueError for that."""
    return isinstance(error, TransportError) and isinstance(error.__cause__, ValueError)


def _answer(error: Exception) -> Mapping[str, Any]:
    """The error in an answer that google-auth did not read: https://google.aip.dev/193#http11json."""
    body = error.args[1] if isinstance(error, GoogleAuthError) and error.args[1:] else None
    if not isinstance(body, str):
        return {}
    try:
        answer = json.loads(body).get("error")
    except (ValueError, AttributeError):
        return {"code": None}  # whoever answered, it was not whom we asked
    return answer if isinstance(answer, dict) else {}


def _one_line(error: BaseException) -> str:
    """What an error says, and what it came of, without the response that the library puts behind it."""
    said = error.args[0] if error.args and not isinstance(error, OSError) else error
    if said is not error and isinstance(said, BaseException):
        return _one_line(said)
    text = shorten(str(said), _LONGEST_TEXT, placeholder=" ...")
    cause = error.__cause__
    return text if cause is None or _one_line(cause) in text else f"{text} ({_one_line(cause)})"
