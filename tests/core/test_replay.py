from __future__ import annotations

import gc
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from asyncspeech.core.replay import Replay

CHANNELS = (None, 1, 2)
BLOCK = 8


class Finder:
    """Frames of two bytes, one for each channel; a byte above 127 is sound. Counts what it looks at."""

    def __init__(self) -> None:
        self.frames_seen = 0

    def __call__(self, data: bytes | memoryview, channel: int | None) -> int | None:
        for index in range(len(data) // 2):
            frame = bytes(data[2 * index : 2 * index + 2])
            if max(frame if channel is None else frame[channel - 1 : channel]) > 127:
                self.frames_seen += index + 1
                return index
        self.frames_seen += len(data) // 2
        return None


def replay(finder: Finder | None = None) -> Replay:
    return Replay(2, BLOCK, finder or Finder())


def audio(kept: Replay, start: int, end: int) -> bytes:
    return b"".join(data for _, data in kept.read(start, end))


def test_what_was_put_in_comes_out_itself() -> None:
    kept = replay()
    chunks = [bytes([number]) * 2 * BLOCK for number in range(5)]
    for chunk in chunks:
        kept.append(chunk)
    pieces = list(kept.read(0, kept.end))
    assert [start for start, _ in pieces] == [number * BLOCK for number in range(5)]
    assert all(data is chunk for (_, data), chunk in zip(pieces, chunks, strict=True))


def test_what_is_left_between_dropped_audio_comes_out_itself() -> None:
    kept = replay()
    chunks = [bytes([number]) * 2 * BLOCK for number in range(5)]
    for chunk in chunks:
        kept.append(chunk)
    kept.drop(BLOCK, 2 * BLOCK)
    pieces = dict(kept.read(0, kept.end))
    assert list(pieces) == [0, 2 * BLOCK, 3 * BLOCK, 4 * BLOCK]
    assert all(pieces[start] is chunks[start // BLOCK] for start in pieces)


class TestGaps:
    """Positions that hold no audio."""

    def kept(self) -> Replay:
        """Audio at 0 to 4, 10 to 14 and 20 to 24."""
        kept = replay()
        for skipped in (6, 6, 0):
            kept.append(bytes(2 * 4))
            kept.skip(skipped)
        return kept

    @pytest.mark.parametrize(
        ("position", "start"), [(0, 0), (3, 3), (4, 10), (9, 10), (10, 10), (14, 20), (24, 24)]
    )
    def test_audio_begins_after_them(self, position: int, start: int) -> None:
        assert self.kept().audio_from(position) == start

    def test_after_the_last_there_is_the_end(self) -> None:
        kept = self.kept()
        kept.skip(7)
        assert kept.audio_from(24) == kept.end == 31

    @given(start=st.integers(0, 24), end=st.integers(0, 24))
    def test_their_frames_are_counted(self, start: int, end: int) -> None:
        missing = [*range(4, 10), *range(14, 20)]
        assert self.kept().gap_frames(start, end) == sum(start <= at < end for at in missing)

    @pytest.mark.parametrize(("frames", "start"), [(0, 24), (4, 20), (5, 13), (12, 0), (99, 0)])
    def test_so_much_audio_is_left_from_a_position_on(self, frames: int, start: int) -> None:
        assert self.kept().last(frames) == start

    @pytest.mark.parametrize(
        ("position", "end", "start"), [(0, 24, 20), (0, 20, 10), (12, 14, 12), (0, 3, 0), (19, 24, 20)]
    )
    def test_the_last_beginning_is_found(self, position: int, end: int, start: int) -> None:
        assert self.kept().last_start(position, end) == start

    def test_dropped_audio_is_one_that_swallows_others(self) -> None:
        kept = self.kept()
        kept.drop(2, 12)
        assert kept.gap_frames(0, 24) == 16
        assert kept.audio_from(2) == 12

    def test_they_are_forgotten_along_with_the_audio_before_them(self) -> None:
        kept = self.kept()
        kept.forget(10)
        assert kept.gap_frames(0, 24) == 6
        kept.forget(24)
        assert kept.gap_frames(0, 24) == 0


class TestVoice:
    """Audio of which it is known whether somebody speaks in it."""

    def test_what_is_told_of_it_is_believed(self) -> None:
        finder = Finder()
        kept = replay(finder)
        kept.append(bytes([255]) * 2 * 4, is_voice=False)
        kept.append(bytes(2 * 4), is_voice=True)
        assert kept.first_sound(0, None) == 4
        assert kept.first_sound(6, None) == 6
        assert finder.frames_seen == 0

    def test_on_one_channel_of_several_it_is_looked_for(self) -> None:
        kept = replay()
        kept.append(bytes([0, 255]) * 4, is_voice=True)
        assert kept.first_sound(0, 1) == 4
        assert kept.first_sound(0, 2) == 0

    def test_of_a_place_it_is_known_only_if_it_was_told(self) -> None:
        kept = replay()
        kept.append(bytes(2 * 4), is_voice=True)
        kept.append(bytes(2 * 4), is_voice=False)
        kept.append(bytes(2 * 4))
        kept.skip(4)
        assert [kept.is_voice_before(at) for at in (0, 2, 4, 5, 8, 9, 13)] == [
            None, True, True, False, False, None, None,
        ]  # fmt: skip


def test_a_part_of_a_chunk_is_no_copy() -> None:
    kept = replay()
    chunk = bytes(range(40))
    kept.append(chunk)
    ((start, part),) = kept.read(3, 9)
    assert start == 3
    assert isinstance(part, memoryview)
    assert part.obj is chunk
    assert part == chunk[6:18]


def test_tiny_chunks_are_put_together() -> None:
    kept = replay()
    for number in range(BLOCK * 10):
        kept.append(bytes([number, 0]))
    assert len(list(kept.read(0, kept.end))) == 10
    assert audio(kept, 0, kept.end) == b"".join(bytes([number, 0]) for number in range(BLOCK * 10))


def test_tiny_chunks_that_nobody_reads_cost_little_more_than_their_audio() -> None:
    kept = Replay(2, 1_600, Finder())
    for _ in range(16_000):
        kept.append(bytes(2))
    size = sum(map(sys.getsizeof, kept._data))  # but for the block that is being put together
    assert size < 33_000


def test_what_is_kept_is_nothing_for_the_garbage_collector() -> None:
    kept = replay()
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for _ in range(1_000):
            kept.append(bytes(2 * BLOCK))
        assert len(gc.get_objects()) - before < 10
    finally:
        gc.enable()


def test_no_audio_is_no_block() -> None:
    kept = replay()
    assert kept.append(b"") == 0
    assert list(kept.read(0, 1)) == []
    chunk = b"ab"
    kept.append(chunk)
    ((_, data),) = kept.read(0, 1)
    assert data is chunk


def test_a_block_that_reaches_beyond_is_not_forgotten() -> None:
    kept = replay()
    for _ in range(3):
        kept.append(bytes(2 * BLOCK))
    kept.forget(BLOCK)
    assert kept.frames == 2 * BLOCK
    kept.forget(BLOCK + 1)
    assert kept.frames == 2 * BLOCK
    assert audio(kept, BLOCK, kept.end) == bytes(4 * BLOCK)


def test_no_audio_is_looked_at_twice() -> None:
    finder = Finder()
    kept = replay(finder)
    for _ in range(50):
        kept.append(bytes(2 * BLOCK))
        assert kept.first_sound(0, None) == kept.end
    assert finder.frames_seen == kept.end
    kept.append(b"\xff\x00" + bytes(2 * BLOCK))
    for position in (0, 10, 50 * BLOCK):
        assert kept.first_sound(position, None) == 50 * BLOCK
    assert finder.frames_seen == 50 * BLOCK + 1


def test_one_channel_may_be_quiet_while_another_is_not() -> None:
    kept = replay()
    kept.append(b"\x00\x00\x00\xff\xff\x00")
    assert [kept.first_sound(0, channel) for channel in CHANNELS] == [1, 2, 1]


def test_audio_after_what_was_dropped_is_where_it_belongs() -> None:
    kept = replay()
    kept.append(b"aabbcc")
    kept.drop(1, 3)
    kept.append(b"dd")
    assert [(start, bytes(data)) for start, data in kept.read(0, 9)] == [(0, b"aa"), (3, b"dd")]


def test_a_sound_that_was_dropped_is_none() -> None:
    kept = replay()
    kept.append(b"\x00\x00\xff\xff\x00\x00\xff\xff")
    assert kept.first_sound(0, None) == 1
    kept.drop(1, 3)
    assert kept.first_sound(0, None) == 3
    kept.drop(2, 9)
    assert kept.first_sound(0, None) == kept.end == 4


class Machine(RuleBasedStateMachine):
    """The audio is what a plain dictionary of frames says, whatever is done in whichever order."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = replay()
        self.frames: dict[int, bytes] = {}
        self.end = 0
        self.forgotten = 0

    @rule(
        data=st.lists(st.sampled_from([b"\x00\x01", b"\x02\x03", b"\xff\x00", b"\x00\xff"]), max_size=20)
    )
    def append(self, data: list[bytes]) -> None:
        assert self.kept.append(b"".join(data)) == len(data)
        for frame in data:
            self.frames[self.end] = frame
            self.end += 1

    @rule(silence=st.integers(1, 30))
    def append_silence(self, silence: int) -> None:
        self.append([b"\x00\x00"] * silence)

    @rule(data=st.data())
    def read(self, data: st.DataObject) -> None:
        start = data.draw(st.integers(self.forgotten, self.end + 2))
        end = data.draw(st.integers(self.forgotten, self.end + 2))
        read: dict[int, bytes] = {}
        for position, piece in self.kept.read(start, end):
            assert len(piece) > 0
            for index in range(len(piece) // 2):
                assert position + index not in read
                read[position + index] = bytes(piece[2 * index : 2 * index + 2])
        assert list(read) == sorted(read)
        assert read == {at: frame for at, frame in self.frames.items() if start <= at < end}

    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        self.forgotten = data.draw(st.integers(self.forgotten, self.end))
        self.kept.forget(self.forgotten)
        self.frames = {at: frame for at, frame in self.frames.items() if at >= self.forgotten}

    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        start = data.draw(st.integers(self.forgotten, self.end))
        end = data.draw(st.integers(self.forgotten, self.end + 1))
        self.kept.drop(start, end)
        self.frames = {at: frame for at, frame in self.frames.items() if not start <= at < end}

    @rule(data=st.data(), channel=st.sampled_from(CHANNELS))
    def first_sound(self, data: st.DataObject, channel: int | None) -> None:
        position = data.draw(st.integers(self.forgotten, self.end))
        find = Finder()
        sounds = (
            at for at, frame in self.frames.items() if at >= position and find(frame, channel) == 0
        )
        assert self.kept.first_sound(position, channel) == min(sounds, default=self.end)

    @invariant()
    def nothing_is_counted_wrong(self) -> None:
        assert self.kept.end == self.end
        pieces = list(self.kept.read(0, self.end))
        assert self.kept.frames == sum(len(piece) // 2 for _, piece in pieces)
        assert len(self.frames) <= self.kept.frames


TestAnyOrder = Machine.TestCase


@given(st.lists(st.integers(1, 12), max_size=60), st.integers(0, 400), st.integers(0, 400))
def test_the_audio_is_the_same_however_it_is_cut(sizes: list[int], start: int, end: int) -> None:
    kept = replay()
    whole = bytes(number % 256 for number in range(2 * sum(sizes)))
    position = 0
    for size in sizes:
        kept.append(whole[2 * position : 2 * (position + size)])
        position += size
    assert audio(kept, start, end) == whole[2 * start : 2 * end]
