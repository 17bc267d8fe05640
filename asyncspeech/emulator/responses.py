"""From what a recogniser hears to the service's messages.

A response holds either results or a speech event, never both. Durations of zero are left out, as the
service does. An interim comes as one or two results: the words that are likely to stay, then those that
are not, with the two stabilities that the service gives (0.9 and 0.01, nodejs-speech#65). Models that
say nothing of stability give one.
"""

from __future__ import annotations

import math
import uuid
from typing import TYPE_CHECKING, Any

from google.cloud.speech_v2.types import RecognizeResponse, StreamingRecognizeResponse

from asyncspeech.emulator.recognizer import Hypothesis, SpeechBegin
from asyncspeech.emulator.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from asyncspeech.emulator.assumptions import Assumptions
    from asyncspeech.emulator.listener import Heard, Listener
    from asyncspeech.emulator.recognizer import HypothesisWord
    from asyncspeech.emulator.request import RecognitionRequest

__all__ = ("Responses",)

_Response = StreamingRecognizeResponse.pb()
_Whole = RecognizeResponse.pb()
_Event = StreamingRecognizeResponse.SpeechEventType
_NANOS = 1_000_000_000
_STABLE = 0.9
_UNSTABLE = 0.01
_UNKNOWN = 0.0


class Responses:
    """Makes the responses of one call.

    Args:
        request: What the call asks for.
        listener: Who hears its audio, and counts it.
        assumptions: How the results are written where that is not known.
    """

    def __init__(
        self, request: RecognitionRequest, listener: Listener, assumptions: Assumptions
    ) -> None:
        self._listener = listener
        self._request_id = str(uuid.uuid4())
        self._features = request.config.features
        self._separate_channels = request.separate_channels
        self._streaming = request.streaming
        code = request.language_code
        self._language_code = code.lower() if assumptions.lower_case_language_codes else code
        self._wording = Wording(request.config, assumptions.profanities)
        self._has_final: set[int] = set()
        # By channel, up to where the interims have told of its utterance.
        self._told: dict[int, int] = {}

    def of(self, heard: Heard) -> Iterator[Any]:
        """The ``StreamingRecognizeResponse`` messages, at most one, that tell of what was heard."""
        channel, event = heard
        if isinstance(event, Hypothesis):
            if event.words and (event.is_final or self._is_due(channel, event)):
                yield self._results(channel, event)
        elif self._streaming.voice_activity_events:
            begins = isinstance(event, SpeechBegin)
            kind = _Event.SPEECH_ACTIVITY_BEGIN if begins else _Event.SPEECH_ACTIVITY_END
            yield self._event(kind, event.position)

    def end_of_single_utterance(self, utterance: Hypothesis) -> Any:
        """The response that tells that no more than this utterance is recognised."""
        return self._event(_Event.END_OF_SINGLE_UTTERANCE, utterance.end)

    def whole(self, heard: Iterable[Heard]) -> Any:
        """The ``RecognizeResponse`` that tells of all that was heard."""
        response = _Whole()
        self._set_metadata(response)
        for channel, event in heard:
            if isinstance(event, Hypothesis) and event.is_final and event.words:
                self._add_alternatives(self._add_result(response, channel, event), channel, event)
                self._has_final.add(channel)
        return response

    def _is_due(self, channel: int, interim: Hypothesis) -> bool:
        """Whether the model tells of the utterance by now."""
        told = self._told.get(channel, interim.words[0].start)
        is_due = interim.end - told >= self._streaming.interim_seconds * self._listener.sample_rate_hertz
        if is_due:
            self._told[channel] = interim.end
        return is_due

    def _event(self, kind: int, position: int) -> Any:
        response = _Response(speech_event_type=kind)
        self._set_metadata(response)
        self._set_offset(response.speech_event_offset, position)
        return response

    def _results(self, channel: int, hypothesis: Hypothesis) -> Any:
        response = _Response()
        self._set_metadata(response)
        if hypothesis.is_final:
            result = self._add_result(response, channel, hypothesis)
            result.is_final = True
            self._add_alternatives(result, channel, hypothesis)
            self._has_final.add(channel)
            self._told.pop(channel, None)
        else:
            self._add_interim(response, channel, hypothesis)
        return response

    def _add_interim(self, response: Any, channel: int, hypothesis: Hypothesis) -> None:
        words = self._wording.words(hypothesis.words)
        space = self._space(channel)
        parts: tuple[tuple[Sequence[HypothesisWord], float], ...] = ((words, _UNKNOWN),)
        if self._streaming.has_stability:
            stable = hypothesis.stable_words
            parts = ((words[:stable], _STABLE), (words[stable:], _UNSTABLE))
        for part, stability in parts:
            if part:
                result = self._add_result(response, channel, hypothesis)
                result.stability = stability
                text = self._wording.text(part, is_stable=stability == _STABLE)
                result.alternatives.add(transcript=space + text)
                space = " "

    def _add_result(self, response: Any, channel: int, hypothesis: Hypothesis) -> Any:
        result = response.results.add(language_code=self._language_code)
        self._set_offset(result.result_end_offset, hypothesis.end)
        if self._separate_channels:
            result.channel_tag = channel
        return result

    def _add_alternatives(self, result: Any, channel: int, hypothesis: Hypothesis) -> None:
        most = max(1, self._features.max_alternatives)
        for words in (hypothesis.words, *hypothesis.alternatives)[:most]:
            written = self._wording.words(words)
            text = self._space(channel) + self._wording.text(written)
            self._add_words(result.alternatives.add(transcript=text), written)
        # Only the likeliest reading has a confidence.
        result.alternatives[0].confidence = hypothesis.confidence

    def _space(self, channel: int) -> str:
        # The texts of a channel's finals, put together as they are, make the whole text.
        return " " if channel in self._has_final else ""

    def _add_words(self, alternative: Any, words: Sequence[HypothesisWord]) -> None:
        features = self._features
        if not (features.enable_word_time_offsets or features.enable_word_confidence):
            return
        for word in words:
            info = alternative.words.add(word=word.text)
            if features.enable_word_time_offsets:
                self._set_offset(info.start_offset, word.start)
                self._set_offset(info.end_offset, word.end)
            if features.enable_word_confidence:
                info.confidence = word.confidence

    def _set_offset(self, duration: Any, frames: int) -> None:
        if frames > 0:
            nanos = frames * _NANOS // self._listener.sample_rate_hertz
            duration.seconds, duration.nanos = divmod(nanos, _NANOS)

    def _set_metadata(self, response: Any) -> None:
        response.metadata.request_id = self._request_id
        # The bill so far, in whole seconds.
        if billed := math.ceil(self._listener.seconds):
            response.metadata.total_billed_duration.seconds = billed
