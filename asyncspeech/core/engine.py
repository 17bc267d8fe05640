"""`SessionEngine`: the course of one session, as a pure state machine.

The shell tells the engine what happened (`audio`, `audio_sent`, `end`, `finalize`, `reconfigure`,
`abort`, `handle`) and that time has passed (`wake`), and after each call does what `actions` returns, in
that order. It sets one timer, for `deadline`, which only comes nearer when a call says so: those that
are made all the time (`audio`, `audio_sent`, `handle`) say whether it may have, and all others may have
done it. Where `audio_sent` says no, there are no actions either. That is the whole contract::

    is_sooner = engine.audio(chunk, now)
    for action in engine.actions():
        do(action)
    if is_sooner:
        timer.arm(engine.deadline())

A timer that goes off before its time is no mistake: the deadline has moved on, and is asked for anew.

A session goes through the phases of `asyncspeech.core.phases`, whose table lists every legal step.

**One idea.** Audio is *settled* when final results cover it, and is kept until then. So any stream, at
any time, can be replaced by a new one that begins where the audio is not settled. Renewal, recovery,
parking and reconfiguration are that, at different times:

- *replace*: where nothing is pending, the stream is cancelled and the next begins;
- *cut*: anywhere else it is half-closed, which makes the service say its last words, and the next begins
  a little before the cut, if somebody was speaking there (`Handover`, `seam`);
- *recover*: a broken stream is gone already, and the next begins, now or after a while (`Retry`).

**Positions** are session frames: integers, counted from the first frame that the user gave.
*Accepted* is how far the user's audio reaches, *sent* how far it has been handed to gRPC, *settled* how
far nothing is owed any more: settled <= accepted, sent <= accepted.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from asyncspeech.config import BudgetScope, Remedy, WhenFull
from asyncspeech.core.actions import (
    CancelStream,
    Deliver,
    Finalized,
    Finish,
    HalfClose,
    OpenStream,
)
from asyncspeech.core.events import StreamClosed, StreamResponse
from asyncspeech.core.failures import drained_out, early_end, given_up, silent, takes_nothing
from asyncspeech.core.figures import Figures
from asyncspeech.core.floor import Floor
from asyncspeech.core.handover import Handover
from asyncspeech.core.hearing import Hearing
from asyncspeech.core.ledger import Ledger
from asyncspeech.core.outlet import Outlet
from asyncspeech.core.patience import listened_until
from asyncspeech.core.phases import TRANSITIONS, Phase, Trigger
from asyncspeech.core.purse import Purses
from asyncspeech.core.renewal import Renewal, Turn
from asyncspeech.core.replay import Replay
from asyncspeech.core.retry import Retry, hides
from asyncspeech.core.segments import join_interims
from asyncspeech.core.spending import Spending
from asyncspeech.core.stream import Stream
from asyncspeech.errors import (
    BudgetExceededError,
    ConfigurationError,
    ServiceError,
    SessionClosedError,
)
from asyncspeech.model import (
    AudioLost,
    Parked,
    Resumed,
    StreamOpened,
    StreamRecovered,
    StreamRenewed,
)
from asyncspeech.telemetry.streams import CANCELLED, STALLED, StreamCause, StreamSummary

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech.config import SessionConfig
    from asyncspeech.core.actions import Action
    from asyncspeech.core.events import StreamEvent, StreamResult
    from asyncspeech.core.handover import Joint
    from asyncspeech.core.replay import FindSound
    from asyncspeech.errors import AsyncSpeechError
    from asyncspeech.model import Event

__all__ = ("SessionEngine",)

# Lengths in seconds of audio.
_BLOCK = 0.1  # chunks shorter than this are put together
_QUIET_CHECK = 2.0  # it is looked for quiet audio every so often
_DROP = 1.0  # the least that is dropped at a time
_MARGIN = 0.25  # room that a join of two streams needs: the service tells times in steps of 0.1 s
_NEAR = 0.1  # a word that ends so near a cut may have been cut off; and less than that is no word

# Lengths in seconds of time.
_GOES_ON = 0.3  # audio that comes so soon after a cut goes on with what was being said
_TELLS = 2.0  # for so long the successor's first words are waited for, where words have no times

# How often a service is asked again that has begun to say something and ended with OK.
_MOST_DOUBTS = 3


class SessionEngine:
    """One session's course. See the module's description for the contract.

    Args:
        config: What the session is to do.
        find_sound: Tells where audio is not quiet.
        random: Gives a number from 0 up to 1, for delays.
        purses: What the budgets have paid for that this session shares with others.
    """

    def __init__(
        self,
        config: SessionConfig,
        *,
        find_sound: FindSound,
        random: Callable[[], float],
        purses: Purses | None = None,
    ) -> None:
        self._config = config
        self._frame_bytes = config.audio_format.frame_bytes
        self._figures = Figures(config.sample_rate_hertz)
        self._phase = Phase.WAITING
        self._actions: list[Action] = []
        self._ended: list[StreamSummary] = []
        self._replay = Replay(self._frame_bytes, self._figures.frames(_BLOCK), find_sound)
        self._ledger = Ledger(config, self._replay)
        self._spending = Spending(config, self._do, Purses() if purses is None else purses)
        self._outlet = Outlet(
            config, self._replay, self._ledger, self._figures, spending=self._spending, do=self._do
        )
        self._renewal = Renewal(config, self._replay, self._ledger, self._figures)
        self._retry = Retry(config.retry, random)
        self._hearing = Hearing(config, self._ledger, self._figures, self._retry, self._do)
        self._floor = Floor(config, self._figures)
        self._live: Stream | None = None
        self._handover: Handover | None = None
        self._retry_at: float | None = None
        self._loss: ServiceError | None = None
        self._loss_status = ""
        self._over_budget: BudgetExceededError | None = None
        self._ending = False
        self._drain_deadline: float | None = None
        self._finalize_at: int | None = None
        self._rest_at: float | None = None
        self._releases_held = False
        self._split_frame = b""
        self._doubted = -1
        self._doubts = 0
        self._quiet_check = 0
        self._told_deadline = math.inf

    # What the shell may ask.

    @property
    def phase(self) -> Phase:
        """Where the session is."""
        return self._phase

    @property
    def takes_audio(self) -> bool:
        """Whether `audio` may be called."""
        return (self._phase, Trigger.AUDIO) in TRANSITIONS

    def check_takes_audio(self) -> None:
        """See that `audio` may be called.

        Raises:
            SessionClosedError: The audio has ended, or the session has.
            BudgetExceededError: The session's budget is spent.
        """
        self._next(Trigger.AUDIO)

    @property
    def figures(self) -> Figures:
        """What it has done so far; to be read only."""
        return self._figures

    @property
    def spent(self) -> float:
        """What it has cost so far, in US dollars."""
        return self._spending.usd

    @property
    def billed_estimate(self) -> int:
        """Seconds that the service should have billed, by our own count."""
        return self._spending.estimated_seconds

    @property
    def over_budget(self) -> BudgetExceededError | None:
        """What the session ends with once all is recognised, if its budget is spent."""
        return self._over_budget

    @property
    def accepted_seconds(self) -> float:
        """Seconds of audio taken from the user."""
        return self._seconds(self._accepted)

    @property
    def waiting_seconds(self) -> float:
        """Seconds of accepted audio that gRPC has never been given, and will be."""
        return self._seconds(self._waiting_frames)

    @property
    def unsettled_seconds(self) -> float:
        """Seconds of accepted audio for which the service still owes results."""
        return self._seconds(self._audio_frames(self._ledger.settled, self._accepted))

    @property
    def saved(self) -> float:
        """What the silence that was withheld would have cost, in US dollars."""
        withheld = self._figures.withheld
        return self._spending.saved_usd(self._seconds(withheld)) if withheld else 0.0

    @property
    def waits(self) -> bool:
        """Whether there is audio that gRPC has not been given."""
        return self._figures.taken < self._replay.end

    def deadline(self) -> float | None:
        """When `wake` wants to be called at the latest, on the clock of ``now``; None for never."""
        due = math.inf if self._live is None else self._live_due(self._live)
        for time in (self._drain_deadline, self._retry_at, self._rest_at, self._turn_due()):
            if time is not None and time < due:
                due = time
        if self._handover is not None and self._retry_at is None:
            due = min(due, self._handover_due(self._handover))
        self._told_deadline = due
        return due if due < math.inf else None

    def actions(self) -> list[Action]:
        """What is to be done now. The list is the caller's; the engine begins a new one."""
        if not self._actions:
            return []
        actions, self._actions = self._actions, []
        return actions

    def ended(self) -> list[StreamSummary]:
        """The streams that have ended, or that ``actions`` cancels, since this was asked last.

        Their times are on the clock of ``now``.
        """
        ended, self._ended = self._ended, []
        return ended

    # What the shell tells.

    def audio(
        self,
        data: bytes,
        now: float,
        *,
        is_voice: bool | None = None,
        arrived: float | None = None,
    ) -> bool:
        """Take audio in the session's format.

        ``data`` may be cut anywhere, also within a frame. It is not copied (but for the bytes of a cut
        frame) and must not change afterwards.

        Args:
            data: The audio.
            now: The time.
            is_voice: Whether somebody speaks in it; None if nobody has listened.
            arrived: When the user gave its last frame, if that was not now.

        Returns:
            Whether `deadline` may have come nearer by that.

        Raises:
            SessionClosedError: The audio has ended, or the session has; nothing was taken.
            BudgetExceededError: The budget does not pay for all of it. As much as it pays for was taken,
                and the audio has ended. There are actions to be done.
        """
        self._next(Trigger.AUDIO)
        if self._split_frame or len(data) % self._frame_bytes:
            data = self._whole_frames(data)
        arrived = now if arrived is None else arrived
        if self._config.budget is None:
            return self._accept(data, now, arrived, is_voice=is_voice)
        affordable = self._affordable_frames() * self._frame_bytes
        if len(data) <= affordable:
            return self._accept(data, now, arrived, is_voice=is_voice)
        self._accept(data[: max(0, int(affordable))], now, arrived, is_voice=is_voice)
        raise self._end_over_budget(now)

    def withhold(self, frames: int, now: float) -> None:
        """Take silence that is not to be sent: the session's time goes on, and that is all.

        Raises:
            SessionClosedError: The audio has ended, or the session has; nothing was taken.
        """
        self._next(Trigger.AUDIO)
        start = self._accepted
        self._replay.skip(frames)
        self._figures.withheld += frames
        was_withholding, self._renewal.is_withholding = self._renewal.is_withholding, True
        for channel in self._ledger.channels.values():
            if channel.settled >= start:
                self._ledger.settle(channel, start)
        self._note_voice(start, self._accepted, now, is_voice=None)
        if not was_withholding:
            self._settle_unvoiced()
        self._review(now)

    def _accept(self, data: bytes, now: float, arrived: float, *, is_voice: bool | None) -> bool:
        if not data:
            return False
        position = self._replay.end
        frames = self._replay.append(data, is_voice=is_voice)
        self._ledger.arrivals.add(position + frames, arrived)
        self._renewal.last_audio = now
        self._renewal.is_withholding = False
        is_sent, live = False, self._live
        if live is not None:
            is_sent = self._outlet.offer(live, position, data, frames, now)
        elif self._retry_at is None:
            self._open_for_audio(now)
        if self._config.buffer.when_full is WhenFull.DROP_OLDEST:
            self._drop_oldest()
        figures = self._figures
        if position + frames - figures.taken > figures.most_waiting:  # or less, if there are gaps in it
            figures.most_waiting = max(figures.most_waiting, self._waiting_frames)
        if position >= self._quiet_check:
            self._quiet_check = position + self._figures.frames(_QUIET_CHECK)
            self._settle_quiet()
            self._review(now)
            is_sent = False
        if is_voice is not None:
            is_sent = False
            if self._note_voice(position, position + frames, now, is_voice=is_voice):
                self._finish_turn(now)
        # What is sent has to be taken in time. Everything else is put off by it, if anything.
        return not is_sent or self._told_deadline > now + self._config.stall_timeout

    def _note_voice(self, start: int, end: int, now: float, *, is_voice: bool | None) -> bool:
        """Note whether somebody speaks in audio that has just come; None if it is withheld.

        Returns:
            Whether a turn is over by that.
        """
        change = self._floor.hear(start, end, now, is_voice=is_voice)
        if change is None:
            return False
        self._hearing.tell_activity(change.position, begins=change.begins)
        return self._floor.has_turns and not change.begins

    def _turn_due(self) -> float | None:
        """When a turn is over if no audio comes until then."""
        deadline = self._floor.deadline
        return deadline if deadline is not None and self.takes_audio else None

    def _settle_unvoiced(self) -> None:
        """Settle audio in which nobody speaks, however fresh it is: those who listened know."""
        since, ledger = self._floor.silent_since, self._ledger
        near = self._figures.frames(_NEAR)
        if since is not None and not ledger.is_pending and ledger.settled >= since - near:
            ledger.settle_all(self._accepted)
        else:
            self._renewal.settle_quiet(fresh=0.0)
        self._forget()

    def _finish_turn(self, now: float) -> None:
        """Have what was said made final, as somebody has finished speaking."""
        self._settle_unvoiced()
        if self._ledger.settled < self._accepted and self.takes_audio:
            self.finalize(now)

    def end(self, now: float) -> None:
        """Note that no more audio comes. Saying it again changes nothing.

        A last frame that is cut short is dropped: half a sample is no sound.
        """
        phase = self._next(Trigger.END)
        if self._phase in {Phase.DRAINING, Phase.ENDED}:
            return
        self._phase = phase
        if phase is Phase.ENDED:
            self._hearing.release_held(self._accepted, now)
            self._finish(now)
            return
        self._ending = True
        self._drain_deadline = now + self._config.drain_timeout
        owes = self._ledger.settled < self._accepted and self._rest_at is None
        if self._live is None and self._handover is None and not owes:
            self._settled_without_stream(now)
        self._review(now)

    def finalize(self, now: float) -> int:
        """Make the service say its last word on everything said so far. The session goes on.

        Returns:
            The position up to which that is. `Finalized` follows, with that position or a later one.

        Raises:
            SessionClosedError: The session has ended.
        """
        if self._phase is Phase.ENDED:
            raise self._closed_error()
        position = self._accepted
        rests = self._rest_at is not None or self._phase in {Phase.WAITING, Phase.PARKED}
        if rests or self._ledger.settled >= position:
            self._hearing.release_held(self._accepted, now)
            self._do(Finalized(position))
        elif not self._ending:
            self._finalize_at = position
            handover = self._handover
            if handover is not None and handover.cut >= position:
                handover.finalizes, self._finalize_at = position, None
            self._review(now)
        return position

    def reconfigure(self, config: SessionConfig, now: float) -> None:
        """Go on with another configuration, from the next good place to replace the stream on.

        Raises:
            ConfigurationError: The audio's format, or the channels that are recognised, would change.
            SessionClosedError: The session has ended.
        """
        if self._phase is Phase.ENDED:
            raise self._closed_error()
        for name in ("audio_format", "recognized_channels", "preprocess", "voice_activity"):
            old, new = getattr(self._config, name), getattr(config, name)
            if old != new:
                raise ConfigurationError(
                    name,
                    f"a session cannot pass from {old} to {new}",
                    hint="open another session for audio of another kind",
                )
        self._floor.reconfigure(config)
        self._config = self._renewal.config = config
        self._outlet.configure(config)
        self._spending.reconfigure(config)
        self._retry.policy = config.retry
        self._hearing.reconfigure(config)
        self._renewal.gain_patience()
        if self._live is not None:
            self._renewal.hasten(self._live, now)
            self._review(now)

    def abort(self, now: float) -> None:
        """End everything now, without results for what is still on its way."""
        phase = self._next(Trigger.ABORT)
        if self._phase is not Phase.ENDED:
            self._cancel_streams(now)
            self._phase = phase
            self._finish(now)

    def handle(self, event: StreamEvent, now: float) -> bool:
        """Take in what happened to a stream. What an ended stream or session still says is ignored.

        Returns:
            Whether `deadline` may have come nearer by that: not by most guesses.
        """
        stream = self._stream(event.stream)
        if stream is None:
            return False
        match event:
            case StreamResponse():
                self._put_off_the_end(now)
                has_final = self._respond(stream, event, now)
                if not has_final and self._interims_change_nothing and self._is_all_well(stream):
                    return self._told_deadline > now + self._config.stall_timeout
            case StreamClosed():
                self._close(stream, event.error, now)
        self._review(now)
        return True

    def audio_sent(self, number: int, frames: int, now: float) -> bool:
        """Note that gRPC has taken audio of a stream.

        That is every other thing that a session hears of, and most often nothing waits any more.

        Args:
            number: The stream's; one that has ended is ignored.
            frames: How much audio, in frames.
            now: The time.

        Returns:
            Whether it leads to anything: there may be actions, and `deadline` may have come nearer.
        """
        stream = self._stream(number)
        if stream is None:
            return False
        self._put_off_the_end(now)
        self._outlet.taken(stream, frames, now)
        if self._is_all_well(stream):
            return False
        self._review(now)
        return True

    def _put_off_the_end(self, now: float) -> None:
        """Give the service more time for its last results, as it is at work."""
        if self._drain_deadline is not None:
            self._drain_deadline = now + self._config.drain_timeout

    def _is_all_well(self, stream: Stream) -> bool:
        """Whether nothing waits to be sent, and nothing looks for a good place to be done."""
        is_waiting = stream.next < self._replay.end or self._drain_deadline is not None
        return not (is_waiting or stream.awaits_renewal)

    @property
    def _interims_change_nothing(self) -> bool:
        """Whether interims are handed on and that is all: no handover and no budget depends on them."""
        return self._handover is None and self._config.budget is None

    def wake(self, now: float) -> None:
        """Note that it is ``now``: do what is due by then."""
        self._review(now)

    # The user's audio.

    @property
    def _accepted(self) -> int:
        return self._replay.end

    @property
    def _waiting_frames(self) -> int:
        start = self._figures.taken
        if self._live is None:  # the next stream begins where nothing is owed
            start = max(start, self._ledger.settled)
        return self._audio_frames(start, self._accepted)

    def _whole_frames(self, data: bytes) -> bytes:
        """``data`` with what was cut off before in front, and without what is cut off now."""
        if self._split_frame:
            data = self._split_frame + data
        cut = len(data) % self._frame_bytes
        self._split_frame = data[len(data) - cut :]
        return data[: len(data) - cut] if cut else data

    def _drop_oldest(self) -> None:
        """Let go of the oldest audio that waits, if there is too much of it."""
        if self.waiting_seconds <= self._config.buffer.max_seconds:
            return
        start = max(self._figures.taken, 0 if self._live is None else self._live.next)
        most = self._config.buffer.max_seconds
        end = self._replay.last(self._figures.frames(most))
        if end <= start:
            return
        # In steps that somebody can hear, and not by the chunk: each is told of.
        end = min(max(end, start + self._figures.frames(min(_DROP, most / 10))), self._accepted)
        dropped = self._audio_frames(start, end)
        self._replay.drop(start, end)
        self._figures.taken = end
        self._figures.dropped += dropped
        self._lose(start, end, "buffer full")
        for channel in self._ledger.channels.values():
            if channel.settled >= start:
                self._ledger.settle(channel, end)

    def _affordable_frames(self) -> float:
        """How many frames more may be taken: what the budget pays for less what is still to be sent."""
        left = self._spending.left_frames()
        if left == math.inf:
            return left
        live, handover = self._live, self._handover
        if live is not None:
            start, left = live.next, left + live.paid_frames - live.timeline.length
        else:
            start = self._ledger.settled if handover is None else handover.start
        return left - self._audio_frames(start, self._accepted)

    def _audio_frames(self, start: int, end: int) -> int:
        """How many frames of audio there are between two positions."""
        return end - start - self._replay.gap_frames(start, end)

    def _end_over_budget(self, now: float) -> BudgetExceededError:
        """End the audio, as the budget does not pay for more.

        Returns:
            What the session ends with.
        """
        budget = self._config.budget
        self._over_budget = BudgetExceededError(
            self._spending.budget_spent,
            0.0 if budget is None else budget.usd,
            per=BudgetScope.SESSION if budget is None else budget.per,
        )
        self.end(now)
        return self._over_budget

    def _lose(self, start: int, end: int, reason: str) -> None:
        self._figures.lost[reason] += end - start
        self._tell(AudioLost(self._seconds(start), self._seconds(end), reason))

    def _settle_quiet(self) -> None:
        self._renewal.settle_quiet()
        self._forget()

    def _forget(self) -> None:
        """Let go of audio that is settled, and that no stream is still to be sent."""
        position = self._ledger.settled
        if self._live is not None:
            position = min(position, self._live.next)
        if self._handover is not None:
            position = min(position, self._handover.start)
        self._replay.forget(position)

    def _pump(self, stream: Stream, now: float) -> None:
        """Send what may be sent, and half-close if that was all that will ever come."""
        self._outlet.pump(stream, now)
        if self._ending and stream.next == self._accepted and not stream.half_closed:
            self._half_close(stream, now)

    def _half_close(self, stream: Stream, now: float) -> None:
        stream.half_closed = True
        stream.heard = now
        self._do(HalfClose(stream.number))

    # Streams come and go.

    def _stream(self, number: int) -> Stream | None:
        """A stream that is open; None if it is not, or no more."""
        if self._live is not None and self._live.number == number:
            return self._live
        if self._handover is not None and self._handover.old.number == number:
            return self._handover.old
        return None

    def _open(self, start: int, now: float, cause: StreamCause, *, catching_up: bool = True) -> Stream:
        stream = Stream(self._figures.streams, start, now, cause, catching_up=catching_up)
        stream.speech_timeouts = self._config.speech_timeouts
        self._outlet.open(stream, now)
        self._renewal.open(stream, now)
        self._ledger.cut_off(stream)
        self._figures.streams += 1
        self._live = stream
        is_cautious = self._retry.failures > 0 and self._loss is not None and hides(self._loss)
        self._do(
            OpenStream(
                stream.number,
                start,
                self._config,
                is_cautious,
                needs_fresh_token=self._retry.needs_fresh_token,
            )
        )
        return stream

    def _open_for_audio(self, now: float) -> None:
        """Open a stream because there is audio and none is open."""
        if self._handover is not None:
            self._succeed(self._handover, now)
            return
        goes_on = self._phase is Phase.FLUSHING
        self._step(Trigger.OPEN)
        self._hearing.drop_held()
        self._rest_at = None
        start = self._ledger.settled
        is_again = start < self._figures.sent
        cause = StreamCause.RESUMPTION if self._figures.streams else StreamCause.START
        stream = self._open(start, now, StreamCause.RENEWAL if goes_on else cause, catching_up=is_again)
        at = self._seconds(stream.start)
        if goes_on:
            self._step(Trigger.SETTLED)
            self._note_renewal(stream, forced=is_again)
        else:
            self._tell(Resumed(stream.number, at) if stream.number else StreamOpened(stream.number, at))
        self._figures.end_park(now)
        self._pump(stream, now)

    def _replace(self, old: Stream, now: float) -> None:
        """Cancel a stream where that loses nothing, and open the next."""
        self._step(Trigger.REPLACE)
        self._cancel(old, now)
        self._settle_quiet()
        stream = self._open(self._ledger.settled, now, StreamCause.RENEWAL)
        self._note_renewal(stream, forced=False)
        self._review_live(stream, now)

    def _note_renewal(self, stream: Stream, *, forced: bool) -> None:
        self._figures.renewals += 1
        self._figures.forced_renewals += forced
        at, replayed = self._seconds(stream.start), self._replayed_seconds(stream)
        self._tell(StreamRenewed(stream.number, at, forced, replayed))

    def _replayed_seconds(self, stream: Stream) -> float:
        return self._seconds(max(0, self._figures.sent - stream.start))

    def _cut(self, old: Stream, now: float, *, parks: bool = False) -> None:
        """Half-close a stream, which makes the service say its last words; the next one takes over."""
        self._step(Trigger.CUT)
        cut = start = old.next
        if not self._renewal.is_quiet_before(cut):
            overlap = self._figures.frames(self._config.renewal.overlap)
            start = min(cut, max(self._ledger.settled, cut - overlap))
            start = self._replay.last_start(start, cut)  # nobody was speaking there
        margin = min(self._figures.frames(_MARGIN), (cut - start) // 4)
        handover = self._handover = Handover(
            old,
            cut,
            start,
            margin,
            self._figures.frames(_NEAR),
            parks,
            heard_again=frozenset(
                key for key, channel in self._ledger.channels.items() if channel.settled >= start
            ),
        )
        if self._finalize_at is not None and cut >= self._finalize_at:
            handover.finalizes, self._finalize_at = self._finalize_at, None
        self._live = None
        self._half_close(old, now)
        if self._accepted > cut:
            self._succeed(handover, now)

    def _succeed(self, handover: Handover, now: float) -> None:
        """Open the stream that takes over from one that says its last words."""
        self._step(Trigger.OPEN)
        stream = self._open(handover.start, now, StreamCause.RENEWAL)
        handover.successor, handover.deadline = stream, None
        self._note_renewal(stream, forced=handover.overlaps)
        self._pump(stream, now)

    def _reopen(self, now: float) -> None:
        """Open the next stream after one was lost, if it has anything to do."""
        self._retry_at = None
        self._settle_quiet()
        handover = self._handover
        if handover is None and self._ledger.settled >= self._accepted:
            self._settled_without_stream(now)
            return
        self._step(Trigger.OPEN if handover is None else Trigger.REOPEN)
        self._figures.recoveries[self._loss_status] += 1
        start = self._ledger.settled if handover is None else handover.start
        stream = self._open(start, now, StreamCause.RECOVERY)
        if handover is not None:
            handover.successor = stream
        self._tell(
            StreamRecovered(
                stream.number,
                self._seconds(stream.start),
                self._loss_status,
                self._retry.outage(now),
                self._replayed_seconds(stream),
            )
        )
        if handover is not None:
            self._join(handover, now)
        self._review_live(stream, now)

    def _rest(self, now: float) -> None:
        """Stop waiting for somebody to go on."""
        if self._releases_held:
            self._hearing.release_held(self._accepted, now)
        self._settled_without_stream(now)

    def _settled_without_stream(self, now: float) -> None:
        """Rest, or finish, as nothing is owed and no stream is open."""
        self._rest_at = None
        self._retry.progress()
        if self._finalize_at is not None:
            self._do(Finalized(self._finalize_at))
            self._finalize_at = None
        if self._ending:
            self._hearing.release_held(self._accepted, now)
            self._step(Trigger.DONE)
            self._finish(now)
            return
        self._step(Trigger.SETTLED)
        self._figures.park(now)
        self._tell(Parked(self._seconds(self._accepted)))

    def _cancel(self, stream: Stream, now: float, *, is_stalled: bool = False) -> None:
        self._do(CancelStream(stream.number, is_stalled=is_stalled))
        self._tell_end(stream, STALLED if is_stalled else CANCELLED, now)

    def _tell_end(self, stream: Stream, status: str, now: float) -> None:
        summary = StreamSummary(
            number=stream.number,
            cause=stream.cause,
            start=self._seconds(stream.start),
            opened=stream.opened,
            closed=now,
            status=status,
            audio_sent=self._seconds(stream.taken_frames),
            billed=stream.billed_seconds,
            billed_estimate=stream.estimated_seconds,
        )
        self._ended.append(summary)

    def _cancel_streams(
        self, now: float, gone: Stream | None = None, stalled: Stream | None = None
    ) -> None:
        """Cancel what is open.

        Args:
            now: The time.
            gone: A stream that has ended by itself.
            stalled: A stream that does nothing.
        """
        handover = self._handover
        old = None if handover is None or handover.is_flushed else handover.old
        for stream in (old, self._live):
            if stream is not None and stream is not gone:
                self._cancel(stream, now, is_stalled=stream is stalled)
        self._live = None
        if handover is None:
            return
        if handover.is_flushed:  # what was said there has been said; only the successor is gone
            handover.successor = handover.deadline = None
            handover.waiting = []
            return
        if handover.finalizes is not None:
            self._finalize_at = max(handover.finalizes, self._finalize_at or 0)
        self._handover = None

    # What the service says.

    def _respond(self, stream: Stream, event: StreamResponse, now: float) -> bool:
        """Take in a response, and return whether there is a final in it."""
        stream.heard = now
        if event.billed_seconds is not None and event.billed_seconds > stream.billed_seconds:
            # The service's figure is for the stream so far, not for this response.
            self._figures.billed_seconds += event.billed_seconds - stream.billed_seconds
            stream.billed_seconds = event.billed_seconds
            self._spending.count(stream)
        if event.activity is not None:
            stream.activity = event.activity
            self._hearing.take_activity(stream, event.activity)
        if event.results and not stream.half_closed:
            self._renewal.gain_patience()
            stream.stall_check = now + self._renewal.patience
        has_final = False
        for result in join_interims(event.results):
            has_final = has_final or result.is_final
            self._hear(stream, stream.place(result), now)
        may_replace = stream is self._live and self._handover is None and not stream.half_closed
        if has_final and may_replace and self._renewal.is_due_at_final(stream, now):
            self._replace(stream, now)
        return has_final

    def _hear(self, stream: Stream, result: StreamResult, now: float) -> None:
        """Deliver a result, or keep it until it is known what of it counts."""
        handover = self._handover
        if handover is None:
            self._take(stream, result, now)
        elif stream is handover.successor:
            handover.wait(self._ledger.key(result), result)
        elif result.is_final and self._is_overlap(handover, stream, result):
            handover.keep(self._ledger.key(result), result)
        elif result.is_final or handover.successor is None:
            self._take(stream, result, now)
        else:  # the successor's guesses are newer, but something has been begun to be said
            self._ledger.begin(result)

    def _is_overlap(self, handover: Handover, stream: Stream, result: StreamResult) -> bool:
        """Whether a result of the old stream reaches into what both streams hear."""
        return handover.overlaps and self._hearing.end(stream, result) > handover.start

    def _take(self, stream: Stream, result: StreamResult, now: float) -> None:
        self._hearing.take(stream, result, now)
        if result.is_final:
            self._forget()

    # How a stream ends.

    def _close(self, stream: Stream, error: ServiceError | None, now: float) -> None:
        handover = self._handover
        self._tell_end(stream, "OK" if error is None else error.code, now)
        if error is None and not stream.half_closed:
            self._settle_unspoken(stream)
        if error is not None or not stream.half_closed or self._is_doubtful(stream):
            self._lose_stream(stream, error or early_end(), now)
        elif handover is None:
            self._live = None
            self._settled_without_stream(now)
        elif stream is handover.old:
            handover.is_flushed = True
            self._retry.progress()
            self._join(handover, now)
        else:  # the audio has ended, and the successor was sooner done
            self._live = None
            if handover.is_flushed:
                self._join(handover, now, force=True)

    def _settle_unspoken(self, stream: Stream) -> None:
        """Note what a stream heard that was to end when nobody speaks, and did."""
        position = listened_until(stream, self._config.sample_rate_hertz)
        if position is not None:
            self._retry.progress()
            self._ledger.settle_unspoken(position)
            self._forget()

    def _is_doubtful(self, stream: Stream) -> bool:
        """Whether a half-closed stream ended without having said what it had begun to say.

        A service that breaks off with OK at that moment cannot be told from one that is done. It is
        asked again, but not for ever: it may have changed its mind.
        """
        kept = {} if self._handover is None else self._handover.finals
        owed = any(
            channel.is_pending and key not in kept for key, channel in self._ledger.channels.items()
        )
        is_heard = self._handover is None or stream is self._handover.old
        if self._doubted != self._ledger.settled:
            self._doubted, self._doubts = self._ledger.settled, 0
        if stream.untaken_frames or (is_heard and owed and self._doubts < _MOST_DOUBTS):
            self._doubts += 1
            return True
        return False

    def _join(self, handover: Handover, now: float, *, force: bool = False) -> None:
        """Pass over from a stream that has said everything to its successor, once it is clear how.

        Args:
            handover: The two.
            now: The time.
            force: Do not wait any longer.
        """
        may_tell = handover.successor is not None and self._live is not None
        if may_tell and not force and not self._is_ready(handover):
            handover.deadline = handover.deadline or now + _TELLS
            return
        self._deliver_joints(handover, now)
        if self._live is not None:
            self._step(Trigger.SETTLED)
        elif self._ending or (handover.parks and handover.finalizes is None):
            self._settled_without_stream(now)
        else:  # somebody may be about to go on
            self._rest_at = now + _GOES_ON
            self._releases_held = handover.finalizes is not None

    def _is_ready(self, handover: Handover) -> bool:
        """Whether it is clear how to pass over to the successor."""
        return not handover.overlaps or handover.finalizes is not None or handover.is_ready()

    def _deliver_joints(self, handover: Handover, now: float) -> None:
        """Deliver what waited for a handover, which is over by that."""
        self._handover = None
        self._ledger.forget_pending()
        for key, joint in self._joints(handover).items():
            self._hearing.take_joint(handover, key, joint, now)
        successor = handover.successor
        self._ledger.settle_all(handover.start)
        self._forget()
        if successor is not None:
            self._ledger.cut_off(successor)
            for _, result in handover.waiting:
                self._take(successor, result, now)
        if handover.finalizes is not None:
            self._do(Finalized(handover.finalizes))

    def _deliver_finals(self, handover: Handover, now: float) -> None:
        """Deliver what is final on either side of a handover that will never be over.

        A word that may have been cut off is left to whoever sends the rest of the audio again.
        """
        for key, joint in handover.ends(hold=True).items():
            self._hearing.take_joint(handover, key, replace(joint, held=None), now)
        if handover.is_flushed:
            self._ledger.settle_all(handover.start)
        if handover.successor is None:
            return
        self._ledger.cut_off(handover.successor)
        for key, result in handover.waiting:
            # What comes after something that nobody has said would hide the gap.
            if result.is_final and self._ledger.channels[key].settled >= handover.start:
                self._take(handover.successor, result, now)

    def _joints(self, handover: Handover) -> dict[int | None, Joint]:
        if handover.successor is None or handover.finalizes is not None:
            return handover.ends(hold=not self._ending or handover.successor is not None)
        return handover.joints()

    def _lose_stream(
        self, stream: Stream, error: ServiceError, now: float, *, gone: bool = True
    ) -> None:
        """A stream broke: replace it, or give up.

        Args:
            stream: The stream.
            error: How it ended, or what is wrong with it.
            now: The time.
            gone: Whether it has ended by itself.
        """
        ended = stream if gone else None
        try:
            verdict = self._retry.verdict(error)
        except ConfigurationError as mistake:
            self._fail(mistake, now, gone=ended)
            return
        if verdict.remedy is Remedy.FATAL:
            self._fail(error, now, gone=ended)
            return
        opened = stream.opened if gone else now
        delay = self._retry.delay(verdict, opened=opened, now=now)
        telling = self._retry.telling(error)
        if delay is None:
            failure = given_up(telling, self._retry.outage(now), asked=verdict.seconds)
            self._fail(failure, now, gone=ended)
            return
        self._cancel_streams(now, gone=ended, stalled=None if gone else stream)
        self._step(Trigger.LOST)
        self._loss, self._loss_status = error, error.code if gone else STALLED
        self._retry_at = now + delay

    def _fail(self, error: AsyncSpeechError, now: float, gone: Stream | None = None) -> None:
        if self._handover is not None:
            self._deliver_finals(self._handover, now)
        self._cancel_streams(now, gone)
        lost = self._figures.lost.total()
        for start, end in self._replay.stretches(self._ledger.settled, self._accepted):
            self._lose(start, end, error.code)
        if isinstance(error, ServiceError):
            error.unsent = self._seconds(self._figures.lost.total() - lost)
        self._step(Trigger.FAIL)
        self._finish(now, error)

    # What is due.

    def _review(self, now: float) -> None:
        """Do whatever is due by ``now``."""
        if self._affordable_frames() < 0 and self.takes_audio:  # some of it had to be sent again
            self._end_over_budget(now)
        if self._is_due(self._drain_deadline, now):
            self._fail(drained_out(self._config.drain_timeout), now)
        if self._handover is not None and self._retry_at is None:
            self._review_handover(self._handover, now)
        if self._is_due(self._turn_due(), now):
            self._hearing.tell_activity(self._floor.fall_silent().position, begins=False)
            self._finish_turn(now)
        if self._finalize_at is not None and self._ledger.settled >= self._finalize_at:
            self._do(Finalized(self._finalize_at))
            self._finalize_at = None
        if self._live is not None:
            self._review_live(self._live, now)
        if self._is_due(self._retry_at, now):
            self._reopen(now)
        if self._is_due(self._rest_at, now):
            self._rest(now)

    def _is_due(self, time: float | None, now: float) -> bool:
        return time is not None and now >= time

    def _handover_due(self, handover: Handover) -> float:
        if handover.is_flushed and handover.deadline is not None:
            return handover.deadline
        return handover.old.heard + self._renewal.patience

    def _review_handover(self, handover: Handover, now: float) -> None:
        if handover.is_flushed:
            self._join(handover, now, force=self._is_due(handover.deadline, now))
        elif now >= self._handover_due(handover):
            self._renewal.lose_patience()
            self._lose_stream(handover.old, silent(), now, gone=False)

    def _live_due(self, live: Stream) -> float:
        """When something may have to be done about the live stream; infinity for never."""
        due = math.inf
        if self._handover is None and live.half_closed:
            due = live.heard + self._renewal.patience
        elif self._handover is None:
            due = self._renewal.due(live, self._outlet.last_sent)
        if live.untaken_frames:
            due = min(due, live.taken + self._config.stall_timeout)
        if live.catching_up:
            paced = self._outlet.due(live)
            due = due if paced is None else min(due, paced)
        return due

    def _review_live(self, live: Stream, now: float) -> None:
        self._pump(live, now)
        if live.untaken_frames and now >= live.taken + self._config.stall_timeout:
            self._lose_stream(live, takes_nothing(), now, gone=False)
        elif self._handover is not None:
            return
        elif live.half_closed:
            if now >= live.heard + self._renewal.patience:
                self._renewal.lose_patience()
                self._lose_stream(live, silent(), now, gone=False)
        elif self._finalize_at is not None and live.next >= self._finalize_at:
            self._cut(live, now)
        else:
            self._take_turn(live, now)

    def _take_turn(self, live: Stream, now: float) -> None:
        match self._renewal.turn(live, self._outlet.last_sent, now):
            case Turn.REPLACE:
                self._replace(live, now)
            case Turn.CUT:
                self._cut(live, now)
            case Turn.PARK:
                self._cut(live, now, parks=True)
            case Turn.KEEP_ALIVE if self._affordable_frames() < self._outlet.keep_alive_frames:
                self._end_over_budget(now)
            case Turn.KEEP_ALIVE:
                self._outlet.keep_alive(live, now)

    # Steps and words.

    def _next(self, trigger: Trigger) -> Phase:
        """The phase to which ``trigger`` leads. Nothing has changed yet when this raises."""
        try:
            return TRANSITIONS[self._phase, trigger]
        except KeyError:
            raise self._closed_error() from None

    def _step(self, trigger: Trigger) -> None:
        self._phase = TRANSITIONS[self._phase, trigger]

    def _closed_error(self) -> AsyncSpeechError:
        return self._over_budget or SessionClosedError(
            f"the session takes no audio: it is {self._phase.name.lower()}",
            hint="open a new session for more audio; one session ends once",
        )

    def _seconds(self, position: int) -> float:
        return self._figures.seconds(position)

    def _do(self, action: Action) -> None:
        self._actions.append(action)

    def _tell(self, event: Event) -> None:
        self._do(Deliver(event))

    def _finish(self, now: float, error: AsyncSpeechError | None = None) -> None:
        self._figures.end_park(now)
        self._drain_deadline = self._retry_at = self._rest_at = self._finalize_at = None
        self._handover = None
        if self._over_budget is not None:
            self._over_budget.spent = self._spending.budget_spent
        self._do(Finish(error or self._over_budget))
