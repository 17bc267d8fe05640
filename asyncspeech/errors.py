"""Every error that asyncspeech raises.

::

    AsyncSpeechError
    ├── (yours: the call, the configuration or the audio has to change)
    │   ├── ConfigurationError          a setting that cannot work; .field
    │   ├── CredentialsError            no usable Google credentials or project on this machine
    │   ├── AudioError                  audio that cannot be read; .source, .reason
    │   ├── UsageError                  the API called in a way that it does not allow
    │   │   └── SessionClosedError          audio for, or an entry into, a session that has ended
    │   ├── BufferOverflowError         audio came faster than it could be sent; .seconds
    │   ├── BudgetExceededError         a session cost more than it may; .spent, .budget, .partial
    │   └── MissingExtraError           an optional dependency is not installed; .extra
    └── ServiceError                (theirs: the service answered so); .status_message, .details,
        │                           .reason, .retry_after, .partial, .unsent
        ├── AuthenticationError         the credentials are not accepted
        ├── PermissionDeniedError       they do not suffice; .permission, .resource
        │   └── ServiceDisabledError        the project has not enabled the service; .url
        ├── InvalidRequestError         the service cannot do what was asked; .violations
        │   ├── RecognizerNotFoundError     there is no such recogniser; .recognizer
        │   └── ModelNotAvailableError      not that model, or not in that language, there; .locations, …
        ├── QuotaExceededError          a quota is used up; .metric, .limit
        └── StreamLostError             streams broke, for longer than is waited
            └── DrainTimeoutError           no answer to the last of the audio

An error's text says what happened in one line. What to do about it is in ``hint``, which a traceback
shows below the text (:pep:`678`). An error that came from the service has the exception of
``google.api_core`` as its ``__cause__``.
"""

from __future__ import annotations

import copyreg
from typing import TYPE_CHECKING, Any

from asyncspeech.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.transcript import Transcript

__all__ = (
    "AsyncSpeechError",
    "AudioError",
    "AuthenticationError",
    "BudgetExceededError",
    "BufferOverflowError",
    "ConfigurationError",
    "ConfigurationWarning",
    "CredentialsError",
    "DrainTimeoutError",
    "InvalidRequestError",
    "MissingExtraError",
    "ModelNotAvailableError",
    "PermissionDeniedError",
    "QuotaExceededError",
    "RecognizerNotFoundError",
    "ServiceDisabledError",
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
        message, hint = one_line(message), one_line(hint)
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

    Cause:
        A value is out of range, two contradict each other, or the service is known not to have what is
        asked for: that model, there, in that language, with that feature.

    Cure:
        The message names the field and what is allowed, the hint the nearest thing that works. If the
        service has learned something since the table of its capabilities was made, wave the check
        through with ``SessionConfig(strict=False)``.

    Attributes:
        field: The name of the argument or configuration field at fault.
    """

    code = "CONFIGURATION"

    def __init__(self, field: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{field}: {message}", hint=hint)
        self.field = field


class ConfigurationWarning(UserWarning):
    """What would be a `ConfigurationError`, but for ``SessionConfig(strict=False)``."""


class CredentialsError(AsyncSpeechError):
    """No usable Google credentials, or no project, could be found on this machine.

    Cause:
        Application Default Credentials are not set up here, a key file is missing or damaged, or they
        name no project.

    Cure:
        Run ``gcloud auth application-default login``, or set ``GOOGLE_APPLICATION_CREDENTIALS``; give
        ``Client(project=...)`` or set ``GOOGLE_CLOUD_PROJECT``. `Client.local` needs neither.
    """

    code = "CREDENTIALS"


class AudioError(AsyncSpeechError):
    """Audio that cannot be read or understood.

    Cause:
        The file is missing, damaged, cut off, empty, or in a format that is not read.

    Cure:
        The reason says which. Convert what is not read to WAV or FLAC first.

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
    """The API was called in a way that it does not allow: out of order, twice, or on another loop.

    Cause:
        A client or a session is used outside its ``async with``, entered again, or used on another
        event loop or in another process than the one it was opened in.

    Cure:
        Open a client on each event loop and in each process, and a session for each conversation.
    """

    code = "USAGE"


class SessionClosedError(UsageError):
    """Audio was sent to a session that takes no more, or an ended session was asked for something.

    Cause:
        The audio has been ended, by `Session.end` or by leaving the block.

    Cure:
        Open another session for more audio.
    """

    code = "SESSION_CLOSED"


class BufferOverflowError(AsyncSpeechError):
    """Audio came in faster than it could be sent on, and the caller could not be made to wait.

    The chunk that did not fit was not taken; everything before it was.

    Cause:
        The network or the service is slower than the audio, or a recording is pushed in all at once by
        `Session.send_nowait` or `Session.send_threadsafe`.

    Cure:
        Use ``await session.send(...)``, which waits; or raise ``BufferPolicy.max_seconds``; or let the
        oldest audio go with ``when_full="drop-oldest"``.

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


class BudgetExceededError(AsyncSpeechError):
    """A session, or all those that share a budget, cost as much as they may; the session was ended.

    All audio that it took is recognised before anybody is told by this.

    Cause:
        The audio lasted longer than the `Budget` pays for that the session was given.

    Cure:
        Take what there is from ``partial``, and open another session with another budget.

    Attributes:
        spent: What the session cost, in US dollars, by our estimate; with a budget per client, what all
            that share it have. That is more than the budget where audio had to be sent again at the
            end, or where several sessions came to the end of it together.
        budget: What was allowed.
        per: ``"session"`` or ``"client"``: whose budget it is.
        partial: The transcript, complete up to the end. It is None in an error that
            `Session.send_nowait` or `Session.send_threadsafe` raises, which cannot wait for it, until
            the session is left.
    """

    code = "BUDGET_EXCEEDED"

    def __init__(
        self, spent: float, budget: float, *, per: str = "session", partial: Transcript | None = None
    ) -> None:
        super().__init__(
            f"the {per}'s budget of ${budget:.4f} is spent",
            hint="the transcript up to here is in .partial; a longer session wants a larger Budget",
        )
        self.spent = spent
        self.budget = budget
        self.per = per
        self.partial = partial


class MissingExtraError(AsyncSpeechError, ImportError):
    """An optional dependency is not installed.

    Cause:
        What was asked for lives in an extra of the package, so that others need not install it.

    Cure:
        The hint is the command that installs it.

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
        status_message: The service's own text, on one line.
        details: The service's rich error details, decoded: messages of ``google.rpc``, and
            `BackendStatus` for the form of status that the recognition backend adds.
        reason: Why, as a word that programs can go by (``google.rpc.ErrorInfo.reason``); empty where the
            service gave none.
        retry_after: Seconds that the service asks to wait (``google.rpc.RetryInfo``), or None.
        partial: The transcript of everything that was final when the session failed; None for an error
            that no session failed with.
        unsent: Seconds of accepted audio that no final result covers.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        details: Sequence[object] = (),
        reason: str = "",
        retry_after: float | None = None,
        partial: Transcript | None = None,
        unsent: float = 0.0,
    ) -> None:
        super().__init__(f"{code}: {message}", hint=hint)
        self.code = code
        self.status_message = message
        self.details = tuple(details)
        self.reason = reason
        self.retry_after = retry_after
        self.partial = partial
        self.unsent = unsent


class AuthenticationError(ServiceError):
    """The service does not accept the credentials (``UNAUTHENTICATED``).

    Cause:
        The token has expired or was revoked and a fresh one was refused as well, the key was deleted, or
        credentials of a kind that the service does not take were given.

    Cure:
        Renew them with ``gcloud auth application-default login``, or check the key or service account
        that is used; ``asyncspeech doctor`` says which that is.
    """


class PermissionDeniedError(ServiceError):
    """The credentials are known and do not suffice (``PERMISSION_DENIED``).

    Cause:
        The caller lacks a role in the project, the project is another one than was meant or has no
        billing, or the caller's own account is used without a quota project.

    Cure:
        Grant ``roles/speech.client`` to the caller, in the project that the message names; for a
        person's account, ``gcloud auth application-default set-quota-project PROJECT``.

    Attributes:
        permission: The permission that is missing, such as ``"speech.recognizers.recognize"``; empty
            where the service does not say.
        resource: What it is missing on; empty where the service does not say.
    """

    permission: str = ""
    resource: str = ""


class ServiceDisabledError(PermissionDeniedError):
    """The project has not enabled Cloud Speech-to-Text.

    Cause:
        Every project has to enable each API once, and this one has not, or not yet for long.

    Cure:
        Open the link in ``url``, or run ``gcloud services enable speech.googleapis.com``; then wait a
        few minutes.

    Attributes:
        url: The page that enables it.
    """

    url: str = ""


class InvalidRequestError(ServiceError):
    """The service cannot do what was asked: a setting, a resource name or the audio is wrong.

    Cause:
        What the service says in ``status_message``: most often a feature that the model lacks, a
        resource of another location than the client's, or audio in another encoding than was declared.

    Cure:
        Change the field that it names.

    Attributes:
        violations: Pairs of a field's path and what is wrong with it, where the service says so.
    """

    violations: tuple[tuple[str, str], ...] = ()


class RecognizerNotFoundError(InvalidRequestError):
    """There is no recogniser resource of that name in the project and location.

    Cause:
        It was never created, was deleted, or is in another location or project.

    Cure:
        Create it, or leave ``recognizer`` at ``"_"``, which needs none.

    Attributes:
        recognizer: The id that was not found.
    """

    recognizer: str = ""


class ModelNotAvailableError(InvalidRequestError):
    """The location does not have the model, or the model does not know the language there.

    Cause:
        Models are in some locations only, and know other languages on streams than in recordings; and
        the service withdraws some now and then.

    Cure:
        Take a location from ``locations``, or another model; ``asyncspeech models`` shows what is where.

    Attributes:
        model: The model; empty where the service does not name it.
        language_code: The language that it does not know, or empty.
        location: The location that was asked, or empty.
        locations: Where the model is, by the table of capabilities.
    """

    model: str = ""
    language_code: str = ""
    location: str = ""
    locations: tuple[str, ...] = ()


class QuotaExceededError(ServiceError):
    """A quota or rate limit of the project is used up (``RESOURCE_EXHAUSTED``).

    A session waits for it, as long as the service asks or longer and longer; it fails with this when
    that takes more than ``RetryPolicy.max_outage``.

    Cause:
        More sessions at once than the project may have (300 per region), or more requests in a minute.

    Cure:
        Open fewer sessions at once (``Client(max_sessions=...)``), use several locations, or ask for
        more quota in the Cloud console.

    Attributes:
        metric: The quota's metric, such as ``"speech.googleapis.com/default_requests"``, or empty.
        limit: The name of the limit, or empty.
    """

    metric: str = ""
    limit: str = ""


class StreamLostError(ServiceError):
    """Streams to the service broke, again and again, and the session could not go on.

    Cause:
        The service or the network was out of order for longer than ``RetryPolicy.max_outage``. ``code``
        and ``status_message`` are those of the last stream.

    Cure:
        Try again later, with the audio from the end of ``partial`` on; or be more patient.
    """


class DrainTimeoutError(StreamLostError):
    """The audio had ended, and the service stayed silent for ``SessionConfig.drain_timeout``.

    Cause:
        The service hangs, or needs longer for its last words than it is given.

    Cure:
        Take what there is from ``partial``, or allow more time.
    """
