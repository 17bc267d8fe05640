"""How long ``import asyncspeech`` takes, over a bare interpreter."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.benchmarks.sessions.record import Record

__all__ = ("measure",)


def measure(record: Record, *, rounds: int) -> None:
    """Start interpreters in turn: one that imports nothing, one asyncspeech, one what it builds on."""
    programs = {"nothing": "pass", "asyncspeech": "import asyncspeech", "grpc": "import grpc.aio"}
    took: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds + 1):
        for name, program in programs.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            took[name].append(1_000 * (time.perf_counter() - begun))
    record.head("starting")
    nothing = took.pop("nothing")[1:]  # the first of each finds nothing in the file system's cache
    for name, seen in took.items():
        added = [one - another for one, another in zip(seen[1:], nothing, strict=True)]
        record.add(f"startup/{name}", "ms", added)
