"""Which process something belongs to: connections and event loops do not outlive a fork."""

from __future__ import annotations

import os

from asyncspeech.errors import UsageError

__all__ = ("check_process",)


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
