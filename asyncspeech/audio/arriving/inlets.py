"""Inlets: where the bytes of an encoded stream come from, for a thread that waits for them.

A thread cannot be cancelled. So each inlet can be closed from the loop, which ends its wait:

- chunks that the loop hands over wait in a queue, and closing puts a mark in it;
- a descriptor (a pipe, a terminal, a socket) is polled along with a pipe of the inlet's own, which
  closing writes to;
- anything else that blocks cannot be woken, neither an iterable nor a file object that has no descriptor
  of its own: closing waits until it gives what comes next.
"""

from __future__ import annotations

import os
import select
import stat
from io import BufferedReader, FileIO
from queue import SimpleQueue
from socket import SocketIO, socket
from typing import TYPE_CHECKING, BinaryIO, Protocol

from asyncspeech.audio.raw import as_bytes
from asyncspeech.audio.recordings.reasons import reason_of
from asyncspeech.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from asyncspeech.audio.source import BytesLike

__all__ = (
    "DescriptorInlet",
    "FileInlet",
    "Inlet",
    "IterableInlet",
    "QueueInlet",
    "inlet_of_file",
    "inlet_of_path",
)

_READ_BYTES = 1 << 16


class Inlet(Protocol):
    """Gives bytes to a thread."""

    def read(self) -> bytes:
        """Wait for more bytes, and give them; none at the end, or once it is closed."""
        ...

    def wake(self) -> None:
        """End a wait that goes on or that follows. Called on the loop; does not block."""
        ...

    def close(self) -> None:
        """Let go of what it holds. Called when nobody reads any more."""
        ...


class QueueInlet:
    """Gives what is put in by the loop.

    Args:
        on_hungry: Called in the thread when it is about to wait and there is nothing.
    """

    def __init__(self, on_hungry: Callable[[], None]) -> None:
        self._queue: SimpleQueue[bytes] = SimpleQueue()
        self._on_hungry = on_hungry

    def put(self, piece: bytes) -> None:
        """Hand over a piece; an empty one is the end."""
        self._queue.put(piece)

    def read(self) -> bytes:
        """Wait for the next piece."""
        if self._queue.empty():
            self._on_hungry()
        return self._queue.get()

    def wake(self) -> None:
        """End the wait."""
        self._queue.put(b"")

    def close(self) -> None:
        """Nothing is held."""


class IterableInlet:
    """Gives what an iterable does.

    Args:
        data: The iterable. It is closed in the end, if it can be.
        name: What it is called in errors.
    """

    def __init__(self, data: Iterable[BytesLike], name: str) -> None:
        self._data = data
        self._iterator = iter(data)
        self._name = name

    def read(self) -> bytes:
        """Wait for the next item that is not empty."""
        for item in self._iterator:
            if piece := as_bytes(item, self._name):
                return piece
        return b""

    def wake(self) -> None:
        """Not possible."""

    def close(self) -> None:
        """Close the iterable, as a generator can be."""
        if close := getattr(self._data, "close", None):
            close()


class FileInlet:
    """Gives what a file object does, which is not closed.

    Args:
        file: The file.
        name: What it is called in errors.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        # read() may wait until all that is asked for is there; read1() gives what there is.
        self._read = getattr(file, "read1", file.read)
        self._name = name

    def read(self) -> bytes:
        """Wait for the next bytes."""
        return as_bytes(_attempt(self._read, self._name), self._name)

    def wake(self) -> None:
        """Not possible."""

    def close(self) -> None:
        """The file stays open."""


class DescriptorInlet:
    """Gives what comes out of a descriptor, and can be woken.

    Args:
        descriptor: What to wait for.
        name: What it is called in errors.
        read: Reads what there is.
        close: Called in the end.
    """

    def __init__(
        self,
        descriptor: int,
        name: str,
        read: Callable[[int], bytes | None],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._descriptor = descriptor
        self._name = name
        self._read = read
        self._close = close
        self._bell, self._button = os.pipe()
        os.set_blocking(self._button, False)

    def read(self) -> bytes:
        """Wait until there are bytes, and give them."""
        poll = select.poll()
        for descriptor in (self._descriptor, self._bell):
            poll.register(descriptor, select.POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in poll.poll()]
            if self._bell in ready:
                return b""
            data = _attempt(self._read, self._name)
            if data is not None:  # which one that does not block gives, if somebody else was faster
                return as_bytes(data, self._name)

    def wake(self) -> None:
        """End the wait."""
        os.write(self._button, b"!")

    def close(self) -> None:
        """Close the pipe, and what was to be closed."""
        os.close(self._bell)
        os.close(self._button)
        self._close()


def inlet_of_file(file: BinaryIO, name: str) -> Inlet:
    """Choose how a file object is read.

    What waits in its buffer already cannot be polled for. It is given along with what comes next.
    """
    raw = file.raw if type(file) is BufferedReader else file
    if _can_be_polled(raw) and not file.closed:
        descriptor = file.fileno()
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return DescriptorInlet(descriptor, name, getattr(file, "read1", file.read))
    return FileInlet(file, name)


def inlet_of_path(path: str) -> Inlet:
    """Open a pipe or a device, without waiting for its other end.

    Raises:
        AudioError: It cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise AudioError(path, reason_of(error)) from error

    def read(size: int) -> bytes | None:
        try:
            return os.read(descriptor, size)
        except BlockingIOError:
            return None

    return DescriptorInlet(descriptor, path, read, lambda: os.close(descriptor))


def _can_be_polled(raw: object) -> bool:
    """Whether all that there is to read shows at the descriptor: an encrypted socket has more within."""
    is_plain_socket = type(raw) is SocketIO and type(getattr(raw, "_sock", None)) is socket
    return type(raw) is FileIO or is_plain_socket


def _attempt(read: Callable[[int], object], name: str) -> object:
    try:
        return read(_READ_BYTES)
    except (OSError, ValueError) as error:
        raise AudioError(name, reason_of(error)) from error
