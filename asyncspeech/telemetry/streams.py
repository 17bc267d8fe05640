"""`StreamSummary`: what became of one stream."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ("CANCELLED", "STALLED", "StreamCause", "StreamSummary")

CANCELLED = "CANCELLED"
"""The status of a stream that was ended from here, when it was of no more use."""

STALLED = "STALLED"
"""The status of a stream that was given up, as it took no audio or said nothing."""


class StreamCause(StrEnum):
    """Why a stream was opened."""

    START = "start"
    """There was audio, for the first time."""

    RESUMPTION = "resumption"
    """There was audio again, after a pause in which there was no stream."""

    RENEWAL = "renewal"
    """The one before was replaced as planned."""

    RECOVERY = "recovery"
    """The one before broke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSummary:
    """One stream of a session, from its opening to its end.

    Attributes:
        number: Its number in the session, from 0.
        cause: Why it was opened.
        start: Session time in seconds at which its audio begins.
        opened: When it was opened, in seconds since the session was.
        closed: When it ended, or was given up, likewise.
        status: How it ended: the name of a gRPC status code, ``CANCELLED`` if it was of no more use, or
            ``STALLED`` if it did nothing.
        audio_sent: Seconds of audio that gRPC took for it.
        billed: Seconds that the service said it had billed for it, on all channels, when it spoke last.
        billed_estimate: Seconds that it should have billed, by our own count of what was sent.
    """

    number: int
    cause: StreamCause
    start: float
    opened: float
    closed: float
    status: str
    audio_sent: float
    billed: int
    billed_estimate: int

    @property
    def is_broken(self) -> bool:
        """Whether it ended otherwise than it was to."""
        return self.status not in {"OK", CANCELLED}
