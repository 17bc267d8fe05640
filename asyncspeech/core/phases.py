"""The phases of a session, and every legal step from one to another.

`TRANSITIONS` is the law: the engine asks it before it changes anything, and what is not in it does not
happen. The diagram in the documentation is drawn from it.
"""

from __future__ import annotations

from enum import Enum, auto

__all__ = ("TRANSITIONS", "Phase", "Trigger")


class Phase(Enum):
    """Where a session is."""

    # Enum hashes the name, in Python; the table below is asked for every chunk.
    __hash__ = object.__hash__

    WAITING = auto()
    """No audio has come; no stream is open."""
    LIVE = auto()
    """A stream is open and takes audio."""
    FLUSHING = auto()
    """The stream was half-closed and says its last words; no audio has come since."""
    RENEWING = auto()
    """The stream was half-closed and says its last words; its successor takes audio."""
    PARKED = auto()
    """All has been said that was to be said, and no audio comes; no stream is open.

    Of audio that stopped in the middle of a word, that word is still owed: it may go on.
    """
    RECOVERING = auto()
    """The stream broke; the next one is opened as soon as it may be."""
    DRAINING = auto()
    """No more audio comes; the service still owes its last results, if need be on another stream."""
    ENDED = auto()
    """It is over. Nothing follows."""


class Trigger(Enum):
    """What moves a session from one phase to another."""

    __hash__ = object.__hash__  # as above

    AUDIO = auto()
    """The user gave audio."""
    OPEN = auto()
    """A stream is opened."""
    REOPEN = auto()
    """A stream is opened in place of one that broke as it took over from another."""
    REPLACE = auto()
    """The stream is cancelled, at a place where that loses nothing, and the next is opened."""
    CUT = auto()
    """The stream is half-closed."""
    SETTLED = auto()
    """The half-closed stream has said everything; or nothing is left to say."""
    LOST = auto()
    """A stream broke."""
    END = auto()
    """The user said that no more audio comes."""
    DONE = auto()
    """Everything is recognised, and no more audio comes."""
    FAIL = auto()
    """It cannot go on."""
    ABORT = auto()
    """The user left."""


_STEPS: dict[tuple[Phase, Trigger], Phase] = {
    (Phase.WAITING, Trigger.AUDIO): Phase.WAITING,
    (Phase.WAITING, Trigger.OPEN): Phase.LIVE,
    (Phase.WAITING, Trigger.END): Phase.ENDED,
    (Phase.LIVE, Trigger.AUDIO): Phase.LIVE,
    (Phase.LIVE, Trigger.REPLACE): Phase.LIVE,
    (Phase.LIVE, Trigger.CUT): Phase.FLUSHING,
    (Phase.LIVE, Trigger.LOST): Phase.RECOVERING,
    (Phase.LIVE, Trigger.END): Phase.DRAINING,
    (Phase.FLUSHING, Trigger.AUDIO): Phase.FLUSHING,
    (Phase.FLUSHING, Trigger.OPEN): Phase.RENEWING,
    (Phase.FLUSHING, Trigger.SETTLED): Phase.PARKED,
    (Phase.FLUSHING, Trigger.LOST): Phase.RECOVERING,
    (Phase.FLUSHING, Trigger.END): Phase.DRAINING,
    (Phase.RENEWING, Trigger.AUDIO): Phase.RENEWING,
    (Phase.RENEWING, Trigger.SETTLED): Phase.LIVE,
    (Phase.RENEWING, Trigger.LOST): Phase.RECOVERING,
    (Phase.RENEWING, Trigger.END): Phase.DRAINING,
    (Phase.PARKED, Trigger.AUDIO): Phase.PARKED,
    (Phase.PARKED, Trigger.OPEN): Phase.LIVE,
    (Phase.PARKED, Trigger.END): Phase.ENDED,
    (Phase.RECOVERING, Trigger.AUDIO): Phase.RECOVERING,
    (Phase.RECOVERING, Trigger.OPEN): Phase.LIVE,
    (Phase.RECOVERING, Trigger.REOPEN): Phase.RENEWING,
    (Phase.RECOVERING, Trigger.SETTLED): Phase.PARKED,
    (Phase.RECOVERING, Trigger.END): Phase.DRAINING,
    (Phase.DRAINING, Trigger.OPEN): Phase.DRAINING,
    (Phase.DRAINING, Trigger.REPLACE): Phase.DRAINING,
    (Phase.DRAINING, Trigger.CUT): Phase.DRAINING,
    (Phase.DRAINING, Trigger.REOPEN): Phase.DRAINING,
    (Phase.DRAINING, Trigger.SETTLED): Phase.DRAINING,
    (Phase.DRAINING, Trigger.LOST): Phase.DRAINING,
    (Phase.DRAINING, Trigger.END): Phase.DRAINING,
    (Phase.DRAINING, Trigger.DONE): Phase.ENDED,
    (Phase.ENDED, Trigger.END): Phase.ENDED,
    (Phase.ENDED, Trigger.ABORT): Phase.ENDED,
}

TRANSITIONS: dict[tuple[Phase, Trigger], Phase] = _STEPS | {
    (phase, trigger): Phase.ENDED
    for phase in Phase
    if phase is not Phase.ENDED
    for trigger in (Trigger.FAIL, Trigger.ABORT)
}
"""To which phase a trigger leads from a phase."""
