"""`Replay`: the audio that no final result covers yet.

It is what makes a stream replaceable at any time: a new one is sent what is in here, from the first
frame on. It holds the user's chunks themselves and copies nothing, but for chunks that are so small that
keeping track of them would cost more than they do; those are put together. What is kept of a chunk are
bytes and numbers in lists, which Python's garbage collector does not look at: with an object for each, a
thousand sessions had it run all the time.

It also knows where the audio is quiet, which tells where nothing can be lost. Where whoever gave the
audio has listened whether somebody speaks, that is believed. Else it looks for itself, but only when it
is asked, never while a chunk comes in, and never twice at the same audio.

Positions need not hold audio: silence may be withheld, and audio dropped. Both leave *gaps*.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("FindSound", "Replay")


class FindSound(Protocol):
    """Finds sound in audio: `asyncspeech.audio.loudness.SoundFinder`, or a test's."""

    def __call__(self, data: bytes | memoryview, channel: int | None) -> int | None:
        """The first frame that is not quiet, on a channel (from 1) or on any; None if all are."""
        ...


@dataclass(slots=True)
class _Quiet:
    """It is quiet from ``start`` to ``end``, and whether that is because there is sound at ``end``."""

    start: int = 0
    end: int = 0
    is_sound: bool = False


class Replay:
    """Keeps audio by its position in the session.

    Attributes:
        end: Where the next frame will stand. To be read only; it is asked for several times a chunk.

    Args:
        frame_bytes: Bytes in a frame.
        block_frames: Chunks are put together up to this many frames.
        find_sound: Tells quiet audio.
    """

    def __init__(self, frame_bytes: int, block_frames: int, find_sound: FindSound) -> None:
        self._frame_bytes = frame_bytes
        self._block_frames = block_frames
        self._find_sound = find_sound
        # The blocks: where each begins and ends, its audio, and whether somebody speaks in it.
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._data: list[bytes] = []
        self._voices: list[bool | None] = []
        self._parts: list[bytes] = []  # what goes on the last one, until its audio is asked for
        self.end = 0
        self._frames = 0
        self._gaps: list[tuple[int, int]] = []
        self._quiet: dict[int | None, _Quiet] = {}

    @property
    def frames(self) -> int:
        """How many frames are kept."""
        return self._frames

    def append(self, data: bytes, *, is_voice: bool | None = None) -> int:
        """Keep ``data``, a whole number of frames, and return how many.

        Args:
            data: The audio.
            is_voice: Whether somebody speaks in it; None if nobody has listened.
        """
        frames = len(data) // self._frame_bytes
        if not frames:
            return 0
        goes_on = (
            self._ends
            and self._ends[-1] == self.end
            and self._voices[-1] is is_voice
            and self.end - self._starts[-1] + frames <= self._block_frames
        )
        if goes_on:
            self._parts.append(data)
            self._ends[-1] += frames
        else:
            self._join_parts()
            self._starts.append(self.end)
            self._ends.append(self.end + frames)
            self._data.append(data)
            self._voices.append(is_voice)
        self.end += frames
        self._frames += frames
        return frames

    def skip(self, frames: int) -> None:
        """Leave a gap of ``frames`` frames, for silence that is withheld."""
        self._add_gap(self.end, self.end + frames)
        self.end += frames

    def audio_from(self, position: int) -> int:
        """Where, from ``position`` on, the first audio is kept; the end if there is none."""
        if not self._gaps:
            return position
        index = bisect_right(self._starts, position)
        if index and self._ends[index - 1] > position:
            return position
        return self._starts[index] if index < len(self._starts) else self.end

    def gap_frames(self, start: int, end: int) -> int:
        """How many of the frames from ``start`` to ``end`` are in gaps."""
        if not self._gaps:
            return 0
        return sum(max(0, min(end, last) - max(start, first)) for first, last in self._gaps)

    def last_start(self, position: int, end: int) -> int:
        """Where, from ``position`` on, audio begins after a gap for the last time before ``end``."""
        return max((last for _, last in self._gaps if position < last < end), default=position)

    def last(self, frames: int) -> int:
        """From where on so many frames of audio are kept, at the most."""
        for start, end in zip(reversed(self._starts), reversed(self._ends), strict=True):
            if end - start >= frames:
                return end - frames
            frames -= end - start
        return self._starts[0] if self._starts else self.end

    def read(self, start: int, end: int) -> Iterator[tuple[int, bytes | memoryview]]:
        """The audio from ``start`` to ``end`` but for what was dropped: pieces, with their positions."""
        self._join_parts()
        blocks = slice(*self._blocks_of(start, end))
        for begin, stop, data in zip(
            self._starts[blocks], self._ends[blocks], self._data[blocks], strict=True
        ):
            first, last = max(start, begin), min(end, stop)
            if (first, last) == (begin, stop):
                yield first, data
            elif first < last:
                size = self._frame_bytes
                yield first, memoryview(data)[(first - begin) * size : (last - begin) * size]

    def stretches(self, start: int, end: int) -> list[tuple[int, int]]:
        """The audio from ``start`` to ``end`` without what was dropped: where it begins and ends."""
        found: list[tuple[int, int]] = []
        blocks = slice(*self._blocks_of(start, end))
        for begin, stop in zip(self._starts[blocks], self._ends[blocks], strict=True):
            first, last = max(start, begin), min(end, stop)
            if found and found[-1][1] == first:
                found[-1] = (found[-1][0], last)
            elif first < last:
                found.append((first, last))
        return found

    def forget(self, position: int) -> None:
        """Let go of what lies before ``position``; a block that reaches beyond it is kept whole."""
        count = bisect_right(self._ends, position)
        self._frames -= sum(self._ends[:count]) - sum(self._starts[:count])
        del self._starts[:count], self._ends[:count], self._data[:count], self._voices[:count]
        if not self._ends:
            self._parts.clear()
        if self._gaps and self._gaps[0][1] <= position:
            self._gaps = [gap for gap in self._gaps if gap[1] > position]

    def drop(self, start: int, end: int) -> None:
        """Let go of the audio from ``start`` to ``end``, in the middle of what is kept."""
        self._join_parts()
        low, high = self._blocks_of(start, end)
        kept: list[tuple[int, int, bytes, bool | None]] = []
        for index in range(low, high):
            begin, stop = self._starts[index], self._ends[index]
            self._frames -= stop - begin
            for first, last in ((begin, min(stop, start)), (max(begin, end), stop)):
                if first < last:
                    size = self._frame_bytes
                    data = self._data[index][(first - begin) * size : (last - begin) * size]
                    kept.append((first, last, data, self._voices[index]))
                    self._frames += last - first
        self._starts[low:high] = [first for first, _, _, _ in kept]
        self._ends[low:high] = [last for _, last, _, _ in kept]
        self._data[low:high] = [data for _, _, data, _ in kept]
        self._voices[low:high] = [voice for _, _, _, voice in kept]
        self._add_gap(start, end)
        for quiet in self._quiet.values():
            if quiet.is_sound and start <= quiet.end < end:
                quiet.is_sound = False  # the sound is gone; what lies beyond has not been looked at

    def first_sound(self, position: int, channel: int | None) -> int:
        """Where, from ``position`` on, there is the first sound on a channel (None for any).

        The end of the audio if it is quiet up to there.
        """
        quiet = self._quiet.setdefault(channel, _Quiet())
        if not quiet.start <= position <= quiet.end:
            quiet.start = quiet.end = position
            quiet.is_sound = False
        if quiet.is_sound:
            return quiet.end
        self._join_parts()
        for index in range(*self._blocks_of(quiet.end, self.end)):
            found = self._sound_in(index, max(quiet.end, self._starts[index]), channel)
            if found is not None:
                quiet.end, quiet.is_sound = found, True
                return quiet.end
        quiet.end = self.end
        return quiet.end

    def is_voice_before(self, position: int) -> bool | None:
        """Whether somebody speaks just before a position; None if nobody has listened, or can tell."""
        index = bisect_left(self._starts, position) - 1
        if index >= 0 and self._ends[index] >= position:
            return self._voices[index]
        return None

    def _sound_in(self, block: int, start: int, channel: int | None) -> int | None:
        """Where, from ``start`` on, there is the first sound in a block."""
        is_voice = self._voices[block]
        if start >= self._ends[block] or is_voice is False:
            return None
        if is_voice and channel is None:  # of several channels, it is not known on which
            return start
        data = memoryview(self._data[block])[(start - self._starts[block]) * self._frame_bytes :]
        found = self._find_sound(data, channel)
        return None if found is None else start + found

    def _join_parts(self) -> None:
        """Have the last block's audio in one piece: many tiny ones take more than what is in them."""
        if self._parts:
            self._data[-1] = b"".join((self._data[-1], *self._parts))
            self._parts.clear()

    def _add_gap(self, start: int, end: int) -> None:
        """Note a gap, which may swallow others, or touch them."""
        apart = []
        for first, last in self._gaps:
            if last < start or first > end:
                apart.append((first, last))
            else:
                start, end = min(start, first), max(end, last)
        self._gaps = sorted([*apart, (start, end)])

    def _blocks_of(self, start: int, end: int) -> tuple[int, int]:
        """Which blocks may hold audio from ``start`` to ``end``: from the first to before the second."""
        if start >= end:
            return 0, 0
        return max(0, bisect_right(self._starts, start) - 1), bisect_left(self._starts, end)
