"""Tables of what was measured, in the documentation."""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING

import pytest

from tests.docs.building import DOCS, RefusedError, build

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("sphinx", reason="the tables are a directive of Sphinx")

PAGE = """
Figures
=======

.. benchmark-table::
   :columns: {columns}

   {row}
"""


def table(folder: Path, columns: str, row: str) -> str:
    """A table of one row, in plain text."""
    return build(folder, "benchmark_tables", PAGE.format(columns=columns, row=row))


def test_a_cell_has_the_median_and_the_spread_and_may_be_empty(tmp_path: Path) -> None:
    page = table(tmp_path, "ratio, nothing", "CPU | live/emulator/100/cpu_ratio |")
    figures = json.loads((DOCS / "benchmarks" / "sessions.json").read_text())["figures"]
    rounds = figures["live/emulator/100/cpu_ratio"]["rounds"]
    text = " ".join(page.replace("|", " ").split())
    assert f"**{statistics.median(rounds):.2f}** {min(rounds):.2f} to" in text
    assert f"{max(rounds):.2f}" in text


@pytest.mark.parametrize(
    ("columns", "row", "told"),
    [
        ("CPU, ms", "all | startup/grpc", "a row of 1 figures under 2 columns: all"),
        ("ms", "all | startup/nobody", "the benchmark has no figure startup/nobody"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(columns: str, row: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=told):
        table(tmp_path, columns, row)
