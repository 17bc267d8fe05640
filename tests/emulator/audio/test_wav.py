"""WAV: its chunks, and lengths that are not known."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from asyncspeech.emulator.audio import StreamFormat
from asyncspeech.emulator.errors import Refusal
from tests.audio.recordings import encoded, noise
from tests.emulator.audio.decoding import RATE, chunks, decode, decoding, recording

SAMPLES = noise(300, 2)
AUDIO = SAMPLES.astype("<i2").tobytes()


def fmt(tag: int = 1, channels: int = 2, rate: int = RATE, bits: int = 16) -> bytes:
    frame = channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits))


def chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    size = len(content) if size is None else size
    return name + struct.pack("<I", size) + content + bytes(len(content) % 2)


def wav(*parts: bytes, magic: bytes = b"RIFF") -> bytes:
    content = b"WAVE" + b"".join(parts)
    return magic + struct.pack("<I", len(content)) + content


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF, 0x7FFF_FFFF, 0xFFFF_F000])
@pytest.mark.parametrize("cut", [1, 7, 10_000])
async def test_endless_streams_go_on_to_the_end(size: int, cut: int) -> None:
    file = wav(fmt(), chunk(b"data", AUDIO, size))
    found, samples = await decode(chunks(file, cut))
    assert found == StreamFormat(RATE, 2)
    np.testing.assert_array_equal(samples, SAMPLES)


@pytest.mark.parametrize("cut", [1, 7, 10_000])
async def test_other_chunks_are_skipped(cut: int) -> None:
    odd, long = chunk(b"note", b"odd"), chunk(b"JUNK", bytes(9_000))
    file = wav(odd, fmt(), long, chunk(b"data", AUDIO), chunk(b"LIST", b"INFO"))
    _, samples = await decode(chunks(file, cut))
    np.testing.assert_array_equal(samples, SAMPLES)


@pytest.mark.parametrize("known", [len(AUDIO), 0, None])
@pytest.mark.parametrize("cut", [1, 10_000])
async def test_64_bit_sizes_count(known: int | None, cut: int) -> None:
    size = chunk(b"ds64", struct.pack("<QQQI", 0, known, 0, 0) if known is not None else b"short")
    rest = chunk(b"LIST", b"INFO") if known else b""
    file = wav(size, fmt(), chunk(b"data", AUDIO, 0xFFFF_FFFF) + rest, magic=b"RF64")
    _, samples = await decode(chunks(file, cut))
    np.testing.assert_array_equal(samples, SAMPLES)


async def test_a_frame_that_is_cut_off_is_left_out() -> None:
    _, samples = await decode([wav(fmt(), chunk(b"data", AUDIO))[:-3]])
    np.testing.assert_array_equal(samples, SAMPLES[:-1])


@pytest.mark.parametrize(
    "header",
    [
        wav(chunk(b"data", AUDIO)),
        wav(chunk(b"fmt ", b"short"), chunk(b"data", AUDIO)),
        wav(chunk(b"fmt ", b"", 1 << 20)),
        wav(fmt(channels=0), chunk(b"data", AUDIO)),
        wav(fmt(rate=0), chunk(b"data", AUDIO)),
        wav(fmt(bits=40), chunk(b"data", AUDIO)),
        wav(fmt(tag=7), chunk(b"data", AUDIO)),
        wav(fmt(tag=0x55), chunk(b"data", AUDIO)),
        wav(fmt()[:10] + b"\x03" + fmt()[11:], chunk(b"data", AUDIO)),
    ],
)
async def test_what_cannot_be_samples_is_refused(header: bytes) -> None:
    async with decoding() as decoder:
        with pytest.raises(Refusal, match="supported encoding"):
            await decoder.decode(header)


@pytest.mark.parametrize("subtype", ["FLOAT", "IMA_ADPCM"])
async def test_other_encodings_are_refused(subtype: str) -> None:
    with pytest.raises(Refusal, match="supported encoding"):
        await decode([encoded(noise(5_000), RATE, "WAV", subtype)])


@pytest.mark.parametrize("length", [12, 20, 43])
async def test_a_stream_that_ends_in_the_header_is_refused(length: int) -> None:
    async with decoding() as decoder:
        await decoder.decode(recording("wav")[:length])
        with pytest.raises(Refusal, match="supported encoding"):
            await decoder.finish()
