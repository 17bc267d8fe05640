"""One side of a call: its audio, at its place, and the session that hears it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from .messages import FRAMES_PER_SECOND, ProtocolError, audio_of, whole_number

if TYPE_CHECKING:
    from asyncspeech import Session

    from .messages import Message

__all__ = ("Track",)

_log = logging.getLogger(__name__)

SILENCE = b"\xff" * FRAMES_PER_SECOND
"""A second of mu-law zeros."""

SMALLEST_GAP = FRAMES_PER_SECOND // 50
"""Frames from which on media is missing: a message's. Timestamps are in whole milliseconds."""

LONGEST_CALL = 24 * 60 * 60
"""Seconds. A later timestamp is none, and no reason to send so much silence."""


class Track:
    """One side of a call.

    Its session's time begins with the first media; the call's time is that of the timestamps.

    Args:
        name: What it is called in the log.
        session: What recognises it.
    """

    def __init__(self, name: str, session: Session) -> None:
        self.name = name
        self.session = session
        self._began = 0
        self._heard = 0

    def call_time(self, session_time: float) -> float:
        """A time of the session as one of the call, in seconds."""
        return float(self._began / FRAMES_PER_SECOND + session_time)

    @property
    def now(self) -> float:
        """How far the call has come here, in seconds."""
        return self.call_time(self._heard / FRAMES_PER_SECOND)

    async def hear(self, media: Message) -> None:
        """Send the audio of a ``media`` message to the session, at its place.

        Raises:
            ProtocolError: It has no audio, or no possible place.
            AsyncSpeechError: The session has failed.
        """
        at = whole_number(media, "timestamp") * FRAMES_PER_SECOND // 1000
        if at > LONGEST_CALL * FRAMES_PER_SECOND:
            raise ProtocolError("a timestamp is later than any call lasts")
        if not self._heard:
            self._began = at
        gap = at - self._began - self._heard
        if gap >= SMALLEST_GAP:
            await self._miss(gap)
        # Audio that is early is not dropped: it has a number of its own, so nobody has heard it yet.
        await self._send(audio_of(media))

    async def _miss(self, frames: int) -> None:
        _log.warning("%s: %.2f s are missing at %.2f s", self.name, frames / FRAMES_PER_SECOND, self.now)
        for start in range(0, frames, len(SILENCE)):
            await self._send(SILENCE[: frames - start])

    async def _send(self, audio: bytes) -> None:
        await self.session.send(audio)  # waits while Google is away, and so does Twilio, in the end
        self._heard += len(audio)
