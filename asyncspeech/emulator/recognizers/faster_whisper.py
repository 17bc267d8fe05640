"""Speech recognition on this machine with faster-whisper and a Whisper model of one's own.

Whisper hears whole utterances, and is no streaming engine. So the voice activity detector that comes
with faster-whisper looks for them, and each is transcribed when it is over. An interim is a
transcription of what there is of it so far.

Inside, positions are counted in samples at 16 kHz; what is told is in frames at the stream's own rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from asyncspeech.emulator.recognizer import HypothesisWord
from asyncspeech.emulator.recognizers.float_audio import SAMPLE_RATE_HERTZ, FloatAudio
from asyncspeech.emulator.recognizers.threaded import ThreadedRecognizer
from asyncspeech.emulator.recognizers.utterance_events import Timeline, UtteranceEvents
from asyncspeech.errors import ConfigurationError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from asyncspeech.emulator.recognizer import RecognitionEvent, RecognitionSettings

__all__ = ("FasterWhisper",)

_ENGLISH = frozenset({"en", "en-AU", "en-GB", "en-IN", "en-US"})
# Where Whisper's name of a language is not the first part of its BCP-47 tag.
_WHISPER_NAMES = {"cmn": "zh", "fil": "tl", "iw": "he", "jv": "jw", "nb": "no"}

# How often to look for the beginning or end of an utterance. The detector takes 3.5 ms for every second
# of the utterance so far.
_LOOK_EVERY = round(0.3 * SAMPLE_RATE_HERTZ)
_INTERIM_EVERY_SECONDS = 1.0
# What is transcribed before and after the speech that was detected: words begin and end softly.
_MARGIN = round(0.2 * SAMPLE_RATE_HERTZ)
# What the detector is given of the silence before an utterance: it needs some to tell the difference.
_LEAD_IN = SAMPLE_RATE_HERTZ
# Whisper hears 30 seconds at once, and the margins are in that.
_MOST_SECONDS = 29.0

_FINAL: Mapping[str, Any] = {}
# The likeliest words at once, without a second attempt: the next interim is soon due.
_INTERIM: Mapping[str, Any] = {"beam_size": 1, "temperature": 0.0}


class FasterWhisper(ThreadedRecognizer):
    """Recognises speech with faster-whisper, in the extra ``faster-whisper``.

    A stream's language is what Whisper is told to expect. It detects the language of each utterance if
    the stream's is ``auto``, or one that it does not know.

    Args:
        model_path: The directory of a Whisper model that was converted for CTranslate2.
        device: Where to compute: ``"cpu"``, ``"cuda"``, or ``"auto"`` for the faster one that is there.
        compute_type: The precision to compute in, as CTranslate2 calls it: ``"int8"``, for example.
        endpoint_seconds: The pause after which an utterance is final, if a stream asks for no other.
        language_codes: The languages to take, as BCP-47 tags. If None, a multilingual model takes any,
            and an English one takes English once it is loaded.

    Raises:
        ConfigurationError: ``model_path`` is not the directory of such a model, or ``endpoint_seconds``
            is not positive.
        MissingExtraError: faster-whisper is not installed.
    """

    _name = "faster-whisper"
    _package = "faster_whisper"
    _extra = "faster-whisper"
    # Without the tokenizer, faster-whisper would go and download one.
    _files = (("model.bin",), ("config.json",), ("tokenizer.json",), ("vocabulary.*",))

    def __init__(
        self,
        model_path: str | os.PathLike[str],
        *,
        device: str = "auto",
        compute_type: str = "default",
        endpoint_seconds: float = 0.5,
        language_codes: Iterable[str] | None = None,
    ) -> None:
        super().__init__(model_path, language_codes)
        if endpoint_seconds <= 0:
            raise ConfigurationError(
                "endpoint_seconds", f"a pause is needed, not {endpoint_seconds:g} s"
            )
        self._device = device
        self._compute_type = compute_type
        self._endpoint_seconds = endpoint_seconds

    def _load(self) -> Any:
        import faster_whisper  # noqa: PLC0415
        import faster_whisper.vad  # noqa: PLC0415

        faster_whisper.vad.get_vad_model()  # it is kept, and loading it takes time as well
        model = faster_whisper.WhisperModel(
            str(self._directory),
            device=self._device,
            compute_type=self._compute_type,
            local_files_only=True,
        )
        if self._language_codes is None and model.supported_languages == ["en"]:
            self._language_codes = _ENGLISH
        return model

    def _new_listener(self, model: Any, settings: RecognitionSettings) -> _WhisperListener:
        endpoint_seconds = settings.endpoint_seconds or self._endpoint_seconds
        return _WhisperListener(model, settings, endpoint_seconds)


@dataclass(frozen=True, slots=True)
class _Speech:
    """Where speech was detected in the audio that is kept.

    Attributes:
        start: Its first sample.
        end: The first sample after it.
        limit: What comes from here on belongs to the next utterance.
        is_over: Whether a pause has followed it.
    """

    start: int
    end: int
    limit: int
    is_over: bool


class _WhisperListener:
    def __init__(self, model: Any, settings: RecognitionSettings, endpoint_seconds: float) -> None:
        self._model = model
        self._language = _whisper_language(settings.language_code, model.supported_languages)
        self._detector = _Detector(endpoint_seconds)
        self._converter = FloatAudio(settings.sample_rate_hertz)
        self._timeline = Timeline(settings.sample_rate_hertz)
        every = round(_INTERIM_EVERY_SECONDS * SAMPLE_RATE_HERTZ)
        self._events = UtteranceEvents(settings, every)
        self._audio: NDArray[np.float32] = np.empty(0, np.float32)  # of no utterance that is over
        self._origin = 0  # the sample of the stream that the audio begins with
        self._looked_at = 0  # samples of the audio

    def hear(self, samples: NDArray[np.int16]) -> list[RecognitionEvent]:
        self._take(samples)
        if len(self._audio) - self._looked_at < _LOOK_EVERY:
            return []
        events: list[RecognitionEvent] = []
        while (speech := self._detect()) is not None and speech.is_over:
            events += self._close(speech)
        return events + (self._quiet() if speech is None else self._continue(speech))

    def finish(self) -> list[RecognitionEvent]:
        self._audio = np.concatenate((self._audio, self._converter.finish()))
        events: list[RecognitionEvent] = []
        while (speech := self._detect()) is not None:
            events += self._close(speech)
        return events + self._quiet()

    def _take(self, samples: NDArray[np.int16]) -> None:
        self._timeline.advance(len(samples))
        self._audio = np.concatenate((self._audio, self._converter.push(samples)))

    def _detect(self) -> _Speech | None:
        self._looked_at = len(self._audio)
        return self._detector.first_speech(self._audio)

    def _quiet(self) -> list[RecognitionEvent]:
        """There is no speech, or what was taken for speech was none."""
        self._forget(max(0, len(self._audio) - _LEAD_IN))
        return self._events.final((), self._timeline.end)

    def _continue(self, speech: _Speech) -> list[RecognitionEvent]:
        events = self._events.begin(self._frame(speech.start))
        if self._events.interim_is_due(speech.end - speech.start):
            events += self._events.partial(self._transcribe(speech, _INTERIM), self._frame(speech.limit))
        return events

    def _close(self, speech: _Speech) -> list[RecognitionEvent]:
        events = self._events.begin(self._frame(speech.start))
        words = self._transcribe(speech, _FINAL)
        events += self._events.final(
            words, self._frame(speech.limit), speech_end=self._frame(speech.end)
        )
        self._forget(speech.end)
        return events

    def _forget(self, samples: int) -> None:
        self._audio = self._audio[samples:]
        self._origin += samples
        self._looked_at = max(0, self._looked_at - samples)

    def _transcribe(self, speech: _Speech, options: Mapping[str, Any]) -> tuple[HypothesisWord, ...]:
        start = max(0, speech.start - _MARGIN)
        segments, _ = self._model.transcribe(
            self._audio[start : min(speech.end + _MARGIN, speech.limit)],
            language=self._language,
            word_timestamps=True,
            condition_on_previous_text=False,
            **options,
        )
        # The words come out as they are asked for: it is here that the work is done.
        return tuple(
            HypothesisWord(
                word.word.strip(),
                self._frame(start, word.start),
                self._frame(start, word.end),
                min(1.0, float(word.probability)),
            )
            for segment in segments
            for word in segment.words
            if word.word.strip()
        )

    def _frame(self, position: int, seconds: float = 0.0) -> int:
        """The stream's frame some seconds after a sample of the audio."""
        return self._timeline.frame_at((self._origin + position) / SAMPLE_RATE_HERTZ + float(seconds))


class _Detector:
    """Finds utterances in audio, by pauses.

    Args:
        endpoint_seconds: The pause that ends one.
    """

    def __init__(self, endpoint_seconds: float) -> None:
        from faster_whisper.vad import VadOptions, get_speech_timestamps  # noqa: PLC0415

        self._find = get_speech_timestamps
        self._options = VadOptions(
            min_silence_duration_ms=round(1_000 * endpoint_seconds),
            max_speech_duration_s=_MOST_SECONDS,
            speech_pad_ms=0,
        )

    def first_speech(self, audio: NDArray[np.float32]) -> _Speech | None:
        """The first utterance; None if there is none."""
        found = self._find(audio, self._options) if len(audio) else []
        if not found:
            return None
        start, end = found[0]["start"], found[0]["end"]
        limit = found[1]["start"] if len(found) > 1 else len(audio)
        if limit - end < _MARGIN:  # it was cut: what follows is the rest of a word
            limit = end
        return _Speech(start, end, limit, is_over=end < len(audio))


def _whisper_language(language_code: str, known: Iterable[str]) -> str | None:
    """What Whisper calls a language; None to have it detected."""
    name = language_code.partition("-")[0].lower()
    name = _WHISPER_NAMES.get(name, name)
    return name if name in known else None
