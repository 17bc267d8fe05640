from __future__ import annotations

from typing import Any

import pytest

from asyncspeech.emulator import Limits
from asyncspeech.errors import ConfigurationError


def test_are_the_services_own_unless_told_otherwise() -> None:
    limits = Limits()
    assert limits.max_audio_bytes == 25_600
    assert limits.stream_seconds == 300
    assert limits.idle_seconds == 10
    assert limits.concurrent_sessions == 300
    assert limits.requests_per_minute == 1_000_000
    assert limits.streams_per_connection == 100
    assert limits.pace is None


def test_scaling_makes_the_clock_faster_and_nothing_else() -> None:
    limits = Limits(concurrent_sessions=7).scaled(1 / 25)
    assert limits == Limits(concurrent_sessions=7, stream_seconds=12.0, idle_seconds=0.4)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stream_seconds", 0),
        ("idle_seconds", -1.0),
        ("max_audio_bytes", 0),
        ("max_audio_bytes", 1.5),
        ("pace", 0.0),
        ("stream_seconds", float("nan")),
    ],
)
def test_that_make_no_sense_are_refused(field: str, value: Any) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        Limits(**{field: value})
    assert refusal.value.field == field


@pytest.mark.parametrize("factor", [0.0, -1.0, float("inf"), float("nan")])
def test_a_factor_that_makes_no_sense_is_refused(factor: float) -> None:
    with pytest.raises(ConfigurationError, match="factor"):
        Limits().scaled(factor)
