"""`Gate`: which audio is worth sending.

It is given how long somebody spoke and how long nobody did, and says what becomes of that audio. While
nobody speaks it is closed, and holds back the last of the silence, the *pre-roll*: a word begins before
any detector hears it. With the first speech it lets out what it held, and from then on everything, until
nobody has spoken for as long as the *hang-over*. What was held and is not needed is withheld: it counts
as time, and is not sent.

So silence waits in here, and speech never does.

It opens and closes at whole steps since the session began. A recogniser cuts what it hears into frames
of 10 to 30 ms; steps that are a multiple of these leave every frame where it would be without the gate,
and so what is recognised does not depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ("STEP_SECONDS", "Gate", "Passage")

STEP_SECONDS = 0.06
"""The gate opens and closes at multiples of this: of 10, 15, 20 and 30 ms."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What becomes of the next frames.

    Attributes:
        frames: How many there are.
        is_voice: Whether somebody speaks in them; None if they are withheld.
    """

    frames: int
    is_voice: bool | None


class Gate:
    """Tells what is to be sent of one session's audio.

    Args:
        pre_roll: Frames that are sent before speech, or a step more.
        hang_over: Frames that are sent after it, or a step more.
        step: Frames in a step.
    """

    def __init__(self, pre_roll: int, hang_over: int, step: int = 1) -> None:
        self._pre_roll = pre_roll
        self._hang_over = hang_over
        self._step = step
        self._end = 0  # of what has been taken
        self._given = 0  # what comes before this has been told of
        self._open_until = 0

    def take(self, frames: int, *, is_voice: bool) -> list[Passage]:
        """Take note of the next frames, and tell what becomes of which, first to last.

        Args:
            frames: How many there are.
            is_voice: Whether somebody speaks in them.
        """
        start, self._end = self._end, self._end + frames
        if is_voice:
            self._open_until = -(-(self._end + self._hang_over) // self._step) * self._step
            return [*self._give(start, is_voice=False), *self._give(self._end, is_voice=True)]
        sent = self._give(min(self._open_until, self._end), is_voice=False)
        closed_until = (self._end - self._pre_roll) // self._step * self._step
        return [*sent, *self._give(closed_until, is_voice=None)]

    def flush(self) -> list[Passage]:
        """Tell what becomes of the frames that are held, as nothing follows."""
        return self._give(self._end, is_voice=None)

    def _give(self, until: int, *, is_voice: bool | None) -> list[Passage]:
        """Tell of all frames before a position of which nothing has been told."""
        frames = until - self._given
        if frames <= 0:
            return []
        self._given = until
        return [Passage(frames, is_voice)]
