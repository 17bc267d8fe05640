"""Files are read in worker threads, and closed whatever happens."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from anyio import CancelScope, create_task_group

from asyncspeech.audio import RawAudio, open_source
from asyncspeech.audio.recordings.file import FileFeed
from asyncspeech.audio.threads import ThreadedSource
from asyncspeech.errors import AudioError
from tests.audio.recordings import MONO_16K, encoded, noise, read_into, read_one_and_fail

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[int]]:
    """The threads that each method of `FileFeed` is called in."""
    threads: dict[str, set[int]] = {"open": set(), "read": set(), "close": set()}

    def spy(name: str) -> None:
        original = getattr(FileFeed, name)

        def spied(self: FileFeed) -> object:
            threads[name].add(threading.get_ident())
            return original(self)

        monkeypatch.setattr(FileFeed, name, spied)

    for name in threads:
        spy(name)
    return threads


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A recording of 5 s."""
    path = tmp_path / "talk.flac"
    path.write_bytes(encoded(noise(80_000), 16_000, "FLAC"))
    return path


def is_open(path: Path) -> bool:
    """Whether this process has the file open."""
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            if descriptor.readlink() == path:
                return True
        except FileNotFoundError:
            continue  # the listing's own
    return False


async def test_a_file_is_open_inside_the_context_and_closed_after_it(path: Path) -> None:
    async with open_source(path, MONO_16K) as source:
        assert is_open(path)
        await anext(source)
    assert not is_open(path)


async def test_nothing_touches_the_file_on_the_thread_of_the_loop(
    path: Path, threads: dict[str, set[int]]
) -> None:
    async with open_source(path, MONO_16K) as source:
        async for _ in source:
            pass
    assert all(used and threading.get_ident() not in used for used in threads.values())


async def test_an_error_inside_the_context_closes_the_file(path: Path) -> None:
    with pytest.raises(RuntimeError, match="mine"):
        await read_one_and_fail(path)
    assert not is_open(path)


async def test_an_error_on_entering_closes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "fast.wav"
    path.write_bytes(encoded(noise(10), 384_000))
    with pytest.raises(AudioError):
        async with open_source(path, MONO_16K):
            pass
    assert not is_open(path)


async def test_an_error_at_the_end_closes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cut.flac"
    path.write_bytes(encoded(noise(80_000), 16_000, "FLAC")[:-1_000])
    chunks: list[bytes] = []
    with pytest.raises(AudioError):
        await read_into(chunks, path)
    assert chunks
    assert not is_open(path)


@pytest.mark.parametrize("chunks", [0, 1, 3])
async def test_a_task_that_is_cancelled_closes_the_file(path: Path, chunks: int) -> None:
    entered = asyncio.Event()

    async def read() -> None:
        async with open_source(path, MONO_16K) as source:
            for _ in range(chunks):
                await anext(source)
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(read())
    await entered.wait()
    assert is_open(path)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_open(path)


@pytest.mark.parametrize("rounds", range(12))
async def test_a_task_that_is_cancelled_twice_closes_the_file(path: Path, rounds: int) -> None:
    entered = asyncio.Event()

    async def read() -> None:
        async with open_source(path, MONO_16K):
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(read())
    await entered.wait()
    task.cancel()
    for _ in range(rounds):
        await asyncio.sleep(0)  # so many steps into the cleaning up
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_open(path)


async def test_a_cancelled_scope_closes_the_file_in_a_thread(
    path: Path, threads: dict[str, set[int]]
) -> None:
    with CancelScope() as scope:
        async with open_source(path, MONO_16K) as source:
            await anext(source)
            scope.cancel()
            await anext(source)
            pytest.fail("it was not cancelled")
    assert scope.cancelled_caught
    assert not is_open(path)
    assert threading.get_ident() not in threads["close"]


async def test_a_failing_task_group_closes_the_files_of_all(path: Path) -> None:
    async def read() -> None:
        async with open_source(path, MONO_16K):
            await asyncio.Event().wait()

    async def fail() -> None:
        while not is_open(path):  # the files are what is waited for
            await asyncio.sleep(0)
        raise RuntimeError("another")

    async def run_all() -> None:
        async with create_task_group() as group:
            group.start_soon(read)
            group.start_soon(read)
            group.start_soon(fail)

    with pytest.raises(ExceptionGroup):
        await run_all()
    assert not is_open(path)


async def test_a_timeout_closes_the_file(path: Path) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), open_source(path, MONO_16K):
            await asyncio.Event().wait()
    assert not is_open(path)


class SlowFeed:
    """A feed that stays in one of its methods for as long as it is told to."""

    duration = None

    def __init__(self, slow: str) -> None:
        self.log: list[str] = []
        self.release = threading.Event()
        self.entered = asyncio.Event()
        self._slow = slow
        self._loop = asyncio.get_running_loop()

    def open(self) -> None:
        """Open, at leisure."""
        self._step("open")

    def read(self) -> bytes | None:
        """Read, at leisure."""
        self._step("read")
        return b"\0\0"

    def close(self) -> None:
        """Close."""
        self.log.append("close")

    def _step(self, name: str) -> None:
        self.log.append(f"{name} begins")
        if name == self._slow:
            self._loop.call_soon_threadsafe(self.entered.set)
            self.release.wait(10)
        self.log.append(f"{name} ends")


@pytest.mark.parametrize("slow", ["open", "read"])
async def test_closing_waits_for_the_thread_and_the_loop_goes_on(slow: str) -> None:
    feed = SlowFeed(slow)
    source = ThreadedSource(feed, MONO_16K)

    async def use() -> None:
        try:
            await source.open()
            await anext(source)
        finally:
            await source.aclose()

    task = asyncio.create_task(use())
    await feed.entered.wait()
    task.cancel()
    for _ in range(20):  # the loop is alive, and the task is in aclose()
        await asyncio.sleep(0)
    assert not task.done()
    assert feed.log[-1] == f"{slow} begins"
    feed.release.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert feed.log[-2:] == [f"{slow} ends", "close"]


async def test_a_source_that_is_closed_gives_nothing_and_can_be_closed_again(path: Path) -> None:
    async with open_source(path, MONO_16K) as source:
        await anext(source)
        await source.aclose()
        assert not is_open(path)
        with pytest.raises(StopAsyncIteration):
            await anext(source)
        await source.aclose()


async def test_after_its_end_a_source_stays_at_its_end(path: Path) -> None:
    async with open_source(path, MONO_16K) as source:
        async for _ in source:
            pass
        for _ in range(2):
            with pytest.raises(StopAsyncIteration):
                await anext(source)


async def test_a_source_that_is_never_entered_opens_nothing(path: Path) -> None:
    open_source(path, MONO_16K)
    assert not is_open(path)


async def test_an_iterator_of_samples_runs_in_worker_threads_and_is_closed() -> None:
    threads: set[int] = set()
    closed = []

    def samples() -> Iterator[bytes]:
        try:
            for _ in range(10):
                threads.add(threading.get_ident())
                yield bytes(320)
        finally:
            closed.append(True)

    async with open_source(RawAudio(samples(), MONO_16K), MONO_16K) as source:
        assert await anext(source) == bytes(320)
        assert not closed
    assert closed == [True]
    assert threading.get_ident() not in threads
