"""Pipes, sockets and other files that cannot be rewound, and no thread that waits for them in vain."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from io import BytesIO, FileIO, RawIOBase
from typing import TYPE_CHECKING, BinaryIO, cast

import pytest
from anyio import CancelScope, to_thread

from asyncspeech.audio import EncodedAudio, RawAudio, open_source
from asyncspeech.audio.arriving.inlets import FileInlet, IterableInlet, inlet_of_file
from asyncspeech.audio.arriving.pieces import Pieces
from asyncspeech.errors import AudioError
from tests.audio.containers import contain_tone
from tests.audio.recordings import MONO_16K, collect, encoded, noise, read_all, read_into

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = encoded(noise(100_000), 16_000)
SAMPLES = noise(100_000).tobytes()


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208
    yield
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("asyncspeech <")]
    assert len(set(os.listdir("/proc/self/fd")) - before) == 0  # noqa: PTH208


@pytest.fixture
def pipe() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Both ends of a pipe."""
    reader, writer = os.pipe()
    with open(reader, "rb") as output, open(writer, "wb") as entry:  # noqa: PTH123
        yield output, entry


def write(file: BinaryIO, content: bytes) -> None:
    file.write(content)
    file.close()


async def read_while(source: object, write_all: partial[None]) -> bytes:
    """Read a source while a thread writes what it reads."""
    async with open_source(source, MONO_16K) as opened:  # type: ignore[arg-type]
        writing = asyncio.create_task(to_thread.run_sync(write_all))
        read = await collect(opened)
        await writing
    return read


@pytest.mark.parametrize("wrap", [lambda file: file, EncodedAudio])
async def test_a_pipe_is_decoded(wrap: type[EncodedAudio], pipe: tuple[BinaryIO, BinaryIO]) -> None:
    output, entry = pipe
    assert await read_while(wrap(output), partial(write, entry, CONTENT)) == SAMPLES
    assert not output.closed


async def test_a_pipe_of_headerless_samples_is_read(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    output, entry = pipe
    assert await read_while(RawAudio(output, MONO_16K), partial(write, entry, SAMPLES)) == SAMPLES
    assert not output.closed


async def test_headerless_samples_that_end_within_a_frame_are_an_error(
    pipe: tuple[BinaryIO, BinaryIO],
) -> None:
    output, entry = pipe
    write(entry, bytes(5))
    chunks: list[bytes] = []
    with pytest.raises(AudioError, match="ends in the middle of a frame: 1 of 2 bytes"):
        await read_into(chunks, RawAudio(output, MONO_16K))
    assert b"".join(chunks) == bytes(4)


async def test_an_unbuffered_pipe_is_decoded(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    output, entry = pipe
    unbuffered = cast("BinaryIO", FileIO(output.fileno(), closefd=False))
    assert await read_while(unbuffered, partial(write, entry, CONTENT)) == SAMPLES


async def test_what_comes_through_a_pipe_is_given_at_once(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    output, entry = pipe
    async with open_source(output, MONO_16K) as source:
        os.write(entry.fileno(), CONTENT[:44])
        for start in range(44, 3_244, 320):
            os.write(entry.fileno(), CONTENT[start : start + 320])
            assert await anext(source) == CONTENT[start : start + 320]


async def test_what_was_peeked_at_is_not_lost(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    output, entry = pipe
    os.write(entry.fileno(), CONTENT[:1_000])
    assert output.peek(4)[:4] == b"RIFF"  # type: ignore[attr-defined]  # it is a BufferedReader
    assert await read_while(output, partial(write, entry, CONTENT[1_000:])) == SAMPLES


async def test_a_socket_is_decoded() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, ours.makefile("rb") as output, theirs.makefile("wb") as entry:

        def send() -> None:
            write(entry, CONTENT)
            theirs.shutdown(socket.SHUT_WR)

        assert await read_while(output, partial(send)) == SAMPLES


async def test_a_named_pipe_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert await read_while(path, partial(path.write_bytes, CONTENT)) == SAMPLES  # type: ignore[arg-type]


async def test_a_webm_through_a_named_pipe_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "pipe.webm"
    os.mkfifo(path)
    content = contain_tone("webm, live", 48_000, 2)
    read = await read_while(path, partial(path.write_bytes, content))  # type: ignore[arg-type]
    assert read == read_all(content)


@pytest.fixture
def cat(tmp_path: Path) -> Iterator[BinaryIO]:
    """The output of a command."""
    path = tmp_path / "talk.wav"
    path.write_bytes(CONTENT)
    with subprocess.Popen(["/bin/cat", str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield cast("BinaryIO", process.stdout)


async def test_the_output_of_a_command_is_decoded(cat: BinaryIO) -> None:
    async with open_source(EncodedAudio(cat), MONO_16K) as source:
        assert await collect(source) == SAMPLES


async def test_a_device_is_read() -> None:
    with pytest.raises(AudioError, match=r"/dev/null: is empty \(0 bytes\)"):
        await read_into([], "/dev/null")
    with pytest.raises(AudioError, match="/dev/zero: is not audio of any known format"):
        await read_into([], "/dev/zero")


# Nobody writes.


async def wait_in_vain(source: object) -> None:
    """Wait for audio, be cancelled, and be done at once."""
    with CancelScope() as scope:
        async with open_source(source, MONO_16K) as opened:  # type: ignore[arg-type]
            asyncio.get_running_loop().call_later(0.01, scope.cancel)
            await anext(opened)
    assert scope.cancelled_caught


async def test_a_pipe_that_nobody_writes_to_can_be_left(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    await wait_in_vain(pipe[0])
    await wait_in_vain(RawAudio(pipe[0], MONO_16K))


async def test_a_pipe_whose_writer_stops_can_be_left(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    output, entry = pipe
    os.write(entry.fileno(), CONTENT[:20])
    await wait_in_vain(output)


async def test_a_named_pipe_that_nobody_opens_can_be_left(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    await wait_in_vain(path)


async def test_a_socket_that_is_silent_can_be_left() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, ours.makefile("rb") as output:
        await wait_in_vain(output)


async def test_a_terminal_at_which_nobody_types_can_be_left() -> None:
    master, slave = os.openpty()
    try:
        await wait_in_vain(os.ttyname(slave))
    finally:
        os.close(master)
        os.close(slave)


async def test_a_task_that_waits_for_a_pipe_can_be_cancelled(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    entered = asyncio.Event()

    async def read() -> None:
        async with open_source(pipe[0], MONO_16K) as source:
            entered.set()
            await anext(source)

    task = asyncio.create_task(read())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# Files of other kinds.


class Response(RawIOBase):
    """What reading from the network looks like, without a descriptor of its own."""

    def __init__(self, content: bytes) -> None:
        self._file = BytesIO(content)
        self.threads: set[int] = set()

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Read a little."""
        self.threads.add(threading.get_ident())
        return self._file.read(min(size, 1_000))


async def test_a_file_that_cannot_be_rewound_is_decoded_in_a_thread() -> None:
    response = Response(CONTENT)
    async with open_source(cast("BinaryIO", response), MONO_16K) as source:
        assert await collect(source) == SAMPLES
    assert threading.get_ident() not in response.threads
    assert len(response.threads) == 1
    assert not response.closed


async def test_a_file_that_cannot_be_rewound_and_fails_is_an_error_after_the_audio() -> None:
    class Failing(Response):
        name = "talk.wav"

        def read(self, size: int = -1, /) -> bytes:
            if self._file.tell() > 50_000:
                raise ConnectionResetError(104, "Connection reset by peer")
            return super().read(size)

    chunks: list[bytes] = []
    with pytest.raises(AudioError) as caught:
        await read_into(chunks, cast("BinaryIO", Failing(CONTENT)))
    assert str(caught.value) == "talk.wav: cannot be read (Connection reset by peer)"
    assert SAMPLES.startswith(b"".join(chunks))
    assert len(b"".join(chunks)) > 45_000


async def test_a_socket_that_keeps_something_to_itself_is_not_polled() -> None:
    class Encrypted(socket.socket):
        """Like one of TLS, which reads more from its descriptor than it gives."""

    ours, theirs = socket.socketpair()
    with Encrypted(fileno=ours.detach()) as wrapped, theirs, wrapped.makefile("rb") as output:
        assert isinstance(inlet_of_file(cast("BinaryIO", output), "talk"), FileInlet)


async def test_a_large_piece_is_taken_in_time_that_grows_with_its_size() -> None:
    pieces = Pieces(IterableInlet([bytes(50_000_000)], "talk"), "talk", lambda: None)
    begin = time.process_time()
    assert sum(len(data) for data in iter(partial(pieces.read, 4_096), b"")) == 50_000_000
    assert time.process_time() - begin < 1  # copying what is left each time takes a minute


async def test_a_seekable_file_handed_in_as_encoded_is_read_from_where_it_stands() -> None:
    async with open_source(EncodedAudio(BytesIO(CONTENT)), MONO_16K) as source:
        assert await collect(source) == SAMPLES


async def test_a_pipe_that_was_closed_is_an_error(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    pipe[0].close()
    with pytest.raises(AudioError, match="cannot be read"):
        await read_into([], EncodedAudio(pipe[0]))


async def test_a_named_pipe_that_may_not_be_opened_is_an_error_on_entering(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(AudioError, match="may not be read"):
        async with open_source(path, MONO_16K):
            pytest.fail("it was opened")


INTERRUPTED = """
import asyncio, sys
from asyncspeech.audio import open_source
from asyncspeech.model import AudioFormat

async def main():
    async with open_source(sys.stdin.buffer, AudioFormat()) as source:
        print("ready", flush=True)
        await anext(source)

try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_ends_a_program_that_waits_for_its_input() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(2)
        assert process.stdout.read() == "interrupted\n"
        assert process.wait(5) == 0
