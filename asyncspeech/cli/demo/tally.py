"""What all sessions have done, added up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from asyncspeech.model import StreamRecovered
from asyncspeech.telemetry.stats import Latency

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Mapping

    from asyncspeech.errors import AsyncSpeechError
    from asyncspeech.model import Event
    from asyncspeech.session import Session
    from asyncspeech.telemetry.stats import SessionStats

__all__ = ("Tally", "Totals")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over sessions. The fields are those of `SessionStats`, and how many sessions there were."""

    sessions_open: int = 0
    sessions_opened: int = 0
    sessions_failed: int = 0
    errors_by_code: Mapping[str, int] = field(default_factory=dict)
    streams_opened: int = 0
    renewals: int = 0
    forced_renewals: int = 0
    recoveries: int = 0
    recoveries_by_cause: Mapping[str, int] = field(default_factory=dict)
    audio_accepted: float = 0.0
    audio_replayed: float = 0.0
    audio_lost: float = 0.0
    parked: float = 0.0
    cost: float = 0.0
    interim_latency: Latency = field(default_factory=Latency)
    final_latency: Latency = field(default_factory=Latency)

    def plus(self, stats: SessionStats) -> Totals:
        """These and those of another session."""
        sums = {name: getattr(self, name) + getattr(stats, name) for name in _SUMS}
        return replace(
            self,
            **sums,
            interim_latency=_both(self.interim_latency, stats.interim_latency),
            final_latency=_both(self.final_latency, stats.final_latency),
        )


_SUMS = (
    *("streams_opened", "renewals", "forced_renewals", "recoveries"),
    *("audio_accepted", "audio_replayed", "audio_lost", "parked", "cost"),
)


def _both(one: Latency, other: Latency) -> Latency:
    count = one.count + other.count
    total = one.mean * one.count + other.mean * other.count
    return Latency(count, total / count if count else 0.0, max(one.worst, other.worst))


class Tally:
    """Adds up."""

    def __init__(self) -> None:
        self._over = Totals()
        self._open: dict[Session, None] = {}
        self._opened = 0
        self._errors: Counter[str] = Counter()
        self._causes: Counter[str] = Counter()

    def open(self, session: Session) -> None:
        """A session opens."""
        self._open[session] = None
        self._opened += 1

    async def watch(self, events: AsyncIterable[Event]) -> None:
        """Count why streams are replaced, until the session ends."""
        async for event in events:
            if isinstance(event, StreamRecovered):
                self._causes[event.code] += 1

    def fail(self, error: AsyncSpeechError) -> None:
        """A session has failed."""
        self._errors[error.code] += 1

    def close(self, session: Session) -> None:
        """A session is over."""
        del self._open[session]
        self._over = self._over.plus(session.stats)

    @property
    def totals(self) -> Totals:
        """The sums so far."""
        totals = self._over
        for session in self._open:
            totals = totals.plus(session.stats)
        return replace(
            totals,
            sessions_open=len(self._open),
            sessions_opened=self._opened,
            sessions_failed=self._errors.total(),
            errors_by_code=dict(self._errors),
            recoveries_by_cause=dict(self._causes),
        )
