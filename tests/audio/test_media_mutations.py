"""Damaged containers: an AudioError at worst, and never a crash, a hang or a mess.

Thousands more of these were run by hand. FFmpeg is given its formats by name, so that arbitrary bytes
reach only the decoders that their first bytes ask for.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncspeech.audio.arriving.decoding import decode_encoded
from asyncspeech.audio.arriving.inlets import IterableInlet
from asyncspeech.audio.arriving.pieces import Pieces
from asyncspeech.errors import AudioError
from tests.audio.containers import CONTAINERS, PIECES, contain
from tests.audio.recordings import MONO_16K, as_block, encoded, noise
from tests.audio.test_mutations import EDITS, edited, read_or_fail

if TYPE_CHECKING:
    from tests.audio.test_mutations import Edit

ALL = CONTAINERS | PIECES
MAGICS = [
    b"\0\0\0\x18ftypM4A ",
    b"\x1a\x45\xdf\xa3",
    b"\xff\xf1\x50\x80",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
    b"#!AMR\n",
    b"#!AMR-WB\n",
    b"wvpk",
    b"MAC ",
    b"FLV\x01",
    b"\0\0\x01\xba",
    b"RIFF\0\0\0\0AVI ",
    b"RIFF\0\0\0\0WAVE",
    b"OggS\0",
    b"fLaC",
    b"ID3\x03",
    b"FORM",
    b".snd",
    b"\xff\xfb",
]


@cache
def whole(name: str) -> bytes:
    rate = ALL[name].rates[0]
    return contain(as_block(noise(rate // 4).tobytes()), rate, ALL[name])


def decode_or_fail(content: bytes, size: int) -> None:
    """Decode pieces, which has to succeed or to raise an AudioError."""
    items = [content[at : at + size] for at in range(0, len(content), size)]
    pieces = Pieces(IterableInlet(items, "<encoded audio>"), "<encoded audio>", lambda: None)
    try:
        assert len(b"".join(decode_encoded(MONO_16K, None)(pieces))) % 2 == 0
    except AudioError as error:
        assert error.source == "<encoded audio>"  # noqa: PT017
        assert error.reason  # noqa: PT017


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_damaged_container_is_decoded_or_an_audio_error(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    @settings(max_examples=12, deadline=10_000)
    @given(EDITS, st.sampled_from([1_000, 100_000]))
    def check(edits: list[Edit], size: int) -> None:
        content = edited(whole(name), edits)
        read_or_fail(content)
        decode_or_fail(content, size)

    check()
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("subtype", ["PCM_16", "ULAW", "FLOAT"])
def test_a_damaged_wav_in_pieces_is_decoded_or_an_audio_error(subtype: str) -> None:
    content = encoded(noise(2_000), 8_000, "WAV", subtype)

    @settings(max_examples=40, deadline=10_000)
    @given(EDITS)
    def check(edits: list[Edit]) -> None:
        decode_or_fail(edited(content, edits), 300)

    check()


@settings(max_examples=200, deadline=10_000)
@given(st.sampled_from(MAGICS), st.binary(max_size=400))
def test_arbitrary_bytes_are_an_audio_error_or_audio(magic: bytes, content: bytes) -> None:
    read_or_fail(magic + content)
    decode_or_fail(magic + content, 50)
