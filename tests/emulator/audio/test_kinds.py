"""What a stream is, told by its first bytes."""

from __future__ import annotations

from contextlib import suppress

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.emulator.audio import open_decoder
from asyncspeech.emulator.audio.kinds import Kind, recognise
from asyncspeech.emulator.errors import Refusal
from tests.emulator.audio.decoding import FORMATS, decode, decoding, explicit, recording

NOT_EMULATED = {
    "AMR": b"#!AMR\n",
    "AMR_WB": b"#!AMR-WB\n",
    "WEBM_OPUS": b"\x1a\x45\xdf\xa3",
    "MP4_AAC": b"\0\0\0\x20ftypisom",
    "M4A_AAC": b"\0\0\0\x1cftypM4A ",
    "MOV_AAC": b"\0\0\0\x14ftypqt  ",
}


@pytest.mark.parametrize("name", NOT_EMULATED)
async def test_what_is_not_emulated_is_named_by_its_last_telling_byte(name: str) -> None:
    *first, last = [bytes([byte]) for byte in NOT_EMULATED[name]]
    async with decoding() as decoder:
        for byte in first:
            assert len(await decoder.decode(byte)) == 0
        with pytest.raises(Refusal, match=f"does not decode {name}\\.") as refused:
            await decoder.decode(last)
        assert refused.value.code is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("name", NOT_EMULATED)
def test_what_is_not_emulated_is_refused_when_it_is_declared(name: str) -> None:
    with pytest.raises(Refusal, match=f"does not decode {name}\\."):
        open_decoder(explicit(name))


@pytest.mark.parametrize(
    "audio",
    [
        bytes(12),
        b"\x01\0\x02\0",
        b"\xff\xff\xff\xff",  # the sample -1; a frame of layer I
        b"\xff\xf1\x50",  # AAC
        b"\xff\xfb\xf0",  # a bit rate that is none
        b"\xff\xfb\x1c",  # a sampling rate that is none
        b"RIFF\0\0\0\0AVI ",
        b"RIFX",
        b"fLaX",
        b"#!AMR-XX",
        b"hello, world",
    ],
)
async def test_other_bytes_are_refused_as_soon_as_they_are_none_of_these(audio: bytes) -> None:
    async with decoding() as decoder:
        with pytest.raises(Refusal, match="supported encoding") as refused:
            await decoder.decode(audio)
        assert refused.value.code is grpc.StatusCode.INVALID_ARGUMENT


@given(st.binary(min_size=12, max_size=64))
def test_twelve_bytes_are_enough(head: bytes) -> None:
    with suppress(Refusal):
        assert recognise(head) is not None


@pytest.mark.parametrize("name", FORMATS)
def test_every_beginning_of_a_recording_is_that_or_not_yet_known(name: str) -> None:
    file = recording(name)
    kinds = [recognise(file[:count]) for count in range(13)]
    known = kinds[-1]
    assert isinstance(known, Kind)
    assert set(kinds) == {None, known}


async def test_a_stream_that_ends_before_it_could_be_told_is_refused() -> None:
    async with decoding() as decoder:
        assert (await decoder.decode(b"RIFF")).shape == (0, 1)
        assert decoder.format is None
        with pytest.raises(Refusal, match="supported encoding"):
            await decoder.finish()


@pytest.mark.parametrize("declared", [None, "FLAC", "MP3", "OGG_OPUS"])
async def test_a_stream_without_a_byte_has_no_samples(declared: str | None) -> None:
    found, samples = await (decode([]) if declared is None else decode([b""], explicit(declared)))
    assert found is None
    assert samples.shape == (0, 1)
