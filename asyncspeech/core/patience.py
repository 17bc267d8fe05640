"""Streams that the service ends because nobody speaks, as it was asked to.

With ``speech_start_timeout`` and ``speech_end_timeout`` the service closes a stream with OK once so much
audio has gone by in which nobody begins, or goes on, to speak. Its clock is the audio, not the time.
Such an end is neither a failure nor news: whatever the stream heard is settled, and the next one goes on
from there. Otherwise noise that nobody would write down would be played to one stream after the other,
and each would end where the last one did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncspeech.core.stream import Stream

__all__ = ("listened_until",)

# A word that began so shortly before the end may not have been noticed yet.
_BEGINNING_SECONDS = 0.3


def listened_until(stream: Stream, rate: int) -> int | None:
    """Up to which session position a stream, ended with OK, heard that nobody spoke.

    Args:
        stream: The stream.
        rate: Frames per second.

    Returns:
        The position; None if no timeout explains its end.
    """
    activity = stream.activity
    start_timeout, end_timeout = stream.speech_timeouts
    if activity is None:
        since, timeout = 0, start_timeout
    elif not activity.begins:
        since, timeout = activity.position, end_timeout
    else:
        return None
    if timeout is None:
        return None
    end = since + round(timeout * rate)
    if end > stream.taken_frames:
        return None
    beginning = round(min(_BEGINNING_SECONDS, timeout / 2) * rate)
    return stream.timeline.end_of(end - beginning)
