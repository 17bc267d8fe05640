"""What to do about a stream that failed: one pure function from its status to a verdict.

Neither the code nor the text of a status says enough alone. ``ABORTED`` ends a stream that has reached
its limit as well as one that broke; ``UNAVAILABLE`` may be the network, or credentials that nobody will
ever accept; ``RESOURCE_EXHAUSTED`` may be a quota, or a message too large to be read. So `triage` looks
at the code first, then at what the text begins with or contains, then at the details.

It can be replaced: ``RetryPolicy(triage=...)`` takes any function of this form, which may ask this one
for what it does not decide itself. How often and for how long to go on trying is not its business but
`RetryPolicy`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from asyncspeech.config.values import check_not_negative, set_member

__all__ = ("Remedy", "Triage", "Verdict", "retry_delay", "triage")


class Remedy(StrEnum):
    """What helps against a failure."""

    RETRY = "retry"
    """Another stream: the first at once, further ones after longer and longer."""

    RETRY_AFTER = "retry-after"
    """Another stream, but not before a number of seconds."""

    REAUTHENTICATE = "reauthenticate"
    """Another stream with a fresh token, at once, and only once: a second refusal is final."""

    FATAL = "fatal"
    """Nothing: the next stream would fail as well."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do about a stream that failed.

    Attributes:
        remedy: What helps; a `Remedy`, or its value.
        seconds: For how long to wait, with `Remedy.RETRY_AFTER`.

    Raises:
        ConfigurationError: There is no such remedy, or ``seconds`` is less than 0.
    """

    remedy: Remedy
    seconds: float = 0.0

    def __post_init__(self) -> None:
        set_member(self, "remedy", Remedy)
        check_not_negative(self, "seconds")


Triage = Callable[[str, str, Sequence[object]], Verdict]
"""Says what to do about a status: the name of its code, its text, and its decoded details."""

_FATAL = Verdict(Remedy.FATAL)
_RETRY = Verdict(Remedy.RETRY)
_REAUTHENTICATE = Verdict(Remedy.REAUTHENTICATE)

# Codes that say nothing against the request. A stream that the service ended with OK, unasked, is among
# them. RESOURCE_EXHAUSTED is a quota of so much in a minute, or of so many sessions at once.
_PASSING = frozenset(
    {
        "OK",
        "ABORTED",
        "CANCELLED",
        "DEADLINE_EXCEEDED",
        "INTERNAL",
        "RESOURCE_EXHAUSTED",
        "UNAVAILABLE",
        "UNKNOWN",
    }
)

# V1 and its relatives end a stream with OUT_OF_RANGE where V2 says ABORTED, or nothing at all.
_PASSING_OUT_OF_RANGE = (
    "Audio Timeout Error",
    "Exceeded maximum allowed stream duration",
    "Audio data is being streamed too fast",
)

_RETRY_INFO = "google.rpc.RetryInfo"

# The range of google.protobuf.Duration, in seconds: 10,000 years. On the wire there is room for more.
_LONGEST_DURATION = 315_576_000_000.0

# The client's own words when a message is larger than it reads or writes. It will be next time.
_MESSAGE_TOO_LARGE = ("message larger than max",)

# gRPC's words when credentials could not be had from Google's authentication library, and that library's
# or the token endpoint's reasons (RFC 6749, 5.2) for which they never will be.
_NO_TOKEN = "Getting metadata from plugin failed"  # noqa: S105 - a text, no token
_NO_TOKEN_EVER = ("invalid_grant", "invalid_client", "unauthorized_client", "invalid_scope")


def triage(code: str, message: str, details: Sequence[object]) -> Verdict:
    """What to do about a stream that ended with a status.

    Args:
        code: The name of the gRPC status code, such as ``"UNAVAILABLE"``.
        message: The status's text.
        details: Its rich details, decoded (messages of ``google.rpc``).
    """
    if code == "UNAUTHENTICATED":
        return _REAUTHENTICATE
    if not _may_pass(code, message):
        return _FATAL
    seconds = retry_delay(details)
    return _RETRY if seconds is None else Verdict(Remedy.RETRY_AFTER, seconds)


def _may_pass(code: str, message: str) -> bool:
    match code:
        case "OUT_OF_RANGE":
            return message.startswith(_PASSING_OUT_OF_RANGE)
        case "RESOURCE_EXHAUSTED":
            return not _contains(message, _MESSAGE_TOO_LARGE)
        case "UNAVAILABLE":
            return not (message.startswith(_NO_TOKEN) and _contains(message, _NO_TOKEN_EVER))
        case _:
            return code in _PASSING


def _contains(message: str, texts: Sequence[str]) -> bool:
    return any(text in message for text in texts)


def retry_delay(details: Sequence[object]) -> float | None:
    """How long the service asks to wait (``google.rpc.RetryInfo``), in seconds; None if it does not."""
    for detail in details:
        delay = _retry_info_delay(detail)
        if delay is not None:
            seconds: float = delay.seconds + delay.nanos / 1e9
            return min(max(0.0, seconds), _LONGEST_DURATION)
    return None


def _retry_info_delay(detail: Any) -> Any:
    # Told by its name, so that a configuration can be made without loading Google's libraries.
    descriptor = getattr(detail, "DESCRIPTOR", None)
    if getattr(descriptor, "full_name", "") != _RETRY_INFO or not detail.HasField("retry_delay"):
        return None
    return detail.retry_delay
