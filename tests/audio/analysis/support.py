"""Audio of known figures, and somebody who knows when somebody speaks in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from asyncspeech.audio.analysis import Analyser

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from asyncspeech.audio.analysis import Examination
    from asyncspeech.audio.stages.base import Block

RATE = 16_000


class Span(NamedTuple):
    frames: int
    is_voice: bool


class Told:
    """A tracker that was told where somebody speaks, and says so a little late."""

    def __init__(self, *regions: tuple[float, float], rate: int = RATE, delay: int = 700) -> None:
        self._edges = [round(at * rate) for region in regions for at in region]
        self._delay = delay
        self._taken = 0
        self._told = 0

    def process(self, block: Block) -> list[Span]:
        self._taken += len(block)
        return self._tell(max(self._told, self._taken - self._delay))

    def flush(self) -> list[Span]:
        return self._tell(self._taken)

    def _tell(self, until: int) -> list[Span]:
        spans = []
        while self._told < until:
            passed = sum(edge <= self._told for edge in self._edges)
            end = min([until, *(edge for edge in self._edges if edge > self._told)])
            spans.append(Span(end - self._told, is_voice=passed % 2 == 1))
            self._told = end
        return spans


def analyse(
    samples: npt.NDArray[Any],
    *regions: tuple[float, float],
    rate: int = RATE,
    largest_sample: float = 1.0,
    cuts: Sequence[int] = (),
) -> Examination:
    """Look at samples of shape (frames,) or (frames, channels), all with speech in the same regions."""
    block = samples.reshape(len(samples), -1).astype(np.float32)
    analyser = Analyser(
        rate,
        block.shape[1],
        lambda: Told(*regions, rate=rate),
        detector="voice",
        largest_sample=largest_sample,
    )
    for piece in np.split(block, cuts):
        analyser.process(piece)
    return analyser.finish()


def white(seconds: float, rms: float, *, seed: int = 0, rate: int = RATE) -> npt.NDArray[np.float32]:
    """White noise of one level."""
    noise = np.random.default_rng(seed).standard_normal(round(seconds * rate))
    scale = rms / float(np.sqrt(np.mean(np.square(noise))))
    return (scale * noise).astype(np.float32)


def sine(hertz: float, seconds: float, peak: float, *, rate: int = RATE) -> npt.NDArray[np.float32]:
    """A tone."""
    time = np.arange(round(seconds * rate)) / rate
    return (peak * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
