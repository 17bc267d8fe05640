"""Tables of what was measured, from the file that the benchmark writes: ``benchmark-table``.

The option ``columns`` names the columns after the first, with commas between them. Each line of the
content is a row: what it is about, then the name of a figure for each column, or nothing, with ``|``
between them. A cell is the median of the figure's rounds and, in small, the least and the most::

    ```{benchmark-table}
    :columns: client library, asyncspeech
    CPU, ms | live/light/100/bare/cpu | live/light/100/asyncspeech/cpu
    ```
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

# All columns alike; in characters, for what is no page.
_WIDTH = 20

FILE = Path(__file__).parent.parent / "benchmarks" / "sessions.json"


class BenchmarkTable(SphinxDirective):
    """A table of figures."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"columns": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """What stands in the page."""
        self.env.note_dependency(str(FILE))
        figures = json.loads(FILE.read_text(encoding="utf-8"))["figures"]
        columns = [name.strip() for name in self.options["columns"].split(",")]
        group = nodes.tgroup("", cols=len(columns) + 1)
        group += [nodes.colspec(colwidth=_WIDTH) for _ in range(len(columns) + 1)]
        group += nodes.thead("", _row([[], *([nodes.Text(name)] for name in columns)]))
        body = nodes.tbody()
        for line in self.content:
            text, *names = [cell.strip() for cell in line.split("|")]
            if unknown := [name for name in names if name and name not in figures]:
                raise self.error(f"the benchmark has no figure {unknown[0]}")
            if len(names) != len(columns):
                raise self.error(f"a row of {len(names)} figures under {len(columns)} columns: {text}")
            cells = [_figure(figures[name]["rounds"]) if name else [] for name in names]
            body += _row([[nodes.Text(text)], *cells])
        group += body
        return [nodes.table("", group)]


def _row(cells: list[list[nodes.Node]]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


def _figure(rounds: list[float]) -> list[nodes.Node]:
    median, least, most = (
        _digits(value) for value in (statistics.median(rounds), min(rounds), max(rounds))
    )
    told: list[nodes.Node] = [nodes.strong("", median)]
    if least != most:
        told += [nodes.Text(" "), nodes.inline("", f"{least} to {most}", classes=["spread"])]
    return told


def _digits(value: float) -> str:
    digits = 3 - len(f"{abs(value):.0f}")  # three figures tell enough
    return f"{value:,.{max(0, digits)}f}"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directive."""
    app.add_directive("benchmark-table", BenchmarkTable)
    return {"parallel_read_safe": True}
