"""What the engine wants done. The shell does them in order, and each exactly once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncspeech.config import SessionConfig
    from asyncspeech.errors import AsyncSpeechError
    from asyncspeech.model import Event

__all__ = (
    "Action",
    "CancelStream",
    "Deliver",
    "Finalized",
    "Finish",
    "HalfClose",
    "OpenStream",
    "SendAudio",
)


@dataclass(frozen=True, slots=True)
class OpenStream:
    """Open a stream with this configuration, and remember it by its number.

    Attributes:
        stream: The stream's number.
        position: Where its first audio is, in session frames.
        config: What it is to do.
        is_cautious: Whether to give the service time to refuse before audio is sent: the stream before
            this one ended with a status behind which a refusal may be hidden.
        needs_fresh_token: Whether the last stream's token was refused.
    """

    stream: int
    position: int
    config: SessionConfig
    is_cautious: bool = False
    needs_fresh_token: bool = False


@dataclass(frozen=True, slots=True)
class SendAudio:
    """Send audio, a whole number of frames of any length, on an open stream."""

    stream: int
    data: bytes | memoryview


@dataclass(frozen=True, slots=True)
class HalfClose:
    """Say on this stream that no more audio comes, once all of it has been sent."""

    stream: int


@dataclass(frozen=True, slots=True)
class CancelStream:
    """End this stream now; what it still says is of no interest.

    Attributes:
        stream: Its number.
        is_stalled: Whether that is because it does nothing: if nothing at all has come on its connection
            since it was opened, the connection is dead.
    """

    stream: int
    is_stalled: bool = False


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand a result, or news of the session's course, to the user."""

    event: Event


@dataclass(frozen=True, slots=True)
class Finalized:
    """What was said before ``position``, in session frames, is final, as the user wanted."""

    position: int


@dataclass(frozen=True, slots=True)
class Finish:
    """The session is over: with ``error`` None if everything was recognised. Nothing follows."""

    error: AsyncSpeechError | None = None


Action = OpenStream | SendAudio | HalfClose | CancelStream | Deliver | Finalized | Finish
