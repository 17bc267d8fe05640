"""`Lead`: a word begins before it is noticed.

A detector hears the vowel of a word, and the soft consonant before it seems to it like silence. So the
last of the silence is held back, and is taken to be speech if speech follows. What has been said to be
silence is so beyond doubt: a stream may end there, and the next begin.
"""

from __future__ import annotations

from asyncspeech.audio.voice.activity import Span

__all__ = ("Lead",)


class Lead:
    """Has speech begin earlier than it was noticed.

    Args:
        frames: By how many frames, at the most.
    """

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._held = 0

    def take(self, span: Span) -> list[Span]:
        """Take what a detector says of the next frames, and give what is certain, first to last."""
        if span.is_voice:
            held, self._held = self._held, 0
            return [Span(held + span.frames, is_voice=True)]
        self._held += span.frames
        certain = max(0, self._held - self._frames)
        self._held -= certain
        return [Span(certain, is_voice=False)] if certain else []

    def flush(self) -> list[Span]:
        """Give what is held: no speech has followed."""
        held, self._held = self._held, 0
        return [Span(held, is_voice=False)] if held else []
