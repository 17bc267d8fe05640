"""The account: whose credentials these are, whether they give a token, which project, and who pays."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
from google.auth import compute_engine, external_account, impersonated_credentials
from google.oauth2 import credentials as oauth2
from google.oauth2 import service_account

from asyncspeech.cli.doctor.finding import advice, failed, not_tried, ok, skipped, warning
from asyncspeech.errors import CredentialsError, ServiceError, StreamLostError
from asyncspeech.transport.credentials import Authorization, find_credentials
from asyncspeech.transport.endpoint import Endpoint

if TYPE_CHECKING:
    from google.api_core.client_options import ClientOptions
    from google.auth.credentials import Credentials

    from asyncspeech.cli.doctor.finding import Finding

__all__ = ("Account", "emulator_account", "find_account")

_CREDENTIALS = "credentials"
_TOKEN = "token"  # noqa: S105 - a heading
_QUOTA_PROJECT = "quota project"
_PROJECT = "project"

_FILE_VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
_PROJECT_VARIABLE = "GOOGLE_CLOUD_PROJECT"
_LOGIN = "gcloud auth application-default login"


@dataclass(frozen=True, slots=True)
class Account:
    """Who calls.

    Attributes:
        findings: What was found about it.
        endpoint: Where and as whom to call; None if that cannot be done.
        member: The caller, as IAM writes it.
    """

    findings: tuple[Finding, ...]
    endpoint: Endpoint | None
    member: str = "user:ADDRESS"


def emulator_account(project: str | None, location: str, emulator_host: str) -> Account:
    """The account at an emulator, which asks for none."""
    project = project or os.environ.get(_PROJECT_VARIABLE)
    endpoint = Endpoint(project or "emulator", location, emulator_host)
    text = _known(project) if project else f"{endpoint.project}: an emulator takes any"
    findings = (skipped(_CREDENTIALS, "an emulator asks for none"), ok(_PROJECT, text))
    return Account(findings, endpoint)


async def find_account(
    project: str | None,
    location: str,
    options: ClientOptions,
    timeout: float,  # noqa: ASYNC109 - for each step
) -> Account:
    """The account at Google.

    Args:
        project: The project that was asked for, or None.
        location: The location that was asked for.
        options: Those of the client library.
        timeout: For how many seconds to look for credentials, and then to wait for a token.
    """
    project = project or os.environ.get(_PROJECT_VARIABLE)
    found, credentials, default_project = await _look(options, timeout)
    if credentials is None:
        what = _project_finding(project, None) if project else not_tried(_PROJECT, _CREDENTIALS)
        return Account((found, not_tried(_TOKEN, _CREDENTIALS), what), None)
    token = await _token_finding(credentials, timeout)
    findings = (
        found,
        token,
        *_quota_findings(credentials),
        _project_finding(project, default_project),
    )
    project = project or default_project
    if not project:
        return Account(findings, None)
    endpoint = Endpoint(project, location, None, credentials, options)
    return Account(findings, endpoint, _member(credentials))


# Credentials.


async def _look(
    options: ClientOptions,
    timeout: float,  # noqa: ASYNC109 - as above
) -> tuple[Finding, Credentials | None, str | None]:
    try:
        # The library warns of a missing quota project, on which there is a finding.
        with warnings.catch_warnings(action="ignore"), anyio.fail_after(timeout):
            credentials, project = await find_credentials(None, options)
    except TimeoutError:
        text = f"none were found within {timeout:g} s"
        remedy = f"{_LOGIN}; if this machine is none of Google's: export NO_GCE_CHECK=true"
        return failed(_CREDENTIALS, text, remedy), None, None
    except CredentialsError as error:
        return failed(_CREDENTIALS, error.message, _credentials_remedy()), None, None
    return ok(_CREDENTIALS, _describe(credentials)), credentials, project


def _credentials_remedy() -> str:
    path = os.environ.get(_FILE_VARIABLE)
    if path:
        return f"see what is in {path}, or go without: unset {_FILE_VARIABLE}"
    return f"{_LOGIN}   (or: export {_FILE_VARIABLE}=/path/to/key.json)"


def _describe(credentials: Credentials) -> str:
    """Whose they are, and where they come from."""
    if isinstance(credentials, compute_engine.Credentials):
        return "this machine's service account, by the metadata server"
    path = os.environ.get(_FILE_VARIABLE)
    source = f"{path} ({_FILE_VARIABLE})" if path else str(_gcloud_file())
    return f"{_whose(credentials)}, by {source}"


def _whose(credentials: Credentials) -> str:
    email = _email(credentials)
    match credentials:
        case oauth2.Credentials():
            return "a person"
        case service_account.Credentials():
            return f"service account {email}"
        case impersonated_credentials.Credentials():
            return f"service account {email}, impersonated"
        case external_account.Credentials():
            return f"workload identity{f' as service account {email}' if email else ''}"
    return type(credentials).__qualname__


def _email(credentials: Credentials) -> str:
    email = getattr(credentials, "service_account_email", None)
    return email if isinstance(email, str) and "@" in email else ""


def _member(credentials: Credentials) -> str:
    email = _email(credentials)
    return f"serviceAccount:{email}" if email else "user:ADDRESS"


def _gcloud_file() -> Path:
    """Where gcloud keeps what ``application-default login`` made (gcloud topic configurations)."""
    folder = os.environ.get("CLOUDSDK_CONFIG")
    home = Path(folder) if folder else Path.home() / ".config" / "gcloud"
    return home / "application_default_credentials.json"


# What comes of them.


async def _token_finding(credentials: Credentials, timeout: float) -> Finding:  # noqa: ASYNC109 - as above
    try:
        with anyio.fail_after(timeout):
            await Authorization(credentials).headers()
    except TimeoutError:
        return failed(_TOKEN, f"none came within {timeout:g} s", _reach(credentials))
    except StreamLostError as error:
        return failed(_TOKEN, error.status_message, _reach(credentials))
    except ServiceError as error:
        remedy = _LOGIN if isinstance(credentials, oauth2.Credentials) else advice(error)
        return failed(_TOKEN, error.status_message, remedy)
    email = _email(credentials)
    return ok(_TOKEN, f"there is one, for {email}" if email else "there is one")


def _reach(credentials: Any) -> str:
    if isinstance(credentials, compute_engine.Credentials):
        return "see that the metadata server answers: curl -i metadata.google.internal"
    host = urlsplit(getattr(credentials, "token_uri", None) or "").hostname
    return f"let this machine connect to {host or 'oauth2.googleapis.com'}"


def _quota_findings(credentials: Credentials) -> tuple[Finding, ...]:
    """Who pays, where that is a question: a person has no project of his own."""
    if not isinstance(credentials, oauth2.Credentials):
        return ()
    quota_project = credentials.quota_project_id
    if quota_project:
        return (ok(_QUOTA_PROJECT, str(quota_project)),)
    text = "none, and a person's credentials may need one"
    remedy = "gcloud auth application-default set-quota-project PROJECT"
    return (warning(_QUOTA_PROJECT, text, remedy),)


def _project_finding(project: str | None, default: str | None) -> Finding:
    if project:
        return ok(_PROJECT, _known(project))
    if default:
        return ok(_PROJECT, f"{default}, by the credentials or gcloud")
    remedy = f"asyncspeech doctor --project PROJECT   (or: export {_PROJECT_VARIABLE}=PROJECT)"
    return failed(_PROJECT, "none is known", remedy)


def _known(project: str) -> str:
    """A project, and where it was named."""
    is_set = project == os.environ.get(_PROJECT_VARIABLE)
    return f"{project}, {f'by {_PROJECT_VARIABLE}' if is_set else 'as asked for'}"
