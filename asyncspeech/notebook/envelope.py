"""The outline of a recording: how far its samples go down and up, piece by piece."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from asyncspeech.audio.recordings.file import Recording

if TYPE_CHECKING:
    from os import PathLike
    from typing import BinaryIO

    import numpy.typing as npt

    from asyncspeech.audio.source import BytesLike

__all__ = ("Envelope", "read_envelope")

_POINT_SECONDS = 0.01  # shorter than any sound of speech
_MOST_POINTS = 2_000  # as many as a picture has columns for


@dataclass(frozen=True, slots=True, eq=False)
class Envelope:
    """The outline of a recording, mixed down to one channel. Full scale is 1.

    Attributes:
        times: Where the pieces begin, in seconds; never none.
        lowest: The lowest sample of each.
        highest: The highest sample of each.
        duration: How long the recording lasts, in seconds.
    """

    times: npt.NDArray[np.float64]
    lowest: npt.NDArray[np.float32]
    highest: npt.NDArray[np.float32]
    duration: float


def read_envelope(given: str | PathLike[str] | BytesLike | BinaryIO) -> Envelope:
    """Read a recording for its outline, about a second of it at a time. It blocks meanwhile.

    Args:
        given: A path, the bytes of a file, or a seekable binary file, which is not closed.

    Raises:
        AudioError: It cannot be read, or is not whole.
    """
    recording = Recording(given)
    times, lowest, highest, seconds = [], [], [], 0.0
    try:
        recording.open()
        for rate, block in recording.blocks():
            mono = block.mean(axis=1)
            starts = np.arange(0, len(mono), max(1, round(rate * _POINT_SECONDS)))
            times.append(seconds + starts / rate)
            lowest.append(np.minimum.reduceat(mono, starts))
            highest.append(np.maximum.reduceat(mono, starts))
            seconds += len(mono) / rate
        recording.verify()
    finally:
        recording.close()
    every = math.ceil(sum(map(len, times)) / _MOST_POINTS)
    return Envelope(
        np.concatenate(times)[::every],
        _reduce(lowest, every, np.minimum),
        _reduce(highest, every, np.maximum),
        seconds,
    )


def _reduce(values: list[npt.NDArray[np.float32]], every: int, by: np.ufunc) -> npt.NDArray[Any]:
    joined = np.concatenate(values)
    return np.asarray(by.reduceat(joined, np.arange(0, len(joined), every)))
