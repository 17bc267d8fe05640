"""The time of decoded frames: gaps that are to be filled, and padding that is to be dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asyncspeech.audio.stages.base import Block

__all__ = ("Gaps", "Padding")

_JITTER_SECONDS: Final = 0.1
_LATE_TRACK_SECONDS: Final = 0.01  # the first time stamp has no jitter, but may be rounded
_MAX_LEAP_SECONDS: Final = 60.0
_MAX_SILENCE: Final = 30.0  # times as long as the sound: Opus sends 20 ms of silence every 400 ms
_MAX_PADDING_FRAMES: Final = 4096  # twice the longest frame of AAC


class Gaps:
    """Finds where time stamps leap ahead of the audio.

    Damaged ones may do so all the time. So there is a limit to how much silence is made of them.

    Args:
        start: When the container begins, in seconds; None for when the first frame does.
    """

    def __init__(self, start: float | None) -> None:
        self._expected = start
        self._sound = 0.0
        self._silence = 0.0
        self._tolerance = _LATE_TRACK_SECONDS

    def before(self, stamp: float | None, length: float) -> float:
        """Tell how much silence belongs before a frame.

        Args:
            stamp: The time of the frame, in seconds, if it has one.
            length: How long the frame is, in seconds.

        Returns:
            Seconds.
        """
        self._sound += length
        if self._expected is None or stamp is None:
            self._expected = None if stamp is None else stamp + length
            return 0.0
        leap = stamp - self._expected
        is_jitter = abs(leap) <= self._tolerance
        self._tolerance = _JITTER_SECONDS
        if is_jitter:
            self._expected += length
            return 0.0
        self._expected = stamp + length
        room = _MAX_LEAP_SECONDS + _MAX_SILENCE * self._sound - self._silence
        if not 0 < leap <= min(_MAX_LEAP_SECONDS, room):
            return 0.0
        self._silence += leap
        return leap


class Padding:
    """Drops the frames that an encoder appended to fill its last block.

    They are what exceeds the length that the header says. If much does, the header is wrong, and all of
    it is given.

    Args:
        length: How long the audio is, in seconds; None if the header does not say.
    """

    def __init__(self, length: float | None) -> None:
        self._length = length
        self._frames = 0
        self._held: list[Block] = []

    def pass_on(self, block: Block, rate: int) -> Iterator[Block]:
        """Take a block, and give what is no padding."""
        if self._length is None:
            yield block
            return
        keep = max(0, round(self._length * rate) - self._frames)
        self._frames += len(block)
        yield block[:keep]
        self._held.append(block[keep:])
        if sum(map(len, self._held)) > _MAX_PADDING_FRAMES:
            yield from self._held
            self._length = None
