"""Whether a container ends where one of its parts does."""

from __future__ import annotations

import random
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncspeech.audio.recordings.kinds import (
    HEAD_BYTES,
    is_wave,
    tell_file,
    tell_other_kind,
    tell_piece_kind,
)
from asyncspeech.audio.recordings.virtual import VirtualFile
from asyncspeech.audio.recordings.wholeness import PieceWalk, count_missing, walk_of
from tests.audio.containers import CONTAINERS, PIECES, contain_tone
from tests.audio.recordings import encoded, noise

if TYPE_CHECKING:
    from asyncspeech.audio.recordings.wholeness import Walk

WALKED = {
    "m4a": "mov",
    "mp4, fragmented": "mov",
    "webm": "matroska",
    "webm, live": "matroska",
    "mkv": "matroska",
    "ogg, opus": "ogg",
    "ts": "mpegts",
}


def walk(demuxer: str) -> Walk:
    begun = walk_of(demuxer, lambda _: None)
    assert begun is not None
    return begun


def missing_of_file(content: bytes, demuxer: str) -> int:
    return count_missing(VirtualFile(BytesIO(content)), len(content), walk(demuxer))


def missing_of_pieces(content: bytes, demuxer: str) -> int:
    pieces, at, rng = PieceWalk(walk(demuxer)), 0, random.Random(1)
    while at < len(content):
        size = rng.choice([0, 1, 2, 7, 300])
        pieces.take(content[at : at + size])
        at += size
    return pieces.missing_bytes


@pytest.mark.parametrize("missing", [0, 1, 5, 40])
@pytest.mark.parametrize(("name", "demuxer"), WALKED.items())
def test_what_is_missing_shows_in_files_and_in_pieces(name: str, demuxer: str, missing: int) -> None:
    content = contain_tone(name, 48_000, 0.5)
    content = content[: len(content) - missing]
    assert (missing_of_file(content, demuxer) > 0) == (missing > 0)
    assert (missing_of_pieces(content, demuxer) > 0) == (missing > 0)


@pytest.mark.parametrize("demuxer", sorted(set(WALKED.values())))
@settings(max_examples=60, deadline=5_000)
@given(st.binary(max_size=300))
def test_any_bytes_can_be_walked(demuxer: str, content: bytes) -> None:
    assert missing_of_file(content, demuxer) >= 0
    assert missing_of_pieces(content, demuxer) >= 0


@pytest.mark.parametrize("demuxer", ["amr", "flac", None])
def test_what_has_no_parts_is_not_walked(demuxer: str | None) -> None:
    assert walk_of(demuxer, lambda _: None) is None


def test_a_long_box_is_skipped_by_its_long_length() -> None:
    box = (1).to_bytes(4, "big") + b"free" + (24).to_bytes(8, "big") + bytes(8)
    assert missing_of_file(box, "mov") == 0
    assert missing_of_file(box[:-3], "mov") == 3


# Names.


@pytest.mark.parametrize("name", sorted(CONTAINERS))
def test_each_container_is_told_by_its_first_bytes(name: str) -> None:
    kind = tell_other_kind(contain_tone(name, CONTAINERS[name].rates[0], 0.3)[:HEAD_BYTES])
    assert kind is not None
    assert kind.demuxer is not None


@pytest.mark.parametrize("name", sorted(PIECES))
def test_each_stream_is_told_by_its_first_bytes(name: str) -> None:
    kind = tell_piece_kind(contain_tone(name, PIECES[name].rates[0], 0.3)[:HEAD_BYTES])
    assert kind is not None
    assert kind.comes_in_pieces


@pytest.mark.parametrize("kind", ["WAV", "RF64", "AU"])
def test_what_is_headerless_behind_its_header_is_told(kind: str) -> None:
    assert is_wave(encoded(noise(10), 16_000, kind)[:HEAD_BYTES])
    assert not is_wave(b"RIFF\0\0\0\0AVI ")


@settings(max_examples=200)
@given(st.binary(max_size=HEAD_BYTES))
def test_any_bytes_can_be_asked_for_their_kind(head: bytes) -> None:
    tell_other_kind(head, "talk.bin")
    tell_piece_kind(head)
    tell_file(head)


@pytest.mark.parametrize(
    "head", [b"\xff\xff\xff\xff", b"\xff\xfe\xff\xfe", b"\0\0\0\0" * 50, b"\x47" * 4]
)
def test_quiet_headerless_samples_are_no_stream(head: bytes) -> None:
    assert tell_piece_kind(head) is None
    assert tell_file(head) is None


@pytest.mark.parametrize("name", ["m4a", "mp4, fragmented", "webm", "webm, live", "mkv", "ogg, opus"])
def test_what_messengers_and_browsers_record_is_told_from_samples(name: str) -> None:
    assert tell_file(contain_tone(name, 48_000, 0.1)[:HEAD_BYTES]) is not None


@pytest.mark.parametrize("kind", ["WAV", "AU"])
def test_samples_behind_a_header_are_not_told_from_samples(kind: str) -> None:
    assert tell_file(encoded(noise(10), 16_000, kind)) is None
