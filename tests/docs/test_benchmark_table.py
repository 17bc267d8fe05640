"""Tables of what was measured, in the documentation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="the tables are a directive of Sphinx")

DOCS = Path(__file__).resolve().parents[2] / "docs"
CONF = f"""
import sys
sys.path.insert(0, {str(DOCS / "_ext")!r})
extensions = ["benchmark_tables"]
"""
PAGE = """
Figures
=======

.. benchmark-table::
   :columns: {columns}

   {row}
"""


def build(folder: Path, columns: str, row: str) -> tuple[int, str]:
    """The exit code of Sphinx, and the page as text, or what Sphinx says."""
    (folder / "conf.py").write_text(CONF)
    (folder / "index.rst").write_text(PAGE.format(columns=columns, row=row))
    output = folder / "text"
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "text", str(folder), str(output)]
    done = subprocess.run(command, check=False, timeout=60, capture_output=True, text=True)
    return done.returncode, (output / "index.txt").read_text() if not done.returncode else done.stderr


def test_a_cell_has_the_median_and_the_spread_and_may_be_empty(tmp_path: Path) -> None:
    code, page = build(tmp_path, "ratio, nothing", "CPU | live/emulator/100/cpu_ratio |")
    assert code == 0
    assert "ratio" in page
    assert " to " in page


@pytest.mark.parametrize(
    ("columns", "row", "told"),
    [
        ("CPU, ms", "all | startup/grpc", "a row of 1 figures under 2 columns: all"),
        ("ms", "all | startup/nobody", "the benchmark has no figure startup/nobody"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(columns: str, row: str, told: str, tmp_path: Path) -> None:
    code, said = build(tmp_path, columns, row)
    assert code == 1
    assert told in said
