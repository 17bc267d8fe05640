"""What may be done to audio before it is sent, and in which order."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from asyncspeech import SessionConfig, TurnPolicy, VoiceActivity, VoiceGate
from asyncspeech.audio import AutoGain, HighPass, NoiseSuppression, SileroDetector, WebRtcDetector
from asyncspeech.errors import ConfigurationError

WEBRTC = VoiceActivity(detector=WebRtcDetector())


def test_nothing_is_done_unless_it_is_asked_for() -> None:
    config = SessionConfig()
    assert not config.is_preprocessed
    assert (config.treatments, config.voice_activity, config.voice_gate) == ((), None, None)


def test_treatments_come_first_then_who_listens_then_the_gate() -> None:
    gate = VoiceGate(pre_roll=0.2)
    config = SessionConfig(preprocess=[HighPass(), AutoGain(), WEBRTC, gate])  # type: ignore[arg-type]
    assert config.treatments == (HighPass(), AutoGain())
    assert config.voice_activity == WEBRTC
    assert config.voice_gate == gate
    assert config.is_preprocessed


@pytest.mark.parametrize("changes", [{"preprocess": (VoiceGate(),)}, {"turn": TurnPolicy()}])
def test_what_needs_somebody_to_listen_has_somebody_who_does(changes: dict[str, Any]) -> None:
    config = SessionConfig(**changes)
    assert config.voice_activity == VoiceActivity()
    assert config.is_preprocessed


@pytest.mark.parametrize(
    "preprocess",
    [
        (VoiceGate(), HighPass()),
        (WEBRTC, HighPass()),
        (VoiceGate(), WEBRTC),
        (WEBRTC, WEBRTC),
        (VoiceGate(), VoiceGate(pre_roll=1.0)),
    ],
)
def test_another_order_is_refused(preprocess: tuple[Any, ...]) -> None:
    with pytest.raises(ConfigurationError, match="cannot be done in this order"):
        SessionConfig(preprocess=preprocess)


@pytest.mark.parametrize("item", [HighPass, VoiceGate, "HighPass", 3, None, TurnPolicy()])
def test_what_cannot_be_done_to_audio_is_refused(item: Any) -> None:
    with pytest.raises(ConfigurationError, match="nothing that can be done to audio"):
        SessionConfig(preprocess=(item,))


@pytest.mark.parametrize("preprocess", [HighPass(), None, "HighPass"])
def test_a_lone_treatment_is_no_list_of_them(preprocess: Any) -> None:
    with pytest.raises(ConfigurationError, match="preprocess: "):
        SessionConfig(preprocess=preprocess)


@pytest.mark.parametrize("detector", [WebRtcDetector, "silero", 3])
def test_what_does_not_listen_is_no_detector(detector: Any) -> None:
    with pytest.raises(ConfigurationError, match="nothing that listens"):
        VoiceActivity(detector=detector)


@pytest.mark.parametrize(
    ("policy", "changes"),
    [
        (VoiceGate, {"pre_roll": -0.1}),
        (VoiceGate, {"hang_over": 0.0}),
        (TurnPolicy, {"silence": 0.0}),
        (TurnPolicy, {"silence": float("nan")}),
    ],
)
def test_lengths_have_their_bounds(policy: Any, changes: dict[str, float]) -> None:
    (field,) = changes
    with pytest.raises(ConfigurationError, match=field):
        policy(**changes)


@pytest.mark.parametrize("turn", [0.5, True, VoiceGate()])
def test_a_turn_is_a_policy(turn: Any) -> None:
    with pytest.raises(ConfigurationError, match="turn: "):
        SessionConfig(turn=turn)


def test_all_of_it_is_a_value() -> None:
    def make() -> SessionConfig:
        activity = VoiceActivity(detector=SileroDetector(), threshold=0.6)
        return SessionConfig(
            preprocess=(HighPass(), NoiseSuppression(), activity, VoiceGate()), turn=TurnPolicy()
        )

    assert make() == make()
    assert pickle.loads(pickle.dumps(make())) == make()  # noqa: S301 - it is our own
    assert "NoiseSuppression(level=2)" in repr(make())


@pytest.mark.parametrize(("silence", "wait"), [(0.5, 0.3), (0.1, 0.0)])
def test_of_a_turns_silence_some_has_passed_when_it_is_certain(silence: float, wait: float) -> None:
    config = SessionConfig(
        preprocess=(VoiceActivity(min_silence=0.1, lead=0.1),), turn=TurnPolicy(silence=silence)
    )
    assert config.turn_wait == pytest.approx(wait)
