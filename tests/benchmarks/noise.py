"""What noise suppression does for recognition: word error rates with the local recogniser.

``python -m tests.benchmarks.noise --corpus FOLDER`` takes the recordings of a folder that has their
transcripts in ``transcripts.tsv`` (file, transcript, ...), adds pink noise at some signal-to-noise
ratios, and recognises each with PocketSphinx: as it is, and after `NoiseSuppression` at every level. The
same noise is added for all. Prints the word error rate over all words of all recordings.

The signal is the level of the recording where it is louder than its median; a recording of mostly
silence would look too quiet otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
from pathlib import Path
from typing import TYPE_CHECKING

import jiwer
import numpy as np
import soundfile
import soxr

from asyncspeech import AudioEncoding, AudioFormat, Client, RawAudio, SessionConfig
from asyncspeech.audio import NoiseSuppression
from asyncspeech.audio.samples import encode

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 16_000
_RATIOS_DB = (None, 20.0, 10.0, 5.0)
_WINDOW = RATE // 50


def recordings(folder: Path) -> dict[str, tuple[NDArray[np.float32], str]]:
    """Samples and transcript of each recording that has one, by name."""
    found = {}
    with (folder / "transcripts.tsv").open(newline="") as file:
        for row in csv.reader(file, delimiter="\t"):
            path = folder / row[0]
            if path.suffix == ".wav" and path.is_file():
                samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
                mono = samples.mean(axis=1)
                found[path.name] = (mono if rate == RATE else soxr.resample(mono, rate, RATE), row[1])
    return found


def pink(frames: int, seed: int) -> NDArray[np.float64]:
    """Noise of which every octave has the same power, with a root mean square of 1."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(frames))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    noise: NDArray[np.float64] = np.fft.irfft(spectrum, frames)
    return noise / float(np.sqrt(np.mean(np.square(noise))))


def level(samples: NDArray[np.float32]) -> float:
    """Root mean square of the louder half."""
    windows = samples[: len(samples) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    powers = np.mean(np.square(windows), axis=1)
    return float(np.sqrt(powers[powers >= np.median(powers)].mean()))


def with_noise(samples: NDArray[np.float32], ratio_db: float | None, seed: int) -> NDArray[np.float32]:
    """Samples with noise that is so many dB below them."""
    if ratio_db is None:
        return samples
    noise = pink(len(samples), seed) * (level(samples) / 10 ** (ratio_db / 20))
    return samples + noise.astype(np.float32)


async def error_rate(
    client: Client,
    corpus: dict[str, tuple[NDArray[np.float32], str]],
    ratio_db: float | None,
    strength: int,
) -> float:
    """The word error rate over all recordings, with noise and its suppression; none for level 0."""
    preprocess = (NoiseSuppression(level=strength),) if strength else ()
    config = SessionConfig(preprocess=preprocess)
    said, heard = [], []
    for seed, (samples, transcript) in enumerate(corpus.values()):
        noisy = np.clip(with_noise(samples, ratio_db, seed), -1, 1).astype(np.float32)
        data = encode(noisy[:, np.newaxis], AudioEncoding.LINEAR16)
        recognised = await client.transcribe(RawAudio(data, AudioFormat()), config)
        said.append(_words(transcript))
        heard.append(_words(recognised.text))
    return float(jiwer.wer(said, heard))


def _words(text: str) -> str:
    kept = "".join(letter if letter.isalnum() or letter in " '" else " " for letter in text.lower())
    return " ".join(kept.split())


async def measure(folder: Path) -> None:
    """Recognise everything in every way, and print a table."""
    corpus = recordings(folder)
    words = sum(len(_words(transcript).split()) for _, transcript in corpus.values())
    print(f"{len(corpus)} recordings, {words} words")
    print("noise       none   level 1  level 2  level 3  level 4")
    async with Client.local() as client:
        for ratio in _RATIOS_DB:
            rates = [await error_rate(client, corpus, ratio, strength) for strength in range(5)]
            name = "clean" if ratio is None else f"{ratio:.0f} dB"
            print(f"{name:10}" + "".join(f"{100 * rate:7.1f} %" for rate in rates), flush=True)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="a folder of recordings")
    asyncio.run(measure(parser.parse_args().corpus))


if __name__ == "__main__":
    main()
