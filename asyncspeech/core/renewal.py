"""`Renewal`: when and where to pass over to the next stream.

It only decides; the engine does. Of the reasons to part with a live stream, age is the planned one: the
service lets none live longer than five minutes, so from `RenewalPolicy.after` on a good place is looked
for, and at ``by`` any place has to do. The others are a service that says nothing to speech (a *stall*,
decided after the fact: was there sound that it should have answered?), audio that has waited too long
for a final, and a user who sends nothing.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from asyncspeech.config import IdleMode

if TYPE_CHECKING:
    from asyncspeech.config import SessionConfig
    from asyncspeech.core.figures import Figures
    from asyncspeech.core.ledger import Ledger
    from asyncspeech.core.replay import Replay
    from asyncspeech.core.stream import Stream

__all__ = ("Renewal", "Turn")

# Lengths in seconds of audio.
_LEAD = 0.5  # quiet before a sound that a new stream is given, to come in
_FRESH = 2.0  # the service may not have got to audio that has just come
_TAIL = 0.3  # it is quiet if it has been so for this long: longer than the closure of a consonant


class Turn(Enum):
    """What is to become of a live stream."""

    REPLACE = auto()
    """Cancel it, and open the next: nothing is lost by that here."""
    CUT = auto()
    """Half-close it; the next takes over."""
    PARK = auto()
    """Half-close it; no audio comes."""
    KEEP_ALIVE = auto()
    """Send it silence."""


class Renewal:
    """Watches the live stream of one session.

    Attributes:
        config: The session's configuration. It can be changed.
        last_audio: When the user last gave audio.
        is_withholding: Whether nobody has spoken for so long that silence is withheld.

    Args:
        config: The session's configuration.
        replay: The audio.
        ledger: What has been said.
        figures: What has been done.
    """

    def __init__(self, config: SessionConfig, replay: Replay, ledger: Ledger, figures: Figures) -> None:
        self.config = config
        self.last_audio = 0.0
        self.is_withholding = False
        self._replay = replay
        self._ledger = ledger
        self._figures = figures
        self._patience = config.stall_timeout

    @property
    def patience(self) -> float:
        """For how many seconds a service may be silent that should say something."""
        return self._patience

    def lose_patience(self) -> None:
        """Note that a service was suspected to be stalled: the next suspicion takes twice as long."""
        self._patience *= 2

    def gain_patience(self) -> None:
        """Note that the service has answered by itself."""
        self._patience = self.config.stall_timeout

    def open(self, stream: Stream, now: float) -> None:
        """Begin to watch a stream that has just been opened."""
        stream.renew_after = now + self.config.renewal.after
        stream.renew_by = now + self.config.renewal.by
        stream.stall_check = now + self._patience
        stream.overdue_check = now + self.config.buffer.max_unsettled_seconds

    def hasten(self, stream: Stream, now: float) -> None:
        """Look for a good place from now on, and not for long."""
        stream.renew_after = now
        stream.renew_by = min(stream.renew_by, now + self.config.renewal.overlap)

    def settle_quiet(self, *, fresh: float = _FRESH) -> None:
        """Settle audio that is quiet, and on which the service said nothing.

        Args:
            fresh: How many seconds of it the service may not have got to.
        """
        fresh = 0.0 if self.is_withholding else fresh  # nobody speaks there: that is known
        # What a result on any channel has taken into account, the service has got to on all.
        before = max(self._replay.end - self._figures.frames(fresh), self._ledger.reached)
        self._ledger.settle_quiet(before, self._figures.frames(_LEAD))

    def is_quiet_before(self, position: int) -> bool:
        """Whether nobody is speaking at a position, on any channel."""
        is_voice = self._replay.is_voice_before(position)
        if is_voice is not None:
            return not is_voice
        start = max(0, position - self._figures.frames(_TAIL))
        return all(
            self._replay.first_sound(start, channel) >= position for channel in self._ledger.channels
        )

    def turn(self, live: Stream, last_sent: float, now: float) -> Turn | None:
        """What is to become of the live stream; None if it is to go on.

        Args:
            live: The stream.
            last_sent: When something was sent on it last.
            now: The time.
        """
        live.awaits_renewal = now >= live.renew_after
        if self._is_good_place(live):
            return Turn.REPLACE
        if now >= live.renew_by or self._is_stalled(live, now) or self._is_overdue(live, now):
            return Turn.CUT
        if live.next < self._replay.end:  # no more is sent until results come: does the service starve?
            starves = not live.untaken_frames and now >= last_sent + self.config.idle.after
            return Turn.CUT if starves else None
        if now < self._idle_at(last_sent) and not self._wants_end(live):
            return None
        # Silence must not get into a word that may go on.
        if self.config.idle.mode is IdleMode.PARK or not self.is_quiet_before(live.next):
            return Turn.PARK
        return Turn.KEEP_ALIVE

    def is_due_at_final(self, live: Stream, now: float) -> bool:
        """Whether to replace the live stream now that a final has come: there is no better place."""
        return now >= live.renew_after and not self._ledger.is_pending

    def due(self, live: Stream, last_sent: float) -> float:
        """When `turn` has to be asked again at the latest."""
        due = min(
            live.renew_by if live.awaits_renewal else live.renew_after,
            live.stall_check,
            live.overdue_check,
        )
        if live.next == self._replay.end:
            return min(due, self._idle_at(last_sent))
        return due if live.untaken_frames else min(due, last_sent + self.config.idle.after)

    def _idle_at(self, last_sent: float) -> float:
        parks = self.config.idle.mode is IdleMode.PARK
        return (self.last_audio if parks else max(self.last_audio, last_sent)) + self.config.idle.after

    def _wants_end(self, live: Stream) -> bool:
        """Whether to make a stream say its last words: nobody speaks, and it is sent nothing more."""
        parks = self.is_withholding and self.config.idle.mode is IdleMode.PARK
        return parks and (live.awaits_renewal or self._ledger.settled < self._replay.end)

    def _is_good_place(self, live: Stream) -> bool:
        """Whether a renewal is due, nothing is pending, and it is quiet."""
        if not live.awaits_renewal or (self.is_withholding and self.config.idle.mode is IdleMode.PARK):
            return False  # while silence is withheld, no next stream is needed
        return not self._ledger.is_pending and self._first_sound() >= self._replay.end

    def _first_sound(self) -> int:
        """Where there is sound for which the service owes results."""
        return min(
            self._replay.first_sound(channel.settled, key)
            for key, channel in self._ledger.channels.items()
        )

    def _is_stalled(self, live: Stream, now: float) -> bool:
        """Whether the service should have said something by now: it was sent sound, and is silent."""
        if now < live.stall_check:
            return False
        if live.untaken_frames:  # it is slow: it has not got to all that it was given
            live.stall_check = now + self._patience / 10
            return False
        sound = self._first_sound()
        since = now
        if sound < live.next:
            since = max(live.heard, live.opened, self._ledger.arrivals.at(sound + 1) or live.opened)
        if now < since + self._patience:
            live.stall_check = since + self._patience
            return False
        self.lose_patience()
        return True

    def _is_overdue(self, live: Stream, now: float) -> bool:
        """Whether audio has waited too long for a final."""
        if now < live.overdue_check:
            return False
        self.settle_quiet(fresh=max(0.0, _FRESH - (now - self.last_audio)))
        settled = self._ledger.settled
        since = now
        if settled < live.next:
            since = max(live.opened, self._ledger.arrivals.at(settled + 1) or live.opened)
        live.overdue_check = since + self.config.buffer.max_unsettled_seconds
        return now >= live.overdue_check
