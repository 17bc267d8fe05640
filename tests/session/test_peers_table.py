"""What the peers lose: each row of the table of measurements, as a test that loses nothing.

They were measured with a service whose streams last 12 seconds, with clients that renew after 8; each
100 ms are a word, and a final comes every 2.5 seconds of unbroken speech. All of it is scaled here as
in `scenario`. The figures in the docstrings are words lost and words repeated by livekit-plugins-google
1.8.9, pipecat-ai 1.14.0 and Google's sample.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from asyncspeech import IdlePolicy, PermissionDeniedError, RenewalPolicy, RetryPolicy, StreamLostError
from asyncspeech.emulator import (
    Abort,
    Close,
    Coded,
    CutConnection,
    Delay,
    Faults,
    RefuseConnections,
    coded,
)
from tests.session.scenario import LIMITS, assert_promise, play, scaled

if TYPE_CHECKING:
    from asyncspeech.emulator.coded import CodedRecording
    from tests.session.scenario import Live

pytestmark = pytest.mark.usefixtures("no_task_is_left")

EVERY_2_5_SECONDS = Coded(max_utterance_seconds=2.5)
NO_FINAL = Coded(max_utterance_seconds=600.0)


def speech(count: int) -> CodedRecording:
    """So many words, ten a second, without a pause."""
    return coded.encode(
        count, word_seconds=0.09, gap_seconds=0.01, pause_seconds=0.0, words_per_utterance=count
    )


async def test_renewal_final_latency_0_5_s() -> None:
    """25/0; 150/0 and 75/0; 88/38."""
    outcome = await play(speech(220), recognizer=EVERY_2_5_SECONDS, faults=Faults(Delay(0.125)))
    assert_promise(outcome)
    assert outcome.stats.renewals >= 2


async def test_renewal_final_latency_1_5_s() -> None:
    """83/0; 250/0; 63/13."""
    outcome = await play(speech(220), recognizer=EVERY_2_5_SECONDS, faults=Faults(Delay(0.375)))
    assert_promise(outcome)
    assert outcome.stats.renewals >= 2


async def test_word_timestamp_max_error() -> None:
    """49.6 s; 56 s; 4.3 s."""
    outcome = await play(speech(220), recognizer=EVERY_2_5_SECONDS, faults=Faults(Delay(0.125)))
    assert all(word.start is not None for word in outcome.transcript.words)
    assert outcome.score.worst_error <= 0.001, outcome


async def test_40_s_monologue_no_final() -> None:
    """363/400 lost; 400/400 lost; 400/400 without a final, and requests of 269 kB."""
    outcome = await play(speech(400), recognizer=NO_FINAL, faults=Faults(Delay(0.125)))
    assert_promise(outcome)
    assert outcome.largest_message <= 25_600


async def test_v1_limit_without_final() -> None:
    """Dead for ever; V2 says it in other words. The limit comes before a final and before a renewal."""
    renewal = RenewalPolicy(after=100.0, by=200.0, overlap=0.5)
    outcome = await play(speech(240), recognizer=NO_FINAL, renewal=renewal)
    assert_promise(outcome)
    assert outcome.streams[0].reason == "Max duration of 5 minutes reached for stream."


async def _mute(faults: Faults, idle: IdlePolicy) -> None:
    recording = coded.encode(20)
    middle = 2 * (recording.words[9].end + 9_600)

    async def speak(live: Live) -> None:
        await live.feed(recording.audio[:middle])
        await live.mute(2.0)
        await live.feed(recording.audio[middle:])

    outcome = await play(
        recording,
        limits=replace(LIMITS, idle_seconds=0.8),
        faults=faults,
        speak=speak,
        idle=idle,
    )
    assert_promise(outcome)


async def test_mute_idle_abort_v2() -> None:
    """5 lost over 3 channels; 25 lost; the program dies."""
    await _mute(Faults(Delay(0.125)), IdlePolicy(after=0.4))


async def test_mute_v1() -> None:
    """Dead for ever (125/200 lost); the program dies. V2 says it in other words."""
    await _mute(Faults(Delay(0.125)), IdlePolicy(after=60.0))


async def test_unavailable_once() -> None:
    """17 lost of 200; 25 lost."""
    faults = Faults(Delay(0.125), Abort("UNAVAILABLE", stream=1, at=5.0))
    outcome = await play(speech(200), recognizer=EVERY_2_5_SECONDS, faults=faults)
    assert_promise(outcome)
    assert outcome.stats.recoveries == 1


async def test_unavailable_8_s_outage() -> None:
    """250 lost of 300 and dead; 50 lost."""
    faults = Faults(
        Delay(0.125),
        RefuseConnections(2.0, stream=1, at=8.0),
        CutConnection(stream=1, at=8.0),
    )
    outcome = await play(speech(240), recognizer=EVERY_2_5_SECONDS, faults=faults)
    assert_promise(outcome)


async def test_server_ok_close_early() -> None:
    """150 lost of 200, and an exception in the caller; 150 lost, and no word of it."""
    faults = Faults(Delay(0.125), Close(stream=1, at=5.0))
    outcome = await play(speech(200), recognizer=EVERY_2_5_SECONDS, faults=faults)
    assert_promise(outcome)
    assert len(outcome.streams) == 2 + outcome.stats.renewals


async def test_permission_denied() -> None:
    """Fails once, which is right; is asked again every second for ever."""
    outcome = await play(speech(200), faults=Faults(Abort("PERMISSION_DENIED")), patience=5.0)
    assert type(outcome.error) is PermissionDeniedError, outcome
    assert len(outcome.streams) == 1, outcome


async def test_aborted_before_headers() -> None:
    """Taken for an error of the server's own, and dead after 4 tries."""
    faults = Faults(*(Abort("ABORTED", stream=number) for number in range(1, 7)))
    outcome = await play(speech(160), recognizer=EVERY_2_5_SECONDS, faults=faults)
    assert_promise(outcome)


async def test_aborted_50_ms_after_open_repeatedly() -> None:
    """108 streams and 108 channels in 6 s, and no error."""
    faults = Faults(Abort("ABORTED", after=0.05))
    retry = RetryPolicy(initial_delay=0.1, max_delay=5.0, max_outage=60.0)
    recording = speech(300)

    async def speak(live: Live) -> None:
        await live.feed(recording.audio[: 32_000 * 24])
        assert len(live.emulator.streams) <= 54, live.emulator.report()
        live.emulator.faults = Faults()
        await live.feed(recording.audio[32_000 * 24 :])

    outcome = await play(
        recording,
        recognizer=EVERY_2_5_SECONDS,
        faults=faults,
        speak=speak,
        config=scaled(retry=retry),
    )
    assert_promise(outcome)


async def test_aborted_50_ms_after_open_for_ever_is_told_at_last() -> None:
    retry = RetryPolicy(initial_delay=0.1, max_delay=0.5, max_outage=1.5)
    outcome = await play(
        speech(300), faults=Faults(Abort("ABORTED", after=0.05)), config=scaled(retry=retry)
    )
    assert type(outcome.error) is StreamLostError, outcome
    assert len(outcome.streams) <= 60, outcome
