"""A server in a process of its own, so that what is measured of a client is the client's alone."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ("Server", "served")


@dataclass(slots=True)
class Server:
    """A server's process.

    Attributes:
        address: Where it listens.
        told: What it said of itself at its end.
    """

    address: str
    told: dict[str, Any] = field(default_factory=dict)


@contextmanager
def served(module: str, *arguments: str) -> Generator[Server]:
    """Run a module as a server, for as long as the block lasts.

    It prints its address, serves until its input ends, and then prints, as JSON, what it has to say of
    itself, if anything.
    """
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        server = Server(process.stdout.readline().strip())
        try:
            yield server
        finally:
            process.stdin.close()
            server.told.update(json.loads(process.stdout.read() or "{}"))
