"""Levels, clipping and silence, of audio whose figures are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from asyncspeech.audio.analysis import Clipping
from tests.audio.analysis.support import RATE, analyse, sine, white


def test_a_sine_has_its_peak_and_3_db_less_on_average() -> None:
    (channel,) = analyse(sine(1_000, 1.0, 0.5)).analysis.channels
    assert channel.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert channel.rms_dbfs == pytest.approx(-9.03, abs=0.01)
    assert channel.dc_offset == pytest.approx(0.0, abs=1e-6)


def test_full_scale_is_0_and_digital_silence_is_minus_infinity() -> None:
    (loud,) = analyse(np.full(RATE, -1.0)).analysis.channels
    (silent,) = analyse(np.zeros(RATE)).analysis.channels
    assert (loud.peak_dbfs, loud.rms_dbfs, loud.dc_offset) == (0.0, 0.0, -1.0)
    assert (silent.peak_dbfs, silent.rms_dbfs, silent.dc_offset) == (-math.inf, -math.inf, 0.0)


def test_an_offset_is_told_with_its_sign() -> None:
    (channel,) = analyse(sine(1_000, 1.0, 0.1) - 0.05).analysis.channels
    assert channel.dc_offset == pytest.approx(-0.05, abs=1e-5)


@pytest.mark.parametrize(
    "cuts", [(), (100,), (101,), (102,), (101, 102), (104,), (104, 104), tuple(range(50, 400, 7))]
)
def test_runs_at_full_scale_are_counted_however_blocks_are_cut(cuts: tuple[int, ...]) -> None:
    samples = np.zeros(800)
    samples[100:104] = 1.0
    samples[200:202] = 1.0  # two in a row are no clipping
    samples[300:303] = -1.0
    samples[797:] = 1.0  # up to the end
    (channel,) = analyse(samples, cuts=cuts).analysis.channels
    assert channel.clipping == Clipping(3, 10, (100 / RATE, 300 / RATE, 797 / RATE))


def test_of_many_clips_the_first_ten_are_told() -> None:
    samples = np.zeros(RATE)
    for start in range(0, RATE, 100):
        samples[start : start + 3] = 1.0
    (channel,) = analyse(samples).analysis.channels
    assert (channel.clipping.count, channel.clipping.frames) == (160, 480)
    assert channel.clipping.first == tuple(number * 100 / RATE for number in range(10))


def test_full_scale_is_that_of_the_encoding() -> None:
    samples = np.zeros(100)
    samples[10:20] = 0.98
    (clipped,) = analyse(samples, largest_sample=32_124 / 32_768).analysis.channels
    (whole,) = analyse(samples).analysis.channels
    assert (clipped.clipping.count, whole.clipping.count) == (0, 0)
    samples[10:20] = 32_124 / 32_768
    (clipped,) = analyse(samples, largest_sample=32_124 / 32_768).analysis.channels
    assert clipped.clipping.count == 1


def test_quiet_at_both_ends_is_measured_to_the_frame() -> None:
    samples = white(2.0, 0.0005)  # -66 dBFS
    samples[8_000] = 0.1
    samples[16_000] = -0.1
    (channel,) = analyse(samples).analysis.channels
    assert (channel.lead_in, channel.lead_out) == (0.5, (32_000 - 16_001) / RATE)


def test_what_is_quiet_throughout_is_a_lead_in_and_a_lead_out() -> None:
    (channel,) = analyse(white(2.0, 0.0005)).analysis.channels
    assert (channel.lead_in, channel.lead_out) == (2.0, 2.0)


def test_a_trace_has_a_point_for_20_ms_and_one_for_the_rest() -> None:
    samples = np.zeros(800)
    samples[0], samples[319] = 0.5, -0.25
    samples[640:] = 0.1
    (trace,) = analyse(samples, cuts=(3, 320, 500)).traces
    np.testing.assert_allclose(trace.highest, [0.5, 0.0, 0.1])
    np.testing.assert_allclose(trace.lowest, [-0.25, 0.0, 0.1])
    np.testing.assert_allclose(trace.power, [0.3125 / 320, 0.0, 0.01], rtol=1e-6)


def test_how_blocks_are_cut_changes_nothing() -> None:
    samples = np.stack([white(3.0, 0.1), white(3.0, 0.02, seed=1)], axis=1)
    cuts = np.sort(np.random.default_rng(5).integers(0, len(samples), 60)).tolist()
    whole, cut = analyse(samples, (0.5, 1.2)), analyse(samples, (0.5, 1.2), cuts=cuts)
    for one, other in zip(whole.analysis.channels, cut.analysis.channels, strict=True):
        assert one.rms_dbfs == pytest.approx(other.rms_dbfs, abs=1e-9)
        assert one.snr_db == pytest.approx(other.snr_db, abs=1e-9)
        assert one.bandwidth_hertz == other.bandwidth_hertz
        assert one.speech == other.speech
    for spectra, again in zip(whole.spectra, cut.spectra, strict=True):
        np.testing.assert_allclose(spectra.speech, again.speech)
        np.testing.assert_allclose(spectra.rest, again.rest)
