"""The event loop of a command, which Ctrl-C and SIGTERM end.

`asyncio.run` cancels what it runs upon SIGINT, in a handler written in Python, and so do we upon
SIGTERM. Such a handler runs when the main thread next executes bytecode; a signal that comes when the
loop has nothing more to do but does not sleep yet is found by nobody until something else wakes the
loop. (A command whose thread has just begun to wait for a server is there, on a busy machine.) Python
writes a byte to a file for every signal, if it was told to which (`signal.set_wakeup_fd`); the loop
waits for that file as well.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from typing import Any

__all__ = ("Terminated", "run")

T = TypeVar("T")


class Terminated(Exception):  # noqa: N818 - it is no error: somebody wanted the command to end
    """There was a SIGTERM."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end.

    Raises:
        KeyboardInterrupt: There was a SIGINT. The coroutine has been cancelled, and has ended; upon a
            second SIGINT, nothing is waited for.
        Terminated: There was a SIGTERM, and likewise.
    """
    return asyncio.run(_woken_by_signals(main))


async def _woken_by_signals(main: Coroutine[Any, Any, T]) -> T:
    with _wakeup_file(), _terminable() as is_terminated:
        try:
            return await main
        except asyncio.CancelledError:
            if is_terminated():
                raise Terminated from None
            raise


@contextmanager
def _terminable() -> Generator[Callable[[], bool]]:
    """Have SIGTERM cancel this task, once; gives whether it did."""
    task = asyncio.current_task()
    before = signal.getsignal(signal.SIGTERM) or signal.SIG_DFL
    seen = False

    def end(_: int, __: object) -> None:
        nonlocal seen
        seen = True
        signal.signal(signal.SIGTERM, before)  # the second is not waited for
        if task is not None:
            task.cancel()

    signal.signal(signal.SIGTERM, end)
    try:
        yield lambda: seen
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _wakeup_file() -> Generator[None]:
    loop = asyncio.get_running_loop()
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.settimeout(0)
        writer.settimeout(0)
        try:
            loop.add_reader(reader, reader.recv, 4096)
        except NotImplementedError:  # Windows' loop does all this itself
            yield
            return
        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            loop.remove_reader(reader)
