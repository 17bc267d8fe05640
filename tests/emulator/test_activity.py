from __future__ import annotations

from asyncspeech.emulator import SpeechBegin, SpeechEnd
from asyncspeech.emulator.activity import ActivityTimeouts, VoiceActivityTimeout


def test_each_end_of_speech_starts_the_end_timeout_anew() -> None:
    timeouts = ActivityTimeouts(VoiceActivityTimeout(speech_end_seconds=2.0))
    assert not timeouts.are_over(1e6)
    timeouts.hear(SpeechEnd(0), 1.0)
    timeouts.hear(SpeechEnd(0), 2.0)  # of another channel
    assert not timeouts.are_over(3.9)
    assert timeouts.are_over(4.0)
    timeouts.hear(SpeechBegin(0), 3.0)
    assert not timeouts.are_over(1e6)


def test_the_start_timeout_is_over_for_good_once_speech_has_begun() -> None:
    timeouts = ActivityTimeouts(VoiceActivityTimeout(speech_start_seconds=1.0))
    assert timeouts.are_over(1.0)
    timeouts.hear(SpeechBegin(0), 0.5)
    timeouts.hear(SpeechEnd(0), 0.7)
    assert not timeouts.are_over(1e6)
