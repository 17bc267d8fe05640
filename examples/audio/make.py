"""Makes the recordings in this folder: ``python examples/audio/make.py``.

They are spoken by flite (Debian: ``apt-get install flite``), a small speech synthesiser whose voices
PocketSphinx understands well, and are written as FLAC by libsndfile. Making them again gives the same
samples.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

HERE = Path(__file__).resolve().parent
FLITE_HERTZ = 16_000
PAUSE_SECONDS = 1.2


@dataclass(frozen=True)
class Recording:
    """A file to be made: who says which utterances, and how it is written."""

    name: str
    voice: str
    utterances: tuple[str, ...]
    sample_rate_hertz: int = FLITE_HERTZ
    audio_channel_count: int = 1

    @property
    def text(self) -> str:
        """All that is said."""
        return " ".join(self.utterances)


RECORDINGS = (
    Recording("weather.flac", "rms", ("the weather will be warm with rain in the evening",)),
    Recording("directions.flac", "rms", ("go forward ten meters and turn to the left",)),
    Recording(
        "meeting.flac",
        "slt",
        (
            "thank you for coming today",
            "the first question is about the money",
            "we will meet again next week",
        ),
    ),
    Recording(
        "telephone.flac",
        "awb",
        ("please call me tomorrow", "my number is seven five three one nine"),
        sample_rate_hertz=8_000,
    ),
    Recording(
        "story.flac",
        "slt",
        ("once upon a time there was an old man", "every morning he went down to the river"),
        sample_rate_hertz=44_100,
        audio_channel_count=2,
    ),
)


def speak(text: str, voice: str) -> np.ndarray:
    """What flite says, as samples at `FLITE_HERTZ`."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        command = ["flite", "-voice", voice, "-t", text, "-o", file.name]
        subprocess.run(command, check=True)  # noqa: S603 - our own texts
        samples, rate = soundfile.read(file.name, dtype="float32")
    if rate != FLITE_HERTZ:
        samples = soxr.resample(samples, rate, FLITE_HERTZ, quality="HQ")
    return np.asarray(samples)


def make(recording: Recording) -> None:
    """Write one recording: its utterances, with silence before, between and after them."""
    silence = np.zeros(round(PAUSE_SECONDS * FLITE_HERTZ), np.float32)
    pieces = [silence[: len(silence) // 2]]
    for utterance in recording.utterances:
        pieces += [speak(utterance, recording.voice), silence]
    samples = np.concatenate(pieces)
    if recording.sample_rate_hertz != FLITE_HERTZ:
        samples = soxr.resample(samples, FLITE_HERTZ, recording.sample_rate_hertz, quality="HQ")
    channels = np.tile(samples[:, np.newaxis], recording.audio_channel_count)
    soundfile.write(HERE / recording.name, channels, recording.sample_rate_hertz, subtype="PCM_16")


def main() -> None:
    """Make them all, and the list of what they say."""
    if shutil.which("flite") is None:
        sys.exit("flite is not installed; on Debian: apt-get install flite")
    for recording in RECORDINGS:
        make(recording)
    lines = [f"{recording.name}\t{recording.text}\n" for recording in RECORDINGS]
    (HERE / "transcripts.tsv").write_text("".join(lines))


if __name__ == "__main__":
    main()
