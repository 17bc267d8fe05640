"""Resampling keeps time to the sample, and lets nothing fold back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncspeech.audio.stages.base import silence
from asyncspeech.audio.stages.resample import Resample
from tests.audio.recordings import level, main_frequency, tone

if TYPE_CHECKING:
    from asyncspeech.audio.stages.base import Block

PAIRS = [
    (from_hertz, to_hertz)
    for from_hertz in (8_000, 11_025, 16_000, 44_100, 48_000, 192_000)
    for to_hertz in (8_000, 16_000, 44_100, 48_000)
    if from_hertz != to_hertz
]


def resample(block: Block, from_hertz: int, to_hertz: int) -> Block:
    stage = Resample(from_hertz, to_hertz, block.shape[1])
    return np.concatenate((stage.process(block), stage.flush()))


def pulse(rate: int, at: float, seconds: float = 1.0) -> Block:
    """A smooth pulse of 3 ms around a time: what is to be found at the same time afterwards."""
    time = np.arange(round(rate * seconds)) / rate
    return np.exp(-(((time - at) / 0.001) ** 2))[:, np.newaxis].astype(np.float32)


@pytest.mark.parametrize(("from_hertz", "to_hertz"), PAIRS)
def test_what_was_at_a_time_is_at_that_time_afterwards(from_hertz: int, to_hertz: int) -> None:
    at = 0.4321
    moved = resample(pulse(from_hertz, at), from_hertz, to_hertz)
    expected = pulse(to_hertz, at)
    # Shifted by a tenth of a sample, the pulse would differ by more than this.
    shifted = pulse(to_hertz, at + 0.1 / to_hertz)
    assert np.abs(moved - expected).max() < 0.02 * np.abs(shifted - expected).max()


@pytest.mark.parametrize(("from_hertz", "to_hertz"), PAIRS)
def test_the_first_sample_is_where_the_first_was(from_hertz: int, to_hertz: int) -> None:
    moved = resample(pulse(from_hertz, 0.005), from_hertz, to_hertz)
    assert np.abs(moved - pulse(to_hertz, 0.005)).max() < 1e-4


@pytest.mark.parametrize("frames", [0, 1, 2, 7, 100, 8_000, 44_101, 100_003])
@pytest.mark.parametrize(("from_hertz", "to_hertz"), PAIRS)
def test_the_length_is_right_after_the_flush(from_hertz: int, to_hertz: int, frames: int) -> None:
    given_frames = resample(silence(frames, 1), from_hertz, to_hertz)
    assert abs(len(given_frames) - frames * to_hertz / from_hertz) <= 0.5


@pytest.mark.parametrize("hertz", [8_400, 9_000, 12_000, 15_900])
@pytest.mark.parametrize("from_hertz", [44_100, 48_000, 192_000])
def test_a_tone_above_the_new_limit_is_gone(from_hertz: int, hertz: int) -> None:
    moved = resample(tone(hertz, from_hertz), from_hertz, 16_000)
    assert level(moved[2_000:-2_000]) < -9 - 100


@pytest.mark.parametrize("hertz", [50, 440, 3_000, 7_000])
@pytest.mark.parametrize("from_hertz", [44_100, 48_000, 192_000])
def test_a_tone_below_it_is_kept(from_hertz: int, hertz: int) -> None:
    moved = resample(tone(hertz, from_hertz), from_hertz, 16_000)
    assert main_frequency(moved, 16_000) == pytest.approx(hertz, abs=1)
    assert np.abs(moved - tone(hertz, 16_000))[2_000:-2_000].max() < 1e-3


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(PAIRS),
    st.integers(1, 3),
    st.lists(st.integers(0, 5_000), max_size=12),
    st.integers(0, 2**32 - 1),
)
def test_it_does_not_matter_how_the_input_is_cut(
    pair: tuple[int, int], channels: int, sizes: list[int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    blocks = [rng.normal(0, 0.2, (size, channels)).astype(np.float32) for size in sizes]
    stage = Resample(*pair, channels)
    parts = [*map(stage.process, blocks), stage.flush()]
    whole = resample(np.concatenate((silence(0, channels), *blocks)), *pair)
    assert np.array_equal(np.concatenate(parts), whole)


def test_its_delay_is_what_it_holds_back() -> None:
    stage = Resample(48_000, 16_000, 1)
    assert stage.delay == 0.0
    given_frames = sum(len(stage.process(silence(4_800, 1))) for _ in range(10))
    assert stage.delay == pytest.approx(1.0 - given_frames / 16_000)
    assert 0.0 < stage.delay < 0.1
    stage.flush()
    assert stage.delay == 0.0
