"""When a live stream is parted with, and how."""

from __future__ import annotations

import pytest

from asyncspeech.config import BufferPolicy, IdlePolicy, RenewalPolicy, SessionConfig
from asyncspeech.core.figures import Figures
from asyncspeech.core.ledger import Ledger
from asyncspeech.core.renewal import Renewal, Turn
from asyncspeech.core.replay import Replay
from asyncspeech.core.stream import Stream
from tests.core.test_engine import RATE, loud, result

SOUND, QUIET = b"\1\1" * RATE, bytes(2 * RATE)


class Watch:
    """A renewal that watches a stream which was opened at 0 and has been sent everything."""

    def __init__(self, audio: bytes, **changes: object) -> None:
        self.config = SessionConfig(**changes)  # type: ignore[arg-type]
        self.replay = Replay(2, RATE // 10, loud)
        self.ledger = Ledger(self.config, self.replay)
        self.renewal = Renewal(self.config, self.replay, self.ledger, Figures(RATE))
        self.stream = Stream(0, 0, 0.0)
        self.renewal.open(self.stream, 0.0)
        self.last_sent = 0.0
        self.give(audio, 0.0)

    def give(self, audio: bytes, now: float) -> None:
        self.replay.append(audio)
        self.ledger.arrivals.add(self.replay.end, now)
        self.stream.next = self.replay.end
        self.renewal.last_audio = self.last_sent = now

    def turn(self, now: float) -> Turn | None:
        return self.renewal.turn(self.stream, self.last_sent, now)

    def due(self) -> float:
        return self.renewal.due(self.stream, self.last_sent)


NEVER_IDLE = IdlePolicy(after=1_000)
PATIENT = {"idle": NEVER_IDLE, "stall_timeout": 1_000.0}


class TestAge:
    def test_a_young_stream_goes_on(self) -> None:
        watch = Watch(QUIET * 3, **PATIENT)
        assert watch.turn(239.9) is None

    def test_an_old_one_is_replaced_where_it_is_quiet(self) -> None:
        watch = Watch(QUIET * 3, **PATIENT)
        assert watch.due() == 120.0, "audio may have waited too long by then"
        assert watch.turn(240.0) is Turn.REPLACE

    @pytest.mark.parametrize("is_pending", [True, False])
    def test_but_not_while_somebody_speaks_or_the_service_does(self, *, is_pending: bool) -> None:
        watch = Watch(
            QUIET if is_pending else SOUND, buffer=BufferPolicy(max_unsettled_seconds=1_000), **PATIENT
        )
        if is_pending:
            watch.ledger.begin(result("hm", end=1.0))
        assert watch.turn(240.0) is None
        assert watch.stream.awaits_renewal
        assert watch.due() == 285.0
        assert watch.turn(285.0) is Turn.CUT

    def test_a_final_is_a_good_place_if_nothing_is_pending(self) -> None:
        watch = Watch(SOUND, **PATIENT)
        assert not watch.renewal.is_due_at_final(watch.stream, 239.9)
        assert watch.renewal.is_due_at_final(watch.stream, 240.0)
        watch.ledger.begin(result("hm", end=1.0))
        assert not watch.renewal.is_due_at_final(watch.stream, 240.0)

    def test_haste_does_not_wait_for_long(self) -> None:
        watch = Watch(SOUND, **PATIENT)
        watch.renewal.hasten(watch.stream, 10.0)
        assert (watch.stream.renew_after, watch.stream.renew_by) == (10.0, 12.0)

    def test_haste_puts_nothing_off(self) -> None:
        watch = Watch(SOUND, renewal=RenewalPolicy(after=5, by=11), **PATIENT)
        watch.renewal.hasten(watch.stream, 10.0)
        assert watch.stream.renew_by == 11.0


class TestStall:
    def test_a_service_that_says_nothing_to_speech_is_suspected(self) -> None:
        watch = Watch(SOUND, idle=NEVER_IDLE, stall_timeout=3)
        assert watch.due() == 3.0
        assert watch.turn(2.9) is None
        assert watch.turn(3.0) is Turn.CUT

    def test_every_suspicion_makes_more_patient_and_an_answer_less(self) -> None:
        watch = Watch(SOUND, idle=NEVER_IDLE, stall_timeout=3)
        watch.turn(3.0)
        assert watch.renewal.patience == 6.0
        watch.renewal.gain_patience()
        assert watch.renewal.patience == 3.0

    def test_one_that_is_still_taking_audio_is_slow_and_not_stalled(self) -> None:
        watch = Watch(SOUND, idle=NEVER_IDLE, stall_timeout=3)
        watch.stream.timeline.append(0, RATE)
        assert watch.turn(3.0) is None
        assert watch.due() == pytest.approx(3.3)
        watch.stream.taken_frames = RATE
        assert watch.turn(3.3) is Turn.CUT

    def test_a_quiet_line_is_no_stall(self) -> None:
        watch = Watch(QUIET, idle=NEVER_IDLE, stall_timeout=3)
        assert watch.turn(3.0) is None
        assert watch.due() == 6.0

    def test_the_time_counts_from_when_the_service_was_last_heard(self) -> None:
        watch = Watch(SOUND, idle=NEVER_IDLE, stall_timeout=3)
        watch.stream.heard = 2.0
        assert watch.turn(3.0) is None
        assert watch.due() == 5.0
        assert watch.turn(5.0) is Turn.CUT

    def test_and_from_when_the_sound_came(self) -> None:
        watch = Watch(QUIET, idle=NEVER_IDLE, stall_timeout=3)
        watch.give(SOUND, 2.0)
        assert watch.turn(3.0) is None
        assert watch.due() == 5.0


class TestOverdue:
    def test_audio_does_not_wait_for_ever_for_a_final(self) -> None:
        watch = Watch(SOUND, buffer=BufferPolicy(max_unsettled_seconds=20), **PATIENT)
        assert watch.turn(19.9) is None
        assert watch.turn(20.0) is Turn.CUT

    def test_quiet_audio_has_nothing_to_wait_for(self) -> None:
        watch = Watch(QUIET * 3, buffer=BufferPolicy(max_unsettled_seconds=20), **PATIENT)
        watch.give(QUIET * 2, 19.0)
        assert watch.turn(20.0) is None
        assert watch.ledger.settled == 4 * RATE, "the last second is too fresh"
        assert watch.due() == 39.0
        watch.turn(39.0)
        assert watch.ledger.settled == 5 * RATE


class TestIdle:
    def test_without_audio_the_stream_is_parked(self) -> None:
        watch = Watch(SOUND)
        assert watch.due() == 5.0
        assert watch.turn(4.9) is None
        assert watch.turn(5.0) is Turn.PARK

    def test_or_kept_alive_if_that_is_wanted(self) -> None:
        watch = Watch(SOUND + QUIET, idle=IdlePolicy(mode="keep-alive"))  # type: ignore[arg-type]
        assert watch.turn(5.0) is Turn.KEEP_ALIVE
        watch.last_sent = 5.0
        assert watch.turn(9.9) is None
        assert watch.due() == 10.0

    def test_silence_must_not_get_into_a_word(self) -> None:
        watch = Watch(SOUND, idle=IdlePolicy(mode="keep-alive"))  # type: ignore[arg-type]
        assert watch.turn(5.0) is Turn.PARK

    def test_what_is_sent_late_does_not_keep_from_parking(self) -> None:
        watch = Watch(SOUND)
        watch.last_sent = 4.0
        assert watch.turn(5.0) is Turn.PARK

    def test_a_stream_that_may_be_sent_no_more_is_cut_before_it_starves(self) -> None:
        watch = Watch(SOUND * 3)
        watch.stream.next = 2 * RATE
        watch.stream.timeline.append(0, 2 * RATE)
        assert watch.turn(5.0) is None, "gRPC has not taken it yet"
        assert watch.due() == 10.0
        watch.stream.taken_frames = 2 * RATE
        assert watch.due() == 5.0
        assert watch.turn(4.9) is None
        assert watch.turn(5.0) is Turn.CUT
