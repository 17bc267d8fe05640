"""Samples become bytes, and bytes samples, exactly."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
import soundfile

from asyncspeech.audio.samples import decode, encode
from asyncspeech.model import AudioEncoding, AudioFormat

G711 = [(AudioEncoding.MULAW, "ULAW"), (AudioEncoding.ALAW, "ALAW")]
ALL_SAMPLES = np.arange(-32768, 32768, dtype="<i2")


def test_every_16_bit_sample_survives() -> None:
    raw = ALL_SAMPLES.tobytes()
    assert encode(decode(raw, AudioFormat()), AudioEncoding.LINEAR16) == raw


def test_halves_are_rounded_to_the_even_sample() -> None:
    halves = np.array([[0.5], [1.5], [2.5], [-0.5], [-1.5]], np.float32) / np.float32(32768)
    samples = np.frombuffer(encode(halves, AudioEncoding.LINEAR16), "<i2")
    assert samples.tolist() == [0, 2, 2, 0, -2]


def test_what_is_over_full_scale_is_clipped() -> None:
    loud = np.array([[1.0], [9.0], [-1.0], [-9.0]], np.float32)
    samples = np.frombuffer(encode(loud, AudioEncoding.LINEAR16), "<i2")
    assert samples.tolist() == [32767, 32767, -32768, -32768]


def test_channels_are_interleaved() -> None:
    raw = np.array([1, 2, 3, 4], "<i2").tobytes()
    block = decode(raw, AudioFormat(audio_channel_count=2)) * 32768
    assert block.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(("encoding", "subtype"), G711)
def test_all_codes_of_g711_are_decoded_as_libsndfile_does(encoding: AudioEncoding, subtype: str) -> None:
    codes = bytes(range(256))
    expected, _ = soundfile.read(
        BytesIO(codes), dtype="int16", format="RAW", subtype=subtype, samplerate=8_000, channels=1
    )
    block = decode(codes, AudioFormat(encoding, 8_000))
    assert block.shape == (256, 1)
    assert np.array_equal(block[:, 0] * 32768, expected)


@pytest.mark.parametrize(("encoding", "subtype"), G711)
def test_all_samples_are_encoded_in_g711_as_libsndfile_does(
    encoding: AudioEncoding, subtype: str
) -> None:
    file = BytesIO()
    soundfile.write(file, ALL_SAMPLES, 8_000, format="RAW", subtype=subtype)
    block = decode(ALL_SAMPLES.tobytes(), AudioFormat())
    assert encode(block, encoding) == file.getvalue()


@pytest.mark.parametrize("encoding", list(AudioEncoding))
def test_nothing_becomes_nothing(encoding: AudioEncoding) -> None:
    block = decode(b"", AudioFormat(encoding, audio_channel_count=2))
    assert block.shape == (0, 2)
    assert encode(block, encoding) == b""


@pytest.mark.parametrize(
    ("encoding", "codec"), [(AudioEncoding.MULAW, "pcm_mulaw"), (AudioEncoding.ALAW, "pcm_alaw")]
)
def test_all_codes_of_g711_are_decoded_as_ffmpeg_does(encoding: AudioEncoding, codec: str) -> None:
    av = pytest.importorskip("av")
    codes = bytes(range(256))
    decoder = av.CodecContext.create(codec, "r")
    decoder.sample_rate, decoder.layout = 8_000, "mono"
    (frame,) = decoder.decode(av.Packet(codes))
    ours = decode(codes, AudioFormat(encoding, 8_000)) * 32_768
    np.testing.assert_array_equal(ours[:, 0], frame.to_ndarray().ravel())
