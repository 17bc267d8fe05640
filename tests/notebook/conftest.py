from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.notebook.support import Shown


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """As if a kernel ran this: what is shown is kept."""
    ipython = pytest.importorskip("IPython")
    shown = Shown()
    monkeypatch.setattr(ipython, "get_ipython", lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setattr("IPython.display.display", shown)
    return shown
