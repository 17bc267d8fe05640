"""Containers: the samples are those that soundfile reads from the whole file, however it comes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncspeech.emulator.audio import StreamFormat
from asyncspeech.emulator.errors import Refusal
from tests.audio.recordings import encoded, noise, tone
from tests.emulator.audio.decoding import (
    COMPRESSED,
    FORMATS,
    RATE,
    SHORT,
    bytewise,
    chunks,
    cut,
    decode,
    decoding,
    explicit,
    recording,
    whole,
)

DECLARED = {"flac": "FLAC", "mp3": "MP3", "opus": "OGG_OPUS"}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("size", [13, 1_000, 10_000_000])
async def test_samples_are_those_of_the_whole_file(name: str, channels: int, size: int) -> None:
    file = recording(name, channels)
    found, samples = await decode(chunks(file, size))
    assert found == StreamFormat(RATE, channels)
    np.testing.assert_array_equal(samples, whole(file))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("channels", [1, 2])
async def test_samples_that_come_byte_by_byte_are_those_of_the_whole_file(
    name: str, channels: int
) -> None:
    file = recording(name, channels, SHORT)
    found, samples = await decode(bytewise(file))
    assert found == StreamFormat(RATE, channels)
    np.testing.assert_array_equal(samples, whole(file))


@pytest.mark.parametrize("name", FORMATS)
@given(places=st.lists(st.integers(0, 1 << 16), max_size=20))
@settings(max_examples=15)
async def test_cuts_do_not_matter(name: str, places: list[int]) -> None:
    file = recording(name, seconds=0.3)
    _, samples = await decode(cut(file, places))
    np.testing.assert_array_equal(samples, whole(file))


@pytest.mark.parametrize("name", DECLARED)
async def test_the_header_has_the_last_word_on_what_was_declared(name: str) -> None:
    file = recording(name, 2)
    found, samples = await decode(chunks(file, 500), explicit(DECLARED[name], 44_100, 1))
    assert found == StreamFormat(RATE, 2)
    np.testing.assert_array_equal(samples, whole(file))


@pytest.mark.parametrize("declared", DECLARED.values())
@pytest.mark.parametrize("name", FORMATS)
async def test_a_container_must_be_the_one_declared(name: str, declared: str) -> None:
    if DECLARED.get(name) == declared or (name, declared) == ("flac of 24 bits", "FLAC"):
        return
    with pytest.raises(Refusal, match="supported encoding"):
        await decode([recording(name)], explicit(declared))


@pytest.mark.parametrize("name", FORMATS)
async def test_a_whole_recording_is_decoded_in_one_go(name: str) -> None:
    file = recording(name, 2)
    found, samples = await decode([file])
    assert found == StreamFormat(RATE, 2)
    np.testing.assert_array_equal(samples, whole(file))


@pytest.mark.parametrize("name", COMPRESSED)
async def test_long_streams_are_decoded_to_the_end(name: str) -> None:
    file = recording(name, seconds=30)
    _, samples = await decode(chunks(file, 25_600))
    np.testing.assert_array_equal(samples, whole(file))


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000])
async def test_rates_are_the_header_s(rate: int) -> None:
    file = encoded(noise(rate // 10), rate, "FLAC")
    found, samples = await decode(chunks(file, 777))
    assert found == StreamFormat(rate, 1)
    np.testing.assert_array_equal(samples, whole(file))


class TestPromptness:
    @pytest.mark.parametrize(
        ("name", "most"),
        [("flac", 90), ("mp3", 1_600), ("wav", 36)],
    )
    async def test_the_format_is_known_early(self, name: str, most: int) -> None:
        file = recording(name)
        async with decoding() as decoder:
            for byte in chunks(file[:most], 1):
                await decoder.decode(byte)
            assert decoder.format == StreamFormat(RATE, 1)

    @pytest.mark.parametrize("name", ["opus", "vorbis"])
    async def test_the_format_of_ogg_is_known_with_the_first_page_of_audio(self, name: str) -> None:
        file = recording(name, seconds=4)
        pages = file.split(b"OggS")
        header_pages = 3
        async with decoding() as decoder:
            await decoder.decode(b"OggS".join(pages[: header_pages + 1]))
            assert decoder.format == StreamFormat(RATE, 1)

    async def test_a_decode_gives_what_its_bytes_made_readable(self) -> None:
        """Of an MP3 of constant bit rate: all but three frames and a hundredth of a second."""
        file = recording("mp3", seconds=3)
        samples_per_byte = 3 * RATE / len(file)
        given = read = 0
        withheld = 3 * 576 + RATE // 100 + 1105  # the encoder's delay
        async with decoding() as decoder:
            for chunk in chunks(file, 400):
                given += len(chunk)
                read += len(await decoder.decode(chunk))
                if given > 4_000:
                    assert read >= 0.8 * given * samples_per_byte - withheld

    async def test_each_frame_of_flac_is_given_once_the_next_begins(self) -> None:
        file = encoded(noise(5 * 4096), RATE, "FLAC")
        async with decoding() as decoder:
            read = [len(await decoder.decode(chunk)) for chunk in chunks(file, 100)]
            read.append(len(await decoder.finish()))
        assert sum(read) == 5 * 4096
        assert max(read) <= 4096 + RATE // 100


class TestMp3:
    """What stands before the frames, and what does not."""

    @pytest.mark.parametrize("size", [1, 50, 1_000_000])
    async def test_a_tag_is_skipped(self, size: int) -> None:
        tag = b"ID3\x04\0\0\0\0\x04\0" + bytes(512)
        file = tag + recording("mp3", seconds=SHORT)
        _, samples = await decode(chunks(file, size))
        np.testing.assert_array_equal(samples, whole(file))

    @pytest.mark.parametrize("size", [1, 50, 1_000_000])
    async def test_frames_that_were_never_counted_are_all_decoded(self, size: int) -> None:
        file = recording("mp3", seconds=0.5)
        start = file.index(file[:2], 300)
        bare = file[start:]
        _, samples = await decode(chunks(bare, size))
        count = len(whole(bare))
        np.testing.assert_array_equal(samples[:count], whole(bare))
        assert len(samples) >= 0.5 * RATE

    async def test_a_tag_as_large_as_a_picture_is_skipped(self) -> None:
        tag = b"ID3\x04\0\0\0\x7f\x7f\x7f" + bytes((1 << 21) - 1)
        file = tag + recording("mp3")
        _, samples = await decode(chunks(file, 25_600))
        np.testing.assert_array_equal(samples, whole(file))

    async def test_a_header_without_end_is_refused_before_it_fills_the_memory(self) -> None:
        async with decoding() as decoder:
            await decoder.decode(b"ID3\x04\0\0\x7f\x7f\x7f\x7f")
            for _ in range(15):
                await decoder.decode(bytes(1 << 20))
            with pytest.raises(Refusal, match="supported encoding"):
                await decoder.decode(bytes(2 << 20))


async def test_flac_of_unknown_length_is_decoded_to_the_end() -> None:
    file = bytearray(recording("flac"))
    expected = whole(bytes(file))
    file[21] &= 0xF0  # STREAMINFO's count of samples: 36 bits, and the checksum of all
    file[22:42] = bytes(20)
    _, samples = await decode(chunks(bytes(file), 500))
    np.testing.assert_array_equal(samples, expected)


async def test_bytes_after_the_last_sample_say_nothing() -> None:
    file = encoded((tone(440, RATE) * 9_000).astype(np.int16), RATE, "WAV")
    _, samples = await decode([file, b"LIST\x04\0\0\0INFO", bytes(100)])
    np.testing.assert_array_equal(samples, whole(file))
