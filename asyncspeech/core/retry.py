"""What to do about a stream that failed: another one, when, and when to give up.

Whether another stream helps is for the policy's triage to say. A failure that may pass is answered by a
new stream: the first time at once, and then after a random share of a delay that doubles ("full jitter",
which keeps a thousand sessions that lost their streams together from coming back together;
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), or after what the service
asks for. As soon as there is progress, all is forgotten. Progress is a result that reaches further than
any before, so audio that breaks every stream at the same word is given up on, while a service that
breaks a stream every few seconds is lived with.

A token that was refused is answered by one stream with a fresh one. If that is refused as well, before
there was progress, it is not the token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech.config import Remedy, Verdict
from asyncspeech.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech.config import RetryPolicy
    from asyncspeech.errors import ServiceError

__all__ = ("Retry", "hides")

# A stream that lasted this long was a working one, also if nobody said a word on it.
_WORKING_SECONDS = 10.0

_MOST_DOUBLINGS = 30

# Less than this before the end of our patience is the end of it.
_MOMENT_SECONDS = 0.001


def hides(error: ServiceError) -> bool:
    """Whether another status may hide behind an error.

    grpc.aio reports a status that arrives during a write as INTERNAL (grpc/grpc#36066).
    """
    return error.code == "INTERNAL"


class Retry:
    """Counts the failures since there was progress.

    Attributes:
        policy: How patient to be. It can be changed.

    Args:
        policy: How patient to be.
        random: Gives a number from 0 up to 1.
    """

    def __init__(self, policy: RetryPolicy, random: Callable[[], float]) -> None:
        self.policy = policy
        self._random = random
        self._failures = 0
        self._since: float | None = None
        self._needs_fresh_token = False
        self._telling: ServiceError | None = None

    @property
    def needs_fresh_token(self) -> bool:
        """Whether the last stream's token was refused."""
        return self._needs_fresh_token

    @property
    def failures(self) -> int:
        """How many streams have failed since there was progress."""
        return self._failures

    def outage(self, now: float) -> float:
        """Seconds since the first failure after which there was no progress."""
        return 0.0 if self._since is None else now - self._since

    def progress(self) -> None:
        """Note that the service is doing its work."""
        self._needs_fresh_token = False
        self._failures = 0
        self._since = None
        self._telling = None

    def telling(self, error: ServiceError) -> ServiceError:
        """Note how a stream failed. Gives the last failure since progress that says why, if any does."""
        if self._telling is None or not hides(error):
            self._telling = error
        return self._telling

    def verdict(self, error: ServiceError) -> Verdict:
        """What to do about a stream that failed with ``error``.

        Raises:
            ConfigurationError: The triage of the policy gives no verdict.
        """
        try:
            verdict = self.policy.triage(error.code, error.status_message, error.details)
        except Exception as mistake:
            text = f"raised {type(mistake).__name__}: {mistake}"
            raise ConfigurationError("triage", text) from mistake
        if not isinstance(verdict, Verdict):
            raise ConfigurationError("triage", f"gave {verdict!r}, which is not a Verdict")
        if verdict.remedy is Remedy.REAUTHENTICATE and self._needs_fresh_token:
            return Verdict(Remedy.FATAL)
        return verdict

    def delay(self, verdict: Verdict, *, opened: float, now: float) -> float | None:
        """Note that a stream failed, and say in how many seconds to open the next; None for never.

        A last attempt is made when patience ends, so no outage shorter than that ends the session; but
        a service that asks for more time than is left is not asked again.

        Args:
            verdict: What to do about it; not `Remedy.FATAL`.
            opened: When the stream was opened. Of one that was given up on because it did nothing,
                ``now``: it was no working one, however long it lasted.
            now: The time.
        """
        if now - opened >= _WORKING_SECONDS:
            self.progress()
        backoff = self._backoff()
        if self._since is None:
            self._since = now
        self._failures += 1
        if verdict.remedy is Remedy.REAUTHENTICATE:
            self._needs_fresh_token = True
            return 0.0
        left = self.policy.max_outage - self.outage(now)
        wait = verdict.seconds + backoff
        return None if left < _MOMENT_SECONDS or verdict.seconds > left else min(wait, left)

    def _backoff(self) -> float:
        if not self._failures:
            return 0.0
        doublings = min(self._failures - 1, _MOST_DOUBLINGS)
        longest: float = self.policy.initial_delay * 2**doublings
        return self._random() * min(self.policy.max_delay, longest)
