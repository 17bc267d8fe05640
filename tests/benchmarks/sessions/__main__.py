"""What sessions cost, and how they do, against the bare client.

- ``quick`` takes some minutes: what has goals but for the capacity, and what a chunk costs, in short.
- ``full`` takes three quarters of an hour: all of it, in five rounds or more, but for how it grows.
- ``check`` is ``quick``, and compares its ratios with those on record. Exit code 1 if one is behind.

Clients take turns in every round, each in a fresh process on the first core, with a fresh server on the
last. Ratios and differences are of the same round, which sees the same machine. Prints the median, the
least and the most of the rounds. Nothing else should run on the machine.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.machine import environment
from tests.benchmarks.sessions import capacity, chunk, handover, live, opening, startup, upload
from tests.benchmarks.sessions.goals import behind, print_goals
from tests.benchmarks.sessions.processes import ClientFailedError
from tests.benchmarks.sessions.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

_PACKAGES = ("grpcio", "google-cloud-speech", "protobuf", "proto-plus", "anyio")
_FOLDER = Path("docs/benchmarks")
_ON_RECORD = _FOLDER / "sessions.json"
_CHUNKS = (3_200, 640)  # bytes: of 100 ms, and of 20 ms
_GROWTH = (1, 10, 100, 200, 400, 700, 1_000)


def quick(record: Record) -> None:
    """What has goals, in short."""
    startup.measure(record, rounds=5)
    chunk.measure(record, rounds=3)
    opening.measure(record, rounds=3, count=300)
    live.measure(record, "emulator", 100, rounds=3, seconds=6.0)
    handover.measure(record, rounds=1, sessions=10, seconds=16.0)
    upload.measure(record, _CHUNKS[0], rounds=3)


def full(record: Record) -> None:
    """Everything."""
    startup.measure(record, rounds=15)
    chunk.measure(record, rounds=5)
    opening.measure(record, rounds=5, count=500)
    for chunk_bytes in _CHUNKS:
        upload.measure(record, chunk_bytes, rounds=5)
    live.measure(
        record, "emulator", 100, rounds=7, seconds=8.0, kinds=("bare", "asyncspeech", "nothing")
    )
    handover.measure(record, rounds=5, sessions=10, seconds=16.0)
    for count in _GROWTH:
        live.measure(record, "light", count, rounds=3, seconds=6.0)
    live.measure_processes(record, 400, rounds=3, seconds=6.0)
    capacity.measure(record, rounds=5, seconds=6.0, step=100, most=1_600)


_FORMS: dict[str, Callable[[Record], None]] = {"quick": quick, "full": full, "check": quick}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.sessions",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("form", choices=_FORMS)
    parser.add_argument(
        "--out", type=Path, help=f"write figures and plots into this folder, such as {_FOLDER}"
    )
    arguments = parser.parse_args()
    record = Record(environment(_PACKAGES))
    for name, value in record.environment.items():
        print(f"{name:12}  {value}")
    try:
        _FORMS[arguments.form](record)
    except ClientFailedError:
        raise SystemExit("a client's process has failed: see above") from None
    finally:  # what there is of an hour's work
        if arguments.out:
            _write(record, arguments.out)
    print_goals(record)
    if arguments.form == "check":
        _check(record)


def _write(record: Record, folder: Path) -> None:
    from tests.benchmarks.sessions.plots import draw  # noqa: PLC0415 - matplotlib takes a second

    folder.mkdir(parents=True, exist_ok=True)
    record.save(folder / _ON_RECORD.name)
    draw(record, folder)


def _check(record: Record) -> None:
    print(f"\n{'on record in ' + str(_ON_RECORD):52}{'is':>10}{'at most':>12}")
    if found := behind(record, Record.load(_ON_RECORD)):
        raise SystemExit(f"behind what is on record: {', '.join(found)}")


if __name__ == "__main__":
    main()
