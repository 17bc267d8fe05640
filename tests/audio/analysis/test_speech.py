"""Speech, noise, and how far they are apart."""

from __future__ import annotations

import math

import numpy as np
import pytest

from asyncspeech.audio.analysis import Region
from asyncspeech.audio.analysis.speech import LoudnessDetector
from tests.audio.analysis.support import RATE, analyse, white

SPEECH = (1.0, 2.0), (3.0, 5.0)


def spoken(speech_rms: float, noise_rms: float, seconds: float = 6.0) -> np.ndarray:
    """Noise throughout, and louder noise where somebody speaks."""
    samples = white(seconds, noise_rms) if noise_rms else np.zeros(round(seconds * RATE), np.float32)
    for start, end in SPEECH:
        samples[round(start * RATE) : round(end * RATE)] += white(end - start, speech_rms, seed=3)
    return samples


def test_regions_are_where_somebody_speaks() -> None:
    analysis = analyse(spoken(0.1, 0.01), *SPEECH).analysis
    (channel,) = analysis.channels
    assert channel.speech == analysis.speech == (Region(1.0, 2.0), Region(3.0, 5.0))
    assert channel.speech_seconds == 3.0
    assert analysis.speech_share == 0.5


@pytest.mark.parametrize("snr", [0.0, 6.0, 20.0, 50.0])
def test_the_ratio_is_that_of_the_speech_alone_to_the_noise(snr: float) -> None:
    noise = 0.001
    (channel,) = analyse(spoken(noise * 10 ** (snr / 20), noise), *SPEECH).analysis.channels
    assert channel.snr_db == pytest.approx(snr, abs=0.5)
    assert channel.noise_dbfs == pytest.approx(-60, abs=0.2)
    assert channel.why_no_snr == ""


def test_a_door_that_slams_is_not_the_noise() -> None:
    samples = spoken(0.1, 0.001)
    samples[: RATE // 5] = 0.9
    (channel,) = analyse(samples, *SPEECH).analysis.channels
    assert channel.snr_db == pytest.approx(40, abs=0.5)


@pytest.mark.parametrize(
    ("samples", "regions", "why"),
    [
        (spoken(0.1, 0.01), ((1.0, 1.4),), "less than 0.5 s of speech"),
        (spoken(0.1, 0.01), ((0.2, 5.8),), "less than 0.5 s without speech"),
        (spoken(0.1, 0.0), SPEECH, "digital silence"),
        (white(6.0, 0.1), ((0.0, 3.0),), "no louder"),
    ],
)
def test_where_it_cannot_be_told_it_says_why(
    samples: np.ndarray, regions: tuple[tuple[float, float], ...], why: str
) -> None:
    samples = samples.copy()
    if why == "no louder":
        samples[: 3 * RATE] *= 0.5
    (channel,) = analyse(samples, *regions).analysis.channels
    assert channel.snr_db is None
    assert why in channel.why_no_snr


def test_without_speech_there_is_a_level_of_noise_all_the_same() -> None:
    (channel,) = analyse(white(2.0, 0.01)).analysis.channels
    assert channel.speech == ()
    assert channel.speech_dbfs is None
    assert channel.noise_dbfs == pytest.approx(-40, abs=0.2)


def test_loudness_takes_all_sound_for_speech() -> None:
    detector = LoudnessDetector().start(8_000)
    assert (detector.sample_rate_hertz, detector.hop_frames) == (8_000, 160)
    assert detector.probability(np.full((160, 1), 0.1, np.float32)) == 1.0
    assert detector.probability(np.full((160, 1), 10 ** (-51 / 20), np.float32)) == 0.0


class TestChannels:
    def test_that_are_the_same_are_found_whatever_their_level(self) -> None:
        left = white(2.0, 0.1)
        channels = analyse(
            np.stack([left, 0.25 * left, white(2.0, 0.1, seed=1)], axis=1)
        ).analysis.channels
        assert [channel.same_as for channel in channels] == [None, 1, None]

    def test_that_differ_by_their_phase_are_not_the_same(self) -> None:
        left = white(2.0, 0.1)
        channels = analyse(np.stack([left, -left], axis=1)).analysis.channels
        assert [channel.same_as for channel in channels] == [None, None]

    def test_that_are_silent_are_the_same(self) -> None:
        samples = np.stack([white(1.0, 0.1), np.zeros(RATE), np.zeros(RATE)], axis=1)
        channels = analyse(samples).analysis.channels
        assert [channel.same_as for channel in channels] == [None, None, 2]
        assert channels[1].peak_dbfs == -math.inf

    def test_of_one_room_hear_the_same_and_those_of_two_speakers_do_not(self) -> None:
        loudness = np.repeat(np.random.default_rng(7).uniform(0.01, 0.3, 60), RATE // 10)
        left = white(6.0, 1.0) * loudness
        room = 0.5 * np.roll(left, 40) + 0.2 * np.roll(left, 900) + white(6.0, 0.002, seed=2)
        other = white(6.0, 1.0, seed=3) * loudness[::-1]
        channels = analyse(np.stack([left, room, other], axis=1), (0, 6)).analysis.channels
        assert [channel.hears_as for channel in channels] == [None, 1, None]
        assert [channel.same_as for channel in channels] == [None, None, None]

    def test_regions_of_all_are_put_together(self) -> None:
        analysis = analyse(np.zeros((RATE * 3, 2)), (0.5, 1.0)).analysis
        assert analysis.speech == (Region(0.5, 1.0),)
