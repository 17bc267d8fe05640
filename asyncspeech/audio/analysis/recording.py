"""From a file to what is found out about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncspeech.audio.analysis.analyser import Analyser
from asyncspeech.audio.analysis.container import read_container
from asyncspeech.audio.analysis.speech import LoudnessDetector
from asyncspeech.audio.recordings.file import Recording
from asyncspeech.audio.voice.activity import ActivityTracker
from asyncspeech.config.preprocessing import VoiceActivity
from asyncspeech.errors import AudioError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asyncspeech.audio.analysis.analyser import Examination
    from asyncspeech.audio.analysis.figures import Container
    from asyncspeech.audio.stages.base import Block

__all__ = ("ExaminedFile", "examine_file")


@dataclass(frozen=True, slots=True, eq=False)
class ExaminedFile:
    """A recording that was looked at.

    Attributes:
        path: The file.
        container: How it is stored.
        examination: What was found out about it.
        fault: Why not all of it could be read; None if it could be.
        note: What was not as it should be with the looking; empty if all was.
    """

    path: str
    container: Container
    examination: Examination
    fault: AudioError | None
    note: str


def examine_file(
    path: str,
    *,
    activity: VoiceActivity | None = None,
    progress: Callable[[float, float | None], None] = lambda _seconds, _of: None,
) -> ExaminedFile:
    """Look at a recording. It blocks for as long as it takes to read all of it.

    Args:
        path: The file.
        activity: What tells speech; None for as it comes. Without the extra ``vad``, loudness does.
        progress: Told how many seconds have been looked at, and of how many, if that is known.

    Raises:
        AudioError: It cannot be read.
    """
    recording = Recording(path)
    fault = None
    try:
        recording.open()
        container = read_container(path)
        rate = recording.sample_rate_hertz
        activity, detector, note = _choose_activity(activity or VoiceActivity(), rate)
        analyser = Analyser(
            rate,
            recording.channel_count,
            lambda: ActivityTracker(activity, rate),
            detector=detector,
            largest_sample=container.largest_sample,
        )
        frames = 0
        try:
            for block in _steady(recording):
                analyser.process(block)
                frames += len(block)
                progress(frames / rate, recording.duration)
            recording.verify()
        except AudioError as error:
            if not frames:
                raise
            fault = error
    finally:
        recording.close()
    return ExaminedFile(path, container, analyser.finish(), fault, note)


def _steady(recording: Recording) -> Iterator[Block]:
    """The blocks of a recording, up to where it goes on in another way."""
    rate, count, frames = recording.sample_rate_hertz, recording.channel_count, 0
    for given, block in recording.blocks():
        if (given, block.shape[1]) != (rate, count):
            raise AudioError(
                recording.name,
                f"goes on with {block.shape[1]} channels at {given} Hz after {frames / rate:.2f} s, "
                "and that is not looked at",
                hint="sessions take it all the same",
            )
        frames += len(block)
        yield block


def _choose_activity(activity: VoiceActivity, rate: int) -> tuple[VoiceActivity, str, str]:
    """What tells speech, what it is called, and what there is to say about that."""
    try:
        ActivityTracker(activity, rate)
    except MissingExtraError as error:
        note = f"all sound counts as speech: to tell speech from noise, {error.hint}"
        return VoiceActivity(detector=LoudnessDetector()), "loudness", note
    return activity, "voice", ""
