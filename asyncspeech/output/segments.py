"""From results to segments: who said what, and when.

Each channel is divided by itself, in the order of its results, and the segments of all are then sorted
by time. Two people who speak at once are two segments that overlap. A word of one channel that lies
wholly in a pause of another divides that one, so that question, answer and next question come in their
order.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from asyncspeech.errors import ConfigurationError
from asyncspeech.output.spoken import spoken
from asyncspeech.output.text import separator
from asyncspeech.wording import brief

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from asyncspeech.model import Result, Word
    from asyncspeech.output.spoken import Spoken

__all__ = ("Segment", "divide", "runs", "text_of")


@dataclass(frozen=True, slots=True)
class Segment:
    """What one speaker says without a pause.

    Attributes:
        text: What is said, in one line.
        start: Session time in seconds at which it begins.
        end: Session time in seconds at which it ends.
        words: The words of the results that are in it; empty where the service gave none.
        speaker: The speaker's label, or None.
        channel: 1 for the first channel, where channels are recognised apart; else None.
        language_code: The language recognised, as the service writes it; empty where it gave none.
        confidence: The mean of the words' or, where they have none, of the results'; None without
            either.
    """

    text: str
    start: float
    end: float
    words: tuple[Word, ...] = ()
    speaker: str | None = None
    channel: int | None = None
    language_code: str = ""
    confidence: float | None = None


def divide(results: Iterable[Result], pause: float | None) -> tuple[Segment, ...]:
    """The segments of ``results``, sorted by their start.

    Args:
        results: The results, in order.
        pause: Seconds without speech that end a segment, or None if none does.

    Raises:
        ConfigurationError: ``pause`` is negative or no number.
    """
    return tuple(_segment(run) for run in runs(results, pause))


def runs(results: Iterable[Result], pause: float | None) -> list[list[Spoken]]:
    """What `divide` makes its segments of: the bits of each, in order and never empty.

    Times within a channel never run backwards: one that would is that of the bit before.
    """
    _check(pause)
    channels: dict[int | None, list[Spoken]] = {}
    for result in results:
        _extend(channels.setdefault(result.channel, []), spoken(result))
    others = _Others(channels)
    found = [run for bits in channels.values() if bits for run in _divided(bits, pause, others)]
    # The sort is stable: segments that begin together stay in the order of their channels.
    return sorted((run for run in found if any(bit.text for bit in run)), key=lambda run: run[0].start)


def _check(pause: Any) -> None:
    is_number = isinstance(pause, int | float) and not isinstance(pause, bool)
    if pause is not None and not (is_number and pause >= 0):
        raise ConfigurationError("pause", f"{brief(pause)} is neither a number of seconds nor None")


def _extend(bits: list[Spoken], more: Iterable[Spoken]) -> None:
    last = bits[-1].start if bits else 0.0
    for bit in more:
        start = max(bit.start, last)
        end = max(bit.end, start)
        changed = (start, end) != (bit.start, bit.end)
        bits.append(replace(bit, start=start, end=end) if changed else bit)
        last = start


class _Others:
    """Finds what is said on other channels in a pause of one."""

    def __init__(self, channels: dict[int | None, list[Spoken]]) -> None:
        several = len(channels) > 1
        self._bits = sorted(
            (bit.start, bit.end) for bits in channels.values() for bit in bits if several and bit.text
        )

    def speak_between(self, start: float, end: float) -> bool:
        """Whether a word begins and ends in that time; nothing of the channel asking is in it."""
        if not self._bits or end <= start:
            return False
        index = bisect_left(self._bits, (start,))
        while index < len(self._bits) and self._bits[index][0] < end:
            if start < self._bits[index][1] <= end:
                return True
            index += 1
        return False


def _divided(bits: Sequence[Spoken], pause: float | None, others: _Others) -> list[list[Spoken]]:
    found = [[bits[0]]]
    for before, after in pairwise(bits):
        if (
            before.speaker != after.speaker
            or before.result.language_code != after.result.language_code
            or (pause is not None and after.start - before.end >= pause and after.start > before.end)
            or others.speak_between(before.end, after.start)
        ):
            found.append([])
        found[-1].append(after)
    return found


def text_of(bits: Iterable[Spoken]) -> str:
    """The text of bits that follow one another, of one result or of several."""
    pieces: list[str] = []
    last = None
    for bit in bits:
        if not bit.text:
            continue
        if last is not None:
            pieces.append(between(last, bit))
        pieces.append(bit.text)
        last = bit
    return "".join(pieces)


def between(before: Spoken, after: Spoken) -> str:
    """What belongs between two bits with text that follow one another: a space, or nothing."""
    if before.result is after.result:
        return " " if after.spaced else ""
    return separator(before.text, after.text, after.result.language_code)


def _segment(run: Sequence[Spoken]) -> Segment:
    first = run[0]
    confidences = [bit.confidence for bit in run if bit.confidence is not None]
    return Segment(
        text=text_of(run),
        start=first.start,
        end=max(bit.end for bit in run),
        words=tuple(bit.word for bit in run if bit.word is not None),
        speaker=first.speaker,
        channel=first.result.channel,
        language_code=first.result.language_code,
        confidence=sum(confidences) / len(confidences) if confidences else None,
    )
