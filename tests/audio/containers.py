"""Recordings in the containers that libsndfile does not write, made on the spot by PyAV."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import av
import numpy as np
import pytest

from tests.audio.recordings import encoded, noise, tone

if TYPE_CHECKING:
    from asyncspeech.audio.stages.base import Block

_FRAMES_AT_ONCE = 1_024
_FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "200000"}
_LIVE = {"live": "1", "cluster_time_limit": "100"}


class Container(NamedTuple):
    """A container, what is in it, and the rates that this has.

    Attributes:
        name: FFmpeg's name of what writes it.
        codec: FFmpeg's name of the encoder.
        rates: Rates that are tested.
        options: What it is written with.
        late: Seconds by which the sound may be late, since the container cannot say how much silence
            the encoder put before it.
    """

    name: str
    codec: str
    rates: tuple[int, ...]
    options: dict[str, str] | None = None
    late: float = 0.0


_USUAL_RATES = (8_000, 16_000, 44_100, 48_000)
_OPUS_RATES = (8_000, 16_000, 48_000)
CONTAINERS = {
    "m4a": Container("ipod", "aac", _USUAL_RATES),
    "mp4, fragmented": Container("mp4", "aac", _USUAL_RATES, _FRAGMENTED, late=0.13),
    "mov": Container("mov", "pcm_s16le", _USUAL_RATES),
    "webm": Container("webm", "libopus", _OPUS_RATES),
    "webm, live": Container("webm", "libopus", _OPUS_RATES, _LIVE),
    "mkv": Container("matroska", "aac", _USUAL_RATES, late=0.13),
    "aac": Container("adts", "aac", _USUAL_RATES, late=0.13),
    "ts": Container("mpegts", "aac", (44_100, 48_000), late=0.03),
    "amr": Container("amr", "libopencore_amrnb", (8_000,), late=0.03),
    "wv": Container("wv", "wavpack", _USUAL_RATES),
}
PIECES = {
    "mp4, fragmented": CONTAINERS["mp4, fragmented"],
    "webm": CONTAINERS["webm"],
    "webm, live": CONTAINERS["webm, live"],
    "mkv": CONTAINERS["mkv"],
    "aac": CONTAINERS["aac"],
    "ts": CONTAINERS["ts"],
    "ogg, opus": Container("ogg", "libopus", _OPUS_RATES, {"page_duration": "20000"}),
    "ogg, flac": Container("ogg", "flac", _USUAL_RATES),
    "flac": Container("flac", "flac", _USUAL_RATES),
    "mp3": Container("mp3", "libmp3lame", _USUAL_RATES),
    "amr": CONTAINERS["amr"],
}


def contain(block: Block, rate: int, container: Container) -> bytes:
    """A sound file.

    Args:
        block: Its samples.
        rate: Their rate.
        container: What to make of them. Skips the test if this PyAV has no encoder for it: AMR's is in
            none from version 19 on.
    """
    if container.codec not in av.codecs_available:
        pytest.skip(f"PyAV {av.__version__} has no encoder {container.codec}")
    file = BytesIO()
    layout = "mono" if block.shape[1] == 1 else "stereo"
    with av.open(file, "w", format=container.name, options=container.options or {}) as output:
        stream = output.add_stream(container.codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        formats = stream.codec_context.codec.audio_formats
        assert formats is not None
        best = next((kind for kind in formats if kind.name.startswith("s16")), formats[0])
        stream.format = best
        resampler = av.AudioResampler(format=best, layout=layout, rate=stream.rate)
        for start in range(0, len(block), _FRAMES_AT_ONCE):
            planes = np.ascontiguousarray(block[start : start + _FRAMES_AT_ONCE].T)
            frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            for ready in resampler.resample(frame):
                output.mux(stream.encode(ready))
        for ready in resampler.resample(None):
            output.mux(stream.encode(ready))
        output.mux(stream.encode(None))
    return file.getvalue()


def contain_tone(name: str, rate: int, seconds: float = 1.0, channels: int = 1) -> bytes:
    """A tone of 1 kHz in one of the containers, by its name in `CONTAINERS` or `PIECES`."""
    container = (CONTAINERS | PIECES)[name]
    return contain(tone(1_000, rate, seconds, channels), rate, container)


def wave(seconds: float = 1.0, rate: int = 16_000) -> bytes:
    """Noise in a WAV."""
    return encoded(noise(round(rate * seconds)), rate)
