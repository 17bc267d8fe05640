"""The service: one call in earnest, and what its answer says.

The service looks first at who calls, then whether the project has enabled it, whether the caller may,
how much is used up, and last at what is asked for. So a refusal says that everything before it is well,
and nothing of what comes after.
"""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from asyncspeech.cli.doctor.finding import advice, failed, not_tried, ok, warning
from asyncspeech.config import check_compatibility
from asyncspeech.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    PermissionDeniedError,
    QuotaExceededError,
    ServiceDisabledError,
    ServiceError,
)
from asyncspeech.transport.call import StreamingRecognizeCall
from asyncspeech.transport.channels import Channels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.cli.doctor.account import Account
    from asyncspeech.cli.doctor.finding import Finding
    from asyncspeech.config import SessionConfig
    from asyncspeech.transport.endpoint import Endpoint

__all__ = ("findings", "findings_without")

_ANSWER = "answer"
_CALLER = "caller"
_API = "API"
_PERMISSION = "permission"
_QUOTA = "quota"
_MODEL = "model"
_CHECKS = (_ANSWER, _CALLER, _API, _PERMISSION, _QUOTA, _MODEL)

# The first that fits decides: some are kinds of others.
_PLACES: Sequence[tuple[type[ServiceError], str]] = (
    (AuthenticationError, _CALLER),
    (ServiceDisabledError, _API),
    (PermissionDeniedError, _PERMISSION),
    (QuotaExceededError, _QUOTA),
    (InvalidRequestError, _MODEL),
)

_SILENCE_SECONDS = 0.1
_LATER = "try again later, and see https://status.cloud.google.com"


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a call.

    Attributes:
        seconds: How long it took.
        error: The refusal, if it was one.
    """

    seconds: float
    error: ServiceError | None


def findings_without(cause: str, config: SessionConfig, location: str) -> list[Finding]:
    """What can be said without a call, which ``cause`` keeps us from."""
    findings = [not_tried(name, cause) for name in _CHECKS[:-1]]
    return [*findings, _by_table(config, location) or not_tried(_MODEL, cause)]


async def findings(
    account: Account,
    endpoint: Endpoint,
    config: SessionConfig,
    timeout: float,  # noqa: ASYNC109 - what a person waits
) -> list[Finding]:
    """Everything that one call tells.

    Args:
        account: Who calls.
        endpoint: Where, and as whom.
        config: What to ask for.
        timeout: For how many seconds to wait for the end of the call.
    """
    try:
        with anyio.fail_after(timeout):
            answer = await _ask(endpoint, config)
    except TimeoutError:
        found = failed(_ANSWER, f"none came within {timeout:g} s", _LATER)
        return [found, *findings_without(_ANSWER, config, endpoint.location)[1:]]
    well = {
        _ANSWER: f"within {answer.seconds:.2f} s",
        _CALLER: "known to the service",
        _API: "Cloud Speech-to-Text is enabled",
        _PERMISSION: f"to recognise speech in {endpoint.project}",
        _QUOTA: "not used up",
    }
    table = _by_table(config, endpoint.location)
    if answer.error is None:
        return [
            *(ok(name, text) for name, text in well.items()),
            _model_finding(config, endpoint, table),
        ]
    fault = _place(answer.error)
    before, after = _CHECKS[: _CHECKS.index(fault)], _CHECKS[_CHECKS.index(fault) + 1 :]
    crossed = _refused(fault, answer.error, endpoint.project, account.member)
    rest = [not_tried(name, fault) for name in after]
    if table is not None and after:
        rest[-1] = table
    return [*(ok(name, well[name]) for name in before), crossed, *rest]


async def _ask(endpoint: Endpoint, config: SessionConfig) -> _Answer:
    """Have a tenth of a second of silence recognised."""
    channels = Channels(endpoint)
    call = StreamingRecognizeCall(
        channels,
        config,
        endpoint.recognizer(config.recognizer),
        stream=1,
        on_sent=lambda _: None,
        is_cautious=True,
    )
    frames = round(_SILENCE_SECONDS * config.sample_rate_hertz)
    call.send(bytes(frames * config.audio_format.frame_bytes))
    call.half_close()
    began, error = time.monotonic(), None
    try:
        async with aclosing(call.responses()) as responses:
            async for _ in responses:
                pass
    except ServiceError as refusal:
        error = refusal
    finally:
        with anyio.CancelScope(shield=True):
            await channels.close()
    return _Answer(time.monotonic() - began, error)


def _place(error: ServiceError) -> str:
    """Which check a refusal crosses."""
    if error.reason == "RESOURCE_PROJECT_INVALID":
        return _API
    return next((name for kind, name in _PLACES if isinstance(error, kind)), _ANSWER)


def _refused(fault: str, error: ServiceError, project: str, member: str) -> Finding:
    text = error.message
    match error:
        case ServiceDisabledError():
            enable = f"gcloud services enable speech.googleapis.com --project={project}"
            return failed(fault, text, f"{error.url}   (or: {enable})" if error.url else enable)
        case PermissionDeniedError() if error.permission:
            what = f" ({error.resource})" if error.resource and error.resource not in text else ""
            grant = f"gcloud projects add-iam-policy-binding {project}"
            return failed(fault, text + what, f"{grant} --member={member} --role=roles/speech.client")
    return failed(fault, text, advice(error) or _LATER)


def _by_table(config: SessionConfig, location: str) -> Finding | None:
    """What the table of capabilities has against the model, there, in that language."""
    try:
        check_compatibility(config, location)
    except ConfigurationError as error:
        return failed(_MODEL, error.message, error.hint or "asyncspeech models")
    return None


def _model_finding(config: SessionConfig, endpoint: Endpoint, table: Finding | None) -> Finding:
    """What to say of a model that the service took."""
    text = f"{config.model}, in {', '.join(config.language_codes)}, in {endpoint.location}"
    if table is None:
        return ok(_MODEL, text)
    remedy = "SessionConfig(strict=False) has the service decide"
    return warning(_MODEL, f"{text}: the service has it, and our table does not", remedy)
