"""The figures of a session, cheap to keep and frozen when looked at."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ("Latency", "LatencyMeter", "SessionStats")


@dataclass(frozen=True, slots=True)
class Latency:
    """How long results took, from taking in their last frame to handing them over.

    Attributes:
        count: How many results were measured.
        mean: Seconds on average; 0 if there were none.
        worst: Seconds at worst; 0 if there were none.
    """

    count: int = 0
    mean: float = 0.0
    worst: float = 0.0


@dataclass(frozen=True, slots=True)
class SessionStats:
    """What a session has done so far.

    Attributes:
        audio_accepted: Seconds of audio taken from the user.
        audio_sent: Seconds of audio handed to gRPC.
        audio_unsettled: Seconds of accepted audio that no final result covers.
        audio_replayed: Seconds of audio sent again, on another stream.
        audio_lost: Seconds of audio reported lost.
        audio_withheld: Seconds of silence that a `VoiceGate` has kept from the service.
        streams_opened: Streams opened to the service.
        renewals: Streams that took over from another as planned.
        forced_renewals: Those of them that did so while somebody was speaking.
        recoveries: Streams opened because another broke.
        parked: Seconds without a stream, because no audio came.
        interim_results: Interim results handed over.
        final_results: Final results handed over.
        interim_latency: How long the interims took.
        final_latency: How long the finals took. It includes the pause after which the service takes an
            utterance to be over.
        billed: Seconds that the service says it has billed.
        cost: What the service charges for the session, in US dollars, by `SessionConfig.prices`: our
            estimate, from what was sent. Each stream's last second counts as a whole one, as does that
            of each channel that is recognised by itself. Audio that was sent again is in it, and the
            silence of a keep-alive.
        saved: What ``audio_withheld`` would have cost on top of that, in US dollars.
    """

    audio_accepted: float = 0.0
    audio_sent: float = 0.0
    audio_unsettled: float = 0.0
    audio_replayed: float = 0.0
    audio_lost: float = 0.0
    audio_withheld: float = 0.0
    streams_opened: int = 0
    renewals: int = 0
    forced_renewals: int = 0
    recoveries: int = 0
    parked: float = 0.0
    interim_results: int = 0
    final_results: int = 0
    interim_latency: Latency = Latency()
    final_latency: Latency = Latency()
    billed: int = 0
    cost: float = 0.0
    saved: float = 0.0


class LatencyMeter:
    """Adds up latencies."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = 0.0
        self._worst = 0.0

    def add(self, seconds: float) -> None:
        """Count one result that took ``seconds``."""
        self._count += 1
        self._sum += seconds
        self._worst = max(self._worst, seconds)

    @property
    def value(self) -> Latency:
        """What was measured so far."""
        return Latency(self._count, self._sum / self._count if self._count else 0.0, self._worst)
