"""Every error that asyncspeech raises.

::

    AsyncSpeechError
    ├── (yours: the call, the configuration or the audio has to change)
    │   ├── ConfigurationError      a setting that cannot work; .field, .hint
    │   ├── CredentialsError        no usable Google credentials or project on this machine
    │   ├── AudioError              audio that cannot be read; .source, .reason
    │   ├── UsageError              the API called in a way that it does not allow
    │   │   └── SessionClosedError      audio for, or an entry into, a session that has ended
    │   ├── BufferOverflowError     audio came faster than it could be sent; .seconds
    │   └── MissingExtraError       an optional dependency is not installed; .extra
    └── ServiceError                (theirs: the service answered so); .code, .details
        ├── AuthenticationError     UNAUTHENTICATED
        ├── PermissionDeniedError   PERMISSION_DENIED
        ├── InvalidRequestError     INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION, …
        ├── QuotaExceededError      RESOURCE_EXHAUSTED
        └── StreamLostError         streams broke, for longer than is waited; .partial, .unsent
            └── DrainTimeoutError       no answer to the last of the audio

An error's text says what happened in one line. What to do about it is in ``hint``, which a traceback
shows below the text (:pep:`678`). An error that came from the service has the exception of
``google.api_core`` as its ``__cause__``.
"""

from __future__ import annotations

import copyreg
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.transcript import Transcript

__all__ = (
    "AsyncSpeechError",
    "AudioError",
    "AuthenticationError",
    "BufferOverflowError",
    "ConfigurationError",
    "CredentialsError",
    "DrainTimeoutError",
    "InvalidRequestError",
    "MissingExtraError",
    "PermissionDeniedError",
    "QuotaExceededError",
    "ServiceError",
    "SessionClosedError",
    "StreamLostError",
    "UsageError",
)


class AsyncSpeechError(Exception):
    """The root of the tree: ``except AsyncSpeechError`` catches all that asyncspeech raises on purpose.

    Attributes:
        code: A stable word for the kind of error, in capitals. For a `ServiceError` it is the name of
            the gRPC status code.
        message: What happened, in one line.
        hint: What to do about it; empty where there is nothing to add.
    """

    code = "ERROR"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint:
            self.add_note(f"Hint: {hint}")

    def __reduce__(self) -> tuple[Any, ...]:
        # BaseException would call the class with the message alone, which subclasses with required
        # keywords refuse; an error has to survive the way back from a worker process.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class ConfigurationError(AsyncSpeechError, ValueError):
    """A setting that cannot work, found before any I/O.

    Attributes:
        field: The name of the argument or configuration field at fault.
    """

    code = "CONFIGURATION"

    def __init__(self, field: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{field}: {message}", hint=hint)
        self.field = field


class CredentialsError(AsyncSpeechError):
    """No usable Google credentials, or no project, could be found on this machine."""

    code = "CREDENTIALS"


class AudioError(AsyncSpeechError):
    """Audio that cannot be read or understood.

    Attributes:
        source: What was being read: a path, or a description such as ``"<bytes>"``.
        reason: Why it cannot be read.
    """

    code = "AUDIO"

    def __init__(self, source: str, reason: str, *, hint: str = "") -> None:
        super().__init__(f"{source}: {reason}", hint=hint)
        self.source = source
        self.reason = reason


class UsageError(AsyncSpeechError, RuntimeError):
    """The API was called in a way that it does not allow: out of order, twice, or on another loop."""

    code = "USAGE"


class SessionClosedError(UsageError):
    """Audio was sent to a session that takes no more, or an ended session was entered again."""

    code = "SESSION_CLOSED"


class BufferOverflowError(AsyncSpeechError):
    """Audio came in faster than it could be sent on, and the caller could not be made to wait.

    The chunk that did not fit was not taken; everything before it was.

    Attributes:
        seconds: How much audio was waiting.
    """

    code = "BUFFER_OVERFLOW"

    def __init__(self, seconds: float, limit: float) -> None:
        super().__init__(
            f"{seconds:.1f} s of audio wait to be sent, and the buffer holds {limit:g} s",
            hint="use 'await session.send(...)', which waits, or raise BufferPolicy.max_seconds",
        )
        self.seconds = seconds


class MissingExtraError(AsyncSpeechError, ImportError):
    """An optional dependency is not installed.

    Attributes:
        extra: The extra of the ``asyncspeech`` package that brings it.
    """

    code = "MISSING_EXTRA"

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the extra '{extra}', which is not installed",
            hint=f"pip install 'asyncspeech[{extra}]'",
        )
        self.extra = extra


class ServiceError(AsyncSpeechError):
    """The service refused a request or broke off a stream.

    Attributes:
        code: The name of the gRPC status code, such as ``"INVALID_ARGUMENT"``.
        details: The service's rich error details (``google.rpc`` messages), decoded.
        retry_after: Seconds that the service asks to wait (``google.rpc.RetryInfo``), or None.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        details: Sequence[object] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}", hint=hint)
        self.code = code
        self.details = tuple(details)
        self.retry_after = retry_after


class AuthenticationError(ServiceError):
    """The service does not accept the credentials (``UNAUTHENTICATED``)."""


class PermissionDeniedError(ServiceError):
    """The credentials are known and do not suffice (``PERMISSION_DENIED``)."""


class InvalidRequestError(ServiceError):
    """The service cannot do what was asked: a setting, a resource name or the audio is wrong."""


class QuotaExceededError(ServiceError):
    """A quota or rate limit of the project is used up (``RESOURCE_EXHAUSTED``)."""


class StreamLostError(ServiceError):
    """Streams to the service broke, again and again, and the session could not go on.

    Attributes:
        partial: The transcript of everything that was final by then.
        unsent: Seconds of accepted audio that no final result covers.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        details: Sequence[object] = (),
        retry_after: float | None = None,
        partial: Transcript | None = None,
        unsent: float = 0.0,
    ) -> None:
        super().__init__(code, message, hint=hint, details=details, retry_after=retry_after)
        self.partial = partial
        self.unsent = unsent


class DrainTimeoutError(StreamLostError):
    """The audio had ended, and the service stayed silent for ``SessionConfig.drain_timeout``."""
