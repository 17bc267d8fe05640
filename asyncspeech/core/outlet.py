"""`Outlet`: how audio goes out on a stream, and how fast.

What the user gives goes out at once, as long as gRPC takes it; what it does not take waits here, where
it can still be dropped or sent on another stream. A stream that replaces another is sent what it has
missed at a pace, by a bucket of tokens that fills at `SessionConfig.catch_up` times real time: the
service wants audio at about the rate at which it is spoken, and writes that follow each other without a
gap hide how a call ends (grpc/grpc#36066).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech.core.actions import SendAudio
from asyncspeech.model import AudioEncoding

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech.config import SessionConfig
    from asyncspeech.core.actions import Action
    from asyncspeech.core.figures import Figures
    from asyncspeech.core.ledger import Ledger
    from asyncspeech.core.replay import Replay
    from asyncspeech.core.spending import Spending
    from asyncspeech.core.stream import Stream

__all__ = ("Outlet",)

# Lengths in seconds of audio.
_WINDOW = 2.0  # audio that is handed to gRPC and that it has not taken: the rest waits here
_STEP = 0.1  # catching up goes in steps of a usual chunk
_BURST = 0.5  # sent at once at the most while catching up, if the timer was late
_KEEP_ALIVE = 0.1  # silence that keeps a stream, every time
_LAST_WORD = 2.5  # silence that makes the service end an utterance; chirp_3 is known to want 2.4 s

_SILENCE = {AudioEncoding.LINEAR16: b"\0", AudioEncoding.MULAW: b"\xff", AudioEncoding.ALAW: b"\xd5"}


class Outlet:
    """Sends the audio of one session.

    Attributes:
        last_sent: When audio, or silence, was sent last.

    Args:
        config: The session's configuration.
        replay: The audio.
        ledger: What is settled.
        figures: Counts what is sent.
        spending: Counts what that costs.
        do: Takes the actions.
    """

    def __init__(
        self,
        config: SessionConfig,
        replay: Replay,
        ledger: Ledger,
        figures: Figures,
        *,
        spending: Spending,
        do: Callable[[Action], None],
    ) -> None:
        self.last_sent = 0.0
        self._replay = replay
        self._ledger = ledger
        self._figures = figures
        self._spending = spending
        self._do = do
        self._frame_bytes = config.audio_format.frame_bytes
        self._window = figures.frames(_WINDOW)
        self._step = figures.frames(_STEP)
        self._said_last_word = False
        self.configure(config)

    def configure(self, config: SessionConfig) -> None:
        """Go by another configuration."""
        self._config = config
        self._most_unsettled = self._figures.frames(config.buffer.max_unsettled_seconds)

    def open(self, stream: Stream, now: float) -> None:
        """Begin to send on a stream that has just been opened."""
        stream.tokens = self._step
        self._spending.open(stream)
        self.last_sent = now
        self._said_last_word = False

    def offer(self, stream: Stream, position: int, data: bytes, frames: int, now: float) -> bool:
        """Send audio that has just come, and that ends the replay, as soon as it may be sent.

        Returns:
            Whether it was sent at once.
        """
        self._said_last_word = False
        if (
            stream.next == position
            and stream.untaken_frames + frames <= self._window
            and self._unsettled(position + frames) <= self._most_unsettled
        ):
            self._send(stream, position, data, frames, now)
            return True
        self.pump(stream, now)
        return False

    def pump(self, stream: Stream, now: float) -> None:
        """Send what may be sent: no more than gRPC takes, and no faster than a service likes."""
        stream.next = self._replay.audio_from(stream.next)
        while not stream.half_closed and (most := self._allowance(stream, now)) > 0:
            end = stream.next + most
            if stream.catching_up:
                stream.tokens -= most
            for position, data in self._replay.read(stream.next, end):
                self._send(stream, position, data, len(data) // self._frame_bytes, now)
            stream.next = self._replay.audio_from(end)
        if stream.next == self._replay.end:
            stream.catching_up = False

    def taken(self, stream: Stream, frames: int, now: float) -> None:
        """Note that gRPC has taken audio of a stream."""
        stream.taken_frames += frames
        stream.taken = now
        if stream.tokens_at is None:
            stream.tokens_at = now
        figures = self._figures
        figures.handed_over += frames
        figures.taken = max(figures.taken, stream.timeline.end_of(stream.taken_frames))

    def keep_alive(self, stream: Stream, now: float) -> None:
        """Send silence on a stream that gets no audio: first what ends an utterance, then little."""
        frames = self.keep_alive_frames
        self._said_last_word = True
        stream.timeline.append_silence(stream.next, frames)
        silence = _SILENCE[self._config.encoding] * (frames * self._frame_bytes)
        self._hand_over(stream, silence, frames, now)

    @property
    def keep_alive_frames(self) -> int:
        """How much silence `keep_alive` sends next."""
        is_owed = not self._said_last_word and self._ledger.settled < self._replay.end
        return self._figures.frames(_LAST_WORD if is_owed else _KEEP_ALIVE)

    def due(self, stream: Stream) -> float | None:
        """When more may be sent, if it is only for the pace that it is not sent now."""
        is_paced = (
            stream.catching_up
            and stream.tokens_at is not None
            and stream.next < self._replay.end
            and stream.untaken_frames < self._window
            and self._unsettled(stream.next) < self._most_unsettled
        )
        if not is_paced or stream.tokens_at is None:
            return None
        return stream.tokens_at + max(0.0, self._step - stream.tokens) / self._pace

    @property
    def _pace(self) -> float:
        """Frames a second, for a stream that is catching up."""
        return self._config.catch_up * self._figures.sample_rate_hertz

    def _unsettled(self, position: int) -> int:
        """How much audio before ``position`` the service owes results for."""
        settled = self._ledger.settled
        return position - settled - self._replay.gap_frames(settled, position)

    def _allowance(self, stream: Stream, now: float) -> int:
        """How many frames may be sent now."""
        most = min(
            self._replay.end - stream.next,
            self._window - stream.untaken_frames,
            self._most_unsettled - self._unsettled(stream.next),
        )
        if stream.catching_up:
            if stream.tokens_at is not None:
                earned = (now - stream.tokens_at) * self._pace
                stream.tokens = min(stream.tokens + earned, self._figures.frames(_BURST))
                stream.tokens_at = now
            tokens = round(stream.tokens)
            most = min(most, tokens if tokens >= min(most, self._step) else 0)
        return most

    def _send(
        self, stream: Stream, position: int, data: bytes | memoryview, frames: int, now: float
    ) -> None:
        stream.timeline.append(position, frames)
        stream.next = end = position + frames
        figures = self._figures
        if position < figures.sent:
            figures.replayed += min(figures.sent, end) - position
        figures.sent = max(figures.sent, end)
        self._hand_over(stream, data, frames, now)

    def _hand_over(self, stream: Stream, data: bytes | memoryview, frames: int, now: float) -> None:
        if stream.untaken_frames == frames:  # all before has been taken: gRPC's time begins now
            stream.taken = now
        self.last_sent = now
        if stream.timeline.length > stream.paid_frames:  # another second has begun
            self._spending.count(stream)
        self._do(SendAudio(stream.number, data))
