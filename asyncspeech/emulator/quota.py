"""Quotas: how many streams at once, and how many messages a minute.

Both count for a project in a location. The texts and metric names of V2's quota errors are not known;
those of V1 are quoted.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from asyncspeech.emulator import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from asyncspeech.emulator.limits import Limits

__all__ = ("Quotas", "Session")

_MINUTE = 60.0
_SESSIONS = ("concurrent_streaming_sessions", "ConcurrentStreamingSessionsPerProjectPerRegion")
_REQUESTS = ("default_requests", "DefaultRequestsPerMinutePerProject")


class Quotas:
    """Counts for every project in every location.

    Args:
        limits: How much there is.
        project_number: Whose quota the errors say is exceeded.
        clock: The time, in seconds.
    """

    def __init__(self, limits: Limits, project_number: str, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._project_number = project_number
        self._clock = clock
        self._sessions: Counter[tuple[str, str]] = Counter()
        self._requests: Counter[tuple[str, str]] = Counter()
        self._minute = clock()

    @contextmanager
    def session(self, project: str, location: str) -> Generator[Session, None, None]:
        """Count a stream while it lasts.

        Raises:
            Refusal: There are as many as may be.
        """
        key = (project, location)
        most = self._limits.concurrent_sessions
        if self._sessions[key] >= most:
            raise errors.quota_exceeded(*_SESSIONS, most, self._project_number, location)
        self._sessions[key] += 1
        try:
            yield Session(self, key)
        finally:
            self._sessions[key] -= 1

    def count_request(self, key: tuple[str, str]) -> None:
        """Count a message with audio. Minutes follow one another; they do not slide.

        Raises:
            Refusal: There were as many in this minute as may be.
        """
        now = self._clock()
        if now - self._minute >= _MINUTE:
            self._minute = now
            self._requests.clear()
        most = self._limits.requests_per_minute
        if self._requests[key] >= most:
            raise errors.quota_exceeded(*_REQUESTS, most, self._project_number, key[1])
        self._requests[key] += 1


class Session:
    """One stream's share of the quotas."""

    def __init__(self, quotas: Quotas, key: tuple[str, str]) -> None:
        self._quotas = quotas
        self._key = key

    def count_request(self) -> None:
        """Count a message with audio.

        Raises:
            Refusal: There were as many in this minute as may be.
        """
        self._quotas.count_request(self._key)
