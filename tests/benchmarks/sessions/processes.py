"""The processes of a benchmark: a server on the last core, a client on the first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ("Server", "begin_client", "outcome", "run_client", "served")


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
def served(kind: str) -> Generator[Server]:
    """A server of a kind (see `tests.benchmarks.sessions.servers`), for as long as the block lasts."""
    core = max(os.sched_getaffinity(0))
    command = [sys.executable, "-m", "tests.benchmarks.sessions.servers", kind, "--core", str(core)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        server = Server(process.stdout.readline().strip())
        try:
            yield server
        finally:
            process.stdin.close()
            server.told.update(json.loads(process.stdout.readline() or "{}"))


def begin_client(
    module: str, *, core: int | None = None, **options: str | float
) -> subprocess.Popen[str]:
    """Start a client of this package, such as ``live``."""
    core = min(os.sched_getaffinity(0)) if core is None else core
    command = [sys.executable, "-m", f"tests.benchmarks.sessions.{module}", "--core", str(core)]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def outcome(client: subprocess.Popen[str]) -> dict[str, Any]:
    """What a client says of itself at its end."""
    line, _ = client.communicate()
    if client.returncode:
        raise SystemExit("a client's process has failed: see above")
    told: dict[str, Any] = json.loads(line)
    return told


def run_client(module: str, **options: str | float) -> dict[str, Any]:
    """Run one client to its end."""
    return outcome(begin_client(module, core=None, **options))
