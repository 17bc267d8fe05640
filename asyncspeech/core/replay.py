"""`Replay`: the audio that no final result covers yet.

It is what makes a stream replaceable at any time: a new one is sent what is in here, from the first
frame on. It holds the user's chunks themselves and copies nothing, but for chunks that are so small that
keeping track of them would cost more than they do; those are put together.

It also knows where the audio is quiet, which tells where nothing can be lost. It looks only when it is
asked, never while a chunk comes in, and never twice at the same audio.
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
class _Block:
    start: int
    end: int
    parts: list[bytes]

    def data(self) -> bytes:
        if len(self.parts) > 1:
            self.parts = [b"".join(self.parts)]
        return self.parts[0]


@dataclass(slots=True)
class _Quiet:
    """It is quiet from ``start`` to ``end``, and whether that is because there is sound at ``end``."""

    start: int = 0
    end: int = 0
    is_sound: bool = False


class Replay:
    """Keeps audio by its position in the session.

    Args:
        frame_bytes: Bytes in a frame.
        block_frames: Chunks are put together up to this many frames.
        find_sound: Tells quiet audio.
    """

    def __init__(self, frame_bytes: int, block_frames: int, find_sound: FindSound) -> None:
        self._frame_bytes = frame_bytes
        self._block_frames = block_frames
        self._find_sound = find_sound
        self._blocks: list[_Block] = []
        self._starts: list[int] = []
        self._end = 0
        self._frames = 0
        self._quiet: dict[int | None, _Quiet] = {}

    @property
    def end(self) -> int:
        """Where the next frame will stand."""
        return self._end

    @property
    def frames(self) -> int:
        """How many frames are kept."""
        return self._frames

    def append(self, data: bytes) -> int:
        """Keep ``data``, a whole number of frames, and return how many."""
        frames = len(data) // self._frame_bytes
        if not frames:
            return 0
        last = self._blocks[-1] if self._blocks else None
        if (
            last is not None
            and last.end == self._end
            and last.end - last.start + frames <= self._block_frames
        ):
            last.parts.append(data)
            last.end += frames
        else:
            if last is not None:
                last.data()  # an object for each of a thousand tiny chunks takes more than their audio
            self._blocks.append(_Block(self._end, self._end + frames, [data]))
            self._starts.append(self._end)
        self._end += frames
        self._frames += frames
        return frames

    def read(self, start: int, end: int) -> Iterator[tuple[int, bytes | memoryview]]:
        """The audio from ``start`` to ``end`` but for what was dropped: pieces, with their positions."""
        low, high = self._blocks_of(start, end)
        for block in self._blocks[low:high]:
            first, last = max(start, block.start), min(end, block.end)
            if first < last:
                data = block.data()
                if (first, last) != (block.start, block.end):
                    size = self._frame_bytes
                    view = memoryview(data)
                    yield first, view[(first - block.start) * size : (last - block.start) * size]
                else:
                    yield first, data

    def stretches(self, start: int, end: int) -> list[tuple[int, int]]:
        """The audio from ``start`` to ``end`` without what was dropped: where it begins and ends."""
        found: list[tuple[int, int]] = []
        low, high = self._blocks_of(start, end)
        for block in self._blocks[low:high]:
            first, last = max(start, block.start), min(end, block.end)
            if found and found[-1][1] == first:
                found[-1] = (found[-1][0], last)
            elif first < last:
                found.append((first, last))
        return found

    def forget(self, position: int) -> None:
        """Let go of what lies before ``position``; a block that reaches beyond it is kept whole."""
        count = 0
        for block in self._blocks:
            if block.end > position:
                break
            self._frames -= block.end - block.start
            count += 1
        del self._blocks[:count], self._starts[:count]

    def drop(self, start: int, end: int) -> None:
        """Let go of the audio from ``start`` to ``end``, in the middle of what is kept."""
        kept: list[_Block] = []
        low, high = self._blocks_of(start, end)
        for block in self._blocks[low:high]:
            self._frames -= block.end - block.start
            for first, last in (
                (block.start, min(block.end, start)),
                (max(block.start, end), block.end),
            ):
                if first < last:
                    size = self._frame_bytes
                    data = block.data()[(first - block.start) * size : (last - block.start) * size]
                    kept.append(_Block(first, last, [data]))
                    self._frames += last - first
        self._blocks[low:high] = kept
        self._starts[low:high] = [block.start for block in kept]
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
        for start, data in self.read(quiet.end, self._end):
            found = self._find_sound(data, channel)
            if found is not None:
                quiet.end, quiet.is_sound = start + found, True
                return quiet.end
        quiet.end = self._end
        return quiet.end

    def _blocks_of(self, start: int, end: int) -> tuple[int, int]:
        """Which blocks may hold audio from ``start`` to ``end``: from the first to before the second."""
        if start >= end:
            return 0, 0
        return max(0, bisect_right(self._starts, start) - 1), bisect_left(self._starts, end)
