"""Which audio is sent, and which silence is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.audio.voice.activity import Span
from asyncspeech.audio.voice.gate import Gate
from asyncspeech.audio.voice.lead import Lead

if TYPE_CHECKING:
    from asyncspeech.audio.voice.gate import Passage

spans = st.lists(st.builds(Span, st.integers(1, 30), st.booleans()), max_size=30)


def told(given: list[Passage]) -> list[bool | None]:
    """What becomes of each frame."""
    return [passage.is_voice for passage in given for _ in range(passage.frames)]


def passed(gate: Gate, spans: list[Span]) -> list[bool | None]:
    frames = [passage for span in spans for passage in gate.take(span.frames, is_voice=span.is_voice)]
    return told(frames + gate.flush())


def expected(spans: list[Span], pre_roll: int, hang_over: int, step: int) -> list[bool | None]:
    """The same, looked at with all audio at hand."""
    voiced = [span.is_voice for span in spans for _ in range(span.frames)]
    told: list[bool | None] = [None] * len(voiced)
    for at in (at for at, voice in enumerate(voiced) if voice):
        first = max(0, (at - pre_roll) // step * step)
        last = -(-(at + 1 + hang_over) // step) * step
        told[first:last] = [False] * len(told[first:last])
    return [voice or fate for voice, fate in zip(voiced, told, strict=True)]


@given(
    spans=spans, pre_roll=st.integers(0, 20), hang_over=st.integers(0, 20), step=st.sampled_from([1, 6])
)
def test_speech_is_sent_and_so_much_around_it_in_whole_steps(
    spans: list[Span], pre_roll: int, hang_over: int, step: int
) -> None:
    told = passed(Gate(pre_roll, hang_over, step), spans)
    assert told == expected(spans, pre_roll, hang_over, step)


@given(spans=spans, pieces=st.integers(1, 7))
def test_how_the_audio_is_cut_makes_no_difference(spans: list[Span], pieces: int) -> None:
    cut = [
        Span(min(pieces, span.frames - start), span.is_voice)
        for span in spans
        for start in range(0, span.frames, pieces)
    ]
    assert passed(Gate(5, 9), cut) == passed(Gate(5, 9), spans)


@given(spans=spans)
def test_nothing_is_held_while_the_gate_is_open_and_never_more_than_the_pre_roll(
    spans: list[Span],
) -> None:
    gate, taken, given = Gate(5, 9), 0, 0
    for span in spans:
        taken += span.frames
        given += sum(passage.frames for passage in gate.take(span.frames, is_voice=span.is_voice))
        assert taken - given <= (0 if span.is_voice else 5)


@given(spans=spans, frames=st.integers(0, 20))
def test_speech_begins_a_lead_before_it_was_noticed(spans: list[Span], frames: int) -> None:
    lead = Lead(frames)
    given = [certain for span in spans for certain in lead.take(span)] + lead.flush()
    voiced = [span.is_voice for span in spans for _ in range(span.frames)]
    told = [span.is_voice for span in given for _ in range(span.frames)]
    assert told == [any(voiced[at : at + frames + 1]) for at in range(len(voiced))]
