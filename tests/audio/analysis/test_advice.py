"""What is advised, and what it costs: only what follows from the figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from asyncspeech import IdlePolicy, Prices, PriceTier
from asyncspeech.audio.analysis import (
    Analysis,
    ChannelAnalysis,
    Clipping,
    Container,
    Region,
    SpeechCost,
    advise,
    recognition_cost,
)
from asyncspeech.config import VoiceGate

WAV = Container(
    format="WAV (Microsoft)",
    encoding="Signed 16 bit PCM",
    file_bytes=1,
    is_lossy=False,
    largest_sample=1.0,
)
GOOD = ChannelAnalysis(
    peak_dbfs=-3.0,
    rms_dbfs=-22.0,
    dc_offset=0.0,
    clipping=Clipping(),
    lead_in=0.5,
    lead_out=0.5,
    speech=(Region(0.5, 9.5),),
    speech_dbfs=-20.0,
    noise_dbfs=-60.0,
    snr_db=40.0,
    why_no_snr="",
    low_share=0.01,
    bandwidth_hertz=7_800.0,
    same_as=None,
    hears_as=None,
)
CHEAP = SpeechCost(seconds=10, usd=0.01, gated_seconds=10, gated_usd=0.01)


def recording(*channels: ChannelAnalysis, rate: int = 16_000, duration: float = 10.0) -> Analysis:
    return Analysis(sample_rate_hertz=rate, duration=duration, channels=channels, detector="voice")


def advice(*changes: dict[str, Any], rate: int = 16_000, **container: Any) -> dict[str, str]:
    """Texts and settings, for channels that are good but for some changes."""
    channels = [replace(GOOD, **change) for change in changes]
    found = advise(replace(WAV, **container), recording(*channels, rate=rate), CHEAP)
    return {item.text: item.setting for item in found}


def test_a_good_recording_needs_none() -> None:
    assert advice({}) == {}


@pytest.mark.parametrize(
    ("changes", "rate", "text", "setting"),
    [
        (
            {"bandwidth_hertz": 3_900.0},
            8_000,
            "8 kHz, as telephones",
            'model="telephony", sample_rate_hertz=8000',
        ),
        ({"bandwidth_hertz": 5_500.0}, 11_025, "11.0 kHz: record at 16 kHz", "sample_rate_hertz=11025"),
        (
            {"bandwidth_hertz": 3_500.0},
            48_000,
            "48 kHz, but nothing above 3.5 kHz",
            'model="telephony", sample_rate_hertz=8000',
        ),
        ({"bandwidth_hertz": 20_000.0}, 44_100, "44.1 kHz: 16 kHz hold all", "sample_rate_hertz=16000"),
        ({"clipping": Clipping(2, 9, (1.25, 3.0))}, 16_000, "clipped in 2 places, first at 1.25 s", ""),
        ({"clipping": Clipping(1, 9, (1.25,))}, 16_000, "clipped in 1 place, first", ""),
        ({"speech_dbfs": -48.2}, 16_000, "speech is very quiet (-48 dBFS)", "preprocess=(AutoGain(),)"),
        ({"snr_db": 8.4}, 16_000, "noise is only 8 dB below", "preprocess=(NoiseSuppression(),)"),
        ({"dc_offset": -0.03}, 16_000, "an offset of -3.0% of full scale", "preprocess=(HighPass(),)"),
        ({"low_share": 2.0}, 16_000, "more below 80 Hz", "preprocess=(HighPass(),)"),
    ],
)
def test_what_is_wrong_is_told_with_the_setting_that_helps(
    changes: dict[str, Any], rate: int, text: str, setting: str
) -> None:
    ((told, what),) = advice(changes, rate=rate).items()
    assert told.startswith(text)
    assert what == setting


def test_two_speakers_on_two_channels_are_recognised_apart() -> None:
    assert advice({}, {}) == {
        "2 speakers on 2 channels: recognise these apart": (
            "audio_channel_count=2, multi_channel_mode=SEPARATE_RECOGNITION_PER_CHANNEL"
        )
    }


@pytest.mark.parametrize("other", [{"same_as": 1, "hears_as": 1}, {"hears_as": 1}, {"speech": ()}])
def test_channels_that_tell_nothing_more_are_mixed(other: dict[str, Any]) -> None:
    ((text, setting),) = advice({}, other).items()
    assert text.startswith(
        "whoever speaks is on channel 1: to recognise 2 channels apart would cost 2 times"
    )
    assert setting == "audio_channel_count=1"


def test_of_several_channels_the_one_at_fault_is_named() -> None:
    texts = advice({}, {"snr_db": 3.0, "same_as": 1, "hears_as": 1}, {"snr_db": 4.0})
    (noise,) = (text for text in texts if "noise" in text)
    assert noise.startswith("channel 3: noise")


def test_a_lossy_recording_is_told() -> None:
    ((text, setting),) = advice({}, is_lossy=True, encoding="MPEG Layer III").items()
    assert text.startswith("MPEG Layer III is lossy")
    assert setting == ""


def test_where_nobody_speaks_there_is_nothing_else_to_say() -> None:
    ((text, _),) = advice({"speech": (), "speech_dbfs": -70.0}, rate=8_000).items()
    assert text.startswith("nobody speaks in it")


def test_silence_is_worth_withholding_from_a_fifth_on() -> None:
    analysis = recording(GOOD)
    cost = SpeechCost(seconds=100, usd=0.10, gated_seconds=80, gated_usd=0.08)
    ((item),) = advise(WAV, replace(analysis, duration=100.0), cost)
    assert item.text.startswith(
        "nobody speaks in 91% of it: not to send that saves 20% of the cost, $0.72"
    )
    assert item.setting == "preprocess=(VoiceActivity(), VoiceGate())"
    assert not advise(WAV, analysis, replace(cost, gated_seconds=81))


class TestCost:
    def spoken(self, *regions: tuple[float, float], duration: float) -> Analysis:
        return recording(
            replace(GOOD, speech=tuple(Region(*region) for region in regions)), duration=duration
        )

    def test_is_that_of_whole_seconds(self) -> None:
        cost = recognition_cost(self.spoken((0, 60), duration=59.1))
        assert cost.seconds == 60
        assert cost.usd == pytest.approx(0.016)

    def test_with_a_gate_is_that_of_the_speech_and_what_is_around_it(self) -> None:
        analysis = self.spoken((10, 12), (15, 16), (40, 41), duration=100.0)
        cost = recognition_cost(analysis, gate=VoiceGate(pre_roll=0.5, hang_over=1.0))
        # 9.5 to 13 and 14.5 to 17, less than the 5 s apart that end a stream; and 39.5 to 42.
        assert cost.gated_seconds == 6 + 3
        assert cost.seconds == 100

    def test_of_a_short_gap_is_that_of_one_stream(self) -> None:
        analysis = self.spoken((1, 2), (9, 10), duration=20.0)
        gate = VoiceGate(pre_roll=0.1, hang_over=0.3)
        assert recognition_cost(analysis, gate=gate).gated_seconds == 4
        assert recognition_cost(analysis, gate=gate, idle=IdlePolicy(after=10)).gated_seconds == 3

    def test_goes_by_the_prices_that_are_given(self) -> None:
        cost = recognition_cost(
            self.spoken((0, 60), duration=60), prices=Prices(tiers=(PriceTier(0, 1.0),))
        )
        assert cost.usd == pytest.approx(1.0)

    def test_of_no_speech_is_nothing_with_a_gate(self) -> None:
        cost = recognition_cost(self.spoken(duration=60))
        assert (cost.gated_seconds, cost.gated_usd) == (0, 0.0)
