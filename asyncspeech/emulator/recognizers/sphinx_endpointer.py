"""Where utterances begin and end, from a verdict per frame: speech, or none.

Single verdicts are unreliable: a click sounds like speech, and the stop in the middle of "outcome" does
not. So it takes most of a short window to begin an utterance, and a pause to end one. How long a pause,
depends on how long the utterance has become: after 15 seconds of speech a shorter one will do, and
the longer it goes on, the shorter, since a hypothesis is of no use to anybody before it is final.
At 30 seconds the utterance is cut, wherever it is.

pocketsphinx has an endpointer of its own. It wants ten frames of speech in a row to begin, and loses
short words to that; and it cannot be made impatient.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

__all__ = ("BEGIN_WINDOW", "FRAME_SECONDS", "Began", "Cut", "Ended", "Endpointer")

FRAME_SECONDS = 0.03
BEGIN_WINDOW = 10
"""How many frames the beginning of an utterance is looked for in; it is found at most so late."""

_BEGIN_SPEECH = 6  # of the window
_PAUSE = 14
_STRAY = 1  # frames of a pause that may sound like speech
_SOFT_LIMIT = 500  # frames: 15 seconds
_HARD_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Began:
    """An utterance has begun.

    Attributes:
        frames: How many frames ago, the latest included.
    """

    frames: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The utterance is over.

    Attributes:
        silence: How many frames there have been since the last one of speech.
    """

    silence: int


@dataclass(frozen=True, slots=True)
class Cut:
    """The utterance has become too long. The next one begins with the next frame."""


class Endpointer:
    """Finds utterances in a run of verdicts."""

    def __init__(self) -> None:
        self._recent: deque[bool] = deque(maxlen=max(BEGIN_WINDOW, _PAUSE))
        self._length: int | None = None  # of the utterance, in frames

    @property
    def in_utterance(self) -> bool:
        """Whether an utterance has begun and not ended."""
        return self._length is not None

    def push(self, *, is_speech: bool) -> Began | Ended | Cut | None:
        """Take the verdict on the next frame.

        Returns:
            What has become of the utterance with this frame, if anything has.
        """
        self._recent.append(is_speech)
        if self._length is None:
            return self._look_for_begin()
        self._length += 1
        return self._look_for_end(self._length)

    def finish(self) -> Ended | None:
        """Say that no more frames come.

        Returns:
            The end of the utterance that this breaks off, if it does.
        """
        return None if self._length is None else self._end()

    def _look_for_begin(self) -> Began | None:
        window = list(self._recent)[-BEGIN_WINDOW:]
        if sum(window) < _BEGIN_SPEECH:
            return None
        self._length = len(window) - window.index(True)
        return Began(self._length)

    def _look_for_end(self, length: int) -> Ended | Cut | None:
        pause = _pause_that_ends(length)
        window = list(self._recent)[-pause:]
        if sum(window) <= (_STRAY if pause == _PAUSE else 0):
            return self._end()
        if length < _HARD_LIMIT:
            return None
        self._length = 0
        return Cut()

    def _end(self) -> Ended:
        silence = _trailing_silence(self._recent)
        self._recent.clear()
        self._length = None
        return Ended(silence)


def _pause_that_ends(length: int) -> int:
    """The length of a pause that ends an utterance of ``length``, in frames."""
    if length <= _SOFT_LIMIT:
        return _PAUSE
    left = (_HARD_LIMIT - length) / (_HARD_LIMIT - _SOFT_LIMIT)
    return max(1, round(_PAUSE * left))


def _trailing_silence(verdicts: deque[bool]) -> int:
    """How many of the last verdicts were of silence."""
    return next((count for count, speech in enumerate(reversed(verdicts)) if speech), len(verdicts))
