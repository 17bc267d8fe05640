"""The event loop of a command, which Ctrl-C ends.

`asyncio.run` cancels what it runs upon SIGINT, in a handler written in Python. That handler runs when
the main thread next executes bytecode; a signal that comes when the loop has nothing more to do but does
not sleep yet is found by nobody until something else wakes the loop. (A command whose thread has just
begun to wait for a server is there, on a busy machine.) Python writes a byte to a file for every signal,
if it was told to which (`signal.set_wakeup_fd`); the loop waits for that file as well.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator
    from typing import Any

__all__ = ("run",)

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end.

    Raises:
        KeyboardInterrupt: There was a SIGINT. The coroutine has been cancelled, and has ended; upon a
            second SIGINT, nothing is waited for.
    """
    return asyncio.run(_woken_by_signals(main))


async def _woken_by_signals(main: Coroutine[Any, Any, T]) -> T:
    with _wakeup_file():
        return await main


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
