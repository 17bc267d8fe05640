"""What the service's refusals mean: which error of ours, with which facts and which advice.

A code alone says too little: ``PERMISSION_DENIED`` is a missing role, an API that is off, a project
without billing and a model that was withdrawn. So each rule looks for the service's own words, as they
were seen in the wild, or for the ``reason`` of its ``ErrorInfo``, which is steadier where there is one.
The first rule that fits decides; a status that none fits is what its code says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asyncspeech.capabilities import MODELS
from asyncspeech.config import nearest_languages, retry_delay, usual_locations
from asyncspeech.errors import (
    AuthenticationError,
    InvalidRequestError,
    ModelNotAvailableError,
    PermissionDeniedError,
    QuotaExceededError,
    RecognizerNotFoundError,
    ServiceDisabledError,
    StreamLostError,
)
from asyncspeech.transport.details import error_info, help_url, quota_subject, violations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asyncspeech.capabilities import Model
    from asyncspeech.errors import ServiceError

__all__ = ("Status", "refusal")

_TELL_THE_CALLERS_ROLE = (
    "grant the caller roles/speech.client, and see that the project is the one you mean; "
    "'asyncspeech doctor' shows both"
)
_RENEW = "renew them with 'gcloud auth application-default login', or check the key that is used"
_CHANGE_IT = "change or leave out what it names; 'asyncspeech models' shows what each model can do"
_LESS_AT_ONCE = "open fewer sessions at once, use several locations, or ask for more quota"
_REACH = "see that this machine reaches the endpoint: 'asyncspeech doctor' tries it step by step"


@dataclass(frozen=True, slots=True)
class Status:
    """How a call ended.

    Attributes:
        code: The name of its gRPC status code.
        message: Its text, on one line.
        details: What travelled beside it, decoded.
    """

    code: str
    message: str
    details: tuple[object, ...] = ()

    @property
    def reason(self) -> str:
        """Why, as a word for programs; empty where the service gave none."""
        reason: str = error_info(self.details).reason
        return reason

    def metadata(self, name: str) -> str:
        """What the ``ErrorInfo`` has under a name, or nothing."""
        value: str = error_info(self.details).metadata.get(name, "")
        return value

    def error(self, kind: type[ServiceError], hint: str = "", **facts: object) -> ServiceError:
        """The status as an error of ours, with attributes of its kind."""
        error = kind(
            self.code,
            self.message,
            hint=hint,
            details=self.details,
            reason=self.reason,
            retry_after=retry_delay(self.details),
        )
        for name, value in facts.items():
            setattr(error, name, value)
        return error


def refusal(status: Status) -> ServiceError:
    """The error for a status that is not OK."""
    for rule in _RULES:
        groups = rule.groups(status)
        if groups is not None:
            return rule.make(status, **groups)
    return _BY_CODE.get(status.code, _invalid_request)(status)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A kind of refusal.

    Attributes:
        code: The name of its status code.
        pattern: What its text contains; named groups become arguments of ``make``.
        make: Makes the error.
        reason: The ``ErrorInfo.reason`` that tells it as well, whatever the text; or nothing.
    """

    code: str
    pattern: re.Pattern[str]
    make: Callable[..., ServiceError]
    reason: str | None = None

    def groups(self, status: Status) -> Mapping[str, str] | None:
        if status.code != self.code:
            return None
        match = self.pattern.search(status.message)
        if match is not None:
            return {name: text for name, text in match.groupdict().items() if text is not None}
        return {} if self.reason is not None and self.reason == status.reason else None


# Who may call.


def _unauthenticated(status: Status) -> ServiceError:
    return status.error(AuthenticationError, _RENEW)


def _no_api_keys(status: Status) -> ServiceError:
    return status.error(
        AuthenticationError, "use a service account or Application Default Credentials, not an API key"
    )


def _no_token_ever(status: Status) -> ServiceError:
    return status.error(AuthenticationError, _RENEW)


def _permission_denied(status: Status, permission: str = "", resource: str = "") -> ServiceError:
    return status.error(
        PermissionDeniedError,
        _TELL_THE_CALLERS_ROLE,
        permission=status.metadata("permission") or permission,
        resource=status.metadata("resource") or resource,
    )


def _service_disabled(status: Status, url: str = "") -> ServiceError:
    url = url or help_url(status.details)
    way = f"open {url}" if url else "run 'gcloud services enable speech.googleapis.com'"
    return status.error(ServiceDisabledError, f"{way}, enable it, and wait a few minutes", url=url)


def _no_quota_project(status: Status) -> ServiceError:
    hint = "run 'gcloud auth application-default set-quota-project PROJECT', or use a service account"
    return status.error(PermissionDeniedError, hint)


def _no_billing(status: Status) -> ServiceError:
    url = help_url(status.details) or "https://console.cloud.google.com/billing/linkedaccount"
    return status.error(PermissionDeniedError, f"link the project to a billing account: {url}")


def _key_restricted(status: Status) -> ServiceError:
    return status.error(
        PermissionDeniedError,
        "let the API key call speech.googleapis.com, in the console's 'APIs & Services > Credentials'",
    )


# What there is.


def _withdrawn(status: Status, model: str, language_code: str) -> ServiceError:
    return _not_available(status, model=model, language_code=language_code)


def _not_available(
    status: Status, model: str = "", language_code: str = "", location: str = ""
) -> ServiceError:
    known = next((known for known in MODELS if known.name == model), None)
    return status.error(
        ModelNotAvailableError,
        _what_is_there(known, language_code, location),
        model=model,
        language_code=language_code,
        location=location,
        locations=() if known is None else usual_locations(known),
    )


def _what_is_there(model: Model | None, language_code: str, location: str) -> str:
    hint = "'asyncspeech models' shows what is where"
    if model is None:
        return hint
    if not language_code:
        places = [place for place in usual_locations(model) if place != location]
        return f"use location={' or '.join(map(repr, places))}; {hint}" if places else hint
    near = nearest_languages(language_code, model.language_codes - {language_code})
    return f"use language_codes={' or '.join(map(repr, near))}; {hint}" if near else hint


def _one_language(status: Status, locations: str) -> ServiceError:
    places = tuple(locations.split(", "))
    return status.error(
        ModelNotAvailableError,
        f"give one language code, or open the client in {' or '.join(places)}",
        locations=places,
    )


def _recognizer_not_found(status: Status, recognizer: str = "") -> ServiceError:
    hint = "create it in this project and location, or leave recognizer='_', which needs none"
    return status.error(RecognizerNotFoundError, hint, recognizer=recognizer)


def _wrong_location(status: Status, expected: str, found: str) -> ServiceError:
    hint = f"the endpoint is that of {expected}: give Client(location={found!r}) no other api_endpoint"
    return status.error(InvalidRequestError, hint)


def _wrong_project(status: Status) -> ServiceError:
    return status.error(
        InvalidRequestError, "see that Client(project=...) is the id of a project, and not its name"
    )


def _wrong_endpoint(status: Status) -> ServiceError:
    return status.error(
        InvalidRequestError, "there is no such location, or client_options.api_endpoint is mistyped"
    )


# What was asked for.


def _no_feature(status: Status, feature: str) -> ServiceError:
    field = _FEATURE_FIELDS.get(feature, feature)
    return status.error(InvalidRequestError, f"leave out {field}, or take a model that has it")


def _no_diarization(status: Status) -> ServiceError:
    hint = (
        "speakers are told apart in recordings only, by BatchRecognize; on streams, give each a channel"
    )
    return status.error(InvalidRequestError, hint)


def _unknown_audio(status: Status) -> ServiceError:
    return status.error(
        InvalidRequestError,
        "see that encoding, sample_rate_hertz and audio_channel_count are the audio's",
    )


def _invalid_fields(status: Status) -> ServiceError:
    return status.error(
        InvalidRequestError,
        "mend the fields that it names",
        # The lines of the service's text were put on one.
        violations=tuple(re.findall(r" \* ([\w.\[\]]+): (.*?)(?= \* [\w.\[\]]+: |$)", status.message)),
    )


def _invalid_request(status: Status) -> ServiceError:
    found = violations(status.details)
    named = "; ".join(": ".join(violation) for violation in found)
    # The details are not part of the text, which may say no more than that something is wrong.
    hint = f"mend {named}" if named else _CHANGE_IT
    return status.error(InvalidRequestError, hint, violations=found)


def _quota_exceeded(status: Status, metric: str = "", limit: str = "") -> ServiceError:
    url = help_url(status.details)
    return status.error(
        QuotaExceededError,
        f"{_LESS_AT_ONCE}: {url}" if url else _LESS_AT_ONCE,
        metric=status.metadata("quota_metric") or metric or quota_subject(status.details),
        limit=status.metadata("quota_limit") or limit,
    )


def _message_too_large(status: Status) -> ServiceError:
    return status.error(InvalidRequestError, "a message of the service is too large to be read")


# What broke.


def _lost(status: Status) -> ServiceError:
    return status.error(StreamLostError)


def _unreachable(status: Status) -> ServiceError:
    return status.error(StreamLostError, _REACH)


_FEATURE_FIELDS: Mapping[str, str] = {
    "automatic_punctuation": "enable_automatic_punctuation",
    "model_adaptation": "adaptation",
    "spoken_emojis": "enable_spoken_emojis",
    "spoken_punctuation": "enable_spoken_punctuation",
    "word_level_confidence": "enable_word_confidence",
}

_BY_CODE: Mapping[str, Callable[[Status], ServiceError]] = {
    "UNAUTHENTICATED": _unauthenticated,
    "PERMISSION_DENIED": _permission_denied,
    "RESOURCE_EXHAUSTED": _quota_exceeded,
    **dict.fromkeys(
        ("OK", "ABORTED", "CANCELLED", "DEADLINE_EXCEEDED", "INTERNAL", "UNAVAILABLE", "UNKNOWN"), _lost
    ),
}


def _rule(code: str, text: str, make: Callable[..., Any], reason: str | None = None) -> _Rule:
    return _Rule(code, re.compile(text), make, reason)


_RULES = (
    _rule("UNAUTHENTICATED", "API keys are not supported", _no_api_keys),
    # google-auth's words, with the token endpoint's reason (RFC 6749, 5.2), in gRPC's.
    _rule(
        "UNAVAILABLE",
        "Getting metadata from plugin failed.*(invalid_|unauthorized_)(grant|client|scope)",
        _no_token_ever,
    ),
    _rule("PERMISSION_DENIED", r"on model (?P<model>\S+) locale (?P<language_code>\S+?)\. ", _withdrawn),
    _rule(
        "PERMISSION_DENIED",
        r"has not been used in project(?:.*?(?P<url>https://\S+))?",
        _service_disabled,
        "SERVICE_DISABLED",
    ),
    _rule("PERMISSION_DENIED", "authenticated using end user credentials", _no_quota_project),
    _rule("PERMISSION_DENIED", "requires billing", _no_billing, "BILLING_DISABLED"),
    _rule(
        "PERMISSION_DENIED",
        r"Requests to this API .* are blocked",
        _key_restricted,
        "API_KEY_SERVICE_BLOCKED",
    ),
    _rule(
        "PERMISSION_DENIED",
        r"Permission '(?P<permission>[^']+)' denied on resource(?: '(?P<resource>[^']+)')?",
        _permission_denied,
    ),
    _rule("NOT_FOUND", r"Unable to find Recognizer (?P<recognizer>\S+)", _recognizer_not_found),
    _rule(
        "INVALID_ARGUMENT",
        r'The model "(?P<model>[^"]*)" does not exist in the location named "(?P<location>[^"]*)"',
        _not_available,
    ),
    _rule(
        "INVALID_ARGUMENT",
        r'The language "(?P<language_code>[^"]*)" is not supported by the model "(?P<model>[^"]*)" '
        r'in the location named "(?P<location>[^"]*)"',
        _not_available,
    ),
    _rule(
        "INVALID_ARGUMENT",
        r'does not support the "(?P<language_code>[^"]*)" language code for the "(?P<model>[^"]*)" '
        r'model at location "(?P<location>[^"]*)"',
        _not_available,
    ),
    _rule(
        "INVALID_ARGUMENT",
        r"Multiple language recognition is only available in the following locations: "
        r"(?P<locations>[^.]+)",
        _one_language,
    ),
    _rule(
        "INVALID_ARGUMENT",
        r"Expected resource location to be (?P<expected>\S+), but found (?P<found>\S+) in resource name",
        _wrong_location,
    ),
    _rule(
        "INVALID_ARGUMENT",
        "Invalid resource field value in the request",
        _wrong_project,
        "RESOURCE_PROJECT_INVALID",
    ),
    _rule("INVALID_ARGUMENT", "speaker_diarization|Speaker Diarization", _no_diarization),
    _rule("INVALID_ARGUMENT", r"does not support feature: (?P<feature>\w+)", _no_feature),
    _rule(
        "INVALID_ARGUMENT",
        "not appear to be in a supported encoding|Invalid (audio channel count|sample rate hertz) value",
        _unknown_audio,
    ),
    _rule("INVALID_ARGUMENT", r"The RecognitionConfig proto is invalid: +\*", _invalid_fields),
    # V1's limits of a stream.
    _rule(
        "OUT_OF_RANGE", "Audio Timeout Error|maximum allowed stream duration|streamed too fast", _lost
    ),
    _rule("UNIMPLEMENTED", "Received http2 header with status: 404", _wrong_endpoint),
    # Quoted as the service does: 'Quota exceeded for quota metric 'm' and limit 'l' of service ...'.
    _rule(
        "RESOURCE_EXHAUSTED",
        r"Quota exceeded for quota metric '(?P<metric>[^']*)' and limit '(?P<limit>[^']*)'",
        _quota_exceeded,
    ),
    _rule("RESOURCE_EXHAUSTED", "message larger than max", _message_too_large),
    # gRPC's own words where there is no connection to be had.
    _rule(
        "UNAVAILABLE",
        "DNS resolution failed|failed to connect to all addresses|Getting metadata from plugin failed",
        _unreachable,
    ),
)
