"""`Ledger`: what has been said, channel by channel, and up to where.

*Settled* is the position up to which nothing is owed any more: finals cover it, or it is quiet. It is
where a new stream may begin. *Delivered* is the position up to which finals tell what was said; what
another stream says of audio before that has been said already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncspeech.core.arrivals import Arrivals
from asyncspeech.core.seam import has_times, keep_after, unsaid, with_text
from asyncspeech.core.segments import Segments

if TYPE_CHECKING:
    from asyncspeech.config import SessionConfig
    from asyncspeech.core.events import StreamResult
    from asyncspeech.core.replay import Replay
    from asyncspeech.core.stream import Stream
    from asyncspeech.model import Result

__all__ = ("Channel", "Ledger")

# Marks for latencies lie this far apart at the least; a tenth of the usual chunk.
_ARRIVAL_RESOLUTION_SECONDS = 0.01

# Enough of what was said last to find it again at the beginning of what another stream says.
_SAID_CHARACTERS = 400


@dataclass(slots=True)
class Channel:
    """What has been said on one channel.

    Attributes:
        settled: Up to where nothing is owed.
        delivered: Up to where finals tell what was said.
        said: The end of it, as text.
        said_end: Up to where that may reach: beyond ``delivered`` where words have no times.
        is_pending: Whether the service has given an interim that no final has replaced.
    """

    settled: int = 0
    delivered: int = 0
    said: str = ""
    said_end: int = 0
    is_pending: bool = False


class Ledger:
    """Keeps what has been said in one session.

    Attributes:
        arrivals: When which audio came in, as far as it is not settled.
        settled: Up to where nothing is owed, on any channel. To be read only; each chunk asks for it.

    Args:
        config: The session's configuration.
        replay: Its audio.
    """

    def __init__(self, config: SessionConfig, replay: Replay) -> None:
        rate = config.sample_rate_hertz
        self._replay = replay
        self._channels = {channel: Channel() for channel in config.recognized_channels}
        self._segments = Segments(rate)
        self.arrivals = Arrivals(round(_ARRIVAL_RESOLUTION_SECONDS * rate))
        self.settled = 0
        self._reached = 0

    @property
    def channels(self) -> dict[int | None, Channel]:
        """The channels that are recognised."""
        return self._channels

    @property
    def is_pending(self) -> bool:
        """Whether the service has begun to say something, on any channel."""
        return any(channel.is_pending for channel in self._channels.values())

    @property
    def reached(self) -> int:
        """The furthest position that a result has taken into account."""
        return self._reached

    def key(self, result: StreamResult) -> int | None:
        """Which channel a result belongs to."""
        return result.channel if result.channel in self._channels else next(iter(self._channels))

    def hear(
        self,
        result: StreamResult,
        stream: Stream,
        now: float,
        *,
        end: int,
        settled: int | None = None,
        reach: int | None = None,
    ) -> Result | None:
        """Take in a result, in positions of the session.

        Args:
            result: The result.
            stream: The stream that it came on.
            now: The time.
            end: Up to where it takes the audio into account.
            settled: Up to where nothing is owed after it, if that is not its end.
            reach: Up to where its words may lie, if that is not its end.

        Returns:
            What is to be handed to the user; None if it says nothing, or nothing new.
        """
        key = self.key(result)
        channel = self._channels[key]
        self._reached = max(self._reached, end)
        new = self._new(result, channel, end if reach is None else reach, stream.cutoffs.get(key))
        placed = None
        if new is not None:
            placed = self._segments.place(new, end=end, latency=self._latency(end, now))
        if result.is_final:
            self._note_final(channel, placed, end, end if settled is None else settled)
            if end >= channel.said_end:
                stream.cutoffs.pop(key, None)
        elif placed is not None:
            channel.is_pending = True
        return placed

    def settle(self, channel: Channel, position: int) -> None:
        """Note that nothing is owed before ``position``, nor for a gap that begins there."""
        channel.settled = max(channel.settled, self._replay.audio_from(position))
        self.settled = min([each.settled for each in self._channels.values()])

    def begin(self, interim: StreamResult) -> None:
        """Note that the service has begun to say something that is not handed to the user."""
        self._channels[self.key(interim)].is_pending = True

    def deliver(self, channel: Channel, position: int, said_end: int) -> None:
        """Note that what was said before ``position`` has been told, and nothing after ``said_end``."""
        channel.delivered = max(channel.delivered, position)
        channel.said_end = max(channel.said_end, said_end)

    def cut_off(self, stream: Stream) -> None:
        """Have left out what a stream will say of audio of which it has been told what was said."""
        for key, channel in self._channels.items():
            if channel.said_end > stream.start:
                stream.cutoffs[key] = channel.delivered

    def settle_all(self, position: int) -> None:
        """Note that nothing is owed before ``position``, on any channel."""
        for channel in self._channels.values():
            self.settle(channel, position)
        self.arrivals.forget(self.settled)

    def settle_quiet(self, before: int, lead: int) -> None:
        """Note that nothing is owed for audio that is quiet and on which the service said nothing.

        Args:
            before: What is after this is too fresh: the service may not have got to it.
            lead: How much of the quiet before a sound is kept, for a new stream to begin with.
        """
        for key, channel in self._channels.items():
            if not channel.is_pending:
                sound = self._replay.first_sound(channel.settled, key)
                self.settle(channel, min(before, sound - lead if sound < self._replay.end else sound))
        self.arrivals.forget(self.settled)

    def settle_unspoken(self, position: int) -> None:
        """Note that nobody spoke before ``position``, but for what the service has begun to tell."""
        for channel in self._channels.values():
            if not channel.is_pending:
                self.settle(channel, position)
        self.arrivals.forget(self.settled)

    def forget_pending(self) -> None:
        """Note that the service has said its last word on all that was pending."""
        for channel in self._channels.values():
            channel.is_pending = False

    def _new(
        self, result: StreamResult, channel: Channel, end: int, cutoff: int | None
    ) -> StreamResult | None:
        """What of a result has not been said by another stream."""
        if cutoff is None or not result.alternatives:
            return result
        if end <= cutoff:
            return None
        if has_times(result):
            return keep_after(result, cutoff)
        text = result.alternatives[0].text
        rest = unsaid(channel.said, text)
        if rest == text:
            return result
        return with_text(result, rest) if rest else None

    def _note_final(self, channel: Channel, placed: Result | None, end: int, settled: int) -> None:
        channel.is_pending = False
        self.deliver(channel, end, end)
        if placed is not None:
            channel.said = f"{channel.said} {placed.text}"[-_SAID_CHARACTERS:]
        self.settle(channel, settled)
        self.arrivals.forget(self.settled)

    def _latency(self, end: int, now: float) -> float:
        arrival = self.arrivals.at(end)
        return 0.0 if arrival is None else max(0.0, now - arrival)
