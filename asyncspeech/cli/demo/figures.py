"""The demo in figures, and how they read: as rows of a table, and as one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asyncspeech.cli.demo.score import Words
    from asyncspeech.telemetry.latency import Latency
    from asyncspeech.telemetry.stats import ClientStats

__all__ = ("Figures",)


@dataclass(frozen=True, slots=True)
class Figures:
    """The demo at a moment.

    Attributes:
        elapsed: For how many seconds it has run.
        stats: What the client's sessions have done.
        words: What became of the words.
    """

    elapsed: float
    stats: ClientStats
    words: Words

    @property
    def is_perfect(self) -> bool:
        """Whether nothing was lost: no word, no audio, and no session."""
        lost = self.stats.audio_lost or self.stats.sessions_failed
        return self.words.is_perfect and not lost

    def rows(self) -> list[tuple[str, str]]:
        """What there is to see: what it is called, and how much of it there is."""
        stats, words = self.stats, self.words
        over = stats.sessions_opened - stats.sessions_open - stats.sessions_failed
        planned = stats.renewals - stats.forced_renewals
        sessions = f"{stats.sessions_open} open, {over} done, {stats.sessions_failed} failed"
        again, lost = f"{stats.audio_replayed:,.1f} s sent again", f"{stats.audio_lost:.1f} s lost"
        return [
            ("sessions", f"{sessions}{_causes(stats.errors_by_code)}"),
            ("words", f"{words.said:,} said, {words.heard:,} final, {_flaws(words)}"),
            ("timestamps", f"off by {words.worst_error * 1000:.1f} ms at worst"),
            ("interims", _latency(stats.interim_latency)),
            ("finals", _latency(stats.final_latency)),
            ("streams", f"{stats.streams_open} open, {stats.streams_opened:,} opened"),
            ("renewals", f"{planned:,} in a pause, {stats.forced_renewals:,} in mid-sentence"),
            ("recoveries", f"{stats.recoveries:,}{_causes(stats.recoveries_by_cause)}"),
            ("audio", f"{stats.audio_accepted:,.0f} s spoken, {again}, {lost}"),
            ("parked", f"{stats.parked:,.0f} s without a stream, as nothing was sent"),
            ("cost", f"${stats.cost:,.4f} is what the service would charge; nothing is paid here"),
        ]

    def line(self) -> str:
        """The same in short."""
        stats, words = self.stats, self.words
        return (
            f"{self.elapsed:.0f} s: {stats.sessions_open} sessions open, {words.said:,} words said, "
            f"{_flaws(words)}; {stats.renewals:,} renewals, {stats.recoveries:,} recoveries; "
            f"interims {stats.interim_latency.p95:.2f} s, finals {stats.final_latency.p95:.2f} s (p95); "
            f"${stats.cost:,.4f}"
        )

    def verdict(self) -> str:
        """What to take home."""
        said = f"{self.words.said:,} words in {self.stats.sessions_opened:,} sessions"
        if self.is_perfect:
            return f"{said}: none was lost, repeated or garbled."
        return f"{said}: {_flaws(self.words)}; {self.stats.sessions_failed} sessions failed."


def _flaws(words: Words) -> str:
    order = f", {words.out_of_order} out of order" if words.out_of_order else ""
    return f"{words.lost} lost, {words.repeated} repeated, {words.garbled} garbled{order}"


def _latency(latency: Latency) -> str:
    p50, p95, p99 = (f"{1000 * value:,.0f} ms" for value in (latency.p50, latency.p95, latency.p99))
    return f"p50 {p50}, p95 {p95}, p99 {p99} of {latency.count:,}"


def _causes(counts: Mapping[str, int]) -> str:
    """By cause, the most frequent first."""
    by_count = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ": " + ", ".join(f"{cause} {count}" for cause, count in by_count) if by_count else ""
