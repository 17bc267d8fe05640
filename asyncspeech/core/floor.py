"""`Floor`: who has it, by what was heard before the audio came here.

Whoever gives the audio may have listened whether somebody speaks. From that follows when somebody begins
to speak, and when they have ended: after as much silence as `TurnPolicy` wants, or at once where there
is no such policy. Where silence is withheld, whoever was speaking has ended as well.

What is told of audio is told a little late, and with margins (`VoiceActivity`): speech is taken to go on
for ``min_silence`` after it has ended, and silence comes ``lead`` late, since it might have been the
beginning of a word. Both are taken off, so that positions and silences are those of the speech itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncspeech.config import SessionConfig
    from asyncspeech.core.figures import Figures

__all__ = ("Change", "Floor")


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody has begun or ended to speak.

    Attributes:
        begins: Whether they have begun.
        position: Where, in session frames.
    """

    begins: bool
    position: int


class Floor:
    """Follows who speaks in one session.

    Args:
        config: The session's configuration.
        figures: The session's figures.
    """

    def __init__(self, config: SessionConfig, figures: Figures) -> None:
        self._figures = figures
        activity = config.voice_activity
        self._tail = 0 if activity is None else figures.frames(activity.min_silence)
        self._listens = activity is not None
        self._is_taken = False
        self._start = 0
        self._voice_end = 0
        self._heard_at = 0.0
        self._heard = 0
        self.reconfigure(config)

    @property
    def has_turns(self) -> bool:
        """Whether it is of interest when a turn is over."""
        return self._policy is not None

    @property
    def deadline(self) -> float | None:
        """When the turn is over if no audio comes until then; None if there is none.

        Who gives audio a second at a time comes again after a second, and has not fallen silent.
        """
        if self._policy is None or not self._is_taken:
            return None
        return self._heard_at + self._figures.seconds(self._heard) + self._policy.silence

    @property
    def silent_since(self) -> int | None:
        """Since when nobody has spoken, in session frames; None if somebody does, or nobody listens."""
        return None if self._is_taken or not self._listens else self._speech_end

    @property
    def _speech_end(self) -> int:
        return max(self._start, self._voice_end - self._tail)

    def reconfigure(self, config: SessionConfig) -> None:
        """Go by another configuration from now on."""
        self._policy = config.turn
        self._silence = self._figures.frames(config.turn_wait)

    def hear(self, start: int, end: int, now: float, *, is_voice: bool | None) -> Change | None:
        """Take note of the audio from ``start`` to ``end``.

        Args:
            start: Where it begins, in session frames.
            end: Where it ends.
            now: The time.
            is_voice: Whether somebody speaks in it; None if it is silence that is withheld.

        Returns:
            What changes by it, if anything does.
        """
        if now > self._heard_at:
            self._heard_at, self._heard = now, 0
        self._heard += end - start
        if is_voice:
            self._voice_end = end
            if self._is_taken:
                return None
            self._is_taken, self._start = True, start
            return Change(begins=True, position=start)
        is_long = is_voice is None or end - self._voice_end >= self._silence
        return self._leave(self._speech_end) if self._is_taken and is_long else None

    def fall_silent(self) -> Change:
        """Note that whoever was speaking sends nothing any more."""
        return self._leave(self._voice_end)

    def _leave(self, position: int) -> Change:
        self._is_taken = False
        return Change(begins=False, position=position)
