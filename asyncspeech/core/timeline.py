"""`Timeline`: where a stream's audio belongs on the session's time.

The service counts from the first frame of each stream. A stream's audio is usually one unbroken piece
of the session's, and then its timeline is a constant offset. Two things break it into pieces: audio that
was dropped, so that the stream goes on later in the session's time; and silence that the user never sent
(a keep-alive), during which the session's time stands still. Positions are integers, so it is exact.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

__all__ = ("Timeline",)


class Timeline:
    """Maps positions in one stream to positions in its session, piece by piece.

    Attributes:
        length: Frames in the stream so far. To be read only; it is asked for several times a chunk.
    """

    def __init__(self) -> None:
        self._starts: list[int] = []  # where each piece begins, in frames of the stream
        self._targets: list[int] = []  # and in frames of the session
        self._moves: list[bool] = []  # whether the session's time passes during the piece
        self._offset: int | None = None  # of the one piece that there is, as usual, if time passes in it
        self.length = 0

    def append(self, position: int, frames: int) -> None:
        """Add ``frames`` frames of the session's audio, which begin at its ``position``."""
        if not frames:
            return
        if not (self._moves and self._moves[-1] and self._at(-1, self.length) == position):
            self._begin(position, moves=True)
        self.length += frames

    def append_silence(self, position: int, frames: int) -> None:
        """Add ``frames`` frames that are not the session's, while it stands at ``position``."""
        if not frames:
            return
        if not self._moves or self._moves[-1] or self._targets[-1] != position:
            self._begin(position, moves=False)
        self.length += frames

    def start_of(self, position: int) -> int:
        """Session position of a sound that begins at a stream's ``position``.

        A sound that begins where two pieces meet belongs to the second.
        """
        position = min(position, self.length)
        if self._offset is not None:
            return self._offset + position
        return self._at(max(0, bisect_right(self._starts, position) - 1), position)

    def end_of(self, position: int) -> int:
        """Session position of a sound that ends at a stream's ``position``.

        A sound that ends where two pieces meet belongs to the first.
        """
        position = min(position, self.length)
        if self._offset is not None:
            return self._offset + position
        return self._at(max(0, bisect_left(self._starts, position) - 1), position)

    def _begin(self, position: int, *, moves: bool) -> None:
        self._offset = position if moves and not self._starts else None
        self._starts.append(self.length)
        self._targets.append(position)
        self._moves.append(moves)

    def _at(self, piece: int, position: int) -> int:
        if not self._starts:
            return 0
        return self._targets[piece] + (position - self._starts[piece] if self._moves[piece] else 0)
