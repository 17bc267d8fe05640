"""Every stage, cut anyhow: the same as all at once, as long as what went in, and at its time."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from asyncspeech.audio import (
    AutoGain,
    Downmix,
    HighPass,
    NoiseSuppression,
    Resample,
    SelectChannel,
)
from asyncspeech.audio.stages.base import Chain, silence
from asyncspeech.emulator import coded
from asyncspeech.errors import ConfigurationError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from asyncspeech.audio.stages.base import Block, Stage

RATE = 16_000
WEATHER = Path(__file__).resolve().parents[2] / "examples" / "audio" / "weather.flac"


def speech() -> Block:
    """Real speech, 4.6 s at 16 kHz."""
    samples, rate = soundfile.read(WEATHER, dtype="float32", always_2d=True)
    assert rate == RATE
    return np.ascontiguousarray(samples)


def coded_speech() -> Block:
    """Coded audio, some 4 s at 16 kHz."""
    samples = coded.encode(9).samples.astype(np.float32) / 32_768
    return np.ascontiguousarray(samples[:, np.newaxis])


def hiss(seconds: float, dbfs: float, rate: int = RATE) -> Block:
    samples = np.random.default_rng(3).standard_normal((round(seconds * rate), 1))
    return (samples * 10 ** (dbfs / 20)).astype(np.float32)


def level(block: Block) -> float:
    """Root mean square in dB of full scale."""
    return float(20 * np.log10(np.sqrt(np.mean(np.square(block, dtype=np.float64))) + 1e-12))


MONO: dict[str, Callable[[], Stage]] = {
    "HighPass": lambda: HighPass().start(RATE),
    "NoiseSuppression": lambda: NoiseSuppression().start(RATE),
    "AutoGain": lambda: AutoGain().start(RATE),
    "all of them": lambda: Chain(
        [HighPass().start(RATE), NoiseSuppression().start(RATE), AutoGain().start(RATE)], 1
    ),
}
KEEPS_RATE = pytest.mark.parametrize("make", MONO.values(), ids=MONO)
OTHERS: dict[str, tuple[Callable[[], Stage], int]] = {
    "Resample up": (lambda: Resample(RATE, 44_100, 1), 1),
    "Resample down": (lambda: Resample(RATE, 8_000, 2), 2),
    "Downmix": (Downmix, 2),
    "SelectChannel": (lambda: SelectChannel(2), 2),
}
ALL = [(make, 1) for make in MONO.values()] + list(OTHERS.values())
EVERY_STAGE = pytest.mark.parametrize(("make", "channels"), ALL, ids=[*MONO, *OTHERS])

SOUNDS = {"coded": coded_speech(), "real": speech()}


def pieces(block: Block, sizes: Iterable[int]) -> list[Block]:
    """A block in pieces of such sizes, and the rest."""
    cuts = np.minimum(np.cumsum([*sizes]), len(block)).tolist()
    return np.split(block, cuts)


def treated(stage: Stage, parts: Iterable[Iterable[Block]]) -> list[Block]:
    """What becomes of parts after each of which the stage is flushed, each given in pieces."""
    return [np.concatenate([*(stage.process(piece) for piece in part), stage.flush()]) for part in parts]


@EVERY_STAGE
@pytest.mark.parametrize("sound", SOUNDS)
@given(
    sizes=st.lists(st.integers(0, 5_000), max_size=12),
    flushed_at=st.lists(st.integers(0, 60_000), max_size=2),
)
@settings(max_examples=6, deadline=None)
def test_how_audio_is_cut_makes_no_difference(
    make: Callable[[], Stage], channels: int, sound: str, sizes: list[int], flushed_at: list[int]
) -> None:
    block = np.repeat(SOUNDS[sound], channels, axis=1)
    whole = np.split(block, sorted(min(at, len(block)) for at in flushed_at))
    at_once = treated(make(), [[part] for part in whole])
    in_pieces = treated(make(), [pieces(part, sizes) for part in whole])
    for one, other in zip(at_once, in_pieces, strict=True):
        np.testing.assert_array_equal(one, other)


@KEEPS_RATE
@given(parts=st.lists(st.lists(st.integers(0, 700), max_size=5), min_size=1, max_size=5))
@settings(max_examples=15, deadline=None)
def test_as_much_comes_out_as_goes_in_and_the_delay_is_what_is_held(
    make: Callable[[], Stage], parts: list[list[int]]
) -> None:
    stage = make()
    for sizes in parts:
        taken = given = 0
        for size in sizes:
            taken += size
            given += len(stage.process(silence(size, 1)))
            assert stage.delay == pytest.approx((taken - given) / RATE)
        assert given + len(stage.flush()) == taken
        assert stage.delay == 0


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("treatment", [HighPass(), NoiseSuppression(), AutoGain()])
def test_the_length_stays_at_every_rate(treatment: Any, rate: int) -> None:
    stage = treatment.start(rate)
    for frames in (rate + 7, 1, 2 * rate):
        block = hiss(frames / rate, -30, rate)
        assert len(stage.process(block)) + len(stage.flush()) == len(block)


def lag(after: Block, before: Block, rate: int) -> int:
    """By how many frames a sound comes late, by what of it is above 1 kHz.

    Noise suppression takes away the lowest frequencies, and by that moves the phase of those above them.
    """
    sections = signal.butter(4, 1_000, "highpass", output="sos", fs=rate)
    one, other = (signal.sosfiltfilt(sections, block[:, 0]) for block in (after, before))
    count = 2 * len(one)
    product = np.fft.rfft(one, count) * np.conj(np.fft.rfft(other, count))
    found = int(np.argmax(np.fft.irfft(product, count)))
    return found if found < len(one) else found - count


@pytest.mark.parametrize("strength", [1, 2, 3, 4])
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_noise_suppression_gives_speech_at_its_time_to_the_sample(strength: int, rate: int) -> None:
    block = speech()
    if rate != RATE:
        resample = Resample(RATE, rate, 1)
        block = np.concatenate([resample.process(block), resample.flush()])
    stage = NoiseSuppression(level=strength).start(rate)
    after = np.concatenate([stage.process(block), stage.flush()])
    assert lag(after, block, rate) == 0


def test_gain_comes_at_its_time_to_the_sample() -> None:
    block = speech()
    stage = AutoGain().start(RATE)
    after = np.concatenate([stage.process(block), stage.flush()])
    assert set(np.flatnonzero(after)) <= set(np.flatnonzero(block))
    gains = after[block != 0] / block[block != 0]
    assert np.abs(np.diff(20 * np.log10(gains))).max() < 1.0  # it is the same samples, only louder


def test_a_click_stays_where_it_is_in_a_high_pass() -> None:
    click = silence(4_000, 1)
    click[1_234] = 0.5
    stage = HighPass().start(RATE)
    assert int(np.argmax(np.abs(stage.process(click)))) == 1_234


@KEEPS_RATE
def test_memory_does_not_grow_with_the_audio(make: Callable[[], Stage]) -> None:
    stage, chunk = make(), hiss(0.1, -30)
    for _ in range(50):
        stage.process(chunk)
    tracemalloc.start()
    for _ in range(50):
        stage.process(chunk)
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(600):
        stage.process(chunk)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 100_000  # a minute of audio is two megabytes


class TestHighPass:
    @pytest.mark.parametrize(("hertz", "least", "most"), [(40, -40, -20), (300, -0.1, 0.1)])
    def test_takes_away_what_is_below_its_cutoff(self, hertz: int, least: float, most: float) -> None:
        stage = HighPass(cutoff_hertz=80.0).start(RATE)
        time = np.arange(2 * RATE)[:, np.newaxis] / RATE
        wave = (np.sin(2 * np.pi * hertz * time) / 2).astype(np.float32)
        after = stage.process(wave)[RATE:]
        assert least < level(after) - level(wave[RATE:]) < most

    @pytest.mark.parametrize("cutoff", [0.0, 2_000.0, float("nan")])
    def test_a_cutoff_that_is_none_is_refused(self, cutoff: float) -> None:
        with pytest.raises(ConfigurationError, match="cutoff_hertz"):
            HighPass(cutoff_hertz=cutoff)


class TestNoiseSuppression:
    def test_takes_away_noise_and_the_more_the_higher_its_level(self) -> None:
        noisy = hiss(4.0, -40)
        left = []
        for strength in (1, 2, 3, 4):
            stage = NoiseSuppression(level=strength).start(RATE)
            left.append(level(stage.process(noisy)[2 * RATE :]) - level(noisy))
        assert left == sorted(left, reverse=True)
        assert left[0] < -4
        assert left[3] < -15

    @pytest.mark.parametrize("strength", [0, 5, True])
    def test_a_level_that_is_none_is_refused(self, strength: int) -> None:
        with pytest.raises(ConfigurationError, match="level"):
            NoiseSuppression(level=strength)


class TestAutoGain:
    @pytest.mark.parametrize("before", [-41, -30, -20])
    def test_speech_reaches_the_target(self, before: int) -> None:
        block = np.concatenate([speech()] * 3)
        voiced = np.abs(block) > 0.02
        scaled = block * np.float32(10 ** ((before - level(block[voiced])) / 20))
        stage = AutoGain(target_dbfs=-20.0).start(RATE)
        after = np.concatenate([stage.process(scaled), stage.flush()])
        second = slice(2 * len(block) // 3, None)
        reached = level(after[second][voiced[second]])
        assert reached == pytest.approx(-18, abs=4)

    def test_nothing_is_clipped_when_somebody_shouts(self) -> None:
        loud = np.concatenate([speech() * np.float32(0.1), speech() * np.float32(8.0)])
        stage = AutoGain().start(RATE)
        after = np.concatenate([stage.process(loud), stage.flush()])
        assert np.abs(after).max() <= 10 ** (-1 / 20) + 1e-6

    def test_noise_does_not_swell_in_a_pause(self) -> None:
        noise = hiss(20.0, -60)
        block = np.concatenate([speech() * np.float32(0.2), noise])
        stage = AutoGain().start(RATE)
        after = np.concatenate([stage.process(block), stage.flush()])
        early, late = after[-18 * RATE : -16 * RATE], after[-2 * RATE :]
        assert level(late) <= level(early) + 1.0

    @pytest.mark.parametrize("settings", [{"target_dbfs": 0.0}, {"max_gain_db": -1.0}])
    def test_a_level_that_is_none_is_refused(self, settings: dict[str, float]) -> None:
        (field,) = settings
        with pytest.raises(ConfigurationError, match=field):
            AutoGain(**settings)


@pytest.mark.parametrize(
    ("treatment", "module"), [(HighPass(), "scipy"), (NoiseSuppression(), "webrtc_noise_gain")]
)
def test_what_is_not_installed_is_told(
    treatment: Any, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"asyncspeech\[denoise\]"):
        treatment.start(RATE)


def test_what_describes_a_stage_is_a_value() -> None:
    assert HighPass() == HighPass(cutoff_hertz=80.0)
    assert len({NoiseSuppression(), NoiseSuppression(level=2), AutoGain()}) == 2
