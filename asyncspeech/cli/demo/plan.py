"""What the demo does: how sessions are set up, how long talks are, and what goes wrong.

The service's five minutes are half a minute here, and so is what the session does because of them: there
is a renewal to see while somebody watches. All else is as it is by default.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from asyncspeech.config import IdlePolicy, RenewalPolicy, SessionConfig
from asyncspeech.emulator import (
    Abort,
    Close,
    CutConnection,
    Delay,
    DuplicateInterims,
    Faults,
    Limits,
    Stall,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech.emulator import Fault

__all__ = ("CONFIG", "MOST_SESSIONS", "TALK_SECONDS", "Mishaps", "limits")

MOST_SESSIONS = 300
"""The service's quota of sessions at once, and about what one core of an emulator serves."""

STREAM_SECONDS = 30.0
"""How long the emulator lets a stream last; the service lets it last for 300 s."""

TALK_SECONDS = (15.0, 90.0)
"""The shortest and the longest talk."""

CONFIG = SessionConfig(
    renewal=RenewalPolicy(after=24.0, by=28.5),
    idle=IdlePolicy(after=2.0),
    stall_timeout=4.0,
    drain_timeout=10.0,
)


def limits() -> Limits:
    """What the emulator puts up with. A session that renews or recovers may have two streams."""
    return replace(Limits(), stream_seconds=STREAM_SECONDS, concurrent_sessions=2 * MOST_SESSIONS + 1)


_CODES = ("UNAVAILABLE", "UNAVAILABLE", "INTERNAL", "ABORTED", "CANCELLED", "RESOURCE_EXHAUSTED")
_REFUSALS = ("UNAVAILABLE", "RESOURCE_EXHAUSTED")


class Mishaps(Faults):
    """What befalls each stream, drawn by lot as it opens, for as many as there will be.

    Answers are late on every stream. Almost half of them have a mishap besides; the rarest, a cut
    connection, befalls all the streams on it.

    Args:
        seed: The same seed has the same befall the same streams.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(seed=seed)

    def of_stream(self, number: int) -> tuple[Fault, ...]:
        """The faults that befall a stream."""
        lot = random.Random(f"{self.seed}:{number}")  # noqa: S311 - reproducible, not secret
        delay = Delay(0.02, jitter=0.2)
        mishap = _mishap(lot)
        return (delay,) if mishap is None else (delay, mishap)


def _mishap(lot: random.Random) -> Fault | None:
    (draw,) = lot.choices(list(_DRAWS), list(_DRAWS.values()))
    return draw(lot, round(lot.uniform(1.0, STREAM_SECONDS), 1))


def _nothing(_lot: random.Random, _after: float) -> Fault | None:
    return None


def _breaks(lot: random.Random, after: float) -> Fault:
    return _abort(lot.choice(_CODES), lot, after=after)


def _refused(lot: random.Random, _after: float) -> Fault:
    return _abort(lot.choice(_REFUSALS), lot, after=None)


def _abort(code: str, lot: random.Random, *, after: float | None) -> Abort:
    """An error; where the service limits a rate, it says when to come back."""
    advice = round(lot.uniform(0.1, 0.5), 1)
    return Abort(code, after=after, retry_delay=advice if code == "RESOURCE_EXHAUSTED" else None)


# What may befall a stream, and how often.
_DRAWS: dict[Callable[[random.Random, float], Fault | None], int] = {
    _nothing: 55,
    _breaks: 20,
    _refused: 10,
    lambda _lot, after: Close(after=after): 5,
    lambda _lot, after: DuplicateInterims(after=after): 5,
    lambda _lot, after: Stall(after=after): 4,
    lambda _lot, after: CutConnection(after=after): 1,
}
