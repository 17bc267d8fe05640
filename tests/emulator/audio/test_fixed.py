"""Declared LINEAR16, MULAW and ALAW."""

from __future__ import annotations

import threading
from io import BytesIO

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.emulator.audio import StreamFormat
from tests.audio.recordings import noise
from tests.emulator.audio.decoding import chunks, cut, decode, decoding, explicit

ENCODINGS = {"LINEAR16": "PCM_16", "MULAW": "ULAW", "ALAW": "ALAW"}


def raw(encoding: str, channels: int) -> bytes:
    file = BytesIO()
    soundfile.write(file, noise(500, channels), 8_000, ENCODINGS[encoding], format="RAW")
    return file.getvalue()


def expected(audio: bytes, encoding: str, channels: int) -> object:
    samples, _ = soundfile.read(
        BytesIO(audio),
        dtype="int16",
        always_2d=True,
        format="RAW",
        subtype=ENCODINGS[encoding],
        samplerate=8_000,
        channels=channels,
    )
    return samples


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 3, 7, 100, 10_000])
async def test_samples_are_those_of_libsndfile(encoding: str, channels: int, size: int) -> None:
    audio = raw(encoding, channels)
    found, samples = await decode(chunks(audio, size), explicit(encoding, 8_000, channels))
    assert found == StreamFormat(8_000, channels)
    np.testing.assert_array_equal(samples, expected(audio, encoding, channels))


@given(places=st.lists(st.integers(0, 10_000), max_size=12))
async def test_cuts_do_not_matter(places: list[int]) -> None:
    audio = raw("LINEAR16", 2)
    _, samples = await decode(cut(audio, places), explicit("LINEAR16", 8_000, 2))
    np.testing.assert_array_equal(samples, expected(audio, "LINEAR16", 2))


async def test_a_frame_is_given_with_its_last_byte() -> None:
    async with decoding(explicit("LINEAR16", channels=2)) as decoder:
        assert (await decoder.decode(b"\x01\0\x02")).shape == (0, 2)
        assert (await decoder.decode(b"\0\x03")).tolist() == [[1, 2]]
        assert (await decoder.finish()).shape == (0, 2)


async def test_the_format_is_known_at_once_and_no_thread_is_needed() -> None:
    before = threading.active_count()
    async with decoding(explicit("ALAW", 44_100, 3)) as decoder:
        assert decoder.format == StreamFormat(44_100, 3)
        await decoder.decode(bytes(300))
        assert threading.active_count() == before


async def test_a_whole_recording_is_decoded_in_one_go() -> None:
    found, samples = await decode([b"\x01\0\x02\0"], explicit("LINEAR16", 8_000))
    assert found == StreamFormat(8_000, 1)
    assert samples.tolist() == [[1], [2]]
