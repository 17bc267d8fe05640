"""What can be handed in, and what becomes of it."""

from __future__ import annotations

import subprocess
import sys
import threading
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from asyncspeech.audio import RawAudio, Source, open_source
from asyncspeech.audio.convert import Converter
from asyncspeech.errors import AudioError, ConfigurationError
from asyncspeech.model import AudioEncoding, AudioFormat
from tests.audio.recordings import (
    MONO_16K,
    as_block,
    collect,
    main_frequency,
    noise,
    read_into,
    read_one_and_fail,
    tone,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from asyncspeech.audio.source import AudioInput

STEREO_48K = AudioFormat(sample_rate_hertz=48_000, audio_channel_count=2)


class Stream:
    """An async iterator that remembers being closed."""

    def __init__(self, chunks: Iterable[Any]) -> None:
        self._chunks = iter(chunks)
        self.closed = 0

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> Any:
        for chunk in self._chunks:
            return chunk
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Be closed."""
        self.closed += 1


class Microphone(Stream):
    """A source of somebody else's."""

    duration = 12.5

    def __init__(self, chunks: Iterable[Any], audio_format: AudioFormat) -> None:
        super().__init__(chunks)
        self.audio_format = audio_format


async def read(given: AudioInput, target: AudioFormat = MONO_16K) -> bytes:
    async with open_source(given, target) as source:
        assert source.audio_format == target
        return await collect(source)


def stereo_tone() -> bytes:
    return np.rint(tone(1_000, 48_000, 1, 2) * 32767).astype("<i2").tobytes()


# Chunks as they come.


async def test_chunks_pass_through_as_the_very_same_objects() -> None:
    chunks = [bytes([i]) * 320 for i in range(5)]
    stream = Stream(chunks)
    async with open_source(stream, MONO_16K) as source:
        assert source.duration is None
        received = [chunk async for chunk in source]
    assert all(got is chunk for got, chunk in zip(received, chunks, strict=True))
    assert stream.closed == 1


async def test_a_chunk_is_given_before_the_next_one_comes() -> None:
    came = []

    async def stream() -> AsyncIterator[bytes]:
        for i in range(3):
            came.append(i)
            yield bytes(320)

    async with open_source(stream(), MONO_16K) as source:
        for i in range(3):
            await anext(source)
            assert came[-1] == i


async def test_chunks_of_half_frames_and_of_nothing_become_whole_frames() -> None:
    raw = noise(100).tobytes()
    chunks = [raw[:3], b"", raw[3:4], raw[4:7], raw[7:]]
    async with open_source(Stream(chunks), MONO_16K) as source:
        received = [chunk async for chunk in source]
    assert [len(chunk) for chunk in received] == [2, 2, 2, 194]
    assert b"".join(received) == raw


async def test_a_stream_that_ends_within_a_frame_is_an_error_after_all_its_frames() -> None:
    received: list[bytes] = []
    with pytest.raises(AudioError) as caught:
        await read_into(received, Stream([bytes(5)]))
    assert received == [bytes(4)]
    assert str(caught.value) == "<Stream>: ends in the middle of a frame: 1 of 2 bytes"


@pytest.mark.parametrize("chunk", ["text", 5, None, np.zeros(3)])
async def test_a_chunk_that_is_not_bytes_is_an_error_that_names_its_type(chunk: object) -> None:
    stream = Stream([chunk])
    with pytest.raises(AudioError, match=f"<Stream>: gave a chunk of type {type(chunk).__name__}"):
        await read(stream)
    assert stream.closed == 1


async def test_a_buffer_may_be_used_again() -> None:
    buffer = bytearray(b"\1\0\2\0")

    async def stream() -> AsyncIterator[bytearray]:
        yield buffer
        buffer[:] = b"\3\0\4\0"
        yield buffer

    async with open_source(stream(), MONO_16K) as source:
        received = [chunk async for chunk in source]
    assert received == [b"\1\0\2\0", b"\3\0\4\0"]


async def test_a_generator_is_closed_when_the_context_is_left_early() -> None:
    closed = []

    async def stream() -> AsyncIterator[bytes]:
        try:
            while True:
                yield bytes(320)
        finally:
            closed.append(True)

    with pytest.raises(RuntimeError, match="mine"):
        await read_one_and_fail(stream())
    assert closed == [True]


async def test_a_stream_that_is_closed_gives_nothing() -> None:
    async with open_source(Stream([bytes(320)] * 3), MONO_16K) as source:
        await anext(source)
        await source.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(source)


async def test_the_iterator_of_an_iterable_is_closed_as_well() -> None:
    iterator = Stream([bytes(320)])

    class Iterable:
        def __aiter__(self) -> Stream:
            return iterator

    assert await read(Iterable()) == bytes(320)
    assert iterator.closed == 1


async def test_an_error_of_the_stream_comes_through() -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield bytes(320)
        raise OSError("the microphone was unplugged")

    async with open_source(stream(), MONO_16K) as source:
        assert await anext(source) == bytes(320)
        with pytest.raises(OSError, match="unplugged"):
            await anext(source)


# Sources.


async def test_a_source_of_the_target_format_passes_through() -> None:
    microphone = Microphone([bytes(320)], MONO_16K)
    async with open_source(microphone, MONO_16K) as source:
        assert source.duration == 12.5
        assert await collect(source) == bytes(320)
    assert microphone.closed == 1


@pytest.mark.parametrize("chunk_bytes", [960, 192_000])  # converted on the loop, and in a thread
async def test_a_source_of_another_format_is_converted(chunk_bytes: int) -> None:
    raw = stereo_tone()
    chunks = [raw[start : start + chunk_bytes] for start in range(0, len(raw), chunk_bytes)]
    block = as_block(await read(Microphone(chunks, STEREO_48K)))
    assert len(block) == 16_000
    assert main_frequency(block, 16_000) == 1_000


async def test_only_large_chunks_are_converted_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    process = Converter.process

    def spied(self: Converter, chunk: bytes) -> bytes:
        threads.append(threading.get_ident())
        return process(self, chunk)

    monkeypatch.setattr(Converter, "process", spied)
    await read(Microphone([bytes(960), bytes(192_000)], STEREO_48K))
    assert threads[0] == threading.get_ident() != threads[1]


async def test_a_source_that_cannot_be_converted_is_an_error_and_closed() -> None:
    microphone = Microphone([bytes(320)], MONO_16K)
    with pytest.raises(AudioError, match="<Microphone>: has 1 channel, and 2 are wanted"):
        await read(microphone, STEREO_48K)
    assert microphone.closed == 1


async def test_a_source_can_be_opened_again_as_another_format() -> None:
    async with open_source(
        RawAudio(stereo_tone(), STEREO_48K), AudioFormat(AudioEncoding.MULAW, 8_000)
    ) as outer:
        assert len(await read(outer)) == 32_000


# Raw audio.


async def _one_by_one(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize("encoding", list(AudioEncoding))
async def test_raw_audio_is_the_same_from_bytes_iterables_and_streams(encoding: AudioEncoding) -> None:
    source = AudioFormat(encoding, 44_100, 2)
    raw = noise(50_000).tobytes()
    pieces = [raw[start : start + 1_237] for start in range(0, len(raw), 1_237)]
    givens = (raw, bytearray(raw), memoryview(raw), pieces, tuple(pieces), iter(pieces))
    results = {await read(RawAudio(given, source)) for given in givens}
    results.add(await read(RawAudio(_one_by_one(pieces), source)))
    assert len(results) == 1
    frames = len(raw) // source.frame_bytes
    assert len(results.pop()) == 2 * round(frames * 16_000 / 44_100)


async def test_raw_audio_in_memory_knows_its_duration_and_comes_by_the_second() -> None:
    raw = RawAudio(bytes(192_000 * 5 // 2), STEREO_48K)
    async with open_source(raw, STEREO_48K) as source:
        assert source.duration == 2.5
        assert [len(chunk) async for chunk in source] == [192_000, 192_000, 96_000]


@pytest.mark.parametrize("rate", [8_000, 192_000])
async def test_raw_audio_may_have_any_rate_and_number_of_channels(rate: int) -> None:
    source = AudioFormat(sample_rate_hertz=rate, audio_channel_count=11)
    assert len(await read(RawAudio(bytes(rate * 22), source))) == 32_000


async def test_raw_audio_that_ends_within_a_frame_is_an_error() -> None:
    with pytest.raises(AudioError, match="<raw audio>: ends in the middle of a frame: 3 of 4 bytes"):
        await read(RawAudio(bytes(7), AudioFormat(audio_channel_count=2)))


async def test_raw_audio_that_is_not_bytes_is_an_error() -> None:
    with pytest.raises(AudioError, match="<raw audio>: gave a chunk of type str, not bytes"):
        await read(RawAudio(["text"], MONO_16K))  # type: ignore[list-item]


async def test_no_raw_audio_is_no_audio() -> None:
    assert await read(RawAudio(b"", STEREO_48K)) == b""


@pytest.mark.parametrize("data", ["text", 5, None])
def test_raw_audio_of_anything_else_is_refused_when_it_is_made(data: Any) -> None:
    with pytest.raises(ConfigurationError, match=type(data).__name__) as caught:
        RawAudio(data, MONO_16K)
    assert caught.value.field == "data"


async def test_linear16_becomes_telephone_audio_and_back() -> None:
    telephone = AudioFormat(AudioEncoding.MULAW, 8_000)
    codes = await read(RawAudio(stereo_tone(), STEREO_48K), telephone)
    assert len(codes) == 8_000
    block = as_block(await read(RawAudio(codes, telephone)))
    assert len(block) == 16_000
    assert main_frequency(block, 16_000) == 1_000


# Anything else.


@pytest.mark.parametrize("given", [5, None, ["chunk"], iter([b"chunk"]), np.zeros(5), StringIO("text")])
def test_anything_else_is_refused_at_once_by_its_type(given: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_source(given, MONO_16K)
    assert caught.value.field == "source"
    assert type(given).__name__ in str(caught.value)
    assert "RawAudio" in caught.value.hint


def test_importing_the_package_is_cheap() -> None:
    code = "import asyncspeech.audio, sys; print(*{'numpy', 'soundfile', 'soxr'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_package_exports_what_it_says() -> None:
    from asyncspeech import audio  # noqa: PLC0415

    assert set(audio.__all__) <= set(dir(audio))
    assert all(getattr(audio, name) is not None for name in audio.__all__)
    assert audio.Source is Source
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        audio.nothing  # noqa: B018
