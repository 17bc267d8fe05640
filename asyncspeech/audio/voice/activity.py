"""Voice activity: where somebody speaks, out of how likely that is from moment to moment.

A detector looks at a *hop* of some hundredths of a second at a time, and is wrong now and then. So
speech begins only where there is enough of it, and goes on over hops that could be either; it is over
only after enough silence, since the closure of a consonant is silence, too. As audio comes in, it is
decided about hop by hop, but for the first hops of what may turn out to be speech: these are decided
together.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from asyncspeech.audio.stages.base import silence
from asyncspeech.audio.stages.resample import Resample
from asyncspeech.audio.voice.detectors import SileroDetector

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncspeech.audio.stages.base import Block
    from asyncspeech.config import VoiceActivity

__all__ = ("ActivityTracker", "Hysteresis", "Span")


class Span(NamedTuple):
    """The next frames, in all of which somebody speaks, or nobody does.

    Attributes:
        frames: How many there are.
        is_voice: Whether somebody speaks.
    """

    frames: int
    is_voice: bool


class Hysteresis:
    """Decides which hops are speech, by how likely that is for each.

    Args:
        threshold: How likely it has to be for speech to begin.
        release: How unlikely it has to be for it to be over.
        min_speech: Hops that it takes for speech to begin.
        min_silence: Hops of silence after which it is over; until then they are speech.
    """

    def __init__(self, threshold: float, release: float, *, min_speech: int, min_silence: int) -> None:
        self._threshold = threshold
        self._release = release
        self._min_speech = max(1, min_speech)
        self._min_silence = min_silence
        self._speaks = False
        self._undecided = 0
        self._silent = 0

    @property
    def undecided(self) -> int:
        """How many hops have been taken and not been decided about."""
        return self._undecided

    def take(self, probability: float) -> list[Span]:
        """Take how likely the next hop is to be speech, and give what is decided by it, in hops."""
        if self._speaks:
            return [Span(1, self._goes_on(probability))]
        needed = self._release if self._undecided else self._threshold
        self._undecided += 1
        if probability < needed:
            return self.flush()
        if self._undecided < self._min_speech:
            return []
        begun, self._undecided = self._undecided, 0
        self._speaks, self._silent = True, 0
        return [Span(begun, is_voice=True)]

    def flush(self) -> list[Span]:
        """Decide about the rest: it was not enough to be speech."""
        rest, self._undecided = self._undecided, 0
        return [Span(rest, is_voice=False)] if rest else []

    def _goes_on(self, probability: float) -> bool:
        """Whether speech goes on in the next hop."""
        self._silent = self._silent + 1 if probability < self._release else 0
        self._speaks = self._silent <= self._min_silence
        return self._speaks


class ActivityTracker:
    """Tells where somebody speaks, on one channel.

    Args:
        activity: How.
        sample_rate_hertz: Frames per second of the audio.

    Raises:
        ConfigurationError: The detector cannot listen at this rate.
        MissingExtraError: What it needs is not installed.
    """

    def __init__(self, activity: VoiceActivity, sample_rate_hertz: int) -> None:
        self._rate = sample_rate_hertz
        self._detector = (activity.detector or SileroDetector()).start(sample_rate_hertz)
        self._hop_seconds = self._detector.hop_frames / self._detector.sample_rate_hertz
        self._hysteresis = Hysteresis(
            activity.threshold,
            activity.release,
            min_speech=math.ceil(round(activity.min_speech / self._hop_seconds, 6)),
            min_silence=math.ceil(round(activity.min_silence / self._hop_seconds, 6)),
        )
        self._resample: Resample | None = None
        if self._detector.sample_rate_hertz != sample_rate_hertz:
            self._resample = Resample(sample_rate_hertz, self._detector.sample_rate_hertz, 1)
        self._waiting = silence(0, 1)
        self._taken = 0  # frames since the last flush
        self._hops = 0  # decided about since then
        self._decided = 0  # frames that are in them

    @property
    def delay(self) -> float:
        """Seconds of audio that have been taken and not been decided about."""
        return (self._taken - self._decided) / self._rate

    def process(self, block: Block) -> list[Span]:
        """Take samples of shape (frames, 1), and give what has been decided, first to last."""
        self._taken += len(block)
        return self._listen(block if self._resample is None else self._resample.process(block))

    def flush(self) -> list[Span]:
        """Decide about the rest, as though silence followed. More may follow."""
        spans = [] if self._resample is None else self._listen(self._resample.flush())
        if len(self._waiting):
            padding = silence(self._detector.hop_frames - len(self._waiting), 1)
            spans += self._listen(padding)
        spans += self._in_frames(self._hysteresis.flush())
        rest = self._taken - self._decided  # less than a frame of the detector, or more than there was
        self._taken = self._hops = self._decided = 0
        return _joined([*spans, Span(rest, is_voice=False)])

    def _listen(self, block: Block) -> list[Span]:
        hop, spans = self._detector.hop_frames, list[Span]()
        audio = np.concatenate((self._waiting, block)) if len(self._waiting) else block
        for start in range(0, len(audio) - hop + 1, hop):
            probability = self._detector.probability(audio[start : start + hop])
            spans += self._in_frames(self._hysteresis.take(probability))
        self._waiting = audio[len(audio) - len(audio) % hop :]
        return _joined(spans)

    def _in_frames(self, spans: Iterable[Span]) -> list[Span]:
        """Spans of hops, in frames of the audio; no more than have been taken."""
        counted = []
        for span in spans:
            self._hops += span.frames
            end = min(self._taken, round(self._hops * self._hop_seconds * self._rate))
            counted.append(Span(end - self._decided, span.is_voice))
            self._decided = end
        return counted


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same with neighbours of a kind put together, and without empty ones."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].is_voice == span.is_voice:
            joined[-1] = Span(joined[-1].frames + span.frames, span.is_voice)
        elif span.frames:
            joined.append(span)
    return joined
