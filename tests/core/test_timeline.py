from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.core.timeline import Timeline

PIECES = st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 6)), max_size=12)


def test_a_stream_that_begins_in_the_middle_of_a_session_is_off_by_as_much() -> None:
    timeline = Timeline()
    timeline.append(1_000, 50)
    assert [timeline.start_of(at) for at in (0, 20, 50)] == [1_000, 1_020, 1_050]
    assert [timeline.end_of(at) for at in (0, 20, 50)] == [1_000, 1_020, 1_050]
    assert timeline.length == 50


def test_a_sound_between_two_pieces_begins_with_the_second_and_ends_with_the_first() -> None:
    timeline = Timeline()
    timeline.append(0, 10)
    timeline.append(100, 10)
    assert (timeline.start_of(10), timeline.end_of(10)) == (100, 10)
    assert (timeline.start_of(9), timeline.end_of(11)) == (9, 101)


def test_the_session_stands_still_while_silence_is_sent() -> None:
    timeline = Timeline()
    timeline.append(0, 10)
    timeline.append_silence(10, 30)
    timeline.append_silence(10, 30)
    timeline.append(10, 5)
    assert [timeline.start_of(at) for at in (10, 40, 70, 72)] == [10, 10, 10, 12]
    assert [timeline.end_of(at) for at in (10, 40, 70, 72)] == [10, 10, 10, 12]


def test_a_position_beyond_the_audio_is_its_end() -> None:
    timeline = Timeline()
    timeline.append(100, 10)
    assert (timeline.start_of(99), timeline.end_of(99)) == (110, 110)


def test_a_stream_without_audio_is_nowhere() -> None:
    assert (Timeline().start_of(5), Timeline().end_of(5)) == (0, 0)


def test_nothing_does_not_move_what_was_heard() -> None:
    timeline = Timeline()
    timeline.append(0, 10)
    timeline.append_silence(10, 0)
    timeline.append(500, 0)
    assert (timeline.start_of(10), timeline.length) == (10, 10)


def test_audio_that_follows_makes_no_new_piece() -> None:
    timeline = Timeline()
    for chunk in range(1_000):
        timeline.append(chunk * 160, 160)
    assert len(timeline._starts) == 1


@given(PIECES)
def test_every_frame_is_where_a_list_of_all_frames_has_it(pieces: list[tuple[bool, int, int]]) -> None:
    timeline = Timeline()
    begins: list[int] = []  # of each frame of the stream, the session position at which it begins
    ends: list[int] = []  # and ends
    position = 7
    for is_audio, skipped, frames in pieces:
        position += skipped
        if is_audio:
            timeline.append(position, frames)
            begins += range(position, position + frames)
            ends += range(position + 1, position + frames + 1)
            position += frames
        else:
            timeline.append_silence(position, frames)
            begins += [position] * frames
            ends += [position] * frames
    assert timeline.length == len(begins)
    assert [timeline.start_of(at) for at in range(len(begins))] == begins
    assert [timeline.end_of(at + 1) for at in range(len(ends))] == ends
    if begins:
        assert timeline.end_of(0) == begins[0]
        assert timeline.start_of(timeline.length) == ends[-1]
