"""The service's refusals, word for word.

Texts that the service is known to give are quoted with where they were seen; where its own words are not
known, the emulator says so in its own.
"""

from __future__ import annotations

import grpc

__all__ = (
    "Refusal",
    "chunk_too_large",
    "encoding_not_emulated",
    "invalid_channel_count",
    "invalid_recognizer",
    "invalid_sample_rate",
    "language_not_supported",
    "malordered",
    "no_decoding_config",
    "recognizer_failed",
)

MAX_AUDIO_BYTES = 25_600
"""The most audio that the service takes in one message (python-docs-samples#12053)."""


class Refusal(Exception):  # noqa: N818 - it is what the service does, not what goes wrong here
    """A stream ends with this status.

    Attributes:
        code: The gRPC status code.
        message: The status's text.
    """

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def malordered() -> Refusal:
    """A message without audio where audio was due (nodejs-docs-samples#3578)."""
    return Refusal(
        grpc.StatusCode.INVALID_ARGUMENT,
        "Malordered Data Received. Expected audio but none was set. "
        "Send exactly one config, followed by audio data.",
    )


def chunk_too_large(size: int) -> Refusal:
    """More audio in a message than the service takes (python-docs-samples#12053)."""
    return Refusal(
        grpc.StatusCode.INVALID_ARGUMENT,
        f"Audio chunk can be of a maximum of {MAX_AUDIO_BYTES} bytes. "
        f"Received audio of {size} bytes instead.",
    )


def invalid_recognizer() -> Refusal:
    """A recogniser name that is none (nodejs-docs-samples#3578)."""
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, "Invalid resource field value in the request.")


def no_decoding_config() -> Refusal:
    """Neither an explicit nor an automatic decoding configuration."""
    return Refusal(
        grpc.StatusCode.INVALID_ARGUMENT,
        "The RecognitionConfig proto is invalid:\n"
        "  * decoding_config: required oneof field 'decoding_config' must have one initialized field",
    )


def invalid_channel_count(count: int) -> Refusal:
    """An explicit decoding configuration without channels (google-cloud-php#7289)."""
    return Refusal(
        grpc.StatusCode.INVALID_ARGUMENT,
        f"Invalid audio channel count value: {count}. Values must be non-negative.",
    )


def invalid_sample_rate(rate: int) -> Refusal:
    """An explicit decoding configuration without a sample rate (google-cloud-php#7289)."""
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, f"Invalid sample rate hertz value: {rate}")


def language_not_supported(language_code: str, model: str, location: str) -> Refusal:
    """A language that the model does not know (python-docs-samples#11286)."""
    return Refusal(
        grpc.StatusCode.INVALID_ARGUMENT,
        f'The language "{language_code}" is not supported by the model "{model}" '
        f'in the location named "{location}".',
    )


def encoding_not_emulated(name: str) -> Refusal:
    """An encoding that the service takes and the emulator does not. The words are the emulator's."""
    return Refusal(
        grpc.StatusCode.UNIMPLEMENTED,
        f"The emulator does not decode {name}. It takes LINEAR16, MULAW and ALAW, declared by "
        "explicit_decoding_config.",
    )


def recognizer_failed() -> Refusal:
    """The recogniser broke down. The words are those of the service's own internal errors."""
    return Refusal(grpc.StatusCode.INTERNAL, "Internal error encountered.")
