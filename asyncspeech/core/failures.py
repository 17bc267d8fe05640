"""The errors that the engine itself comes to: what nobody raised, and what was too much."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from asyncspeech.errors import DrainTimeoutError, StreamLostError
from asyncspeech.wording import one_line

if TYPE_CHECKING:
    from asyncspeech.errors import ServiceError

__all__ = ("drained_out", "early_end", "given_up", "silent", "takes_nothing")


def early_end() -> StreamLostError:
    """A stream that the service ended with OK, unasked."""
    return StreamLostError(
        "OK",
        "the service ended the stream before the audio ended",
        hint="models for single utterances, such as 'short', do so after each",
    )


def takes_nothing() -> StreamLostError:
    """A stream that takes no audio."""
    return StreamLostError("UNAVAILABLE", "the service takes no audio")


def silent() -> StreamLostError:
    """A stream that was half-closed and neither says anything nor ends."""
    return StreamLostError("UNAVAILABLE", "the service does not say its last words")


def given_up(error: ServiceError, outage: float, *, asked: float = 0.0) -> ServiceError:
    """Streams that ended, again and again, for longer than is waited: an error like the last one's.

    Args:
        error: How the last of them ended.
        outage: For how many seconds there was no progress.
        asked: For how many seconds the next one would have had to wait.
    """
    why = f"no stream has got anywhere for {outage:.0f} s"
    if asked > outage:
        why = f"the service asks to be left alone for {asked:g} s"
    failure = copy(error)
    failure.message = one_line(
        f"{error.code}: {why}; the last stream ended with: {error.status_message}"
    )
    failure.args = (failure.message,)
    if not error.hint:
        failure.hint = "RetryPolicy.max_outage says how long to go on trying"
        failure.add_note(f"Hint: {failure.hint}")
    failure.__cause__ = error.__cause__
    return failure


def drained_out(timeout: float) -> DrainTimeoutError:
    """A service that says nothing any more after the audio has ended.

    Args:
        timeout: For how many seconds it was waited for.
    """
    return DrainTimeoutError(
        "DEADLINE_EXCEEDED",
        f"the audio had ended, and the service said nothing for {timeout:g} s",
        hint="a service that needs longer wants a larger SessionConfig.drain_timeout",
    )
