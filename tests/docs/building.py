"""Builds a page that a directive of the documentation is in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ("DOCS", "RefusedError", "build")

DOCS = Path(__file__).resolve().parents[2] / "docs"


class RefusedError(Exception):
    """Sphinx has refused the page; the text is what it says."""


def build(folder: Path, extension: str, page: str, *, settings: str = "") -> str:
    """The page as readers see it, in plain text.

    Args:
        folder: Where to build it.
        extension: The name of the extension that has the directive.
        page: The page, in reStructuredText.
        settings: More of Sphinx's configuration.

    Raises:
        RefusedError: There is a mistake in the page.
    """
    conf = f"import sys\nsys.path.insert(0, {str(DOCS / '_ext')!r})\nextensions = [{extension!r}]\n"
    (folder / "conf.py").write_text(conf + settings)
    (folder / "index.rst").write_text(page)
    output = folder / "text"
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "text", str(folder), str(output)]
    done = subprocess.run(command, check=False, timeout=60, capture_output=True, text=True)
    if done.returncode:
        raise RefusedError(done.stderr)
    return (output / "index.txt").read_text()
