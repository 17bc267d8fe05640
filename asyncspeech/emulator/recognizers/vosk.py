"""Speech recognition on this machine with Vosk and a model of one's own.

Vosk listens as the words are spoken, decides itself where an utterance ends, takes any sample rate, and
knows when each word was said.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from asyncspeech.emulator.recognizer import HypothesisWord
from asyncspeech.emulator.recognizers.threaded import ThreadedRecognizer
from asyncspeech.emulator.recognizers.utterance_events import Timeline, UtteranceEvents

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from asyncspeech.emulator.recognizer import RecognitionEvent, RecognitionSettings

__all__ = ("Vosk",)

_LOG_NOTHING = -1


class Vosk(ThreadedRecognizer):
    """Recognises speech with Vosk, in the extra ``vosk``.

    How long a pause ends an utterance is written in the model (``conf/model.conf``), and
    what a stream's settings say of it is not looked at. If they want more than one reading, Vosk tells
    of no confidence.

    Args:
        model_path: The directory of an unpacked model.
        language_codes: The languages that the model knows, as BCP-47 tags; a model does not say. None
            takes streams in any language, and hears what the model makes of them.

    Raises:
        ConfigurationError: ``model_path`` is not the directory of a model.
        MissingExtraError: vosk is not installed.
    """

    _name = "Vosk"
    _package = "vosk"
    _extra = "vosk"
    # The second of each where the layout is of before 2020.
    _files = (("am/final.mdl", "final.mdl"), ("conf/mfcc.conf", "mfcc.conf"))

    def __init__(
        self,
        model_path: str | os.PathLike[str],
        *,
        language_codes: Iterable[str] | None = None,
    ) -> None:
        super().__init__(model_path, language_codes)

    def _load(self) -> Any:
        import vosk  # noqa: PLC0415

        vosk.SetLogLevel(_LOG_NOTHING)
        return vosk.Model(str(self._directory))

    def _new_listener(self, model: Any, settings: RecognitionSettings) -> _VoskListener:
        import vosk  # noqa: PLC0415

        recognizer = vosk.KaldiRecognizer(model, float(settings.sample_rate_hertz))
        recognizer.SetWords(True)  # noqa: FBT003 - Vosk's name and signature
        recognizer.SetPartialWords(True)  # noqa: FBT003
        if settings.max_alternatives > 1:
            recognizer.SetMaxAlternatives(settings.max_alternatives)
        return _VoskListener(recognizer, settings)


class _VoskListener:
    def __init__(self, recognizer: Any, settings: RecognitionSettings) -> None:
        self._recognizer = recognizer
        self._timeline = Timeline(settings.sample_rate_hertz)
        self._events = UtteranceEvents(settings)

    def hear(self, samples: NDArray[np.int16]) -> list[RecognitionEvent]:
        self._timeline.advance(len(samples))
        if self._recognizer.AcceptWaveform(samples.tobytes()):
            return self._final(self._recognizer.Result())
        if not self._events.want_partials:
            return []
        partial = json.loads(self._recognizer.PartialResult())
        return self._events.partial(self._words(partial.get("partial_result", ())), self._timeline.end)

    def finish(self) -> list[RecognitionEvent]:
        return self._final(self._recognizer.FinalResult())

    def _final(self, result: str) -> list[RecognitionEvent]:
        reading = json.loads(result)
        # There is a list of readings only if more than one is wanted, and "result" only if there are
        # words.
        best, *others = (
            self._words(reading.get("result", ())) for reading in reading.get("alternatives", [reading])
        )
        alternatives = tuple(words for words in others if words)
        return self._events.final(best, self._timeline.end, alternatives=alternatives)

    def _words(self, words: Iterable[dict[str, Any]]) -> tuple[HypothesisWord, ...]:
        return tuple(
            HypothesisWord(
                word["word"],
                self._timeline.frame_at(word["start"]),
                self._timeline.frame_at(word["end"]),
                min(1.0, word.get("conf", 0.0)),
            )
            for word in words
        )
