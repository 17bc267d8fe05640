"""Recordings to test with, made on the spot."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from asyncspeech.audio import open_source
from asyncspeech.audio.recordings.file import FileFeed, Recording
from asyncspeech.model import AudioFormat

if TYPE_CHECKING:
    from collections.abc import AsyncIterable
    from os import PathLike
    from typing import Any, BinaryIO

    import numpy.typing as npt

    from asyncspeech.audio.source import AudioInput
    from asyncspeech.audio.stages.base import Block

MONO_16K = AudioFormat(sample_rate_hertz=16_000)


def noise(frames: int, channels: int = 1, *, seed: int = 0) -> npt.NDArray[np.int16]:
    """16-bit noise that uses the whole scale, both its ends included."""
    samples = np.random.default_rng(seed).integers(-32768, 32768, (frames, channels), np.int16)
    if frames > 1:
        samples[0], samples[1] = -32768, 32767
    return samples


def tone(hertz: float, rate: int, seconds: float = 1.0, channels: int = 1) -> Block:
    """A sine of half the full scale, the same in all channels."""
    time = np.arange(round(rate * seconds)) / rate
    wave = 0.5 * np.sin(2 * np.pi * hertz * time)
    return np.repeat(wave[:, np.newaxis], channels, axis=1).astype(np.float32)


def encoded(
    samples: npt.NDArray[Any], rate: int, kind: str = "WAV", subtype: str | None = None
) -> bytes:
    """A sound file.

    It is written in small blocks: the encoder of Vorbis keeps what it is given at once on the stack.
    """
    file = BytesIO()
    channels = samples.shape[1]
    if subtype in {"FLOAT", "DOUBLE"} and samples.dtype == np.int16:
        samples = samples / np.float32(32768)  # soundfile would keep the figures as they are
    with soundfile.SoundFile(file, "w", rate, channels, format=kind, subtype=subtype) as sound:
        for start in range(0, len(samples), 4096):
            sound.write(samples[start : start + 4096])
    return file.getvalue()


def read_all(given: str | PathLike[str] | bytes | BinaryIO, target: AudioFormat = MONO_16K) -> bytes:
    """Read a recording to its end, without a loop."""
    feed = FileFeed(Recording(given), target)
    try:
        feed.open()
        return b"".join(iter(feed.read, None))
    finally:
        feed.close()


def as_block(raw: bytes, channels: int = 1) -> Block:
    """LINEAR16 as numbers, -1 to 1."""
    return (np.frombuffer(raw, "<i2").reshape(-1, channels) / np.float32(32768)).astype(np.float32)


def level(block: Block) -> float:
    """Root mean square, in decibels over full scale."""
    return float(10 * np.log10(np.mean(np.square(block, dtype=np.float64)) + 1e-30))


def main_frequency(block: Block, rate: int) -> float:
    """Frequency of the loudest partial of the first channel, in hertz, to the nearest bin."""
    windowed = block[:, 0] * np.hanning(len(block))
    return float(np.argmax(np.abs(np.fft.rfft(windowed)))) * rate / len(block)


async def read_into(chunks: list[bytes], given: AudioInput, target: AudioFormat = MONO_16K) -> None:
    """Read a source, and keep what came even if it fails."""
    async with open_source(given, target) as source:
        async for chunk in source:
            chunks.append(chunk)  # noqa: PERF401  # a comprehension would lose them


async def read_one_and_fail(given: AudioInput) -> None:
    """Read the first chunk, and raise an error of one's own."""
    async with open_source(given, MONO_16K) as source:
        await anext(source)
        raise RuntimeError("mine")


async def collect(chunks: AsyncIterable[bytes]) -> bytes:
    """All that a source gives."""
    return b"".join([chunk async for chunk in chunks])
