"""One session at the pace of life, so that it is seen that the scaled ones are no different."""

from __future__ import annotations

from dataclasses import replace

import pytest

from asyncspeech import RenewalPolicy
from asyncspeech.emulator import Delay, Faults, Limits, coded
from tests.session.scenario import assert_promise, play, scaled

pytestmark = pytest.mark.usefixtures("no_task_is_left")


async def test_no_word_is_lost_over_renewals_with_the_figures_of_the_issue() -> None:
    outcome = await play(
        coded.encode(80),
        limits=replace(Limits(), stream_seconds=12.0),
        faults=Faults(Delay(0.1, jitter=1.4)),
        config=scaled(
            renewal=RenewalPolicy(after=8.0, by=11.0, overlap=2.0), stall_timeout=10.0, catch_up=10.0
        ),
        pace=1.0,
        patience=60.0,
    )
    assert_promise(outcome)
    assert outcome.stats.renewals >= 3
