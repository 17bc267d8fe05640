"""What every benchmark tells of the machine, and how it tells figures."""

from __future__ import annotations

import os
import platform
import resource
import statistics
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("cpu_seconds", "environment", "memory_bytes", "percentiles")


def environment(packages: Sequence[str]) -> dict[str, Any]:
    """The machine, and what runs on it."""
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
        "versions": {package: version(package) for package in packages},
    }


def cpu_seconds() -> float:
    """What this process has used of the CPU, in all threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def memory_bytes() -> int:
    """The memory that this process has to itself or shares, as it is resident."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no file to have a path of
        return int(file.read().split()[1]) * resource.getpagesize()


def percentiles(seconds: Sequence[float]) -> dict[str, float] | None:
    """Percentiles in milliseconds, and the largest; None of less than two."""
    if len(seconds) < 2:
        return None
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    named = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "max": max(seconds)}
    return {name: round(1_000 * value, 3) for name, value in named.items()}
