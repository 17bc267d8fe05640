"""Where something belongs: connections do not outlive a fork, and live on one event loop."""

from __future__ import annotations

import asyncio
import os

from asyncspeech.errors import UsageError

__all__ = ("check_loop", "check_process", "runs_here")


def runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether an event loop runs in this thread. In a process that was forked off, none does."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def check_loop(loop: asyncio.AbstractEventLoop, what: str, hint: str) -> None:
    """See that something is used on the event loop that it was opened on.

    Args:
        loop: That loop.
        what: What it is called.
        hint: What to do instead.

    Raises:
        UsageError: Another loop runs in this thread, or none.
    """
    try:
        running = asyncio.get_running_loop()
    except RuntimeError:
        text = f"the {what} is used in a thread in which its event loop does not run"
        raise UsageError(text, hint=hint) from None
    if running is not loop:
        text = f"the {what} is used on another event loop than the one it was opened on"
        raise UsageError(text, hint=hint)


def check_process(process: int | None, what: str) -> None:
    """See that something is used in the process that it was opened in.

    Args:
        process: The id of that process; None if it was not opened yet.
        what: What it is called.

    Raises:
        UsageError: This is another process: a fork of it.
    """
    if process is not None and process != os.getpid():
        raise UsageError(
            f"the {what} was opened in another process, before a fork",
            hint="connections do not outlive a fork: open a client in each process",
        )
