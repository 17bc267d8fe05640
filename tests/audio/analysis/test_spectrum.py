"""Spectra: what is in which band, and whether a recording came by telephone."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from tests.audio.analysis.support import RATE, analyse, sine, white


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
def test_white_noise_goes_up_to_half_the_rate(rate: int) -> None:
    (channel,) = analyse(white(2.0, 0.1, rate=rate), (0, 2), rate=rate).analysis.channels
    assert channel.bandwidth_hertz == rate / 2


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_telephone_audio_is_known_at_any_rate(rate: int) -> None:
    telephone = soxr.resample(white(2.0, 0.1, rate=8_000), 8_000, rate)
    (channel,) = analyse(telephone, (0, 2), rate=rate).analysis.channels
    assert channel.bandwidth_hertz == pytest.approx(4_000, abs=150)


def test_rumble_hides_no_sibilants() -> None:
    speech = white(2.0, 0.01)
    (channel,) = analyse(speech + sine(50, 2.0, 0.9), (0, 2)).analysis.channels
    assert channel.bandwidth_hertz == RATE / 2
    assert channel.low_share > 1_000


def test_speech_has_little_below_80_hertz() -> None:
    (channel,) = analyse(white(2.0, 0.1) + 0.2, (0, 2)).analysis.channels
    assert channel.low_share < 0.05  # a DC offset is told by itself


def test_silence_has_no_bandwidth() -> None:
    (channel,) = analyse(np.zeros(RATE)).analysis.channels
    assert channel.bandwidth_hertz is None
    assert channel.low_share == 0.0


def test_the_bins_add_up_to_the_mean_square() -> None:
    (spectra,) = analyse(white(4.0, 0.1), (0, 4)).spectra
    assert spectra.speech.sum() == pytest.approx(0.01, rel=0.03)
    assert not spectra.rest.any()


def test_a_tone_is_where_it_belongs() -> None:
    (spectra,) = analyse(sine(1_000, 2.0, 0.5)).spectra
    assert spectra.hertz[spectra.rest.argmax()] == pytest.approx(1_000, abs=10)
    assert spectra.rest.sum() == pytest.approx(0.125, rel=0.01)


def test_speech_and_the_rest_are_apart() -> None:
    low, high = sine(500, 3.0, 0.5), sine(3_000, 1.0, 0.5)
    samples = low.copy()
    samples[RATE : 2 * RATE] = high
    (spectra,) = analyse(samples, (1.0, 2.0)).spectra
    assert spectra.hertz[spectra.speech.argmax()] == pytest.approx(3_000, abs=10)
    assert spectra.hertz[spectra.rest.argmax()] == pytest.approx(500, abs=10)
    above = spectra.hertz > 2_500
    assert spectra.rest[above].sum() < 1e-6 * spectra.rest.sum()


def test_what_is_near_to_speech_is_neither() -> None:
    samples = white(3.0, 0.001)
    samples[RATE : 2 * RATE] += sine(1_000, 1.0, 0.5)
    (spectra,) = analyse(samples, (1.15, 1.85)).spectra  # told too late, and over too early
    assert spectra.rest.sum() == pytest.approx(1e-6, rel=0.1)
