"""Damaged files and arbitrary bytes: an AudioError at worst, and never a crash, a hang or a mess."""

from __future__ import annotations

import os
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asyncspeech.audio.recordings.lengths import read_promise
from asyncspeech.audio.recordings.virtual import VirtualFile
from asyncspeech.errors import AudioError
from tests.audio.recordings import encoded, noise, read_all

if TYPE_CHECKING:
    from pathlib import Path

KINDS = (
    ("WAV", "PCM_16"),
    ("WAV", "FLOAT"),
    ("WAV", "IMA_ADPCM"),
    ("WAV", "GSM610"),
    ("RF64", "PCM_16"),
    ("W64", "PCM_16"),
    ("AIFF", "PCM_16"),
    ("AU", "PCM_16"),
    ("CAF", "PCM_16"),
    ("CAF", "ALAC_16"),
    ("FLAC", "PCM_16"),
    ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
    ("VOC", "PCM_16"),
    ("NIST", "PCM_16"),
    ("SVX", "PCM_16"),
    ("MAT5", "PCM_16"),
    ("PAF", "PCM_16"),
)
HEADER_BYTES = 200

Edit = tuple[str, int, bytes]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["overwrite", "insert", "delete", "cut"]),
        st.one_of(st.integers(0, HEADER_BYTES), st.integers(0, 20_000)),
        st.one_of(
            st.binary(min_size=1, max_size=40),
            st.sampled_from(
                [bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80"]
            ),
        ),
    ),
    min_size=1,
    max_size=6,
)


@cache
def whole(kind: str, subtype: str) -> bytes:
    return encoded(noise(4_000), 8_000, kind, subtype)


def edited(content: bytes, edits: list[Edit]) -> bytes:
    for action, at, data in edits:
        at %= len(content) + 1  # noqa: PLW2901
        match action:
            case "overwrite":
                content = content[:at] + data + content[at + len(data) :]
            case "insert":
                content = content[:at] + data + content[at:]
            case "delete":
                content = content[:at] + content[at + len(data) :]
            case _:
                content = content[:at]
    return content


def read_or_fail(given_file: str | bytes) -> None:
    """Read a file, which has to succeed or to raise an AudioError that names it."""
    try:
        assert len(read_all(given_file)) % 2 == 0
    except AudioError as error:
        assert error.source == (given_file if isinstance(given_file, str) else "<bytes>")  # noqa: PT017
        assert error.reason  # noqa: PT017


@pytest.mark.parametrize(("kind", "subtype"), KINDS)
def test_a_damaged_file_is_read_or_an_audio_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str, subtype: str
) -> None:
    path = str(tmp_path / "damaged")
    open_files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    @settings(
        max_examples=30, deadline=10_000, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(EDITS)
    def check(edits: list[Edit]) -> None:
        content = edited(whole(kind, subtype), edits)
        read_or_fail(content)
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(content)
        read_or_fail(path)

    check()
    assert len(os.listdir("/proc/self/fd")) == open_files  # noqa: PTH208
    assert "Traceback" not in capfd.readouterr().err  # as cffi prints them


@settings(max_examples=300, deadline=10_000)
@given(
    st.sampled_from(
        [b"", b"RIFF", b"FORM", b"fLaC", b"OggS\0", b"ID3\3", b"\xff\xfb", b"caff", b".snd"]
    ),
    st.binary(max_size=400),
)
def test_arbitrary_bytes_are_an_audio_error_or_audio(magic: bytes, content: bytes) -> None:
    read_or_fail(magic + content)


@settings(max_examples=300, deadline=10_000)
@given(
    st.sampled_from(
        [b"RIFF", b"RIFX", b"RF64", b"FORM", b"caff", b"riff", b".snd", b"dns.", b"OggS", b"ID3"]
    ),
    st.binary(max_size=200),
)
def test_any_header_can_be_looked_at(magic: bytes, content: bytes) -> None:
    promise = read_promise(VirtualFile(BytesIO(magic + content)))
    assert promise.file_bytes == len(magic) + len(content)
    assert promise.missing_bytes >= 0
    assert 0 <= promise.stray_bytes < promise.file_bytes
