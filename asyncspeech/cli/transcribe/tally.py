"""How much of a run is done, how fast it goes, and how long it will take.

How long a recording is shows when it is opened. Those that have not been begun are taken to have as many
seconds to the byte as the others: recordings of one run are mostly of one kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from asyncspeech.cli.transcribe.inputs import Input

__all__ = ("Running", "Tally")


@dataclass(slots=True)
class Running:
    """A recording that is being transcribed.

    Attributes:
        duration: How long it is, in seconds; None if that is not known.
        position: Up to where it has been recognised, in seconds.
        guess: What was heard last.
    """

    duration: float | None
    position: float = 0.0
    guess: str = ""


class Tally:
    """Counts what is done.

    Args:
        inputs: What there is to do.
        clock: Tells the time in seconds.
    """

    def __init__(self, inputs: Iterable[Input], clock: Callable[[], float]) -> None:
        self._waiting = dict.fromkeys(inputs)
        self._clock = clock
        self._begun: float | None = None
        self._known_seconds = 0.0
        self._known_bytes = 0
        self._done_seconds = 0.0
        self.count = len(self._waiting)
        self.done = 0
        self.failed = 0
        self.running: dict[Input, Running] = {}

    def begin(self, item: Input, duration: float | None) -> None:
        """A recording is begun."""
        if self._begun is None:
            self._begun = self._clock()
        self._waiting.pop(item, None)
        if duration and item.size:
            self._known_seconds += duration
            self._known_bytes += item.size
        self.running[item] = Running(duration)

    def advance(self, item: Input, position: float, guess: str = "") -> None:
        """A recording is recognised up to a position."""
        running = self.running[item]
        running.position = max(running.position, position)
        running.guess = guess

    def end(self, item: Input, *, failed: bool) -> None:
        """A recording is over, whether or not it was begun."""
        self._waiting.pop(item, None)
        running = self.running.pop(item, None)
        if failed:
            self.failed += 1
        else:
            self.done += 1
        if running is not None:
            self._done_seconds += running.position if failed else running.duration or running.position

    @property
    def elapsed(self) -> float:
        """Seconds since the first recording was begun."""
        return 0.0 if self._begun is None else self._clock() - self._begun

    @property
    def seconds_done(self) -> float:
        """Seconds of audio that have been recognised."""
        return self._done_seconds + sum(running.position for running in tuple(self.running.values()))

    @property
    def seconds_total(self) -> float | None:
        """Seconds of audio in all, as far as can be told; None if it cannot."""
        running = tuple(self.running.values())
        lengths = [one.duration for one in running if one.duration is not None]
        sizes = [item.size for item in tuple(self._waiting) if item.size is not None]
        if len(lengths) < len(running) or len(sizes) < len(self._waiting):
            return None
        if sizes and not self._known_bytes:
            return None
        per_byte = self._known_seconds / self._known_bytes if self._known_bytes else 0.0
        return self._done_seconds + sum(lengths) + per_byte * sum(sizes)

    @property
    def rate(self) -> float | None:
        """Seconds of audio recognised in a second; None as long as there are none."""
        elapsed = self.elapsed
        return self.seconds_done / elapsed if elapsed > 0 and self.seconds_done > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """How many seconds it takes yet, at this rate; None if that cannot be told."""
        total, rate = self.seconds_total, self.rate
        return None if total is None or rate is None else max(0.0, total - self.seconds_done) / rate
