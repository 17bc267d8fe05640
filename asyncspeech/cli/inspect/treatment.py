"""The level of a recording before and after what a session can do to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech.audio.analysis.treated import trace_treated
from asyncspeech.errors import MissingExtraError
from asyncspeech.model import AudioFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asyncspeech.audio.analysis.levels import Trace
    from asyncspeech.config.preprocessing import Treatment

__all__ = ("treat",)

_SESSION = AudioFormat(sample_rate_hertz=16_000)  # what a session takes unless it is told otherwise


def treat(path: str, progress: Callable[[float, float | None], None]) -> tuple[Trace, Trace | None, str]:
    """Treat a recording, as one channel.

    Args:
        path: The file.
        progress: Told how many seconds are done, and of how many, if that is known.

    Returns:
        Its level before, and after, and why there is none after, if so.

    Raises:
        AudioError: It cannot be read any more.
    """
    try:
        before, after = trace_treated(path, _chain(), _SESSION, progress)
    except MissingExtraError as error:
        before, _ = trace_treated(path, (), _SESSION, progress)
        note = f"the picture has no level after treatment: {error.message} (hint: {error.hint})"
        return before, None, note
    return before, after, ""


def _chain() -> Sequence[Treatment]:
    """What a session would do with a recording that is not good."""
    from asyncspeech.audio import AutoGain, HighPass, NoiseSuppression  # noqa: PLC0415 - extras, in part

    return HighPass(), NoiseSuppression(), AutoGain()
