"""`Ledger`: what has been said, channel by channel, and up to where.

*Settled* is the position up to which nothing is owed any more: finals cover it, or it is quiet. It is
where a new stream may begin. *Told* is the position up to which finals tell what was said; what another
stream says of audio before that has been said already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncspeech.core.arrivals import Arrivals
from asyncspeech.core.seam import has_times, keep_after, unsaid, with_text
from asyncspeech.core.segments import Segments
from asyncspeech.core.stream import Cutoff

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

_NOTHING = Cutoff(0, 0)


@dataclass(slots=True)
class Channel:
    """What has been said on one channel.

    Attributes:
        settled: Up to where nothing is owed.
        told: Up to where finals tell what was said.
        said: The end of it, as text.
        is_pending: Whether the service has given an interim that no final has replaced.
    """

    settled: int = 0
    told: Cutoff = _NOTHING
    said: str = ""
    is_pending: bool = False


class Ledger:
    """Keeps what has been said in one session."""

    def __init__(self, config: SessionConfig) -> None:
        rate = config.sample_rate_hertz
        self._channels = {channel: Channel() for channel in config.recognized_channels}
        self._segments = Segments(rate)
        self._arrivals = Arrivals(round(_ARRIVAL_RESOLUTION_SECONDS * rate))
        self._reached = 0

    @property
    def channels(self) -> dict[int | None, Channel]:
        """The channels that are recognised."""
        return self._channels

    @property
    def settled(self) -> int:
        """Up to where nothing is owed, on any channel."""
        if len(self._channels) == 1:
            return next(iter(self._channels.values())).settled
        return min(channel.settled for channel in self._channels.values())

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

    def arrive(self, end: int, now: float) -> None:
        """Note that all audio before position ``end`` is in."""
        self._arrivals.add(end, now)

    def arrival(self, position: int) -> float | None:
        """When the frame before ``position`` came in; None if that is unknown or forgotten."""
        return self._arrivals.at(position)

    def hear(
        self, result: StreamResult, stream: Stream, now: float, *, end: int, settled: int | None = None
    ) -> Result | None:
        """Take in a result, in positions of the session.

        Args:
            result: The result.
            stream: The stream that it came on.
            now: The time.
            end: Up to where it takes the audio into account.
            settled: Up to where nothing is owed after it, if that is not its end.

        Returns:
            What is to be handed to the user; None if it says nothing, or nothing new.
        """
        key = self.key(result)
        channel = self._channels[key]
        self._reached = max(self._reached, end)
        new = self._new(result, channel, end, stream.cutoffs.get(key))
        placed = None
        if new is not None:
            placed = self._segments.place(new, end=end, latency=self._latency(end, now))
        if result.is_final:
            self._note_final(channel, placed, end, end if settled is None else settled)
            if key in stream.cutoffs and end >= stream.cutoffs[key].part:
                del stream.cutoffs[key]
        elif placed is not None:
            channel.is_pending = True
        return placed

    def tell(self, channel: Channel, cutoff: Cutoff) -> None:
        """Note what finals tell."""
        told = channel.told
        channel.told = Cutoff(max(told.whole, cutoff.whole), max(told.part, cutoff.part))

    def cut_off(self, stream: Stream) -> None:
        """Let a stream know what others have told of the audio that it hears again."""
        for key, channel in self._channels.items():
            if channel.told.part > stream.start:
                stream.cutoffs[key] = channel.told

    def settle(self, channel: Channel, position: int) -> None:
        """Note that nothing is owed before ``position``."""
        channel.settled = max(channel.settled, position)

    def settle_all(self, position: int) -> None:
        """Note that nothing is owed before ``position``, on any channel."""
        for channel in self._channels.values():
            self.settle(channel, position)
        self._arrivals.forget(self.settled)

    def settle_quiet(self, replay: Replay, before: int, lead: int) -> None:
        """Note that nothing is owed for audio that is quiet and on which the service said nothing.

        Args:
            replay: The audio.
            before: What is after this is too fresh: the service may not have got to it.
            lead: How much of the quiet before a sound is kept, for a new stream to begin with.
        """
        for key, channel in self._channels.items():
            if not channel.is_pending:
                sound = replay.first_sound(channel.settled, key)
                self.settle(channel, min(before, sound - lead if sound < replay.end else sound))
        self._arrivals.forget(self.settled)

    def forget_pending(self) -> None:
        """Note that the service has said its last word on all that was pending."""
        for channel in self._channels.values():
            channel.is_pending = False

    def _new(
        self, result: StreamResult, channel: Channel, end: int, cutoff: Cutoff | None
    ) -> StreamResult | None:
        """What of a result has not been said by another stream."""
        if cutoff is None or not result.alternatives:
            return result
        if end <= cutoff.whole:
            return None
        if has_times(result):
            return keep_after(result, cutoff.whole)
        text = result.alternatives[0].text
        rest = unsaid(channel.said, text)
        if rest == text:
            return result
        return with_text(result, rest) if rest else None

    def _note_final(self, channel: Channel, placed: Result | None, end: int, settled: int) -> None:
        channel.is_pending = False
        self.tell(channel, Cutoff(end, end))
        if placed is not None:
            channel.said = f"{channel.said} {placed.text}"[-_SAID_CHARACTERS:]
        self.settle(channel, settled)
        self._arrivals.forget(self.settled)

    def _latency(self, end: int, now: float) -> float:
        arrival = self._arrivals.at(end)
        return 0.0 if arrival is None else max(0.0, now - arrival)
