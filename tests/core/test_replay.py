from __future__ import annotations

import sys

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
    size = sum(sys.getsizeof(part) for block in kept._blocks[:-1] for part in block.parts)
    assert size < 33_000


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
