"""Every status that the service was seen to end a stream with, and what we make of it.

The rows have the numbers of the catalogue of errors in what is known of the service; the texts are the
service's own, on one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from asyncspeech import (
    AuthenticationError,
    InvalidRequestError,
    ModelNotAvailableError,
    PermissionDeniedError,
    QuotaExceededError,
    RecognizerNotFoundError,
    Remedy,
    ServiceDisabledError,
    StreamLostError,
)

if TYPE_CHECKING:
    from asyncspeech import ServiceError


class Row(NamedTuple):
    """A status."""

    name: str
    code: str
    message: str
    remedy: Remedy
    kind: type[ServiceError]


CATALOGUE = (
    Row(
        "E1 a chunk too large",
        "INVALID_ARGUMENT",
        "Audio chunk can be of a maximum of 25600 bytes. Received audio of 294400 bytes instead.",
        Remedy.FATAL,
        InvalidRequestError,
    ),
    Row(
        "E2 the duration",
        "ABORTED",
        "Max duration of 5 minutes reached for stream.",
        Remedy.RETRY,
        StreamLostError,
    ),
    Row(
        "E3 idle",
        "ABORTED",
        "Stream timed out after receiving no more client requests.",
        Remedy.RETRY,
        StreamLostError,
    ),
    Row(
        "E4 out of order",
        "INVALID_ARGUMENT",
        "Malordered Data Received. Expected audio but none was set. Send exactly one "
        "config, followed by audio data.",
        Remedy.FATAL,
        InvalidRequestError,
    ),
    Row(
        "E5 the name",
        "INVALID_ARGUMENT",
        "Invalid resource field value in the request.",
        Remedy.FATAL,
        InvalidRequestError,
    ),
    Row(
        "E6 the recogniser",
        "NOT_FOUND",
        "Unable to find Recognizer x from project 1.",
        Remedy.FATAL,
        RecognizerNotFoundError,
    ),
    Row(
        "E7 the model",
        "INVALID_ARGUMENT",
        'The model "chirp_3" does not exist in the location named "us-central1"..',
        Remedy.FATAL,
        ModelNotAvailableError,
    ),
    Row(
        "E8 the language",
        "INVALID_ARGUMENT",
        'The language "zh" is not supported by the model "long" in the location named "global".',
        Remedy.FATAL,
        ModelNotAvailableError,
    ),
    Row(
        "E8b the language on streams",
        "INVALID_ARGUMENT",
        'StreamingRecognize does not support the "gu-IN" language code for the "chirp_2" '
        'model at location "us-central1"',
        Remedy.FATAL,
        ModelNotAvailableError,
    ),
    Row(
        "E9 the endpoint",
        "INVALID_ARGUMENT",
        "Expected resource location to be global, but found asia-southeast1 in resource name.",
        Remedy.FATAL,
        InvalidRequestError,
    ),
    Row(
        "E10 several languages",
        "INVALID_ARGUMENT",
        "The RecognitionConfig proto is invalid: * language_codes: Multiple language "
        "recognition is only available in the following locations: eu, global, us.",
        Remedy.FATAL,
        ModelNotAvailableError,
    ),
    Row(
        "E11 a feature",
        "INVALID_ARGUMENT",
        "Recognizer does not support feature: word_level_confidence",
        Remedy.FATAL,
        InvalidRequestError,
    ),
    Row(
        "E12 speakers",
        "INVALID_ARGUMENT",
        "StreamingRecognize does not support Speaker Diarization.",
        Remedy.FATAL,
        InvalidRequestError,
    ),
    Row(
        "E12 fields",
        "INVALID_ARGUMENT",
        "Config contains unsupported fields",
        Remedy.FATAL,
        InvalidRequestError,
    ),
    Row(
        "E13 the configuration",
        "INVALID_ARGUMENT",
        "The RecognitionConfig proto is invalid: * decoding_config: required oneof field "
        "'decoding_config' must have one initialized field",
        Remedy.FATAL,
        InvalidRequestError,
    ),
    Row(
        "E13b the channels",
        "INVALID_ARGUMENT",
        "Invalid audio channel count value: 0. Values must be non-negative.",
        Remedy.FATAL,
        InvalidRequestError,
    ),
    Row(
        "E13c the encoding",
        "INVALID_ARGUMENT",
        "Audio data does not appear to be in a supported encoding. If you believe this to"
        " be incorrect, try explicitly specifying the decoding parameters.",
        Remedy.FATAL,
        InvalidRequestError,
    ),
    Row(
        "E13d no audio",
        "INVALID_ARGUMENT",
        "Provided file is empty.",
        Remedy.FATAL,
        InvalidRequestError,
    ),
    Row(
        "E14 idle, in V1",
        "OUT_OF_RANGE",
        "Audio Timeout Error: Long duration elapsed without audio. Audio should be sent "
        "close to real time.",
        Remedy.RETRY,
        StreamLostError,
    ),
    Row(
        "E15 the duration, in V1",
        "OUT_OF_RANGE",
        "Exceeded maximum allowed stream duration of 305 seconds.",
        Remedy.RETRY,
        StreamLostError,
    ),
    Row(
        "E15 the pace, in V1",
        "OUT_OF_RANGE",
        "Audio data is being streamed too fast. Please stream audio data approximately at real time.",
        Remedy.RETRY,
        StreamLostError,
    ),
    Row(
        "E16 a quota",
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'speech.googleapis.com/default_requests' and "
        "limit 'DefaultRequestsPerMinutePerProject' of service 'speech.googleapis.com' "
        "for consumer 'project_number:764086051850'.",
        Remedy.RETRY,
        QuotaExceededError,
    ),
    Row(
        "E16 a quota, bare",
        "RESOURCE_EXHAUSTED",
        "Resource has been exhausted (e.g. check quota).",
        Remedy.RETRY,
        QuotaExceededError,
    ),
    Row(
        "E17 withdrawn",
        "PERMISSION_DENIED",
        "Permission denied for project 1 on model chirp_3 locale hi-IN. It is no longer "
        "generally available.",
        Remedy.FATAL,
        ModelNotAvailableError,
    ),
    Row(
        "E18 a permission",
        "PERMISSION_DENIED",
        "Permission 'speech.recognizers.recognize' denied on resource (or it may not exist).",
        Remedy.FATAL,
        PermissionDeniedError,
    ),
    Row(
        "E18 a permission, bare",
        "PERMISSION_DENIED",
        "The caller does not have permission",
        Remedy.FATAL,
        PermissionDeniedError,
    ),
    Row(
        "E19 the API",
        "PERMISSION_DENIED",
        "Cloud Speech-to-Text API has not been used in project 1 before or it is disabled.",
        Remedy.FATAL,
        ServiceDisabledError,
    ),
    Row(
        "E20 the account",
        "PERMISSION_DENIED",
        "Your application has authenticated using end user credentials from the Google Cloud SDK",
        Remedy.FATAL,
        PermissionDeniedError,
    ),
    Row(
        "E20 billing",
        "PERMISSION_DENIED",
        "This API method requires billing to be enabled.",
        Remedy.FATAL,
        PermissionDeniedError,
    ),
    Row(
        "E21 the token",
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials.",
        Remedy.REAUTHENTICATE,
        AuthenticationError,
    ),
    Row(
        "E22 given up",
        "CANCELLED",
        "The operation was cancelled.",
        Remedy.RETRY,
        StreamLostError,
    ),
    Row(
        "E23 a gateway",
        "UNAVAILABLE",
        "502:Bad Gateway",
        Remedy.RETRY,
        StreamLostError,
    ),
    Row(
        "E23 a timeout",
        "UNAVAILABLE",
        "408:Request Timeout",
        Remedy.RETRY,
        StreamLostError,
    ),
    Row(
        "E23 no token now",
        "UNAVAILABLE",
        "Getting metadata from plugin failed with error: connection timed out",
        Remedy.RETRY,
        StreamLostError,
    ),
    Row(
        "E23 no token ever",
        "UNAVAILABLE",
        "Getting metadata from plugin failed with error: ('invalid_grant: Bad Request', "
        "{'error': 'invalid_grant'})",
        Remedy.FATAL,
        AuthenticationError,
    ),
    Row(
        "E23 out of order",
        "UNAVAILABLE",
        "The service is currently unavailable.",
        Remedy.RETRY,
        StreamLostError,
    ),
    Row(
        "E24 broken",
        "INTERNAL",
        "Internal error encountered.",
        Remedy.RETRY,
        StreamLostError,
    ),
    Row(
        "E24 a reset",
        "INTERNAL",
        "Received RST_STREAM with error code 2",
        Remedy.RETRY,
        StreamLostError,
    ),
    Row(
        "8.2 hidden by grpc.aio",
        "INTERNAL",
        "Internal error from Core",
        Remedy.RETRY,
        StreamLostError,
    ),
    Row(
        "E25 the deadline",
        "DEADLINE_EXCEEDED",
        "Deadline Exceeded",
        Remedy.RETRY,
        StreamLostError,
    ),
    Row(
        "an end that nobody asked for",
        "OK",
        "the service ended the stream before the audio ended",
        Remedy.RETRY,
        StreamLostError,
    ),
    Row(
        "another range",
        "OUT_OF_RANGE",
        "The value is out of range.",
        Remedy.FATAL,
        InvalidRequestError,
    ),
    Row(
        "a message too large",
        "RESOURCE_EXHAUSTED",
        "CLIENT: Received message larger than max (5000000 vs. 4194304)",
        Remedy.FATAL,
        InvalidRequestError,
    ),
    Row(
        "a wrong address",
        "UNIMPLEMENTED",
        "Received http2 header with status: 404",
        Remedy.FATAL,
        InvalidRequestError,
    ),
    Row(
        "a conflict",
        "ALREADY_EXISTS",
        "409 as well, and not ABORTED",
        Remedy.FATAL,
        InvalidRequestError,
    ),
    Row(
        "an unknown word",
        "SOMETHING_NEW",
        "?",
        Remedy.FATAL,
        InvalidRequestError,
    ),
)
