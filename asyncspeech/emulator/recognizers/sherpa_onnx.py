"""Speech recognition on this machine with sherpa-onnx and a streaming transducer of one's own."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from asyncspeech.emulator.recognizer import HypothesisWord
from asyncspeech.emulator.recognizers.float_audio import SAMPLE_RATE_HERTZ, FloatAudio
from asyncspeech.emulator.recognizers.threaded import ThreadedRecognizer
from asyncspeech.emulator.recognizers.utterance_events import Timeline, UtteranceEvents
from asyncspeech.errors import ConfigurationError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from asyncspeech.emulator.recognizer import RecognitionEvent, RecognitionSettings

__all__ = ("SherpaOnnx",)

# A transducer looks ahead, by less than a second: the last words come out if silence follows them.
_SILENCE_AFTER_THE_END = np.zeros(round(0.8 * SAMPLE_RATE_HERTZ), np.float32)
# A transducer knows when a token begins, and not how long it lasts: until the next one, or so long.
_LONGEST_TOKEN_SECONDS = 0.3
# How a token says that it begins a word; sherpa-onnx writes the second for the first.
_WORD_MARKS = ("\u2581", " ")


class SherpaOnnx(ThreadedRecognizer):
    """Recognises speech with sherpa-onnx, in the extra ``sherpa-onnx``.

    Args:
        model_path: The directory of a streaming transducer: ``tokens.txt``, ``encoder*.onnx``,
            ``decoder*.onnx`` and ``joiner*.onnx``. Of a model in several precisions, the 8-bit one is
            taken.
        endpoint_seconds: The pause after which an utterance is final. It is the same for all streams:
            what a stream's settings say of it is not looked at.
        threads: How many threads the engine decodes one stream with.
        language_codes: The languages that the model knows, as BCP-47 tags; a model does not say. None
            takes streams in any language, and hears what the model makes of them.

    Raises:
        ConfigurationError: ``model_path`` is not the directory of such a model, or one of the numbers is
            not positive.
        MissingExtraError: sherpa-onnx is not installed.
    """

    _name = "sherpa-onnx"
    _package = "sherpa_onnx"
    _extra = "sherpa-onnx"
    _files = (("tokens.txt",), ("encoder*.onnx",), ("decoder*.onnx",), ("joiner*.onnx",))

    def __init__(
        self,
        model_path: str | os.PathLike[str],
        *,
        endpoint_seconds: float = 1.2,
        threads: int = 1,
        language_codes: Iterable[str] | None = None,
    ) -> None:
        super().__init__(model_path, language_codes)
        if endpoint_seconds <= 0:
            raise ConfigurationError(
                "endpoint_seconds", f"a pause is needed, not {endpoint_seconds:g} s"
            )
        if threads < 1:
            raise ConfigurationError("threads", f"at least one is needed, not {threads}")
        self._endpoint_seconds = endpoint_seconds
        self._threads = threads

    def _load(self) -> Any:
        import sherpa_onnx  # noqa: PLC0415

        return sherpa_onnx.OnlineRecognizer.from_transducer(
            tokens=str(self._directory / "tokens.txt"),
            encoder=_part(self._directory, "encoder"),
            decoder=_part(self._directory, "decoder"),
            joiner=_part(self._directory, "joiner"),
            num_threads=self._threads,
            sample_rate=SAMPLE_RATE_HERTZ,
            enable_endpoint_detection=True,
            rule2_min_trailing_silence=self._endpoint_seconds,
        )

    def _new_listener(self, model: Any, settings: RecognitionSettings) -> _SherpaListener:
        return _SherpaListener(model, settings)


class _SherpaListener:
    def __init__(self, recognizer: Any, settings: RecognitionSettings) -> None:
        self._recognizer = recognizer
        self._stream = recognizer.create_stream()
        # sherpa-onnx can resample, but says so on the standard error.
        self._audio = FloatAudio(settings.sample_rate_hertz)
        self._timeline = Timeline(settings.sample_rate_hertz)
        self._events = UtteranceEvents(settings)

    def hear(self, samples: NDArray[np.int16]) -> list[RecognitionEvent]:
        self._timeline.advance(len(samples))
        self._decode(self._audio.push(samples))
        if self._recognizer.is_endpoint(self._stream):
            events = self._events.final(self._words(), self._timeline.end)
            self._recognizer.reset(self._stream)
            return events
        return self._events.partial(self._words(), self._timeline.end)

    def finish(self) -> list[RecognitionEvent]:
        self._decode(np.concatenate((self._audio.finish(), _SILENCE_AFTER_THE_END)), last=True)
        return self._events.final(self._words(), self._timeline.end)

    def _decode(self, samples: NDArray[np.float32], *, last: bool = False) -> None:
        self._stream.accept_waveform(SAMPLE_RATE_HERTZ, samples)
        if last:
            self._stream.input_finished()
        while self._recognizer.is_ready(self._stream):
            self._recognizer.decode_stream(self._stream)

    def _words(self) -> tuple[HypothesisWord, ...]:
        """The words of the utterance so far, put together from its tokens."""
        result = self._recognizer.get_result_all(self._stream)
        begins = [result.start_time + time for time in result.timestamps]
        # Older models tell of no probabilities.
        likelihoods = result.ys_probs or [-math.inf] * len(begins)
        tokens = list(zip(result.tokens, begins, likelihoods, strict=False))
        return tuple(self._word(tokens[start:end], begins[end:]) for start, end in _word_spans(tokens))

    def _word(self, tokens: list[tuple[str, float, float]], later: list[float]) -> HypothesisWord:
        longest = tokens[-1][1] + _LONGEST_TOKEN_SECONDS
        return HypothesisWord(
            "".join(text for text, _, _ in tokens).strip("".join(_WORD_MARKS)),
            self._timeline.frame_at(tokens[0][1]),
            self._timeline.frame_at(min([longest, *later[:1]])),
            fmean(min(1.0, math.exp(likelihood)) for _, _, likelihood in tokens),
        )


def _word_spans(tokens: list[tuple[str, float, float]]) -> Iterator[tuple[int, int]]:
    """From which token to before which one each word goes."""
    starts = [
        number for number, (text, _, _) in enumerate(tokens) if number == 0 or text[0] in _WORD_MARKS
    ]
    return pairwise([*starts, len(tokens)])


def _part(directory: Path, name: str) -> str:
    """The file of one of the model's three networks."""
    files = sorted(directory.glob(f"{name}*.onnx"))
    return str(min(files, key=lambda file: not file.name.endswith(".int8.onnx")))
