"""Who calls: Google credentials, and the headers that they give a call.

Finding credentials reads files and may ask a metadata server; a token is fetched from a server, and
lasts an hour. Both block, so both happen in worker threads. gRPC can fetch tokens by itself, but then
tells of a failure as ``UNAVAILABLE`` whatever it was, and cannot be made to fetch a fresh one. So every
call is given its headers here, as it is made: a stream that is opened after an hour gets the token of
that hour.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from difflib import get_close_matches
from inspect import signature
from typing import TYPE_CHECKING, Any

import anyio
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
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, TransportError
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
_UNIVERSE = "googleapis.com"
_METHOD = "StreamingRecognize"
_URL = "https://speech.googleapis.com/google.cloud.speech.v2.Speech"

# google-auth's note on how a token was come by. The client library has a header of its own by this name.
_METRICS_HEADER = "x-goog-api-client"

# Sessions whose token was refused together share one fresh token: nobody's is older than this.
_FRESH_SECONDS = 10.0


def as_client_options(options: ClientOptions | Mapping[str, Any] | None) -> ClientOptions:
    """Options as an object.

    Raises:
        ConfigurationError: They are none, one is unknown, or two exclude each other.
    """
    if options is None or isinstance(options, ClientOptions):
        return options or ClientOptions()
    if not isinstance(options, Mapping):
        raise ConfigurationError("client_options", f"{brief(options)} are no ClientOptions, and no dict")
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
    except (GoogleAuthError, OSError, ValueError) as error:
        raise CredentialsError(
            f"the credentials cannot be read: {_one_line(error)}",
            hint="check the file that GOOGLE_APPLICATION_CREDENTIALS or client_options names",
        ) from error


def _not_found(error: DefaultCredentialsError, options: ClientOptions) -> CredentialsError:
    # The library has one error for "there is nothing" and for "what there is is no good".
    text = _one_line(error)
    if options.credentials_file or not text.startswith("Your default credentials were not found"):
        return CredentialsError(
            f"the credentials cannot be read: {text}",
            hint="check the file that GOOGLE_APPLICATION_CREDENTIALS or client_options names",
        )
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


class Authorization:
    """The headers by which the service knows the caller.

    Args:
        credentials: The caller's credentials; None for a service that asks for none.
    """

    def __init__(self, credentials: Credentials | None) -> None:
        self._credentials = AnonymousCredentials() if credentials is None else credentials
        self._fetching = anyio.Lock()
        self._headers: tuple[tuple[str, str], ...] = ()
        self._token: str | None = None
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
        if fresh or not self._is_current():
            async with self._fetching:  # those who come meanwhile find what the first has fetched
                if fresh and not self._was_forced():
                    await self._fetch(force=True)
                elif not self._is_current():
                    await self._fetch(force=False)
        return self._headers

    def _is_current(self) -> bool:
        """Whether the headers are those of a token that is good for a while."""
        credentials = self._credentials
        return (
            bool(self._headers)
            and credentials.token == self._token
            and credentials.token_state is TokenState.FRESH
        )

    def _was_forced(self) -> bool:
        return self._forced_at is not None and time.monotonic() - self._forced_at < _FRESH_SECONDS

    async def _fetch(self, *, force: bool) -> None:
        try:
            headers = await anyio.to_thread.run_sync(
                _headers, self._credentials, force, abandon_on_cancel=True
            )
        except Exception as error:  # credentials may be of a class of the user's own
            raise _token_error(error) from error
        if force:
            self._forced_at = time.monotonic()
        self._headers, self._token = headers, self._credentials.token


def _headers(credentials: Credentials, force: bool) -> tuple[tuple[str, str], ...]:
    request = google.auth.transport.requests.Request()
    if force and not isinstance(credentials, api_key.Credentials):  # a key is what it is
        credentials.refresh(request)
    headers: dict[str, str] = {}
    credentials.before_request(request, _METHOD, _URL, headers)
    # gRPC wants the names of headers in small letters.
    return tuple(
        (name.lower(), value) for name, value in headers.items() if name.lower() != _METRICS_HEADER
    )


def _token_error(error: Exception) -> ServiceError:
    """What a token that cannot be had means: nothing for now, or nothing ever."""
    text = f"no access token can be had: {_one_line(error)}"
    if isinstance(error, TransportError) or getattr(error, "retryable", False):
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


def _one_line(error: BaseException) -> str:
    """What an error says, and what it came of, without the response that the library puts behind it."""
    text = " ".join(str(error.args[0] if error.args else error).split())
    cause = error.__cause__
    return text if cause is None or _one_line(cause) in text else f"{text} ({_one_line(cause)})"
