"""The service's refusals, word for word: the catalogue that the emulator quotes from.

Each function makes one refusal, and names where its text was seen. Where the service's own words are not
known, the emulator uses its own, and the function says so. What travels beside the text, in the trailer
``grpc-status-details-bin``, is made here too; `asyncspeech.emulator.status` packs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from google.rpc import error_details_pb2
from google.rpc.error_details_pb2 import ErrorInfo, Help

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from google.protobuf.message import Message

__all__ = ("Refusal",)

_Code = grpc.StatusCode
_SERVICE = "speech.googleapis.com"
_DOMAIN = "googleapis.com"
# gRPC refuses trailers of more than 8 KiB and puts a status of its own in the place of ours. A text goes
# into them up to four times, in Base64 or percent-encoded; so what clients have sent is quoted in part.
_LONGEST_TEXT_BYTES = 1_000


class Refusal(Exception):  # noqa: N818 - it is what the service does, not what goes wrong here
    """A call ends with this status.

    Attributes:
        code: The gRPC status code.
        message: The status's text, cut if it is very long.
        details: What travels beside it: messages of ``google.rpc``.
        from_backend: Whether the recognition backend says it, rather than the front end before it. The
            backend's refusals carry its own form of the status beside the text.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        message: str,
        *,
        details: Sequence[Message] = (),
        from_backend: bool = True,
    ) -> None:
        message = _cut(message)
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = tuple(details)
        self.from_backend = from_backend


def _front_end(code: grpc.StatusCode, message: str, *details: Message) -> Refusal:
    return Refusal(code, message, details=details, from_backend=False)


def _error_info(reason: str, metadata: Mapping[str, str], domain: str = _DOMAIN) -> ErrorInfo:
    metadata = {key: _cut(value) for key, value in metadata.items()}
    return ErrorInfo(reason=reason, domain=domain, metadata=metadata)


def _cut(text: str) -> str:
    data = text.encode()
    if len(data) <= _LONGEST_TEXT_BYTES:
        return text
    return data[:_LONGEST_TEXT_BYTES].decode(errors="ignore") + "..."


# Who may call.


def unauthenticated(method: str) -> Refusal:
    """E21: The call's credentials are none (nodejs-speech#243)."""
    return _front_end(
        _Code.UNAUTHENTICATED,
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
        "other valid authentication credential. "
        "See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        _error_info(
            "ACCESS_TOKEN_TYPE_UNSUPPORTED",
            {"service": _SERVICE, "method": method},
        ),
    )


def service_disabled(project_number: str) -> Refusal:
    """E19: The project has not enabled the service (public logs)."""
    url = (
        "https://console.developers.google.com/apis/api/speech.googleapis.com/overview"
        f"?project={project_number}"
    )
    return _front_end(
        _Code.PERMISSION_DENIED,
        f"Cloud Speech-to-Text API has not been used in project {project_number} before or it is "
        f"disabled. Enable it by visiting {url} then retry. If you enabled this API recently, wait "
        "a few minutes for the action to propagate to our systems and retry.",
        Help(links=[Help.Link(description="Google developers console API activation", url=url)]),
        _error_info("SERVICE_DISABLED", {"service": _SERVICE, "consumer": f"projects/{project_number}"}),
    )


def permission_denied(permission: str, resource: str) -> Refusal:
    """E18: The caller lacks a permission (google_speech#48)."""
    return _front_end(
        _Code.PERMISSION_DENIED,
        f"Permission '{permission}' denied on resource (or it may not exist).",
        _error_info(
            "IAM_PERMISSION_DENIED",
            {"permission": permission, "resource": resource},
            domain="iam.googleapis.com",
        ),
    )


# What the call is.


def unreadable() -> Refusal:
    """A request that is no message of its type. The code and the words are the emulator's."""
    return _front_end(_Code.INVALID_ARGUMENT, "The request cannot be parsed.")


# Which recogniser, and where.


def invalid_resource(method: str) -> Refusal:
    """E5: A resource name that is none (nodejs-docs-samples#3578)."""
    return _front_end(
        _Code.INVALID_ARGUMENT,
        "Invalid resource field value in the request.",
        _error_info("RESOURCE_PROJECT_INVALID", {"service": _SERVICE, "method": method}),
    )


def wrong_location(expected: str, found: str) -> Refusal:
    """E9: A resource of another location than the endpoint's (google-cloud-go#8593)."""
    return Refusal(
        _Code.INVALID_ARGUMENT,
        f"Expected resource location to be {expected}, but found {found} in resource name.",
    )


def location_not_found(location: str) -> Refusal:
    """No such location. The words are the emulator's."""
    return Refusal(_Code.NOT_FOUND, f"Unable to find location {location}.")


def recognizer_not_found(recognizer_id: str, project_number: str) -> Refusal:
    """E6: No such recogniser (recorded from the service by k8s-config-connector)."""
    return Refusal(
        _Code.NOT_FOUND,
        f"Unable to find Recognizer {recognizer_id} from project {project_number}.",
    )


def recognizer_exists(recognizer_id: str, project_number: str) -> Refusal:
    """A recogniser of that name exists. The words are the emulator's."""
    return Refusal(
        _Code.ALREADY_EXISTS,
        f"Recognizer {recognizer_id} already exists in project {project_number}.",
    )


def etag_mismatch() -> Refusal:
    """The recogniser has changed since it was read. The words are the emulator's."""
    return Refusal(_Code.ABORTED, "The etag does not match that of the Recognizer.")


def invalid_argument(text: str) -> Refusal:
    """A request that the service refuses in words that are not known; ``text`` is the emulator's."""
    return Refusal(_Code.INVALID_ARGUMENT, text)


# The configuration.


def invalid_config(problems: Sequence[tuple[str, str]]) -> Refusal:
    """E13: What is wrong with a ``RecognitionConfig``, field by field (google-cloud-php#7289).

    Args:
        problems: Path and text for each.
    """
    lines = "".join(f"\n  * {path}: {text}" for path, text in problems)
    return Refusal(_Code.INVALID_ARGUMENT, f"The RecognitionConfig proto is invalid:{lines}")


def invalid_channel_count(count: int) -> Refusal:
    """E13b: An explicit decoding configuration without channels (google-cloud-php#7289)."""
    return Refusal(
        _Code.INVALID_ARGUMENT,
        f"Invalid audio channel count value: {count}. Values must be non-negative.",
    )


def invalid_sample_rate(rate: int) -> Refusal:
    """E13b: An explicit decoding configuration without a sample rate (google-cloud-php#7289)."""
    return Refusal(_Code.INVALID_ARGUMENT, f"Invalid sample rate hertz value: {rate}")


def model_not_in_location(model: str, location: str) -> Refusal:
    """E7: A model that the location does not have (litellm#32274: two periods)."""
    return Refusal(
        _Code.INVALID_ARGUMENT,
        f'The model "{model}" does not exist in the location named "{location}"..',
    )


def withdrawn(project_number: str, model: str, language_code: str) -> Refusal:
    """E17: A model that is no longer offered for a language (live reports of 2026)."""
    return Refusal(
        _Code.PERMISSION_DENIED,
        f"Permission denied for project {project_number} on model {model} locale {language_code}. "
        "It is no longer generally available.",
    )


def language_not_supported(language_code: str, model: str, location: str) -> Refusal:
    """E8: A language that the model does not know (python-docs-samples#11286)."""
    return Refusal(
        _Code.INVALID_ARGUMENT,
        f'The language "{language_code}" is not supported by the model "{model}" '
        f'in the location named "{location}".',
    )


def language_not_streaming(language_code: str, model: str, location: str) -> Refusal:
    """E8b: A language that the model knows, but not on streams (livekit#2192)."""
    return Refusal(
        _Code.INVALID_ARGUMENT,
        f'StreamingRecognize does not support the "{language_code}" language code for the "{model}" '
        f'model at location "{location}"',
    )


def multiple_languages(locations: Sequence[str]) -> Refusal:
    """E10: Several languages where one is all there is (two live notes)."""
    text = (
        "Multiple language recognition is only available in the following locations: "
        f"{', '.join(locations)}."
    )
    return invalid_config([("language_codes", text)])


def feature_not_supported(feature: str) -> Refusal:
    """E11: A feature that the model lacks (google-cloud-java#11474)."""
    return Refusal(_Code.INVALID_ARGUMENT, f"Recognizer does not support feature: {feature}")


def streaming_diarization() -> Refusal:
    """E12: Speakers told apart on a stream (live notes of 2026)."""
    return Refusal(_Code.INVALID_ARGUMENT, "StreamingRecognize does not support Speaker Diarization.")


def streaming_word_time_offsets() -> Refusal:
    """chirp_3's words with their times on a stream (livekit/agents#4417)."""
    return Refusal(
        _Code.INVALID_ARGUMENT,
        "Chirp 3 only supports word timestamps in Recognize and BatchRecognize requests.",
    )


def recognize_diarization() -> Refusal:
    """E12: Speakers told apart by a model that cannot (live notes of 2026)."""
    return Refusal(
        _Code.INVALID_ARGUMENT,
        "Recognize does not support Speaker Diarization for the requested model",
    )


def unsupported_fields() -> Refusal:
    """E12: Word confidence of chirp_3 (live notes of 2026)."""
    return Refusal(_Code.INVALID_ARGUMENT, "Config contains unsupported fields")


# Quotas.


def quota_exceeded(metric: str, limit: str, value: int, project_number: str, location: str) -> Refusal:
    """E16: More than a quota allows (google-api-php-client#1641; the details are an assumption)."""
    consumer = f"project_number:{project_number}"
    return _front_end(
        _Code.RESOURCE_EXHAUSTED,
        f"Quota exceeded for quota metric '{_SERVICE}/{metric}' and limit '{limit}' of service "
        f"'{_SERVICE}' for consumer '{consumer}'.",
        _error_info(
            "RATE_LIMIT_EXCEEDED",
            {
                "service": _SERVICE,
                "consumer": f"projects/{project_number}",
                "quota_metric": f"{_SERVICE}/{metric}",
                "quota_limit": limit,
                "quota_limit_value": str(value),
                "quota_location": location,
            },
        ),
        Help(
            links=[
                Help.Link(
                    description="Request a higher quota limit.",
                    url="https://cloud.google.com/docs/quotas/help/request_increase",
                )
            ]
        ),
    )


# The audio.


def malordered() -> Refusal:
    """E4: A message without audio where audio was due (nodejs-docs-samples#3578)."""
    return Refusal(
        _Code.INVALID_ARGUMENT,
        "Malordered Data Received. Expected audio but none was set. "
        "Send exactly one config, followed by audio data.",
    )


def chunk_too_large(size: int, most: int) -> Refusal:
    """E1: More audio in a message than the service takes (python-docs-samples#12053)."""
    return Refusal(
        _Code.INVALID_ARGUMENT,
        f"Audio chunk can be of a maximum of {most} bytes. Received audio of {size} bytes instead.",
    )


def too_fast() -> Refusal:
    """E15: Audio faster than the pace. V1's words; V2 was never seen to say so."""
    return Refusal(
        _Code.OUT_OF_RANGE,
        "Audio data is being streamed too fast. Please stream audio data approximately at real time.",
    )


def undetected_audio() -> Refusal:
    """E13c: Audio whose header says nothing (google-cloud-node#5609)."""
    return Refusal(
        _Code.INVALID_ARGUMENT,
        "Audio data does not appear to be in a supported encoding. If you believe this to be incorrect, "
        "try explicitly specifying the decoding parameters.",
    )


def empty_file() -> Refusal:
    """E13d: A ``Recognize`` without audio (live notes)."""
    return Refusal(_Code.INVALID_ARGUMENT, "Provided file is empty.")


def encoding_not_emulated(name: str) -> Refusal:
    """An encoding that the service takes and the emulator does not. The words are the emulator's."""
    return Refusal(
        _Code.UNIMPLEMENTED,
        f"The emulator does not decode {name}. It takes LINEAR16, MULAW, ALAW, FLAC, MP3 and OGG_OPUS.",
    )


# A stream's end.


def stream_too_long() -> Refusal:
    """E2: A stream's longest duration is over (python-docs-samples#11596).

    The text is the service's whatever the emulator's limit: clients go by it.
    """
    return Refusal(_Code.ABORTED, "Max duration of 5 minutes reached for stream.")


def idle() -> Refusal:
    """E3: Nothing has come for too long (livekit/agents#852, pipecat#2180)."""
    return Refusal(_Code.ABORTED, "Stream timed out after receiving no more client requests.")


def activity_timeout(code: str) -> Refusal:
    """A voice activity timeout that does not close the stream with OK. The words are the emulator's."""
    return Refusal(grpc.StatusCode[code], "The stream was closed by a voice activity timeout.")


def half_closed(code: str) -> Refusal:
    """A half-close after which the stream does not end with OK. The words are the emulator's."""
    return Refusal(grpc.StatusCode[code], "The stream was closed after the client's half-close.")


# The service's own trouble.


def cancelled() -> Refusal:
    """E22: The service gives a call up (google-cloud-go#9282)."""
    return _front_end(_Code.CANCELLED, "The operation was cancelled.")


def unavailable() -> Refusal:
    """E23: The service is out of order."""
    return _front_end(_Code.UNAVAILABLE, "The service is currently unavailable.")


def internal() -> Refusal:
    """E24: The service broke down."""
    return _front_end(_Code.INTERNAL, "Internal error encountered.")


def not_emulated(method: str, instead: str) -> Refusal:
    """A method that the emulator does not have. The words are the emulator's."""
    return _front_end(_Code.UNIMPLEMENTED, f"The emulator does not serve {method}. {instead}")


def retry_info(seconds: float) -> error_details_pb2.RetryInfo:
    """The detail that tells a client when to come back."""
    info = error_details_pb2.RetryInfo()
    info.retry_delay.FromNanoseconds(round(seconds * 1e9))
    return info
