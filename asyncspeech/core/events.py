"""What happened to a stream, as the transport tells the engine.

Every event carries the number of its stream. Positions are frames since the start of *that stream*, as
integers: the service starts each stream's clock at zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncspeech.errors import ServiceError

__all__ = (
    "Activity",
    "StreamAlternative",
    "StreamClosed",
    "StreamEvent",
    "StreamResponse",
    "StreamResult",
    "StreamWord",
)


@dataclass(frozen=True, slots=True)
class StreamWord:
    """A word; ``start`` and ``end`` are frames of its stream, or None where the model gives no times."""

    text: str
    start: int | None
    end: int | None
    confidence: float | None
    speaker: str | None


@dataclass(frozen=True, slots=True)
class StreamAlternative:
    """One reading of a result."""

    text: str
    confidence: float | None
    words: tuple[StreamWord, ...]


@dataclass(frozen=True, slots=True)
class StreamResult:
    """One ``StreamingRecognitionResult``.

    Attributes:
        alternatives: Best first; empty where the service heard nothing that it would write down.
        is_final: Whether the stretch is settled.
        end: Frame up to which the result takes the audio into account; None where not given.
        stability: 0 to 1, or None where not given.
        language_code: As the service writes it; may be empty.
        channel: 1 for the first channel, where channels are recognised apart; else None.
    """

    alternatives: tuple[StreamAlternative, ...]
    is_final: bool
    end: int | None
    stability: float | None
    language_code: str
    channel: int | None


@dataclass(frozen=True, slots=True)
class Activity:
    """Speech began or ended.

    Attributes:
        begins: Whether it began.
        position: Frame of the stream.
    """

    begins: bool
    position: int


@dataclass(frozen=True, slots=True)
class StreamResponse:
    """The service answered.

    Attributes:
        stream: The number of the stream.
        results: What it made of the audio; at most one final, followed by interims.
        billed_seconds: What it has charged for this stream so far, or None where it did not say.
        activity: Where speech began or ended, or None if it tells of nothing of the kind.
    """

    stream: int
    results: tuple[StreamResult, ...] = ()
    billed_seconds: int | None = None
    activity: Activity | None = None


@dataclass(frozen=True, slots=True)
class StreamClosed:
    """The stream is over: with ``error`` None if the service ended it with OK."""

    stream: int
    error: ServiceError | None = None


StreamEvent = StreamResponse | StreamClosed
