"""What a session says of itself, against what the service's own log says of its streams."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import pytest

from asyncspeech import (
    IdleMode,
    IdlePolicy,
    Parked,
    RenewalPolicy,
    SessionSummary,
    StreamCause,
    StreamRecovered,
    StreamRenewed,
)
from asyncspeech.emulator import Abort, Faults, Stall
from tests.session.scenario import LATE, LIMITS, assert_promise, play, unbroken, utterances

if TYPE_CHECKING:
    from pathlib import Path

    from tests.session.scenario import Live, Outcome

PATIENT = replace(LIMITS, stream_seconds=30.0, idle_seconds=10.0)

pytestmark = pytest.mark.usefixtures("no_task_is_left")


def assert_agrees(outcome: Outcome) -> None:
    """Every figure that the service can know is what its log says."""
    summary, stats, streams = outcome.summary, outcome.summary.stats, outcome.streams
    assert stats == outcome.stats
    assert summary.outcome == "OK"
    assert stats.streams_opened == len(streams) == len(summary.streams), outcome
    assert stats.streams_open == stats.audio_waiting == stats.audio_unsettled == 0
    ours = summary.streams
    assert [own.number for own in ours] == list(range(len(ours)))
    for own, theirs in zip(ours, streams, strict=True):
        # What the service was sent in the moment in which it broke off, it does not count.
        exact = theirs.status == own.status == "OK"
        assert own.audio_sent == pytest.approx(theirs.audio_seconds, abs=1e-3 if exact else 3.0), outcome
        assert own.audio_sent >= theirs.audio_seconds - 1e-3, outcome
        # Of what it says after it was cancelled nothing is read.
        assert own.billed == theirs.billed_seconds or own.status == "CANCELLED", outcome
        assert own.billed <= own.billed_estimate, outcome
    assert stats.billed == sum(own.billed for own in ours)
    assert stats.billed_estimate == sum(own.billed_estimate for own in ours)
    assert stats.audio_sent == pytest.approx(sum(own.audio_sent for own in ours), abs=1e-3)
    assert stats.final_results == len(outcome.transcript.results) == stats.final_latency.count
    assert stats.words == len(outcome.transcript.words)
    causes = Counter(event.code for event in outcome.those(StreamRecovered))
    assert stats.recoveries_by_cause == causes
    assert stats.recoveries == causes.total()
    assert stats.renewals == len(outcome.those(StreamRenewed))
    assert [own.cause for own in ours].count(StreamCause.RECOVERY) == stats.recoveries
    assert [own.cause for own in ours].count(StreamCause.RENEWAL) == stats.renewals
    assert SessionSummary.from_json(summary.to_json()) == summary


async def test_of_a_session_that_nothing_happens_to() -> None:
    recording = utterances(2)
    outcome = await play(recording)
    assert_promise(outcome)
    assert_agrees(outcome)
    (stream,) = outcome.streams
    stats = outcome.summary.stats
    assert stats.audio_sent == stats.audio_accepted == pytest.approx(recording.duration)
    assert stats.audio_sent == pytest.approx(stream.audio_seconds)
    assert stats.billed == stream.billed_seconds, "as of its last word, which came before the end"
    assert stats.billed_estimate == math.ceil(stream.audio_seconds)
    assert stats.cost == pytest.approx(stats.billed_estimate / 60 * 0.016)
    assert outcome.summary.model == "long"
    assert outcome.summary.location == "global"


async def test_of_renewals_planned_and_forced() -> None:
    outcome = await play(unbroken(24))
    assert_promise(outcome)
    assert_agrees(outcome)
    stats = outcome.summary.stats
    assert stats.forced_renewals >= 1
    sent = stats.audio_accepted + stats.audio_replayed
    assert stats.audio_sent == pytest.approx(sent, abs=1e-3), outcome


@pytest.mark.parametrize("code", ["UNAVAILABLE", "ABORTED", "UNKNOWN"])
async def test_of_streams_that_break(code: str) -> None:
    """At a break between two messages the status is told as it is (grpc/grpc#36066)."""
    faults = Faults(*(Abort(code, stream=number, at=2.0) for number in (1, 2)), LATE)
    outcome = await play(utterances(12), faults=faults)
    assert_promise(outcome)
    assert_agrees(outcome)
    broken = [stream for stream in outcome.streams if stream.status not in {"OK", "CANCELLED"}]
    assert len(broken) == outcome.summary.stats.recoveries == 2, outcome
    seen = outcome.summary.stats.recoveries_by_cause
    assert seen.keys() <= {code, "INTERNAL"}, outcome


async def test_of_a_service_that_is_out_of_order_for_a_while() -> None:
    faults = Faults(Abort("UNAVAILABLE", stream=1, at=2.0), *_refusals())
    outcome = await play(utterances(12), faults=faults)
    assert_promise(outcome)
    assert_agrees(outcome)
    statuses = Counter(stream.status for stream in outcome.streams)
    assert outcome.summary.stats.recoveries == statuses["UNAVAILABLE"], outcome


def _refusals() -> list[Abort]:
    return [Abort("UNAVAILABLE", stream=number) for number in (2, 3)]


async def test_of_a_stream_that_stalls() -> None:
    outcome = await play(utterances(12), faults=Faults(Stall(stream=1, at=2.0)), limits=PATIENT)
    assert_promise(outcome)
    assert_agrees(outcome)
    assert outcome.summary.stats.recoveries_by_cause == {"STALLED": 1}
    assert outcome.summary.streams[0].status == "STALLED"
    assert outcome.streams[0].status == "CANCELLED"


async def test_of_a_pause_without_a_stream_and_of_one_with_silence() -> None:
    recording = utterances(5)

    async def speak(live: Live) -> None:
        await live.feed(recording.audio[: len(recording.audio) // 2 // 2 * 2])
        await live.mute(2.0)
        await live.feed(recording.audio[len(recording.audio) // 2 // 2 * 2 :])

    parked = await play(recording, speak=speak)
    assert_agrees(parked)
    assert parked.those(Parked)
    assert 0.5 < parked.summary.stats.parked < 2.5
    kept = await play(
        recording,
        speak=speak,
        idle=IdlePolicy(after=0.5, mode=IdleMode.KEEP_ALIVE),
        renewal=RenewalPolicy(after=20, by=25),
    )
    assert_agrees(kept)
    stats = kept.summary.stats
    assert stats.parked == 0
    assert stats.audio_sent > stats.audio_accepted + stats.audio_replayed, "silence is sent, and billed"


async def test_a_summary_is_saved(tmp_path: Path) -> None:
    outcome = await play(utterances(1))
    path = tmp_path / "summary.json"
    await anyio.to_thread.run_sync(outcome.summary.save, path)
    assert SessionSummary.from_json(await anyio.Path(path).read_text()) == outcome.summary
    assert replace(outcome.summary, outcome="other") != outcome.summary
