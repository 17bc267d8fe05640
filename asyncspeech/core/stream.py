"""`Stream`: what the engine knows of one stream while it is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asyncspeech.core.events import StreamAlternative, StreamResult, StreamWord
from asyncspeech.core.timeline import Timeline
from asyncspeech.telemetry.streams import StreamCause

if TYPE_CHECKING:
    from asyncspeech.core.events import Activity

__all__ = ("Stream",)


@dataclass(slots=True)
class Stream:
    """One stream.

    Attributes:
        number: Its number in the session, from 0.
        start: Session position of its first frame.
        next: Session position of the next frame that is to be sent on it.
        opened: When it was opened.
        cause: Why it was opened.
        heard: When the service last said something on it, or was first given the chance to.
        taken: When gRPC last took audio, or was first given the chance to.
        taken_frames: How many of its frames gRPC has taken.
        half_closed: Whether no more audio is sent.
        billed_seconds: What the service says that it has cost.
        model: What recognises it.
        speech_timeouts: After how many seconds of audio in which nobody begins, and goes on, to speak
            the service was asked to end it.
        estimated_seconds: What it should have cost, in seconds of one channel, by our own count.
        counted_seconds: What it is taken to have cost: the larger of the two.
        paid_frames: How many frames that pays for.
        activity: When somebody last began or ended to speak on it, as far as the service says.
        catching_up: Whether it is still being sent what an earlier one had been sent, or had missed.
        tokens: How many frames may be sent now, while it is catching up.
        tokens_at: When they were counted; None before gRPC has taken the first audio.
        renew_after: From when on it is to be replaced at a good place.
        renew_by: When it is to be replaced wherever it is.
        awaits_renewal: Whether a good place is being looked for.
        stall_check: When to ask whether the service should have said something by now.
        overdue_check: When to ask whether audio has waited too long for a final result.
        cutoffs: By channel, the session position up to which other streams have told what was said.
        timeline: Where its audio belongs.
    """

    number: int
    start: int
    opened: float
    cause: StreamCause = StreamCause.START
    catching_up: bool = False
    next: int = field(init=False)
    heard: float = field(init=False)
    taken: float = field(init=False)
    taken_frames: int = 0
    half_closed: bool = False
    billed_seconds: int = 0
    model: str = ""
    speech_timeouts: tuple[float | None, float | None] = (None, None)
    estimated_seconds: int = 0
    counted_seconds: int = 0
    paid_frames: int = 0
    activity: Activity | None = None
    tokens: float = 0.0
    tokens_at: float | None = None
    renew_after: float = 0.0
    renew_by: float = 0.0
    awaits_renewal: bool = False
    stall_check: float = 0.0
    overdue_check: float = 0.0
    cutoffs: dict[int | None, int] = field(default_factory=dict)
    timeline: Timeline = field(default_factory=Timeline)

    def __post_init__(self) -> None:
        self.next = self.start
        self.heard = self.taken = self.opened

    @property
    def untaken_frames(self) -> int:
        """Frames that were handed over and that gRPC has not taken yet."""
        return self.timeline.length - self.taken_frames

    def place(self, result: StreamResult) -> StreamResult:
        """One of its results with positions of the session instead of its own."""
        end = None if result.end is None else self.timeline.end_of(result.end)
        alternatives = tuple(
            StreamAlternative(item.text, item.confidence, tuple(map(self._word, item.words)))
            if item.words
            else item
            for item in result.alternatives
        )
        end = _or_last_word(end, alternatives)
        # As it is done for every result: `dataclasses.replace` takes twice as long.
        return StreamResult(
            alternatives, result.is_final, end, result.stability, result.language_code, result.channel
        )

    def _word(self, word: StreamWord) -> StreamWord:
        if word.start is None or word.end is None:
            return word
        start, end = self.timeline.start_of(word.start), self.timeline.end_of(word.end)
        return StreamWord(word.text, start, max(start, end), word.confidence, word.speaker)


def _or_last_word(end: int | None, alternatives: tuple[StreamAlternative, ...]) -> int | None:
    """The end of a result; where the service gave none, that of its last word."""
    if end is None and alternatives and alternatives[0].words:
        return alternatives[0].words[-1].end
    return end
