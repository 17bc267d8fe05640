"""What a session does to its audio, before any of it is sent."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncspeech import SessionConfig, TurnPolicy, VoiceActivity, VoiceGate
from asyncspeech.audio.frontend import Frontend, Sound, Withheld
from asyncspeech.audio.samples import decode
from asyncspeech.audio.stages.base import silence
from tests.support.loud import LoudDetector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncspeech.audio.frontend import Piece
    from asyncspeech.audio.stages.base import Block

RATE = 8_000
ACTIVITY = VoiceActivity(detector=LoudDetector(), min_speech=0.04, min_silence=0.1, lead=0.1)
SEPARATELY = {"audio_channel_count": 2, "multi_channel_mode": "SEPARATE_RECOGNITION_PER_CHANNEL"}


@dataclass(frozen=True, slots=True)
class Halve:
    """Makes audio half as loud, and gives it in blocks of 100 frames."""

    def start(self, sample_rate_hertz: int) -> Halving:
        assert sample_rate_hertz == RATE
        return Halving()


class Halving:
    def __init__(self) -> None:
        self._rest = silence(0, 1)

    @property
    def delay(self) -> float:
        return len(self._rest) / RATE

    def process(self, block: Block) -> Block:
        audio = np.concatenate((self._rest, block))
        ready = len(audio) // 100 * 100
        self._rest = audio[ready:]
        return audio[:ready] / np.float32(2)

    def flush(self) -> Block:
        rest, self._rest = self._rest, silence(0, 1)
        return rest / np.float32(2)


def config(*preprocess: object, **changes: object) -> SessionConfig:
    settings: dict[str, object] = {"sample_rate_hertz": RATE, "preprocess": preprocess} | changes
    return SessionConfig(**settings)  # type: ignore[arg-type]


def speech(seconds: float, channels: int = 1) -> bytes:
    count = round(seconds * RATE) * channels
    return np.random.default_rng(7).integers(2_000, 20_000, count, "<i2").tobytes()


def quiet(seconds: float, channels: int = 1) -> bytes:
    return bytes(2 * channels * round(seconds * RATE))


def run(frontend: Frontend, audio: bytes, sizes: Sequence[int] = (10**9,)) -> list[Piece]:
    """Everything that comes out, of audio that comes in chunks of such sizes, in bytes."""
    pieces: list[Piece] = []
    start, cycle = 0, itertools.cycle(sizes)
    while start < len(audio):
        size = next(cycle)
        pieces += frontend.process(audio[start : start + size])
        start += size
    return pieces + frontend.end()


def told(pieces: Sequence[Piece], frame_bytes: int = 2) -> list[tuple[bool | None, float]]:
    """What becomes of the audio: whether it is voice, or None if withheld, and for how many seconds."""
    runs: list[tuple[bool | None, int]] = []
    for piece in pieces:
        frames = piece.frames if isinstance(piece, Withheld) else len(piece.data) // frame_bytes
        kind = None if isinstance(piece, Withheld) else piece.is_voice
        if runs and runs[-1][0] is kind:
            frames += runs.pop()[1]
        runs.append((kind, frames))
    return [(kind, round(frames / RATE, 3)) for kind, frames in runs]


def sent(pieces: Sequence[Piece]) -> bytes:
    return b"".join(piece.data for piece in pieces if isinstance(piece, Sound))


def test_audio_that_is_only_listened_to_passes_through_untouched() -> None:
    audio = quiet(0.5) + speech(0.5) + quiet(0.5)
    pieces = run(Frontend(config(ACTIVITY)), audio)
    assert sent(pieces) == audio
    # It begins a lead before it is heard, and ends a tail after.
    assert told(pieces) == [(False, 0.4), (True, 0.7), (False, 0.4)]


def test_silence_is_withheld_but_for_so_much_around_speech() -> None:
    gate = VoiceGate(pre_roll=0.24, hang_over=0.3)
    pieces = run(Frontend(config(ACTIVITY, gate)), quiet(3.0) + speech(0.6) + quiet(3.0))
    assert told(pieces) == [
        (None, 2.64), (False, 0.26), (True, 0.8), (False, 0.32), (None, 2.58),
    ]  # fmt: skip


def test_a_gate_closes_with_the_turn_that_is_over_before() -> None:
    gate = VoiceGate(pre_roll=0.24, hang_over=3.0)
    frontend = Frontend(config(ACTIVITY, gate, turn=TurnPolicy(silence=0.5)))
    pieces = run(frontend, speech(0.6) + quiet(3.0))
    # Of the half second, a tenth is taken to be speech, and another has to pass before it is certain.
    assert told(pieces)[:2] == [(True, 0.7), (False, 0.32)]


def test_treatments_are_done_in_order_and_channel_by_channel() -> None:
    frontend = Frontend(config(Halve(), Halve(), **SEPARATELY))
    audio = speech(0.3, channels=2)
    before = np.frombuffer(audio, "<i2").astype(float)
    after = np.frombuffer(sent(run(frontend, audio, [640])), "<i2").astype(float)
    assert len(after) == len(before)
    assert np.abs(after - before / 4).max() <= 1


def test_what_is_listened_to_is_what_the_treatments_made_of_it() -> None:
    loud = np.full(RATE, 1_000, "<i2").tobytes()
    whisper = np.full(RATE, 150, "<i2").tobytes()  # halved, it cannot be heard
    pieces = run(Frontend(config(Halve(), ACTIVITY)), loud + whisper)
    assert told(pieces) == [(True, 1.1), (False, 0.9)]


@pytest.mark.parametrize("speaker", [0, 1])
def test_on_channels_recognised_apart_somebody_speaks_if_anybody_does(speaker: int) -> None:
    samples = np.zeros((RATE, 2), "<i2")
    samples[4_000:6_000, speaker] = 9_000
    pieces = run(Frontend(config(ACTIVITY, **SEPARATELY)), samples.tobytes())
    assert told(pieces, 4) == [(False, 0.4), (True, 0.46), (False, 0.14)]


def test_of_channels_not_told_apart_the_first_counts_as_it_does_for_the_service() -> None:
    samples = np.zeros((RATE, 2), "<i2")
    samples[:, 1] = 9_000
    pieces = run(Frontend(config(ACTIVITY, audio_channel_count=2)), samples.tobytes())
    assert told(pieces, 4) == [(False, 1.0)]


@pytest.mark.parametrize("encoding", ["MULAW", "ALAW"])
def test_telephone_audio_is_listened_to_as_it_is(encoding: str) -> None:
    quietest = b"\xff" if encoding == "MULAW" else b"\xd5"
    audio = quietest * RATE + bytes(range(256)) * 20 + quietest * RATE
    frontend = Frontend(config(ACTIVITY, VoiceGate(pre_roll=0.24, hang_over=0.3), encoding=encoding))
    pieces = run(frontend, audio)
    assert [kind for kind, _ in told(pieces, 1)] == [None, False, True, False, None]
    assert sent(pieces) in audio


def test_telephone_audio_is_encoded_again_after_a_treatment() -> None:
    mulaw = config(Halve(), encoding="MULAW")
    audio = bytes([0x80, 0x00, 0x90, 0x10]) * 100
    treated = decode(sent(run(Frontend(mulaw), audio)), mulaw.audio_format)
    expected = decode(audio, mulaw.audio_format) / 2
    assert np.abs(treated - expected).max() <= np.abs(expected).max() / 16


runs = st.lists(st.tuples(st.booleans(), st.floats(0.01, 0.8)), min_size=1, max_size=6)


@given(runs=runs, sizes=st.lists(st.integers(1, 4_000), min_size=1, max_size=5), gated=st.booleans())
@settings(deadline=None, max_examples=60)
def test_how_the_audio_is_cut_makes_no_difference(
    runs: list[tuple[bool, float]], sizes: list[int], *, gated: bool
) -> None:
    audio = b"".join(speech(seconds) if loud else quiet(seconds) for loud, seconds in runs)
    wanted = config(Halve(), ACTIVITY, *([VoiceGate(pre_roll=0.1, hang_over=0.2)] if gated else []))
    pieces, whole = run(Frontend(wanted), audio, sizes), run(Frontend(wanted), audio)
    assert told(pieces) == told(whole)
    assert sent(pieces) == sent(whole)


@given(runs=runs, size=st.integers(1, 4_000), flushes=st.sets(st.integers(0, 40)))
@settings(deadline=None, max_examples=60)
def test_nothing_is_gained_or_lost_wherever_it_is_flushed(
    runs: list[tuple[bool, float]], size: int, flushes: set[int]
) -> None:
    audio = b"".join(speech(seconds) if loud else quiet(seconds) for loud, seconds in runs)
    frontend = Frontend(config(Halve(), ACTIVITY, VoiceGate()))
    pieces: list[Piece] = []
    for number, start in enumerate(range(0, len(audio), size)):
        pieces += frontend.process(audio[start : start + size])
        if number in flushes:
            pieces += frontend.flush()
    pieces += frontend.end()
    frames = sum(
        piece.frames if isinstance(piece, Withheld) else len(piece.data) // 2 for piece in pieces
    )
    assert frames == len(audio) // 2
    assert frontend.held_frames == 0


def test_a_flush_decides_and_keeps_silence_that_may_come_before_speech() -> None:
    frontend = Frontend(config(ACTIVITY, VoiceGate(pre_roll=0.24, hang_over=0.3)))
    frontend.process(quiet(1.0))
    assert frontend.flush() == [Withheld(480)]
    assert frontend.held_frames == round(0.28 * RATE)
    pieces = frontend.process(speech(0.2))
    assert pieces[0] == Sound(quiet(0.28), is_voice=False)


def test_a_frame_that_is_cut_short_at_the_end_is_dropped() -> None:
    frontend = Frontend(config(Halve()))
    pieces = frontend.process(b"\1\2\3") + frontend.end()
    assert sent(pieces) == b"\0\1"


def test_the_buffers_do_not_grow_with_the_silence() -> None:
    frontend = Frontend(config(ACTIVITY, VoiceGate(pre_roll=0.5)))
    held = set()
    for _ in range(600):
        frontend.process(quiet(0.1))
        held.add(frontend.held_frames)
    assert max(held) <= round(0.7 * RATE)
