"""How many live sessions one loop on one core holds, with every result in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.sessions.live import run
from tests.benchmarks.sessions.processes import ClientFailedError

if TYPE_CHECKING:
    from typing import Any

    from tests.benchmarks.sessions.record import Record

__all__ = ("measure",)

_P95_MS = 150.0
_MOST_MS = 800.0
_COMPARED = ("bare", "asyncspeech")


def measure(record: Record, *, rounds: int, seconds: float, step: int, most: int) -> None:
    """Look for the largest number of sessions, to ``step``, by each kind of client in turn.

    A round begins where the last one ended, and goes up as long as all is in time, or down until it is.
    """
    found: dict[str, list[float]] = {kind: [] for kind in _COMPARED}
    busy: dict[str, list[float]] = {kind: [] for kind in _COMPARED}
    begin = dict.fromkeys(_COMPARED, most // step // 2)
    for _ in range(rounds):
        for kind in _COMPARED:
            steps, server = _largest(kind, seconds, step, begin[kind], most // step)
            begin[kind] = max(1, steps)
            found[kind].append(steps * step)
            busy[kind].append(server)
    record.head("sessions with every result in time, light")
    for kind in _COMPARED:
        record.add(f"capacity/{kind}", "sessions", found[kind])
        record.add(f"capacity/{kind}/server", "of a core", busy[kind])


def _largest(kind: str, seconds: float, step: int, begin: int, most: int) -> tuple[int, float]:
    """The largest number of steps that is in time, and how busy the server was with it."""

    def attempt(steps: int) -> float | None:
        try:
            told = run(kind, steps * step, "light", seconds)
        except ClientFailedError:  # as the client library's does where the core is more than full
            return None
        return told["server_core"] if _is_in_time(told) else None

    steps, busy = begin, attempt(begin)
    while busy is None:
        steps -= 1
        if not steps:
            return 0, 0.0
        busy = attempt(steps)
    while begin <= steps < most and (busier := attempt(steps + 1)) is not None:
        steps, busy = steps + 1, busier
    return steps, busy


def _is_in_time(told: dict[str, Any]) -> bool:
    latencies = (told["interim_ms"], told["final_ms"])
    return all(one["p95"] < _P95_MS and one["max"] < _MOST_MS for one in latencies)
