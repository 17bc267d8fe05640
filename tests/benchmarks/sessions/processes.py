"""The processes of this benchmark: a server on the last core, a client on the first."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.benchmarks import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractContextManager

    from tests.benchmarks.processes import Server

__all__ = (
    "ClientFailedError",
    "begin_client",
    "client_parser",
    "outcome",
    "run_as_client",
    "run_client",
    "served",
)

_PACKAGE = "tests.benchmarks.sessions"


# Of the benchmark.


class ClientFailedError(Exception):
    """A client's process has not come to its end; what it failed with is on standard error."""


def served(kind: str) -> AbstractContextManager[Server]:
    """A server of a kind (see `tests.benchmarks.sessions.servers`), for as long as the block lasts."""
    core = max(os.sched_getaffinity(0))
    return processes.served(f"{_PACKAGE}.servers", kind, "--core", str(core))


def begin_client(
    module: str, *, core: int | None = None, **options: str | float
) -> subprocess.Popen[str]:
    """Start a client of this package, such as ``live``."""
    core = min(os.sched_getaffinity(0)) if core is None else core
    command = [sys.executable, "-m", f"{_PACKAGE}.{module}", "--core", str(core)]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def outcome(client: subprocess.Popen[str]) -> dict[str, Any]:
    """What a client says of itself at its end."""
    line, _ = client.communicate()
    if client.returncode:
        raise ClientFailedError
    told: dict[str, Any] = json.loads(line)
    return told


def run_client(module: str, **options: str | float) -> dict[str, Any]:
    """Run one client to its end."""
    return outcome(begin_client(module, core=None, **options))


# Of a client.


def client_parser(description: str | None) -> argparse.ArgumentParser:
    """What every client is told; some want to be told more."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--address", required=True)
    parser.add_argument("--core", type=int, required=True)
    return parser


def run_as_client(
    parser: argparse.ArgumentParser,
    work: Callable[[argparse.Namespace], Coroutine[Any, Any, dict[str, Any]]],
) -> None:
    """Do the work on the core that it is told, and print what comes of it."""
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {arguments.core})
    print(json.dumps(asyncio.run(work(arguments))))
