"""Why a file cannot be read, in words."""

from __future__ import annotations

__all__ = ("HEADERLESS_HINT", "WAIT_HINT", "reason_of")

# What to do about it in a program. The command line has words of its own for these.
HEADERLESS_HINT = "are these headerless samples? Then hand in RawAudio(data, AudioFormat(...))"
WAIT_HINT = "wait for all of it, and hand in its bytes"


def reason_of(error: Exception) -> str:
    """Say what an exception of a file means."""
    match error:
        case FileNotFoundError():
            return "there is no such file"
        case IsADirectoryError():
            return "is a directory"
        case PermissionError():
            return "may not be read (permission denied)"
        case OSError(strerror=str(reason)):
            return f"cannot be read ({reason})"
        case _:
            return f"cannot be read ({error})"
