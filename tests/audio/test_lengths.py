"""Headers are read as their formats are defined."""

from __future__ import annotations

from io import BytesIO

import pytest

from asyncspeech.audio.recordings.lengths import Promise, is_mpeg_frame, read_promise
from asyncspeech.audio.recordings.virtual import VirtualFile
from tests.audio.recordings import encoded, noise

# What comes before the data: identifier, length, and content padded to 2 or 8 bytes.
ODD_CHUNK = b"LIST\x05\0\0\0INFOx\0"
ODD_CHUNK_W64 = b"LIST" + bytes(12) + (24 + 5).to_bytes(8, "little") + b"INFOx\0\0\0"


def promise(content: bytes) -> Promise:
    return read_promise(VirtualFile(BytesIO(content)))


@pytest.mark.parametrize(("kind", "chunk"), [("WAV", ODD_CHUNK), ("W64", ODD_CHUNK_W64)])
def test_chunks_of_odd_length_are_padded(kind: str, chunk: bytes) -> None:
    content = encoded(noise(1_000), 16_000, kind)
    at = content.index(b"data")
    assert promise(content[:at] + chunk + content[at:-7]).missing_bytes == 7


@pytest.mark.parametrize("kind", ["WAV", "RF64", "W64", "AIFF", "AU", "CAF", "SVX", "OGG"])
@pytest.mark.parametrize("missing", [0, 1, 999])
def test_what_is_missing_is_known_to_the_byte(kind: str, missing: int) -> None:
    content = encoded(noise(4_000), 16_000, kind)
    content = content[: len(content) - missing]
    assert promise(content) == Promise(len(content), missing_bytes=missing)


def test_a_big_endian_wav_is_a_wav() -> None:
    header = b"WAVEfmt " + (16).to_bytes(4, "big") + bytes(16) + b"data"
    content = b"RIFX" + bytes(4) + header + (1_000).to_bytes(4, "big") + bytes(990)
    assert promise(content).missing_bytes == 10


def test_a_little_endian_au_is_an_au() -> None:
    content = b"dns." + (24).to_bytes(4, "little") + (1_000).to_bytes(4, "little") + bytes(1_002)
    assert promise(content).missing_bytes == 10


def test_an_ogg_that_ends_within_a_page_header_is_cut_off() -> None:
    content = encoded(noise(4_000), 16_000, "OGG")
    assert promise(content[: content.rindex(b"OggS") + 20]).missing_bytes == 7


def test_a_damaged_header_is_not_blamed_on_the_file_object() -> None:
    file = VirtualFile(BytesIO(b"RIFF"))
    assert file.seek(-1) == -1
    assert file.error is None
    assert file.seek(2) == file.tell() == 2


def test_a_file_of_countless_chunks_is_not_walked_for_ever() -> None:
    assert promise(b"RIFF" + bytes(8) + b"junk\0\0\0\0" * 100_000).missing_bytes == 0


@pytest.mark.parametrize(
    ("head", "is_frame"),
    [(b"\xff\xfb", True), (b"\xff\xe3", True), (b"\xff\xdf", False), (b"TA", False), (b"", False)],
)
def test_a_frame_of_mpeg_begins_with_11_bits(head: bytes, *, is_frame: bool) -> None:
    assert is_mpeg_frame(head) is is_frame


def test_vbri_counts_the_frames_as_well() -> None:
    content = b"\xff\xfb\x90\x64" + bytes(32) + b"VBRI" + bytes(100)
    assert promise(content).counts_mpeg_frames


@pytest.mark.parametrize(("flags", "counts"), [(0x0F, True), (0x01, True), (0x0E, False)])
def test_a_xing_header_may_do_without_the_count(flags: int, *, counts: bool) -> None:
    content = b"\xff\xfb\x90\x64" + bytes(32) + b"Xing" + flags.to_bytes(4, "big") + bytes(100)
    assert promise(content).counts_mpeg_frames is counts
