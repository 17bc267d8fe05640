"""No faster than speech, after a while."""

from __future__ import annotations

__all__ = ("Pace",)


class Pace:
    """A bucket that fills with seconds of audio, and from which those are taken that come.

    A page that had no connection catches up at once with what it kept; one that sends a day's worth of
    audio, which somebody has to pay for, does not.

    Args:
        speed: How many seconds of audio may come in a second.
        burst: How many more may come at once, in seconds.
        now: The time, in seconds.
    """

    def __init__(self, speed: float, burst: float, now: float) -> None:
        self._speed = speed
        self._burst = burst
        self._allowed = burst
        self._at = now

    def allows(self, seconds: float, now: float) -> bool:
        """Whether so much audio may come now; if so, it has come."""
        self._allowed = min(self._burst, self._allowed + (now - self._at) * self._speed)
        self._at = now
        if seconds > self._allowed:
            return False
        self._allowed -= seconds
        return True
