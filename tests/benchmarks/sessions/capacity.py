"""How many live sessions one loop on one core holds, with every result in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.sessions.live import run

if TYPE_CHECKING:
    from typing import Any

    from tests.benchmarks.sessions.record import Record

__all__ = ("measure",)

_P95_MS = 150.0
_MOST_MS = 800.0
_COMPARED = ("bare", "asyncspeech")


def measure(record: Record, *, rounds: int, seconds: float, step: int, most: int) -> None:
    """Look for the largest number of sessions, to ``step``, by each kind of client in turn."""
    found: dict[str, list[float]] = {kind: [] for kind in _COMPARED}
    busy: dict[str, list[float]] = {kind: [] for kind in _COMPARED}
    for _ in range(rounds):
        for kind in _COMPARED:
            count, server = _largest(kind, seconds, step, most)
            found[kind].append(count)
            busy[kind].append(server)
    record.head("sessions with every result in time, light")
    for kind in _COMPARED:
        record.add(f"capacity/{kind}", "sessions", found[kind])
        record.add(f"capacity/{kind}/server", "of a core", busy[kind])


def _largest(kind: str, seconds: float, step: int, most: int) -> tuple[int, float]:
    """The largest number that is in time, and how busy the server was with it."""
    below, above, busy = 0, most // step + 1, 0.0
    while above - below > 1:
        middle = (below + above) // 2
        told = run(kind, middle * step, "light", seconds)
        if _is_in_time(told):
            below, busy = middle, told["server_core"]
        else:
            above = middle
    return below * step, busy


def _is_in_time(told: dict[str, Any]) -> bool:
    latencies = (told["interim_ms"], told["final_ms"])
    return all(one["p95"] < _P95_MS and one["max"] < _MOST_MS for one in latencies)
