"""`SessionEngine`: the course of one session, as a pure state machine.

The shell tells the engine what happened (`audio`, `end`, `abort`, `handle`) and that time has passed
(`wake`), and after each call does what `actions` returns, in that order. It sets one timer, for
`deadline`. That is the whole contract::

    engine.audio(chunk, now)
    for action in engine.actions():
        do(action)
    timer.arm(engine.deadline())

A session goes through the phases of `Phase`; `TRANSITIONS` lists every legal step, and what is not in
the table is a `UsageError` that changes nothing. A stream opens with the first audio and not before:
the service ends a stream that gets none for about ten seconds.

This engine runs a session over one stream. A stream that breaks ends the session with
`StreamLostError`.

**Positions** are session frames: integers, counted from the first frame that the user gave.
*Accepted* is how far the user's audio reaches, *sent* how far it has been handed to gRPC, *settled* how
far finals cover it: settled <= sent <= accepted.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from asyncspeech.core.actions import (
    CancelStream,
    Deliver,
    Finish,
    HalfClose,
    OpenStream,
    SendAudio,
)
from asyncspeech.core.arrivals import Arrivals
from asyncspeech.core.events import AudioSent, StreamClosed, StreamResponse
from asyncspeech.core.segments import Segments, join_interims
from asyncspeech.errors import DrainTimeoutError, SessionClosedError, StreamLostError

if TYPE_CHECKING:
    from asyncspeech.config import SessionConfig
    from asyncspeech.core.actions import Action
    from asyncspeech.core.events import StreamEvent, StreamResult
    from asyncspeech.errors import AsyncSpeechError

__all__ = ("TRANSITIONS", "Phase", "SessionEngine", "Trigger")

# Marks for latencies lie this far apart at the least; a tenth of the usual chunk.
_ARRIVAL_RESOLUTION_SECONDS = 0.01


class Phase(Enum):
    """Where a session is."""

    WAITING = auto()
    """No audio has come; no stream is open."""
    LIVE = auto()
    """A stream is open and takes audio."""
    DRAINING = auto()
    """No more audio comes; the service still owes its last results."""
    ENDED = auto()
    """It is over. Nothing follows."""


class Trigger(Enum):
    """What moves a session from one phase to another."""

    AUDIO = auto()
    """The user gave audio."""
    END = auto()
    """The user said that no more audio comes."""
    CLOSED = auto()
    """The stream is over."""
    EXPIRED = auto()
    """The deadline has passed."""
    ABORT = auto()
    """The user left."""


TRANSITIONS: dict[tuple[Phase, Trigger], Phase] = {
    (Phase.WAITING, Trigger.AUDIO): Phase.LIVE,
    (Phase.WAITING, Trigger.END): Phase.ENDED,
    (Phase.WAITING, Trigger.ABORT): Phase.ENDED,
    (Phase.LIVE, Trigger.AUDIO): Phase.LIVE,
    (Phase.LIVE, Trigger.END): Phase.DRAINING,
    (Phase.LIVE, Trigger.CLOSED): Phase.ENDED,
    (Phase.LIVE, Trigger.ABORT): Phase.ENDED,
    (Phase.DRAINING, Trigger.END): Phase.DRAINING,
    (Phase.DRAINING, Trigger.CLOSED): Phase.ENDED,
    (Phase.DRAINING, Trigger.EXPIRED): Phase.ENDED,
    (Phase.DRAINING, Trigger.ABORT): Phase.ENDED,
    (Phase.ENDED, Trigger.END): Phase.ENDED,
    (Phase.ENDED, Trigger.ABORT): Phase.ENDED,
}


class SessionEngine:
    """One session's course. See the module's description for the contract."""

    def __init__(self, config: SessionConfig) -> None:
        audio_format = config.audio_format
        self._rate = audio_format.sample_rate_hertz
        self._frame_bytes = audio_format.frame_bytes
        self._drain_timeout = config.drain_timeout
        self._phase = Phase.WAITING
        self._actions: list[Action] = []
        self._stream = -1
        self._split_frame = b""
        self._accepted = 0
        self._sent = 0
        self._settled = 0
        self._billed = 0
        self._drain_deadline: float | None = None
        self._arrivals = Arrivals(round(_ARRIVAL_RESOLUTION_SECONDS * self._rate))
        self._segments = Segments(self._rate)

    # What the shell may ask.

    @property
    def phase(self) -> Phase:
        """Where the session is."""
        return self._phase

    @property
    def takes_audio(self) -> bool:
        """Whether `audio` may be called."""
        return (self._phase, Trigger.AUDIO) in TRANSITIONS

    @property
    def accepted_seconds(self) -> float:
        """Seconds of audio taken from the user."""
        return self._accepted / self._rate

    @property
    def sent_seconds(self) -> float:
        """Seconds of audio handed to gRPC."""
        return self._sent / self._rate

    @property
    def unsettled_seconds(self) -> float:
        """Seconds of accepted audio that no final covers."""
        return (self._accepted - self._settled) / self._rate

    @property
    def streams_opened(self) -> int:
        """How many streams this session has opened."""
        return self._stream + 1

    @property
    def billed_seconds(self) -> int:
        """Seconds that the service says it has billed."""
        return self._billed

    def deadline(self) -> float | None:
        """When `wake` wants to be called at the latest, on the clock of ``now``; None for never."""
        return self._drain_deadline

    def actions(self) -> list[Action]:
        """What is to be done now. The list is the caller's; the engine begins a new one."""
        actions, self._actions = self._actions, []
        return actions

    # What the shell tells.

    def audio(self, data: bytes, now: float) -> None:
        """Take audio in the session's format.

        ``data`` may be cut anywhere, also within a frame. It is not copied (but for the bytes of a cut
        frame) and must not change afterwards.

        Raises:
            SessionClosedError: The audio has ended, or the session has; nothing was taken.
        """
        phase = self._step(Trigger.AUDIO)
        data = self._whole_frames(data)
        if not data:
            return
        if self._phase is Phase.WAITING:
            self._stream += 1
            self._actions.append(OpenStream(self._stream, self._accepted))
        self._phase = phase
        self._accepted += len(data) // self._frame_bytes
        self._arrivals.add(self._accepted, now)
        self._actions.append(SendAudio(self._stream, data))

    def end(self, now: float) -> None:
        """Note that no more audio comes. Saying it again changes nothing.

        A last frame that is cut short is dropped: half a sample is no sound.
        """
        phase = self._step(Trigger.END)
        if self._phase is Phase.LIVE:
            self._actions.append(HalfClose(self._stream))
            self._drain_deadline = now + self._drain_timeout
        elif self._phase is Phase.WAITING:
            self._finish()
        self._phase = phase

    def abort(self) -> None:
        """End everything now, without results for what is still on its way."""
        phase = self._step(Trigger.ABORT)
        if self._phase in {Phase.LIVE, Phase.DRAINING}:
            self._actions.append(CancelStream(self._stream))
        if self._phase is not Phase.ENDED:
            self._finish()
        self._phase = phase

    def handle(self, event: StreamEvent, now: float) -> None:
        """Take in what happened to a stream. What an ended stream or session still says is ignored."""
        if event.stream != self._stream or self._phase is Phase.ENDED:
            return
        if self._phase is Phase.DRAINING:
            self._drain_deadline = now + self._drain_timeout
        match event:
            case AudioSent():
                self._sent += event.frames
            case StreamResponse():
                # The service's figure is for the stream so far, not for this response.
                self._billed = max(self._billed, event.billed_seconds or 0)
                for result in join_interims(event.results):
                    self._take(result, now)
            case StreamClosed():
                self._close(event)

    def wake(self, now: float) -> None:
        """Note that it is ``now``: do what is due by then."""
        if self._drain_deadline is None or now < self._drain_deadline:
            return
        phase = self._step(Trigger.EXPIRED)
        self._actions.append(CancelStream(self._stream))
        self._finish(
            DrainTimeoutError(
                "DEADLINE_EXCEEDED",
                f"the audio had ended, and the service said nothing for {self._drain_timeout:g} s",
                hint="a service that needs longer wants a larger SessionConfig.drain_timeout",
                unsent=self.unsettled_seconds,
            )
        )
        self._phase = phase

    # How it goes about it.

    def _step(self, trigger: Trigger) -> Phase:
        """The phase to which ``trigger`` leads. Nothing has changed yet when this raises."""
        try:
            return TRANSITIONS[self._phase, trigger]
        except KeyError:
            raise SessionClosedError(
                f"the session takes no audio: it is {self._phase.name.lower()}",
                hint="open a new session for more audio; one session ends once",
            ) from None

    def _whole_frames(self, data: bytes) -> bytes:
        """``data`` with what was cut off before in front, and without what is cut off now."""
        if self._split_frame:
            data = self._split_frame + data
        cut = len(data) % self._frame_bytes
        self._split_frame = data[len(data) - cut :]
        return data[: len(data) - cut] if cut else data

    def _take(self, result: StreamResult, now: float) -> None:
        end = self._sent if result.end is None else min(result.end, self._accepted)
        arrival = self._arrivals.at(end)
        latency = 0.0 if arrival is None else max(0.0, now - arrival)
        placed = self._segments.place(result, base=0, end=end, latency=latency)
        if placed is not None:
            self._actions.append(Deliver(placed))
        if result.is_final:
            self._settled = max(self._settled, end)
            self._arrivals.forget(self._settled)

    def _close(self, event: StreamClosed) -> None:
        phase = self._step(Trigger.CLOSED)
        error: AsyncSpeechError | None = event.error
        if isinstance(error, StreamLostError):
            error.unsent = self.unsettled_seconds
        elif error is None and self._phase is Phase.LIVE:
            error = StreamLostError(
                "OK",
                "the service ended the stream before the audio ended",
                hint="models for single utterances, such as 'short', do so after the first",
                unsent=self.unsettled_seconds,
            )
        self._finish(error)
        self._phase = phase

    def _finish(self, error: AsyncSpeechError | None = None) -> None:
        self._drain_deadline = None
        self._actions.append(Finish(error))
