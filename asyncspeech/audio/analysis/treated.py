"""What a treatment does to the level of a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech.audio.analysis.levels import Tracer
from asyncspeech.audio.convert import Adapter
from asyncspeech.audio.recordings.file import Recording
from asyncspeech.audio.samples import decode
from asyncspeech.audio.stages.base import Chain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asyncspeech.audio.analysis.levels import Trace
    from asyncspeech.config.preprocessing import Treatment
    from asyncspeech.model import AudioFormat

__all__ = ("trace_treated",)


def trace_treated(
    path: str,
    treatments: Sequence[Treatment],
    audio_format: AudioFormat,
    progress: Callable[[float, float | None], None] = lambda _seconds, _of: None,
) -> tuple[Trace, Trace]:
    """Trace a recording before and after it is treated, as a session does it.

    Args:
        path: The file. Of one that is damaged, what can be read.
        treatments: What is done to it, first to last.
        audio_format: That of the session; of one channel.
        progress: Told how many seconds are done, and of how many, if that is known.

    Returns:
        The trace of the one channel that is made of it, before and after.

    Raises:
        AudioError: It cannot be read.
        MissingExtraError: What treats it is not installed.
    """
    rate = audio_format.sample_rate_hertz
    stages = Chain([treatment.start(rate) for treatment in treatments], 1)
    before, after = Tracer(rate), Tracer(rate)
    recording = Recording(path)
    try:
        recording.open()
        adapter = Adapter(audio_format, recording.name)

        def take(raw: bytes) -> None:
            mono = decode(raw, audio_format)
            before.process(mono[:, 0])
            after.process(stages.process(mono)[:, 0])

        seconds = 0.0
        for given, block in recording.blocks():
            take(adapter.process(given, block))
            seconds += len(block) / given
            progress(seconds, recording.duration)
        take(adapter.flush())
        after.process(stages.flush()[:, 0])
    finally:
        recording.close()
    return before.finish(), after.finish()
