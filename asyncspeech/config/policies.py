"""How a session behaves, apart from what is recognised: its policies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from asyncspeech.config.triage import triage
from asyncspeech.config.values import check_above_zero, set_member
from asyncspeech.errors import ConfigurationError
from asyncspeech.wording import brief

if TYPE_CHECKING:
    from asyncspeech.config.triage import Triage

__all__ = (
    "BufferPolicy",
    "IdleMode",
    "IdlePolicy",
    "RenewalPolicy",
    "RetryPolicy",
    "WhenFull",
)


class WhenFull(StrEnum):
    """What happens to audio for which there is no room."""

    WAIT = "wait"
    """`Session.send` waits until there is; `Session.send_nowait` raises."""

    DROP_OLDEST = "drop-oldest"
    """The oldest audio that waits makes room, and is reported as `AudioLost`."""

    RAISE = "raise"
    """`Session.send` raises `BufferOverflowError`, too."""


class IdleMode(StrEnum):
    """What a session does with its stream while it is given no audio."""

    PARK = "park"
    """It lets the stream end, and opens another with the next audio. Costs nothing."""

    KEEP_ALIVE = "keep-alive"
    """It sends silence, which is billed, and keeps the stream; unless the audio stopped in mid-word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalPolicy:
    """When a stream is replaced by the next, because the service lets none live longer than 5 minutes.

    Attributes:
        after: From this age on, in seconds, a stream is replaced at the first good place: when a final
            result has just come, or when it is quiet. 240 s leave most of a minute to wait for one, and
            are what Google's own samples and most clients use.
        by: At this age a stream is replaced wherever it is. 285 s leave a quarter of a minute for its
            last results: the service counts its 300 s on its own clock, from when it saw the stream.
        overlap: If somebody is speaking then, both streams hear this many seconds, so that every word is
            heard whole by one of them. 2 s hold at least two words of anybody's speech.

    Raises:
        ConfigurationError: A value is out of range.
    """

    after: float = 240.0
    by: float = 285.0
    overlap: float = 2.0

    def __post_init__(self) -> None:
        check_above_zero(self, "after", "by", "overlap")
        if self.by < self.after:
            raise ConfigurationError("by", f"{self.by:g} s is before after={self.after:g} s")
        if self.overlap > self.by:
            raise ConfigurationError("overlap", f"{self.overlap:g} s is longer than by={self.by:g} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Whether, how long and how often a broken stream is replaced.

    The first replacement comes at once. If there is no progress on it, the next waits for a random share
    of ``initial_delay``, and every further one for a random share of twice as much; or for as long as
    the service asks for (``google.rpc.RetryInfo``).

    Attributes:
        initial_delay: In seconds. 0.1 s is about a round trip to the service and back.
        max_delay: The longest delay, in seconds, however often it has been doubled. After 5 s nobody
            still hopes for live captions, and a service that comes back is found soon.
        max_outage: After this many seconds without progress the session fails with `StreamLostError`.
            Most incidents of a front end are over in less than the default minute.
        triage: Says of each failure whether another stream helps; a pure function in the place of
            `triage`.

    Raises:
        ConfigurationError: A value is out of range.
    """

    initial_delay: float = 0.1
    max_delay: float = 5.0
    max_outage: float = 60.0
    triage: Triage = triage

    def __post_init__(self) -> None:
        check_above_zero(self, "initial_delay", "max_delay", "max_outage")
        if not callable(self.triage):
            raise ConfigurationError(
                "triage", f"{brief(self.triage)} is no function", hint="leave it out for the usual one"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class BufferPolicy:
    """How much audio a session may hold.

    Attributes:
        max_seconds: How much audio may wait to be sent, in seconds. A chunk is taken whole, so the
            buffer may exceed the bound by one chunk. 30 s is far more than a healthy connection ever
            needs, and 960 kB of LINEAR16 at 16 kHz.
        when_full: What happens when that much waits; a `WhenFull`, or its value.
        max_unsettled_seconds: How much audio may have been sent without a final result that covers it.
            All of it is kept, to be sent again if the stream breaks. When it is reached, no more is sent
            until results come; and audio that has waited this long for one makes the session replace its
            stream, which makes the service say its last word on it. The service's long models are known
            to talk on for a minute without a final; 120 s are 3.8 MB of LINEAR16 at 16 kHz.

    Raises:
        ConfigurationError: A value is out of range.
    """

    max_seconds: float = 30.0
    when_full: WhenFull = WhenFull.WAIT
    max_unsettled_seconds: float = 120.0

    def __post_init__(self) -> None:
        check_above_zero(self, "max_seconds", "max_unsettled_seconds")
        set_member(self, "when_full", WhenFull)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdlePolicy:
    """What happens while the user sends nothing, because the service ends a stream that gets nothing.

    Attributes:
        after: How many seconds without audio make a session idle. The service waits for about 10 s.
        mode: What it does then; an `IdleMode`, or its value. Silence is sent every ``after`` seconds.

    Raises:
        ConfigurationError: A value is out of range.
    """

    after: float = 5.0
    mode: IdleMode = IdleMode.PARK

    def __post_init__(self) -> None:
        check_above_zero(self, "after")
        set_member(self, "mode", IdleMode)
