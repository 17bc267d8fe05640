"""What became of the words, of all sessions together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncspeech.emulator.coded import CodedRecording, CodedScore, score

if TYPE_CHECKING:
    from asyncspeech.emulator.coded import CodedWord
    from asyncspeech.session import Session

__all__ = ("RATE", "Board", "Hearing", "Words")

RATE = 16_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words that were said, and what became of them.

    Attributes:
        said: Words that were said.
        heard: Words of which it is known what became of them.
        lost: Those that were not heard.
        repeated: Those that were heard again.
        garbled: What was heard cut, or was never said.
        out_of_order: Those that were heard after one that follows them.
        worst_error: The largest error of a word's start or end, in seconds.
    """

    said: int = 0
    heard: int = 0
    lost: int = 0
    repeated: int = 0
    garbled: int = 0
    out_of_order: int = 0
    worst_error: float = 0.0

    @property
    def is_perfect(self) -> bool:
        """Whether every word was heard once, whole and in order."""
        return not (self.lost or self.repeated or self.garbled or self.out_of_order)

    def plus(self, said: int, other: CodedScore) -> Words:
        """These and those of another session."""
        return Words(
            said=self.said + said,
            heard=self.heard + other.expected,
            lost=self.lost + other.lost,
            repeated=self.repeated + other.repeated,
            garbled=self.garbled + other.garbled,
            out_of_order=self.out_of_order + other.out_of_order,
            worst_error=max(self.worst_error, other.worst_error),
        )


class Hearing:
    """What was said to one session, and what it has made of that.

    Args:
        session: The session.

    Attributes:
        said: The words that were said, to their ends.
    """

    def __init__(self, session: Session) -> None:
        self.said: list[CodedWord] = []
        self._session = session
        self._results = -1
        self._score = CodedScore(expected=0)

    @property
    def score(self) -> CodedScore:
        """What became of the words up to the last that is final."""
        results = self._session.transcript.results
        if len(results) != self._results:  # few looks find something new
            self._results = len(results)
            self._score = self._compare(results[-1].end if results else 0.0)
        return self._score

    @property
    def final_score(self) -> CodedScore:
        """What became of all words, once there is nothing to come."""
        return self._compare(float("inf"))

    def _compare(self, until: float) -> CodedScore:
        said = tuple(word for word in self.said if word.start < until * RATE)
        heard = [(word.text, word.start, word.end) for word in self._session.transcript.words]
        return score(CodedRecording(b"", said, RATE), heard)


class Board:
    """All sessions' words."""

    def __init__(self) -> None:
        self._over = Words()
        self._open: dict[Hearing, None] = {}

    def open(self, session: Session) -> Hearing:
        """Somebody begins to talk."""
        hearing = Hearing(session)
        self._open[hearing] = None
        return hearing

    def close(self, hearing: Hearing) -> None:
        """They are done, and so is whoever listens."""
        del self._open[hearing]
        self._over = self._over.plus(len(hearing.said), hearing.final_score)

    @property
    def words(self) -> Words:
        """What became of the words so far."""
        words = self._over
        for hearing in self._open:
            words = words.plus(len(hearing.said), hearing.score)
        return words
