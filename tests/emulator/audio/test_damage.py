"""Damaged and cut-off streams end: in samples, or in a refusal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncspeech.emulator.errors import Refusal
from tests.emulator.audio.decoding import (
    COMPRESSED,
    FORMATS,
    chunks,
    decode,
    decoding,
    recording,
    whole,
)


async def end_of(file: bytes, size: int) -> int | None:
    """How many frames a stream gives, or None if it is refused."""
    try:
        _, samples = await decode(chunks(file, size))
    except Refusal:
        return None
    return len(samples)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
async def test_changed_bytes_end_the_stream_at_most(name: str, data: st.DataObject) -> None:
    file = bytearray(recording(name, seconds=0.3))
    for place in data.draw(st.lists(st.integers(0, len(file) - 1), min_size=1, max_size=8)):
        file[place] = data.draw(st.integers(0, 255))
    await end_of(bytes(file), data.draw(st.sampled_from([37, 900, 100_000])))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", FORMATS)
@given(length=st.integers(1, 20_000))
@settings(max_examples=25, deadline=None)
async def test_a_stream_may_be_cut_off_anywhere(name: str, length: int) -> None:
    file = recording(name)
    frames = await end_of(file[:length], 500)
    assert frames is None or frames <= len(whole(file))


@pytest.mark.parametrize("name", COMPRESSED)
async def test_a_header_that_is_followed_by_noise_is_refused(name: str) -> None:
    with pytest.raises(Refusal, match="supported encoding"):
        await decode([recording(name)[:30], *[b"\x55" * 1000] * 100])


@pytest.mark.parametrize("name", COMPRESSED)
@pytest.mark.parametrize("share", [0.6, 0.9])
async def test_a_stream_that_ends_early_is_decoded_as_far_as_it_goes(name: str, share: float) -> None:
    file = recording(name, seconds=4)
    expected = whole(file)
    _, samples = await decode(chunks(file[: int(share * len(file))], 1_000))
    exact = len(samples) - 1_200  # the last frame may have been told to be shorter, or to fade
    np.testing.assert_array_equal(samples[:exact], expected[:exact])
    assert exact > 0


async def test_a_flac_that_breaks_midway_is_refused_there_and_from_then_on() -> None:
    file = recording("flac", seconds=2)
    half = len(file) // 2
    async with decoding() as decoder:
        assert len(await decoder.decode(file[:half])) > 0
        for _ in range(2):
            with pytest.raises(Refusal, match="supported encoding"):
                await decoder.decode(bytes(20_000) + file[half:])
        with pytest.raises(Refusal, match="supported encoding"):
            await decoder.finish()
