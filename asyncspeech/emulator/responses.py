"""From what a recogniser hears to the service's messages.

A response holds either results or a speech event, never both. Durations of zero are left out, as the
service does.
"""

from __future__ import annotations

import math
import uuid
from typing import TYPE_CHECKING, Any

from google.cloud.speech_v2.types import StreamingRecognizeResponse

from asyncspeech.emulator.recognizer import Hypothesis, SpeechBegin

if TYPE_CHECKING:
    from asyncspeech.emulator.recognizer import RecognitionEvent
    from asyncspeech.emulator.request import StreamRequest

__all__ = ("Responses",)

_Response = StreamingRecognizeResponse.pb()
_SpeechEventType = StreamingRecognizeResponse.SpeechEventType
_NANOS = 1_000_000_000


class Responses:
    """Makes the responses of one stream.

    Args:
        request: What the stream's first message asked for.
    """

    def __init__(self, request: StreamRequest) -> None:
        self._request = request
        self._request_id = str(uuid.uuid4())
        self._frames = 0
        self._has_final: set[int] = set()

    def take(self, frames: int) -> None:
        """Count audio that was received, for the bill."""
        self._frames += frames

    def make(self, channel: int, event: RecognitionEvent) -> Any | None:
        """The response that tells of ``event`` on a channel (from 1), or None if none is due."""
        if isinstance(event, Hypothesis):
            return self._result(channel, event) if event.words else None
        if not self._request.voice_activity_events:
            return None
        response = _Response()
        begins = isinstance(event, SpeechBegin)
        response.speech_event_type = (
            _SpeechEventType.SPEECH_ACTIVITY_BEGIN if begins else _SpeechEventType.SPEECH_ACTIVITY_END
        )
        self._set_offset(response.speech_event_offset, event.position)
        return response

    def _result(self, channel: int, hypothesis: Hypothesis) -> Any:
        response = _Response()
        response.metadata.request_id = self._request_id
        response.metadata.total_billed_duration.seconds = self._billed_seconds()
        result = response.results.add()
        result.is_final = hypothesis.is_final
        result.stability = hypothesis.stability
        result.language_code = self._request.language_code.lower()
        self._set_offset(result.result_end_offset, hypothesis.end)
        if self._request.separate_channels:
            result.channel_tag = channel
        alternative = result.alternatives.add()
        # The texts of a channel's finals, put together as they are, make the whole text.
        space = " " if channel in self._has_final else ""
        alternative.transcript = space + " ".join(word.text for word in hypothesis.words)
        if hypothesis.is_final:
            self._has_final.add(channel)
            alternative.confidence = hypothesis.confidence
            self._add_words(alternative, hypothesis)
        return response

    def _add_words(self, alternative: Any, hypothesis: Hypothesis) -> None:
        if not (self._request.word_time_offsets or self._request.word_confidence):
            return
        for word in hypothesis.words:
            info = alternative.words.add(word=word.text)
            if self._request.word_time_offsets:
                self._set_offset(info.start_offset, word.start)
                self._set_offset(info.end_offset, word.end)
            if self._request.word_confidence:
                info.confidence = word.confidence

    def _set_offset(self, duration: Any, frames: int) -> None:
        if frames > 0:
            nanos = frames * _NANOS // self._request.sample_rate_hertz
            duration.seconds, duration.nanos = divmod(nanos, _NANOS)

    def _billed_seconds(self) -> int:
        return math.ceil(self._frames / self._request.sample_rate_hertz)
