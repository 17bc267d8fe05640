"""Decoding as a call does it, and what it is compared to."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from functools import cache
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
from google.cloud.speech_v2.types import (
    AutoDetectDecodingConfig,
    ExplicitDecodingConfig,
    RecognitionConfig,
)

from asyncspeech.emulator.audio import open_decoder
from tests.audio.recordings import encoded, tone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    import numpy.typing as npt

    from asyncspeech.emulator.audio import Decoder, StreamFormat

    Samples = npt.NDArray[np.int16]

RATE = 16_000
SHORT = 0.28  # seconds: a block of FLAC, 4,096 samples, and the beginning of the next
AUTO = RecognitionConfig.pb(RecognitionConfig(auto_decoding_config=AutoDetectDecodingConfig()))
COMPRESSED = {
    "flac": ("FLAC", "PCM_16"),
    "flac of 24 bits": ("FLAC", "PCM_24"),
    "mp3": ("MP3", None),
    "opus": ("OGG", "OPUS"),
    "vorbis": ("OGG", "VORBIS"),
}
WAV = {
    "wav": ("WAV", "PCM_16"),
    "wav of mu-law": ("WAV", "ULAW"),
    "wav of a-law": ("WAV", "ALAW"),
    "wav of 8 bits": ("WAV", "PCM_U8"),
    "wav of 24 bits": ("WAV", "PCM_24"),
    "wav of 32 bits": ("WAV", "PCM_32"),
    "extensible wav": ("WAVEX", "PCM_16"),
    "64-bit wav": ("RF64", "PCM_16"),
}
FORMATS = COMPRESSED | WAV


def explicit(encoding: str, rate: int = RATE, channels: int = 1) -> Any:
    """A raw configuration with a declared encoding."""
    decoding = ExplicitDecodingConfig(
        encoding=getattr(ExplicitDecodingConfig.AudioEncoding, encoding),
        sample_rate_hertz=rate,
        audio_channel_count=channels,
    )
    return RecognitionConfig.pb(RecognitionConfig(explicit_decoding_config=decoding))


@cache
def recording(name: str, channels: int = 1, seconds: float = 0.6) -> bytes:
    """A file of one of the `FORMATS`: a tone in noise, so that no two blocks are alike."""
    wave = tone(440, RATE, seconds, channels) * 32_000
    hiss = np.random.default_rng(5).normal(0, 300, wave.shape)
    return encoded((wave + hiss).astype(np.int16), RATE, *FORMATS[name])


class Straight(soundfile.SoundFile):  # type: ignore[misc]  # published without types
    """Reads on without the seeks that soundfile does between reads, which round MP3 differently."""

    def seekable(self) -> bool:
        return False


def whole(file: bytes) -> Samples:
    """What soundfile reads from the whole file."""
    with Straight(BytesIO(file)) as sound:
        return np.asarray(sound.read(sound.frames, dtype="int16", always_2d=True), np.int16)


def chunks(audio: bytes, size: int) -> list[bytes]:
    return [audio[start : start + size] for start in range(0, len(audio), size)]


def bytewise(audio: bytes) -> list[bytes]:
    """The beginning and the end byte by byte, and what is between in pieces of a prime length.

    Every byte is a turn of a decoder's thread. So only where the streams have their headers, and the
    `SHORT` ones the boundary of two blocks, pages or frames, can they be cut everywhere.
    """
    middle, end = 1_000, max(1_000, len(audio) - 1_500)
    return [*chunks(audio[:middle], 1), *chunks(audio[middle:end], 13), *chunks(audio[end:], 1)]


def cut(audio: bytes, places: Iterable[int]) -> list[bytes]:
    """The pieces between the places, of which some may be outside or the same."""
    inside = sorted(place % (len(audio) + 1) for place in places)
    return [audio[start:end] for start, end in pairwise([0, *inside, len(audio)])]


@asynccontextmanager
async def decoding(config: Any = AUTO) -> AsyncIterator[Decoder]:
    """A decoder that is closed in the end."""
    decoder = open_decoder(config)
    async with aclosing(decoder):
        yield decoder


async def decode(pieces: Iterable[bytes], config: Any = AUTO) -> tuple[StreamFormat | None, Samples]:
    """All that a stream says, and in which format."""
    async with decoding(config) as decoder:
        parts = [await decoder.decode(piece) for piece in pieces]
        parts.append(await decoder.finish())
        found = [part for part in parts if len(part)]
        return decoder.format, np.concatenate(found) if found else parts[0]
