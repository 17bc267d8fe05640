"""A decoder that is closed leaves nothing, whatever has happened before."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from anyio import CancelScope, move_on_after

from asyncspeech.emulator.audio import compressed, open_decoder
from asyncspeech.emulator.audio.arriving import ArrivingFile
from asyncspeech.emulator.audio.kinds import Kind
from asyncspeech.emulator.errors import Refusal
from tests.emulator.audio.decoding import AUTO, COMPRESSED, chunks, decode, decoding, recording, whole

if TYPE_CHECKING:
    from collections.abc import Iterator


def held() -> tuple[int, int]:
    """How many threads and descriptors this process has."""
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


def nothing_more_than(before: tuple[int, int]) -> bool:
    """Whether nothing was left. Something that others had left may have gone meanwhile."""
    return all(now <= then for now, then in zip(held(), before, strict=True))


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before = held()
    yield
    assert nothing_more_than(before)
    assert compressed._processors._value == (os.cpu_count() or 1)


@pytest.mark.parametrize("name", COMPRESSED)
@pytest.mark.parametrize("share", [0, 0.001, 0.1, 0.5, 1])
async def test_a_thread_that_waits_for_bytes_is_released(name: str, share: float) -> None:
    file = recording(name)
    before = held()
    async with decoding() as decoder:
        await decoder.decode(file[: max(14, int(share * len(file)))])
    assert nothing_more_than(before)


async def test_a_decoder_that_got_nothing_holds_nothing() -> None:
    async with decoding():
        pass


@pytest.mark.parametrize("name", COMPRESSED)
async def test_after_a_refusal(name: str) -> None:
    with pytest.raises(Refusal):
        await decode([recording(name)[:30], *[b"\x55" * 1000] * 100])


@pytest.mark.parametrize("name", COMPRESSED)
@pytest.mark.parametrize("steps", range(6))
async def test_a_cancelled_stream_leaves_nothing(name: str, steps: int) -> None:
    """Cancelled after a few turns of the loop, so at different awaits."""
    before = held()
    file = recording(name, seconds=2)

    async def stream() -> None:
        async with decoding() as decoder:
            for chunk in chunks(file, 2_000):
                await decoder.decode(chunk)
            await decoder.finish()
            await asyncio.sleep(60)

    task = asyncio.create_task(stream())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert nothing_more_than(before)


async def test_a_decode_whose_thread_is_busy_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    read = ArrivingFile.readinto

    def slow(self: ArrivingFile, buffer: memoryview) -> int:
        release.wait(10)
        return read(self, buffer)

    monkeypatch.setattr(ArrivingFile, "readinto", slow)
    async with decoding() as decoder:
        with move_on_after(0.05) as scope:
            await decoder.decode(recording("flac"))
        assert scope.cancelled_caught
        release.set()


async def test_a_decoder_is_closed_in_a_scope_that_was_cancelled() -> None:
    decoder = open_decoder(AUTO)
    await decoder.decode(recording("opus")[:2_000])
    before = threading.active_count()
    with CancelScope() as scope:
        scope.cancel()
        await decoder.aclose()
    assert threading.active_count() == before - 1


async def test_a_hundred_streams_are_decoded_at_once() -> None:
    names = list(COMPRESSED) * 20
    files = {name: recording(name) for name in COMPRESSED}
    decoded = await asyncio.gather(*(decode(chunks(files[name], 700)) for name in names))
    for name, (_, samples) in zip(names, decoded, strict=True):
        np.testing.assert_array_equal(samples, whole(files[name]))


@pytest.mark.parametrize("name", COMPRESSED)
async def test_a_header_that_is_slow_to_come_holds_up_no_other(name: str) -> None:
    file = recording(name)
    async with decoding() as slow:
        await slow.decode(file[:20])
        async with asyncio.timeout(10):
            await decode([file])


async def test_a_stream_that_waits_for_bytes_takes_no_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "_processors", threading.BoundedSemaphore(1))
    file = recording("flac")
    async with decoding() as slow, decoding() as slower:
        await slow.decode(file[:20])
        await slower.decode(file[:10_000])
        async with asyncio.timeout(10):
            await decode(chunks(file, 1_000))


async def test_an_unforeseen_failure_ends_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_file: object) -> None:
        raise LookupError

    seen: list[object] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)
    monkeypatch.setattr(compressed, "_StreamedSound", fail)
    with pytest.raises(Refusal):
        await decode([recording("flac")])
    assert seen


def test_a_loop_that_ends_first_does_no_harm() -> None:
    async def leave_open() -> None:
        await open_decoder(AUTO).decode(recording("flac")[:2_000])

    asyncio.run(leave_open())
    for thread in threading.enumerate():
        if thread.name == "decode FLAC":
            worker = thread._target.__self__  # type: ignore[attr-defined]
            worker._queue.put(None)
            thread.join(5)


def test_what_was_decoded_is_not_kept() -> None:
    left = [b"x" * 25_600] * 400
    file = ArrivingFile(Kind.FLAC, lambda: left.pop() if left else b"")
    file.opened()
    buffer = memoryview(bytearray(8_192))
    while file.readinto(buffer):
        assert len(file._bytes) < 150_000
    assert file.tell() == 400 * 25_600
