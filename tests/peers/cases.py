"""What is said in each case of the comparison, and what is done to the streams meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from asyncspeech.emulator import (
    Abort,
    Close,
    Coded,
    Delay,
    Emulator,
    Faults,
    Limits,
    RefuseConnections,
    coded,
)

if TYPE_CHECKING:
    from asyncspeech.emulator.coded import CodedRecording

SCALE = 1 / 20
RATE = 16_000
LATENCY = Delay(0.3)


@dataclass(frozen=True)
class Case:
    """What is said, and what is done to it.

    Attributes:
        seconds: About how long somebody speaks.
        faults: What the emulator does.
        talks_on: Whether there is no pause in it.
        is_scaled: Whether it is about renewals, and a stream lasts 15 s.
        mute: A pause in which nothing is sent: after so many seconds, for so many.
    """

    seconds: float = 30.0
    faults: tuple[Any, ...] = (LATENCY,)
    talks_on: bool = False
    is_scaled: bool = False
    mute: tuple[float, float] | None = None

    def recording(self) -> CodedRecording:
        """What is said."""
        if self.talks_on:
            words = round(self.seconds / 0.35)
            return coded.encode(words, words_per_utterance=words)
        words = 5 * round(self.seconds / 2.4)
        return coded.encode(words)

    def emulator(self) -> Emulator:
        """The service, as it is in this case."""
        limits = replace(Limits(), stream_seconds=300 * SCALE) if self.is_scaled else Limits()
        return Emulator(Coded(), limits=limits, faults=Faults(*self.faults))


# Nothing goes wrong: what clients cost is told of this one.
CALM = "calm"
CASES = {
    CALM: Case(),
    "renewals": Case(60.0, is_scaled=True),
    "no pause": Case(60.0, talks_on=True, is_scaled=True),
    "broken once": Case(faults=(LATENCY, Abort("UNAVAILABLE", stream=1, at=8.3))),
    "outage of 8 s": Case(
        faults=(
            LATENCY,
            RefuseConnections(8.0, stream=1, at=8.2),
            Abort("UNAVAILABLE", stream=1, at=8.3),
            *(Abort("UNAVAILABLE", stream=number) for number in range(2, 6)),
        )
    ),
    "closed early": Case(faults=(LATENCY, Close(stream=1, at=8.3))),
    "muted": Case(mute=(8.3, 12.0)),
}
