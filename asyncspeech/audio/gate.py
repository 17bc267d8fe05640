"""`Gate`: which audio is worth sending.

It is given how long somebody spoke and how long nobody did, and says what becomes of that audio. While
nobody speaks it is closed, and holds back the last of the silence, the *pre-roll*: a word begins before
any detector hears it. With the first speech it lets out what it held, and from then on everything, until
nobody has spoken for as long as the *hang-over*. What was held and is not needed is withheld: it counts
as time, and is not sent.

So silence waits in here, and speech never does.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ("Gate", "Passage")


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
        pre_roll: Frames that are sent before speech.
        hang_over: Frames that are sent after it.
    """

    def __init__(self, pre_roll: int, hang_over: int) -> None:
        self._pre_roll = pre_roll
        self._hang_over = hang_over
        self._open_for = 0
        self._held = 0

    def take(self, frames: int, *, is_voice: bool) -> list[Passage]:
        """Take note of the next frames, and tell what becomes of which, first to last.

        Args:
            frames: How many there are.
            is_voice: Whether somebody speaks in them.
        """
        if is_voice:
            held, self._held = self._held, 0
            self._open_for = self._hang_over
            return _passages(Passage(held, is_voice=False), Passage(frames, is_voice=True))
        after = min(frames, self._open_for)
        self._open_for -= after
        self._held += frames - after
        withheld = max(0, self._held - self._pre_roll)
        self._held -= withheld
        return _passages(Passage(after, is_voice=False), Passage(withheld, is_voice=None))

    def flush(self) -> list[Passage]:
        """Tell what becomes of the frames that are held, as nothing follows."""
        held, self._held = self._held, 0
        return _passages(Passage(held, is_voice=None))


def _passages(*passages: Passage) -> list[Passage]:
    return [passage for passage in passages if passage.frames]
