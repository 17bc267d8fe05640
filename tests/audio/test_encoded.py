"""Sound files that arrive in pieces are decoded as they come."""

from __future__ import annotations

import asyncio
import random
import sys
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from anyio import CancelScope, to_thread

from asyncspeech.audio import EncodedAudio, open_source
from asyncspeech.errors import AudioError, ConfigurationError
from asyncspeech.model import AudioFormat
from tests.audio.containers import PIECES, contain, contain_tone
from tests.audio.recordings import (
    MONO_16K,
    as_block,
    collect,
    encoded,
    main_frequency,
    noise,
    read_all,
    read_into,
    tone,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

WAVES = [
    ("WAV", "PCM_U8"),
    ("WAV", "PCM_16"),
    ("WAV", "PCM_24"),
    ("WAV", "PCM_32"),
    ("WAV", "FLOAT"),
    ("WAV", "DOUBLE"),
    ("WAV", "ULAW"),
    ("WAV", "ALAW"),
    ("WAVEX", "PCM_16"),
    ("RF64", "PCM_16"),
    ("AU", "PCM_16"),
    ("AU", "PCM_S8"),
    ("AU", "ULAW"),
    ("AU", "FLOAT"),
]
EVERY_RATE = [(name, rate) for name, container in PIECES.items() for rate in container.rates]


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("asyncspeech <")]


def cut(content: bytes, seed: int = 0) -> Iterator[bytes]:
    """Pieces of random size, some of nothing."""
    rng = random.Random(seed)
    at = 0
    while at < len(content):
        size = rng.choice([0, 1, 3, 100, 1_000, 5_000])
        yield content[at : at + size]
        at += size


async def stream(content: bytes, seed: int = 0) -> AsyncIterator[bytes]:
    for piece in cut(content, seed):
        yield piece


async def decode(content: bytes, target: AudioFormat = MONO_16K, seed: int = 0) -> bytes:
    async with open_source(EncodedAudio(stream(content, seed)), target) as source:
        assert source.audio_format == target
        assert source.duration is None
        return await collect(source)


async def failure(content: bytes) -> AudioError:
    with pytest.raises(AudioError) as caught:
        await decode(content)
    assert caught.value.source == "<encoded audio>"
    return caught.value


# The same as of a file.


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("name", "rate"), EVERY_RATE)
async def test_pieces_give_what_the_file_does(name: str, rate: int, channels: int) -> None:
    content = contain_tone(name, rate, 1, 1 if name == "amr" else channels)
    whole, pieces = as_block(read_all(content)), as_block(await decode(content))
    # Padding at the end is only known of files; libsndfile decodes MP3 and Opus by other libraries.
    assert 0 <= len(pieces) - len(whole) <= 16_000 * 0.13
    assert np.max(np.abs(pieces[1_600:14_000] - whole[1_600:14_000])) < 0.01


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("kind", "subtype"), WAVES)
async def test_wav_in_pieces_is_the_file_to_the_bit_and_needs_no_extra(
    monkeypatch: pytest.MonkeyPatch, kind: str, subtype: str, channels: int
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    content = encoded(noise(30_000, channels), 44_100, kind, subtype)
    assert await decode(content) == read_all(content)


async def test_a_wav_in_a_block_encoding_is_decoded_by_ffmpeg() -> None:
    content = encoded(tone(1_000, 16_000), 16_000, "WAV", "IMA_ADPCM")
    assert len(await decode(content)) == pytest.approx(32_000, abs=2_100)


@pytest.mark.parametrize("seed", range(5))
async def test_how_the_pieces_are_cut_does_not_matter(seed: int) -> None:
    content = contain_tone("webm", 48_000)
    assert await decode(content, seed=seed) == await decode(content, seed=99)


async def test_iterables_and_bytes_give_the_same_as_streams() -> None:
    content = contain_tone("ogg, opus", 48_000)
    read = [await decode(content)]
    for given in (cut(content), list(cut(content)), content, bytearray(content), memoryview(content)):
        async with open_source(EncodedAudio(given), MONO_16K) as source:
            read.append(await collect(source))
    assert len(set(read)) == 1


async def test_stereo_is_kept_where_it_is_wanted() -> None:
    left, right = tone(500, 48_000), tone(1_500, 48_000)
    content = contain(np.hstack((left, right)), 48_000, PIECES["ogg, flac"])
    block = as_block(await decode(content, AudioFormat(audio_channel_count=2)), 2)
    assert [main_frequency(block[:, [i]], 16_000) for i in (0, 1)] == [500, 1_500]


async def test_what_was_chained_is_read_to_its_end() -> None:
    content = contain_tone("ogg, opus", 48_000, 1) + contain_tone("ogg, opus", 48_000, 1.5)
    assert len(await decode(content)) / 32_000 == pytest.approx(2.5, abs=0.02)


async def test_a_recorder_that_was_started_again_is_read_on() -> None:
    content = contain_tone("webm, live", 48_000, 1) + contain_tone("webm, live", 48_000, 1.5)
    assert len(await decode(content)) / 32_000 == pytest.approx(2.5, abs=0.02)


# As it comes.


@pytest.mark.parametrize(
    ("name", "behind"),
    [("webm, live", 0.12), ("ogg, opus", 0.12), ("aac", 0.15), ("ts", 0.2), ("mp4, fragmented", 0.5)],
)
async def test_audio_comes_out_soon_after_it_came_in(name: str, behind: float) -> None:
    seconds = 4.0
    content = contain_tone(name, 48_000, seconds)
    come = 0.0

    async def live() -> AsyncIterator[bytes]:
        nonlocal come
        size = len(content) // 200  # 20 ms
        for start in range(0, len(content), size):
            come = min(1.0, (start + size) / len(content)) * seconds
            yield content[start : start + size]

    given, worst = 0.0, 0.0
    async with open_source(EncodedAudio(live()), MONO_16K) as source:
        async for chunk in source:
            worst = max(worst, come - given)  # just before this chunk came
            given += len(chunk) / 32_000
    assert worst < behind


async def test_a_wav_comes_out_at_once() -> None:
    content = encoded(noise(16_000), 16_000)
    pieces: asyncio.Queue[bytes] = asyncio.Queue()

    async def live() -> AsyncIterator[bytes]:
        while True:
            yield await pieces.get()

    async with open_source(EncodedAudio(live()), MONO_16K) as source:
        pieces.put_nowait(content[:44])
        for start in range(44, 3_244, 320):
            pieces.put_nowait(content[start : start + 320])
            assert await anext(source) == content[start : start + 320]


async def test_no_piece_is_fetched_before_the_audio_of_the_one_before_was_taken() -> None:
    content = encoded(noise(16_000), 16_000)
    fetched = 0

    async def live() -> AsyncIterator[bytes]:
        nonlocal fetched
        for start in range(0, len(content), 1_000):
            fetched += 1
            yield content[start : start + 1_000]

    async with open_source(EncodedAudio(live()), MONO_16K) as source:
        for number in range(1, 6):
            await anext(source)
            assert fetched == number


async def test_a_thread_does_not_run_ahead_of_who_reads() -> None:
    content = encoded(noise(160_000), 16_000)
    fetched = 0

    def pieces() -> Iterator[bytes]:
        nonlocal fetched
        for start in range(0, len(content), 3_200):
            fetched += 1
            yield content[start : start + 3_200]

    async with open_source(EncodedAudio(pieces()), MONO_16K) as source:
        for number in range(1, 31):
            await anext(source)
            assert fetched <= number + 6


async def test_hundreds_of_streams_share_no_pool() -> None:
    content = contain_tone("webm, live", 16_000, 0.2)
    to_thread.current_default_thread_limiter().total_tokens = 1
    all_wait = asyncio.Barrier(100)

    async def live() -> AsyncIterator[bytes]:
        yield content[: len(content) // 2]
        await all_wait.wait()
        yield content[len(content) // 2 :]

    async def read() -> int:
        async with open_source(EncodedAudio(live()), MONO_16K) as source:
            return len(await collect(source))

    sizes = await asyncio.gather(*(read() for _ in range(100)))
    assert set(sizes) == {6_400}


# Closing.


async def test_closing_ends_a_thread_that_waits_for_more() -> None:
    closed = []

    async def live() -> AsyncIterator[bytes]:
        try:
            yield contain_tone("webm, live", 48_000)
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    async with open_source(EncodedAudio(live()), MONO_16K) as source:
        await anext(source)
        assert [thread for thread in threading.enumerate() if "encoded audio" in thread.name]
    assert closed == [True]
    with pytest.raises(StopAsyncIteration):
        await anext(source)
    await source.aclose()


async def test_closing_ends_a_thread_whose_audio_nobody_takes() -> None:
    async with open_source(EncodedAudio(cut(encoded(noise(400_000), 16_000))), MONO_16K) as source:
        await anext(source)


async def test_an_iterable_is_closed() -> None:
    closed = []

    def pieces() -> Iterator[bytes]:
        try:
            yield from cut(encoded(noise(16_000), 16_000))
        finally:
            closed.append(True)

    async with open_source(EncodedAudio(pieces()), MONO_16K) as source:
        await anext(source)
    assert closed == [True]


@pytest.mark.parametrize("rounds", range(8))
async def test_a_task_that_is_cancelled_twice_leaves_no_thread(rounds: int) -> None:
    entered = asyncio.Event()

    async def live() -> AsyncIterator[bytes]:
        entered.set()
        await asyncio.Event().wait()
        yield b""

    async def read() -> None:
        async with open_source(EncodedAudio(live()), MONO_16K) as source:
            await anext(source)

    task = asyncio.create_task(read())
    await entered.wait()
    task.cancel()
    for _ in range(rounds):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while [thread for thread in threading.enumerate() if "encoded audio" in thread.name]:
        await asyncio.sleep(0)  # nobody waits for it any more, but it ends


async def test_reading_goes_on_after_a_cancelled_wait() -> None:
    content = encoded(noise(16_000), 16_000)
    more = asyncio.Event()

    class Live:
        def __init__(self) -> None:
            self.sent = 0

        def __aiter__(self) -> Live:
            return self

        async def __anext__(self) -> bytes:
            if self.sent:
                await more.wait()
            if self.sent >= len(content):
                raise StopAsyncIteration
            self.sent += 8_044
            return content[self.sent - 8_044 : self.sent]

    async with open_source(EncodedAudio(Live()), MONO_16K) as source:
        first = await anext(source)
        with CancelScope() as scope:
            scope.cancel()
            await anext(source)
        more.set()
        assert first + await collect(source) == content[44:]


# What cannot be decoded.


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty (0 bytes)"),
        (b"hello", "is not audio of any known format"),
        (bytes(5_000), "is not audio of any known format"),
        (b"#!SILK_V3" + bytes(100), "is SILK, which cannot be decoded here"),
        (encoded(noise(100), 16_000, "CAF"), "is CAF, which cannot be decoded as it comes"),
        (b"\x1a\x45\xdf\xa3" + bytes(2_000), "is Matroska (webm, mkv) that is damaged or cut off:"),
        (encoded(noise(100), 16_000)[:30], "is a WAV or AU whose header is damaged or cut off"),
        (encoded(noise(0), 16_000), "holds no audio (0 frames)"),
        (b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\x7f" + bytes(100), "is a WAV or AU whose header is damaged"),
        (encoded(noise(100), 4_000), "has 4000 frames per second, which is outside"),
    ],
)
async def test_what_cannot_be_decoded_is_an_error(content: bytes, reason: str) -> None:
    assert (await failure(content)).reason.startswith(reason)


async def test_an_mp4_with_its_index_at_the_end_is_refused_before_all_of_it_has_come() -> None:
    content = contain_tone("m4a", 48_000, 10)
    sent = 0

    async def live() -> AsyncIterator[bytes]:
        nonlocal sent
        for start in range(0, len(content), 1_000):
            sent += 1_000
            yield content[start : start + 1_000]

    with pytest.raises(
        AudioError, match="index at the end, which cannot be decoded as it comes"
    ) as caught:
        await read_into([], EncodedAudio(live()))
    assert "faststart" in caught.value.hint
    assert sent <= 2_000


async def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    error = await failure(b"\x1a\x45\xdf\xa3" + bytes(100))
    assert error.reason == "is Matroska (webm, mkv), which needs the extra 'media'"
    assert "pip install 'asyncspeech[media]'" in error.hint


@pytest.mark.parametrize("missing", [1, 0.3])
@pytest.mark.parametrize(
    "name",
    ["webm", "webm, live", "mkv", "aac", "ts", "ogg, opus", "ogg, flac", "flac", "mp4, fragmented"],
)
async def test_a_stream_that_ends_too_early_is_an_error_after_all_that_came(
    name: str, missing: float
) -> None:
    content = contain_tone(name, 48_000, 3)
    rest = content[: -missing if isinstance(missing, int) else -round(len(content) * missing)]
    chunks: list[bytes] = []
    with pytest.raises(AudioError, match="is damaged or cut off: only the first"):
        await read_into(chunks, EncodedAudio(stream(rest)))
    lost = 1.1 if name == "ogg, flac" else 0.4
    assert len(b"".join(chunks)) / 32_000 > 3 * len(rest) / len(content) - lost


async def test_an_mp3_that_counts_its_frames_is_missed_some() -> None:
    content = encoded(noise(80_000), 16_000, "MP3")
    assert len(await decode(content)) / 32_000 == pytest.approx(5, abs=0.1)
    assert "is damaged or cut off" in str(await failure(content[: len(content) // 2]))


@pytest.mark.parametrize("kind", ["WAV", "RF64", "AU"])
async def test_a_wav_that_ends_too_early_is_an_error_after_all_that_came(kind: str) -> None:
    samples = noise(40_000)
    content = encoded(samples, 16_000, kind)
    chunks: list[bytes] = []
    with pytest.raises(AudioError, match="is cut off: 2001 bytes are missing at the end"):
        await read_into(chunks, EncodedAudio(stream(content[:-2_001])))
    assert b"".join(chunks) == samples.tobytes()[:-2_002]


@pytest.mark.parametrize("length", [0, 0x7F000000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
async def test_a_wav_of_unknown_length_is_read_to_its_end(length: int) -> None:
    samples = noise(40_000)
    content = bytearray(encoded(samples, 16_000))
    content[4:8] = content[40:44] = length.to_bytes(4, "little")
    assert await decode(bytes(content)) == samples.tobytes()
    assert "ends in the middle of a frame" in str(await failure(bytes(content[:-1])))


async def test_chunks_before_and_behind_the_samples_of_a_wav_are_no_samples() -> None:
    samples = noise(4_000)
    content = encoded(samples, 16_000)
    tag = b"LIST\x05\0\0\0INFOx\0"
    assert await decode(content[:36] + tag + content[36:] + tag) == samples.tobytes()


async def test_more_audio_than_the_header_accounts_for_is_an_error() -> None:
    content = encoded(noise(4_000), 16_000)
    for more in (content, noise(4_000, seed=1).tobytes()):
        assert "goes on after the audio that its header accounts for" in str(
            await failure(content + more)
        )


async def test_an_error_of_the_stream_comes_through_after_the_audio() -> None:
    content = contain_tone("webm, live", 48_000)

    async def live() -> AsyncIterator[bytes]:
        yield content[: len(content) // 2]
        raise OSError("the connection was lost")

    chunks: list[bytes] = []
    with pytest.raises(OSError, match="the connection was lost"):
        await read_into(chunks, EncodedAudio(live()))
    assert len(b"".join(chunks)) > 10_000


async def test_an_error_of_an_iterable_comes_through_after_the_audio() -> None:
    content = contain_tone("webm, live", 48_000)

    def pieces() -> Iterator[bytes]:
        yield content[: len(content) // 2]
        raise LookupError("the connection was lost")

    chunks: list[bytes] = []
    with pytest.raises(LookupError, match="the connection was lost"):
        await read_into(chunks, EncodedAudio(pieces()))
    assert len(b"".join(chunks)) > 10_000


@pytest.mark.parametrize("given", [["text"], [5]])
async def test_an_item_that_is_not_bytes_is_an_error(given: Any) -> None:
    async def live() -> AsyncIterator[bytes]:
        for item in given:
            yield item

    for data in (given, live()):
        with pytest.raises(AudioError, match="gave a chunk of type"):
            await read_into([], EncodedAudio(data))


@pytest.mark.parametrize("data", ["talk.webm", 5, None])
def test_anything_else_is_refused_when_it_is_made(data: Any) -> None:
    with pytest.raises(ConfigurationError, match=type(data).__name__) as caught:
        EncodedAudio(data)
    assert caught.value.field == "data"


async def test_what_cannot_be_mixed_is_an_error() -> None:
    with pytest.raises(AudioError, match="has 1 channel, and 2 are wanted"):
        await decode(contain_tone("webm", 48_000), AudioFormat(audio_channel_count=2))
