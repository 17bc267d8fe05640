"""Every kind of file, rate and number of channels comes out right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from asyncspeech.audio import open_source
from asyncspeech.model import AudioEncoding, AudioFormat
from tests.audio.recordings import (
    MONO_16K,
    as_block,
    collect,
    encoded,
    level,
    main_frequency,
    noise,
    read_all,
    tone,
)

if TYPE_CHECKING:
    from pathlib import Path

RATES = (8_000, 16_000, 44_100, 48_000, 192_000)
LOSSLESS = (
    ("WAV", "PCM_16"),
    ("WAV", "PCM_24"),
    ("WAV", "PCM_32"),
    ("WAV", "FLOAT"),
    ("WAV", "DOUBLE"),
    ("WAVEX", "PCM_16"),
    ("RF64", "PCM_16"),
    ("W64", "PCM_16"),
    ("AIFF", "PCM_16"),
    ("AU", "PCM_16"),
    ("CAF", "PCM_16"),
    ("CAF", "ALAC_16"),
    ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"),
)
LOSSY = (
    ("WAV", "ULAW", RATES),
    ("WAV", "ALAW", RATES),
    ("OGG", "VORBIS", RATES),
    ("OGG", "OPUS", (8_000, 16_000, 48_000)),
    ("MP3", "MPEG_LAYER_III", (8_000, 16_000, 44_100, 48_000)),
)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("kind", "subtype"), LOSSLESS)
def test_a_lossless_file_is_itself_to_the_bit(
    tmp_path: Path, kind: str, subtype: str, rate: int, channels: int
) -> None:
    samples = noise(rate + 17, channels)
    path = tmp_path / "talk"
    path.write_bytes(encoded(samples, rate, kind, subtype))
    target = AudioFormat(sample_rate_hertz=rate, audio_channel_count=channels)
    assert read_all(path, target) == samples.astype("<i2").tobytes()


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("kind", "subtype"), LOSSLESS)
def test_a_lossless_file_becomes_mono_at_16_khz_with_its_length_and_pitch(
    kind: str, subtype: str, rate: int, channels: int
) -> None:
    content = encoded(tone(1_000, rate, 0.5, channels), rate, kind, subtype)
    block = as_block(read_all(content))
    assert len(block) == 8_000
    assert main_frequency(block, 16_000) == pytest.approx(1_000, abs=2)
    assert level(block) == pytest.approx(-9.03, abs=0.1)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("kind", "subtype", "rate"), [(kind, sub, rate) for kind, sub, rates in LOSSY for rate in rates]
)
def test_a_lossy_file_becomes_mono_at_16_khz_with_its_length_and_pitch(
    kind: str, subtype: str, rate: int, channels: int
) -> None:
    content = encoded(tone(1_000, rate, 0.5, channels), rate, kind, subtype)
    block = as_block(read_all(content))
    assert len(block) == pytest.approx(8_000, abs=1)
    assert main_frequency(block, 16_000) == pytest.approx(1_000, abs=2)
    assert level(block) == pytest.approx(-9.03, abs=1)


@pytest.mark.parametrize("encoding", [AudioEncoding.MULAW, AudioEncoding.ALAW])
def test_a_telephone_file_keeps_its_codes(encoding: AudioEncoding) -> None:
    codes = bytes(range(256)) * 40
    subtype = "ULAW" if encoding is AudioEncoding.MULAW else "ALAW"
    header = encoded(noise(len(codes)), 8_000, "WAV", subtype)[: -len(codes)]
    read = read_all(header + codes, AudioFormat(encoding, 8_000))
    # mu-law has two codes for zero, one of them negative; they are the same sample.
    assert read == (codes.replace(b"\x7f", b"\xff") if subtype == "ULAW" else codes)


def test_a_float_file_over_full_scale_is_clipped() -> None:
    loud = np.array([[2.0], [-2.0], [1.0], [-1.0], [0.0]], np.float32)
    read = as_block(read_all(encoded(loud, 16_000, "WAV", "FLOAT")))
    assert read[:, 0].tolist() == [32767 / 32768, -1.0, 32767 / 32768, -1.0, 0.0]


def test_nan_and_infinity_in_a_float_file_are_silence_and_spoil_nothing_else() -> None:
    clean = tone(1_000, 48_000)
    damaged = clean.copy()
    damaged[24_000:24_003, 0] = [np.nan, np.inf, -1e38]
    read = as_block(read_all(encoded(damaged, 48_000, "WAV", "FLOAT")))
    expected = as_block(read_all(encoded(clean, 48_000, "WAV", "FLOAT")))
    assert np.array_equal(read[:7_000], expected[:7_000])
    assert np.array_equal(read[9_000:], expected[9_000:])


def test_many_channels_are_kept_or_mixed() -> None:
    samples = noise(1_000, 6)
    content = encoded(samples, 16_000)
    kept = AudioFormat(sample_rate_hertz=16_000, audio_channel_count=6)
    assert read_all(content, kept) == samples.tobytes()
    mean = np.rint(samples.astype(np.float32).mean(axis=1, dtype=np.float32)).astype("<i2")
    assert read_all(content) == mean.tobytes()


async def test_a_file_comes_in_chunks_of_about_a_second_of_whole_frames(tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    path.write_bytes(encoded(noise(44_100 * 3, 2), 44_100))
    target = AudioFormat(sample_rate_hertz=16_000, audio_channel_count=2)
    async with open_source(path, target) as source:
        assert source.audio_format == target
        assert source.duration == 3.0
        sizes = [len(chunk) async for chunk in source]
    assert sum(sizes) == 3 * 64_000
    assert all(size % 4 == 0 and 0 < size < 80_000 for size in sizes)
    assert len(sizes) == 4


async def test_paths_bytes_and_file_objects_give_the_same(tmp_path: Path) -> None:
    content = encoded(noise(5_000, 2), 44_100, "FLAC")
    path = tmp_path / "talk.flac"
    path.write_bytes(content)
    read = []
    with path.open("rb") as file:
        for given in (path, str(path), content, bytearray(content), memoryview(content), file):
            async with open_source(given, MONO_16K) as source:
                read.append(await collect(source))
        assert not file.closed
    assert len(set(read)) == 1
    assert len(read[0]) == 2 * 1_814


def test_a_recording_with_a_macos_resource_fork_beside_it_is_read(tmp_path: Path) -> None:
    content = encoded(noise(16_000), 16_000, "MP3")
    (tmp_path / "talk.mp3").write_bytes(content)
    (tmp_path / "._talk.mp3").write_bytes(bytes(4096))
    assert read_all(tmp_path / "talk.mp3") == read_all(content)


def test_an_mp3_behind_padding_is_known_by_its_name(tmp_path: Path) -> None:
    content = encoded(noise(16_000), 16_000, "MP3")
    (tmp_path / "talk.mp3").write_bytes(bytes(64) + content)
    assert read_all(tmp_path / "talk.mp3") == read_all(content)
