"""`Figures`: what a session has done so far, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

__all__ = ("Figures",)

# In seconds: some million years.
_FOR_EVER = 1e14


@dataclass(slots=True)
class Figures:
    """Counts, for the engine to add to and for everybody to read.

    Attributes:
        sample_rate_hertz: Frames per second.
        sent: How far into the session's audio any stream has been sent, in frames.
        taken: How far gRPC has taken it, or it was dropped, in frames.
        dropped: Frames that were dropped before any stream was sent them.
        withheld: Frames of silence that no stream is sent.
        handed_over: Frames that gRPC has taken, on all streams.
        replayed: Frames that were sent again.
        lost: Frames that were reported lost, by the reason that was given.
        streams: Streams opened.
        renewals: Streams that took over from another as planned.
        forced_renewals: Those of them that did so while somebody was speaking.
        recoveries: Streams opened because another broke, by how that ended.
        billed_seconds: What the service says that all streams have cost, in seconds.
    """

    sample_rate_hertz: int
    sent: int = 0
    taken: int = 0
    dropped: int = 0
    withheld: int = 0
    handed_over: int = 0
    replayed: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    streams: int = 0
    renewals: int = 0
    forced_renewals: int = 0
    recoveries: Counter[str] = field(default_factory=Counter)
    billed_seconds: int = 0
    _parked: float = 0.0
    _parked_at: float | None = None

    def seconds(self, frames: int) -> float:
        """How long so many frames last."""
        return frames / self.sample_rate_hertz

    def frames(self, seconds: float) -> int:
        """How many frames last so long; a number for ever as well."""
        return round(min(seconds, _FOR_EVER) * self.sample_rate_hertz)

    def parked(self, now: float) -> float:
        """Seconds for which there was no stream because no audio came."""
        return self._parked + (0.0 if self._parked_at is None else now - self._parked_at)

    def park(self, now: float) -> None:
        """Note that there is no stream from now on."""
        self._parked_at = now

    def end_park(self, now: float) -> None:
        """Note that there is a stream again, or that the session is over."""
        self._parked, self._parked_at = self.parked(now), None
