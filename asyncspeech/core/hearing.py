"""`Hearing`: what the service says, on its way to the user.

A result goes into the ledger, which says what of it is new, and past the confidence gate; what is left
is delivered. So does what is known of the overlap of two streams (`asyncspeech.core.handover`), once it
is clear which words of which stream count. A last word that may have been cut off is held until somebody
has heard the rest of it, or nobody will.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asyncspeech.core.actions import Deliver
from asyncspeech.core.confidence import ConfidenceGate
from asyncspeech.model import SpeechEnded, SpeechStarted

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech.config import SessionConfig
    from asyncspeech.core.actions import Action
    from asyncspeech.core.events import Activity, StreamResult
    from asyncspeech.core.figures import Figures
    from asyncspeech.core.handover import Handover, Joint
    from asyncspeech.core.ledger import Ledger
    from asyncspeech.core.retry import Retry
    from asyncspeech.core.stream import Stream

__all__ = ("Hearing",)


class Hearing:
    """Takes in what streams say, and delivers what of it is to be told.

    Args:
        config: What the session is to do.
        ledger: Knows what was said, and what is owed.
        figures: The session's figures.
        retry: Is told of progress.
        do: Takes the actions.
    """

    def __init__(
        self,
        config: SessionConfig,
        ledger: Ledger,
        figures: Figures,
        retry: Retry,
        do: Callable[[Action], None],
    ) -> None:
        self._ledger = ledger
        self._figures = figures
        self._retry = retry
        self._do = do
        self._confidence = ConfidenceGate(config.min_confidence)
        self._held: list[tuple[Stream, StreamResult]] = []
        self._last_activity = (-1, False)
        self.reconfigure(config)

    def reconfigure(self, config: SessionConfig) -> None:
        """Go by another configuration from now on."""
        self._tells_interims = config.interim_results
        self._confidence.least = config.min_confidence
        self._believes_service = config.voice_activity is None

    def end(self, stream: Stream, result: StreamResult) -> int:
        """Up to which session position a result takes the audio into account."""
        if result.end is not None:
            return result.end
        if not (result.alternatives and result.alternatives[0].text.strip()):
            return self._ledger.settled  # an end of zero is left out on the wire
        return stream.timeline.end_of(stream.taken_frames)

    def take(
        self,
        stream: Stream,
        result: StreamResult,
        now: float,
        *,
        settled: int | None = None,
        reach: int | None = None,
    ) -> None:
        """Take in a result, and deliver what is to be told of it.

        Args:
            stream: The stream that it came on.
            result: The result, in positions of the session.
            now: The time.
            settled: Up to where nothing is owed after it, if that is not its end.
            reach: Up to where its words may lie, if that is not its end.
        """
        reached, end = self._ledger.reached, self.end(stream, result)
        placed = self._ledger.hear(result, stream, now, end=end, settled=settled, reach=reach)
        if self._ledger.reached > reached:
            self._retry.progress()
        passed = None if placed is None else self._confidence.passed(placed)
        if passed is not None:
            self._do(Deliver(passed))

    def take_joint(self, handover: Handover, key: int | None, joint: Joint, now: float) -> None:
        """Take in what an old stream said of the overlap on a channel, as far as it counts."""
        for final in joint.finals:
            reach = self.end(handover.old, final)
            end = min(reach, joint.cutoff)
            settled = min(end, joint.settled)
            self.take(handover.old, replace(final, end=end), now, settled=settled, reach=reach)
        channel = self._ledger.channels[key]
        self._ledger.deliver(channel, joint.cutoff, joint.said_end or joint.cutoff)
        self._ledger.settle(channel, joint.settled)
        if joint.held is not None and handover.successor is None:
            self._held.append((handover.old, joint.held))
            if self._tells_interims:
                self.take(handover.old, replace(joint.held, is_final=False), now)

    def release_held(self, position: int, now: float) -> None:
        """Deliver words that may have been cut off: nobody will hear the rest.

        No channel is owed anything before ``position`` after that, also if none of its words was held:
        a stream that begins earlier, for one channel, hears what was held on the others again. Where
        words have no times, those cannot be told from new ones: part of a word is another word.

        Args:
            position: Where the audio ends that the service has said everything about.
            now: The time.
        """
        held, self._held = self._held, []
        for stream, result in held:
            self.take(stream, result, now)
        self._ledger.settle_all(position)

    def drop_held(self) -> None:
        """Forget words that may have been cut off: they are heard again."""
        self._held = []

    def take_activity(self, stream: Stream, activity: Activity) -> None:
        """Take in that somebody began or ended to speak, unless that is told by who listens here."""
        if self._believes_service:
            place = stream.timeline.start_of if activity.begins else stream.timeline.end_of
            self.tell_activity(place(activity.position), begins=activity.begins)

    def tell_activity(self, position: int, *, begins: bool) -> None:
        """Deliver that somebody began or ended to speak at a position, unless that has been told."""
        last, begun = self._last_activity
        if position > last and begins is not begun:
            self._last_activity = (position, begins)
            at = self._figures.seconds(position)
            self._do(Deliver(SpeechStarted(at) if begins else SpeechEnded(at)))
