"""From what a recogniser hears to the service's messages.

A response holds either results or a speech event, never both. Durations of zero are left out, as the
service does. An interim comes as one or two results: the words that are likely to stay, then those that
are not, with the two stabilities that the service gives (0.9 and 0.01, nodejs-speech#65).
"""

from __future__ import annotations

import math
import uuid
from typing import TYPE_CHECKING, Any

from google.cloud.speech_v2.types import StreamingRecognizeResponse

from asyncspeech.emulator.recognizer import Hypothesis, SpeechBegin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.emulator.recognizer import HypothesisWord, RecognitionEvent
    from asyncspeech.emulator.request import StreamRequest

__all__ = ("Responses",)

_Response = StreamingRecognizeResponse.pb()
_SpeechEventType = StreamingRecognizeResponse.SpeechEventType
_NANOS = 1_000_000_000
_STABLE = 0.9
_UNSTABLE = 0.01


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
            return self._results(channel, event) if event.words else None
        if not self._request.voice_activity_events:
            return None
        response = _Response()
        begins = isinstance(event, SpeechBegin)
        response.speech_event_type = (
            _SpeechEventType.SPEECH_ACTIVITY_BEGIN if begins else _SpeechEventType.SPEECH_ACTIVITY_END
        )
        self._set_offset(response.speech_event_offset, event.position)
        return response

    def _results(self, channel: int, hypothesis: Hypothesis) -> Any:
        response = _Response()
        response.metadata.request_id = self._request_id
        response.metadata.total_billed_duration.seconds = self._billed_seconds()
        if hypothesis.is_final:
            self._add_final(response, channel, hypothesis)
            self._has_final.add(channel)
        else:
            self._add_interim(response, channel, hypothesis)
        return response

    def _add_final(self, response: Any, channel: int, hypothesis: Hypothesis) -> None:
        result = self._add_result(response, channel, hypothesis)
        result.is_final = True
        for words in (hypothesis.words, *hypothesis.alternatives):
            alternative = result.alternatives.add(transcript=self._space(channel) + _text(words))
            self._add_words(alternative, words)
        # Only the likeliest reading has a confidence.
        result.alternatives[0].confidence = hypothesis.confidence

    def _add_interim(self, response: Any, channel: int, hypothesis: Hypothesis) -> None:
        stable = hypothesis.words[: hypothesis.stable_words]
        unstable = hypothesis.words[hypothesis.stable_words :]
        space = self._space(channel)
        for words, stability in ((stable, _STABLE), (unstable, _UNSTABLE)):
            if words:
                result = self._add_result(response, channel, hypothesis)
                result.stability = stability
                result.alternatives.add(transcript=space + _text(words))
                space = " "

    def _add_result(self, response: Any, channel: int, hypothesis: Hypothesis) -> Any:
        result = response.results.add(language_code=self._request.language_code.lower())
        self._set_offset(result.result_end_offset, hypothesis.end)
        if self._request.separate_channels:
            result.channel_tag = channel
        return result

    def _space(self, channel: int) -> str:
        # The texts of a channel's finals, put together as they are, make the whole text.
        return " " if channel in self._has_final else ""

    def _add_words(self, alternative: Any, words: Sequence[HypothesisWord]) -> None:
        if not (self._request.word_time_offsets or self._request.word_confidence):
            return
        for word in words:
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


def _text(words: Sequence[HypothesisWord]) -> str:
    return " ".join(word.text for word in words)
