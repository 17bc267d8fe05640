"""What sessions have done, in figures: cheap to keep, and frozen when looked at.

`Counts` are figures that add up, over sessions and over time; the metrics are made of them.
`SessionStats` and `ClientStats` have those that do not, too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter, sub
from typing import TYPE_CHECKING, Any

from asyncspeech.telemetry.latency import Latency

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self

__all__ = ("ClientStats", "Counts", "SessionStats")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Figures of one session or of several, so far.

    Attributes:
        audio_accepted: Seconds of audio taken from the user.
        audio_sent: Seconds of audio handed to gRPC, on all streams. What was sent again is in it, and so
            is the silence of a keep-alive.
        audio_waiting: Seconds of accepted audio that wait to be sent.
        audio_unsettled: Seconds of accepted audio that no final result covers.
        audio_replayed: Seconds of audio sent again, on another stream.
        audio_lost: Seconds of audio reported lost.
        audio_withheld: Seconds of silence that a `VoiceGate` has kept from the service.
        streams_open: Streams that are open now.
        streams_opened: Streams opened to the service.
        renewals: Streams that took over from another as planned.
        forced_renewals: Those of them that did so while somebody was speaking.
        recoveries: Streams opened because another broke.
        recoveries_by_cause: How many of them because of what: the name of the gRPC status with which
            the other ended, ``OK`` if the service ended it before its time, or ``STALLED`` if it took
            no audio or said nothing.
        losses_by_reason: Seconds of ``audio_lost`` by the reason that `AudioLost` gives.
        parked: Seconds without a stream, because no audio came.
        interim_results: Interim results handed over.
        final_results: Final results handed over.
        words: Words in the final results: those that the service tells apart, or if it does not, what
            is between spaces.
        billed: Seconds that the service says it has billed, on all streams and channels.
        billed_estimate: Seconds that it should have billed, by our own count of what was sent: whole
            seconds of each stream, times the channels that are recognised by themselves.
        cost: What the service charges, in US dollars, by `SessionConfig.prices`: our estimate, from
            ``billed_estimate``, or from ``billed`` where that is more.
        saved: What ``audio_withheld`` would have cost on top of that, in US dollars.
    """

    audio_accepted: float = 0.0
    audio_sent: float = 0.0
    audio_waiting: float = 0.0
    audio_unsettled: float = 0.0
    audio_replayed: float = 0.0
    audio_lost: float = 0.0
    audio_withheld: float = 0.0
    streams_open: int = 0
    streams_opened: int = 0
    renewals: int = 0
    forced_renewals: int = 0
    recoveries: int = 0
    recoveries_by_cause: Mapping[str, int] = field(default_factory=dict)
    losses_by_reason: Mapping[str, float] = field(default_factory=dict)
    parked: float = 0.0
    interim_results: int = 0
    final_results: int = 0
    words: int = 0
    billed: int = 0
    billed_estimate: int = 0
    cost: float = 0.0
    saved: float = 0.0

    @classmethod
    def total(cls, many: Iterable[Counts]) -> Counts:
        """The sum of any number of them."""
        many = tuple(many)
        sums: dict[str, Any] = dict(
            zip(_PLAIN, map(sum, zip(*map(_plain, many), strict=True)), strict=bool(many))
        )
        for name in _KEYED:
            keyed: Counter[str] = Counter()
            for counts in many:
                keyed.update(getattr(counts, name))
            sums[name] = dict(keyed)
        return Counts(**sums)

    @property
    def past(self) -> Counts:
        """These figures without those that tell how it is now."""
        return replace(Counts(**_values(self)), audio_waiting=0.0, audio_unsettled=0.0, streams_open=0)

    def __add__(self, other: Counts) -> Counts:
        return Counts.total((self, other))

    def __sub__(self, other: Counts) -> Counts:
        values: dict[str, Any] = dict(zip(_PLAIN, map(sub, _plain(self), _plain(other)), strict=True))
        for name in _KEYED:
            mine, others = getattr(self, name), getattr(other, name)
            values[name] = {key: mine.get(key, 0) - others.get(key, 0) for key in {**mine, **others}}
        return Counts(**values)


_COUNTED = tuple(item.name for item in fields(Counts))
_KEYED = ("recoveries_by_cause", "losses_by_reason")
_PLAIN = tuple(name for name in _COUNTED if name not in _KEYED)
_plain = attrgetter(*_PLAIN)


def _values(counts: Counts) -> dict[str, Any]:
    return {name: getattr(counts, name) for name in _COUNTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStats(Counts):
    """What a session has done so far.

    Attributes:
        waiting_peak: The most seconds of audio that have waited for gRPC to take them: how full the
            queue was. What is being treated by ``preprocess`` is not in it.
        interim_latency: How long the interims took, of those that reached further than any before: what
            a stream says again that another has said is no news.
        final_latency: How long the finals took. It includes the pause after which the service takes an
            utterance to be over.
    """

    waiting_peak: float = 0.0
    interim_latency: Latency = field(default_factory=Latency)
    final_latency: Latency = field(default_factory=Latency)

    @classmethod
    def of(cls, counts: Counts, **others: Any) -> Self:
        """The figures of a session.

        Args:
            counts: Those that add up.
            others: Those that do not, by name.
        """
        return cls(**_values(counts), **others)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStats(Counts):
    """What all sessions of a client have done so far, those that are over and those that are open.

    Attributes:
        sessions_open: Sessions that are open now.
        sessions_waiting: Sessions that wait for a place, as ``max_sessions`` are open.
        sessions_opened: Sessions that were opened.
        sessions_failed: Sessions that ended with an error.
        errors_by_code: How many of them with which `AsyncSpeechError.code`.
        interim_latency: How long the interims took.
        final_latency: How long the finals took.
    """

    sessions_open: int = 0
    sessions_waiting: int = 0
    sessions_opened: int = 0
    sessions_failed: int = 0
    errors_by_code: Mapping[str, int] = field(default_factory=dict)
    interim_latency: Latency = field(default_factory=Latency)
    final_latency: Latency = field(default_factory=Latency)

    @classmethod
    def of(cls, counts: Counts, **others: Any) -> Self:
        """The figures of a client.

        Args:
            counts: The sum of its sessions'.
            others: Those that are no sum, by name.
        """
        return cls(**_values(counts), **others)
