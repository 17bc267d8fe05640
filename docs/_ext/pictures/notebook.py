"""Takes the picture of a notebook: ``python docs/_ext/pictures/notebook.py``.

It wants the extras ``local``, ``notebook`` and ``plot``, nbclient, nbconvert, playwright, and the
Chromium of the system. What is to be seen is ``examples/notebooks/transcribe.ipynb``, run now, down to
its plot.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import sync_playwright

_ROOT = Path(__file__).parents[3]
_NOTEBOOK = _ROOT / "examples" / "notebooks" / "transcribe.ipynb"
_PICTURE = _ROOT / "docs" / "_static" / "notebook.png"
_WIDTH = 900


def take() -> None:
    """Run the notebook, and take its picture."""
    notebook = nbformat.read(_NOTEBOOK, as_version=4)
    NotebookClient(notebook, resources={"metadata": {"path": str(_NOTEBOOK.parent)}}).execute()
    html, _ = HTMLExporter().from_notebook_node(notebook)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "notebook.html"
        path.write_text(html, encoding="utf-8")
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = chromium.new_page(viewport={"width": _WIDTH, "height": 800})
        page.goto(path.as_uri())
        page.locator("img").first.wait_for()
        end = page.evaluate("document.querySelector('img').getBoundingClientRect().bottom")
        clip = {"x": 0, "y": 0, "width": _WIDTH, "height": end + 16}
        page.screenshot(path=_PICTURE, full_page=True, clip=clip)
        chromium.close()


if __name__ == "__main__":
    take()
