"""`Handover`: while one stream says its last words, and the next has taken over.

The old stream was half-closed at the *cut* and owes its last results. Its successor begins at the cut,
or, if somebody was speaking there, some seconds before it; then the two overlap, and `seam` tells which
words of which stream count. What the successor says has to wait until that is known, as results are
handed over in order: the finals all, of the interims the newest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asyncspeech.core.seam import (
    but_last_word,
    common_run,
    has_times,
    join_point,
    keep_after,
    keep_before,
    with_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.core.events import StreamResult, StreamWord
    from asyncspeech.core.stream import Stream

__all__ = ("Handover", "Joint")


@dataclass(frozen=True, slots=True)
class Joint:
    """How one channel passes from the old stream to its successor.

    Attributes:
        finals: The old stream's last finals, as far as they count.
        settled: Up to where nothing is owed: what comes after may have to be heard again.
        cutoff: Up to where the successor's results are left out.
        said_end: Up to where the finals may reach, if that is not the cutoff: words without times.
        held: A last word that may have been cut off, and that nobody has heard the rest of yet.
    """

    finals: tuple[StreamResult, ...]
    settled: int
    cutoff: int
    said_end: int | None = None
    held: StreamResult | None = None


@dataclass(slots=True)
class Handover:
    """One stream's way out.

    Attributes:
        old: The stream that was half-closed.
        cut: Where: the session position after its last frame.
        start: Where its successor begins.
        margin: How much room a join needs on either side of the overlap, in frames.
        near: A word that ends so near the cut, in frames, may have been cut off.
        parks: Whether the cut was made because no audio came.
        heard_again: The channels of which the overlap holds all audio that was not settled.
        finalizes: The position up to which the user wants everything to be final by this; or None.
        successor: The next stream, as soon as it is open.
        is_flushed: Whether the old stream has said everything.
        deadline: When to go on without knowing more; None as long as the old stream is speaking.
        finals: By channel, the old stream's finals that lie in the overlap.
        waiting: What the successor has said so far.
    """

    old: Stream
    cut: int
    start: int
    margin: int
    near: int
    parks: bool = False
    heard_again: frozenset[int | None] = frozenset()
    finalizes: int | None = None
    successor: Stream | None = None
    is_flushed: bool = False
    deadline: float | None = None
    finals: dict[int | None, list[StreamResult]] = field(default_factory=dict)
    waiting: list[tuple[int | None, StreamResult]] = field(default_factory=list)

    @property
    def overlaps(self) -> bool:
        """Whether both streams hear what is before the cut."""
        return self.start < self.cut

    def keep(self, channel: int | None, final: StreamResult) -> None:
        """Keep a final of the old stream that lies in the overlap."""
        self.finals.setdefault(channel, []).append(final)

    def wait(self, channel: int | None, result: StreamResult) -> None:
        """Keep what the successor said. A new interim takes the place of the last one."""
        waiting = [(key, item) for key, item in self.waiting if item.is_final or key != channel]
        self.waiting = [*waiting, (channel, result)]

    def is_ready(self) -> bool:
        """Whether the successor has said enough, where it depends on that how the channels pass over."""
        return all(
            has_times(finals[-1]) or any((result.end or 0) >= self.cut for result in self._said(channel))
            for channel, finals in self.finals.items()
        )

    def joints(self) -> dict[int | None, Joint]:
        """How each channel passes over to the successor that has finals in the overlap."""
        return {channel: self._joint(channel, finals) for channel, finals in self.finals.items()}

    def ends(self, *, hold: bool) -> dict[int | None, Joint]:
        """How each channel ends that has finals in the overlap, whatever a successor will say.

        Args:
            hold: Whether a word that may have been cut off is held back.
        """
        return {channel: self._end(finals, hold=hold) for channel, finals in self.finals.items()}

    def _joint(self, channel: int | None, finals: list[StreamResult]) -> Joint:
        if has_times(finals[-1]):
            words = _words(finals)
            point = join_point(words, self.start, self.cut, self.margin)
            # If there is no gap, the successor hears a word again in which it begins to count.
            is_gap = not any((word.start or 0) < point < (word.end or 0) for word in words)
            kept = _before(finals, point)
            if kept and self._may_be_cut(_words(kept)[-1].end or 0):
                return self._end(finals, hold=True)  # there is no better place than before that word
            return Joint(kept, point if is_gap else self.start, point)
        old = " ".join(final.alternatives[0].text for final in finals)
        new = " ".join(result.alternatives[0].text for result in self._said(channel))
        run = common_run(old, new)
        if run is not None:
            finals = _shortened(finals, run[0])
        elif channel in self.heard_again:
            return Joint((), self.start, self.start)
        elif self._may_be_cut(finals[-1].end or 0):  # the successor hears it whole
            finals = _shortened(finals, len(but_last_word(old)))
        return Joint(tuple(finals), self.start, self._before_last_word, self.cut)

    def _end(self, finals: list[StreamResult], *, hold: bool) -> Joint:
        last = finals[-1]
        if not has_times(last):
            return self._end_of_text(finals, hold=hold)
        words = _words(finals)
        end = min(max(words[-1].end or 0, self.start), self.cut)
        if not (hold and self._may_be_cut(end)):
            return Joint(tuple(finals), end, end)
        before = max(self.start, (words[-2].end or 0) if len(words) > 1 else self.start)
        point = (before + max(before, words[-1].start or 0)) // 2
        return Joint(_before(finals, point), point, point, held=keep_after(last, point))

    def _end_of_text(self, finals: list[StreamResult], *, hold: bool) -> Joint:
        last = finals[-1]
        if not (hold and self._may_be_cut(self.cut if last.end is None else last.end)):
            return Joint(tuple(finals), self.start, self.cut)
        text = last.alternatives[0].text
        rest = but_last_word(text)
        held = with_text(last, text[len(rest) :])
        kept = [*finals[:-1], with_text(last, rest)] if rest else finals[:-1]
        return Joint(tuple(kept), self.start, self._before_last_word, self.cut, held)

    @property
    def _before_last_word(self) -> int:
        """A position before the last word in the overlap, where words have no times.

        What another stream says up to there has been said; of what it says beyond, the text has to tell.
        """
        return max(self.start + 1, self.cut - 4 * self.margin)

    def _may_be_cut(self, end: int) -> bool:
        """Whether a word that ends at a position may have been cut off."""
        return end > self.cut - self.near

    def _said(self, channel: int | None) -> list[StreamResult]:
        """What the successor has said on a channel."""
        return [result for key, result in self.waiting if key == channel and result.alternatives]


def _words(finals: Sequence[StreamResult]) -> list[StreamWord]:
    return [word for final in finals for word in final.alternatives[0].words]


def _before(finals: Sequence[StreamResult], point: int) -> tuple[StreamResult, ...]:
    kept = (keep_before(final, point) for final in finals)
    return tuple(final for final in kept if final is not None)


def _shortened(finals: list[StreamResult], length: int) -> list[StreamResult]:
    """Finals without word times, cut off after so many characters of their texts, joined by spaces."""
    kept = []
    for final in finals:
        text = final.alternatives[0].text
        if length > 0:
            kept.append(final if length >= len(text) else with_text(final, text[:length]))
        length -= len(text) + 1
    return kept
