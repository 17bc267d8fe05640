"""From what one stream says to what the session says: numbered segments on the session's timeline.

A segment is a stretch of one channel that ends in one final. Interims of the same segment replace one
another. The service may send one interim in parts, "a stable beginning, an unstable rest" (the proto's
``StreamingRecognizeResponse.results``); the parts are joined, so that a user always holds the whole
guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from asyncspeech.core.events import StreamAlternative, StreamResult
from asyncspeech.model import Alternative, Result, Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asyncspeech.core.events import StreamWord

__all__ = ("Segments", "join_interims")

# Numbers are given in the order in which segments are first heard of, not in which they open.
_UNNUMBERED = -1


@dataclass(slots=True)
class _Open:
    """The segment of a channel that has no final yet."""

    number: int
    start: int


class Segments:
    """Turns the results of streams into results of the session.

    Args:
        sample_rate_hertz: Frames per second, to tell positions in seconds.
    """

    def __init__(self, sample_rate_hertz: int) -> None:
        self._rate = sample_rate_hertz
        self._open: dict[int | None, _Open] = {}
        self._count = 0

    def place(self, result: StreamResult, *, end: int, latency: float) -> Result | None:
        """The session's result for a stream's, or None if there is nothing in it to hand over.

        A final closes its segment either way.

        Args:
            result: What the stream said, in positions of the session.
            end: The session position up to which the result takes the audio into account.
            latency: In seconds, to be noted on the result.
        """
        segment = self._segment(result.channel)
        if result.is_final:
            self._open[result.channel] = _Open(_UNNUMBERED, max(end, segment.start))
        if not (result.alternatives and result.alternatives[0].text.strip()):
            return None
        alternatives = tuple(self._alternative(item) for item in result.alternatives)
        first_word = result.alternatives[0].words[:1]
        start = segment.start
        if first_word and first_word[0].start is not None:
            start = first_word[0].start
        return Result(
            alternatives=alternatives,
            is_final=result.is_final,
            segment=segment.number,
            start=start / self._rate,
            end=max(start, end) / self._rate,
            stability=result.stability,
            language_code=result.language_code,
            channel=result.channel,
            latency=latency,
        )

    def _segment(self, channel: int | None) -> _Open:
        segment = self._open.setdefault(channel, _Open(_UNNUMBERED, 0))
        if segment.number == _UNNUMBERED:
            segment.number = self._count
            self._count += 1
        return segment

    def _alternative(self, item: StreamAlternative) -> Alternative:
        words = tuple(self._word(word) for word in item.words)
        return Alternative(item.text.strip(), item.confidence, words)

    def _word(self, word: StreamWord) -> Word:
        return Word(
            word.text,
            None if word.start is None else word.start / self._rate,
            None if word.end is None else word.end / self._rate,
            word.confidence,
            word.speaker,
        )


def join_interims(results: Sequence[StreamResult]) -> Iterator[StreamResult]:
    """The results of one response, neighbouring interims of a channel joined into one."""
    if len(results) == 1:  # as most have, and sooner done
        yield from results
        return
    for (is_final, _), group in groupby(results, key=lambda result: (result.is_final, result.channel)):
        if is_final:
            yield from group
        else:
            yield _joined(list(group))


def _joined(parts: list[StreamResult]) -> StreamResult:
    if len(parts) == 1:
        return parts[0]
    best = [part.alternatives[0] for part in parts if part.alternatives]
    last = parts[-1]
    stabilities = [part.stability for part in parts if part.stability is not None]
    whole = StreamAlternative(
        # Parts are cut at words, and a later part begins with its space where the language has one.
        text="".join(alternative.text for alternative in best),
        confidence=None,
        words=tuple(word for alternative in best for word in alternative.words),
    )
    return StreamResult(
        alternatives=(whole,) if best else (),
        is_final=False,
        end=last.end,
        stability=min(stabilities, default=None),
        language_code=last.language_code,
        channel=last.channel,
    )
