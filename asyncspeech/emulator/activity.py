"""Voice activity timeouts: the service closes a stream in which nobody speaks.

Their clock is the audio that was received, not the time (voice-activity-events page). The start timeout
runs from the beginning of the stream until the first SPEECH_ACTIVITY_BEGIN, and never again. The end
timeout runs from a SPEECH_ACTIVITY_END until the next BEGIN.
"""

from __future__ import annotations

from dataclasses import dataclass

from asyncspeech.emulator.recognizer import SpeechBegin, SpeechEnd

__all__ = ("ActivityTimeouts", "VoiceActivityTimeout")


@dataclass(frozen=True, slots=True)
class VoiceActivityTimeout:
    """What a stream asks for.

    Attributes:
        speech_start_seconds: How much audio may pass before speech begins; None for any.
        speech_end_seconds: How much audio may pass after speech has ended; None for any.
    """

    speech_start_seconds: float | None = None
    speech_end_seconds: float | None = None


class ActivityTimeouts:
    """Says when a stream has heard nobody for too long. Positions are in seconds of audio."""

    def __init__(self, timeout: VoiceActivityTimeout) -> None:
        self._end_seconds = timeout.speech_end_seconds
        self._due = timeout.speech_start_seconds

    def hear(self, event: object, position: float) -> None:
        """Take note of an event that is sent when ``position`` seconds have been received."""
        if isinstance(event, SpeechBegin):
            self._due = None
        elif isinstance(event, SpeechEnd) and self._end_seconds is not None:
            self._due = position + self._end_seconds

    def are_over(self, position: float) -> bool:
        """Whether the stream is to be closed when ``position`` seconds have been received."""
        return self._due is not None and position >= self._due
