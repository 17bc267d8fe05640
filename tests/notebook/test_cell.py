"""Where a notebook is, and where none is."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from asyncspeech.notebook.cell import Cell, find_cell
from tests.notebook.support import Shown


def test_a_program_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert find_cell() is None
    assert "IPython" not in sys.modules


@pytest.mark.parametrize("shell", [None, SimpleNamespace()], ids=["imported only", "in a terminal"])
def test_ipython_without_a_kernel_is_no_notebook(monkeypatch: pytest.MonkeyPatch, shell: object) -> None:
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert find_cell() is None


def test_each_has_a_place_of_its_own(notebook: Shown) -> None:
    first, second = find_cell(), find_cell()
    assert first is not None
    assert second is not None
    first.show("<b>1</b>", "1")
    second.show("<b>2</b>", "2")
    first.show("<b>3</b>", "3")
    assert [[one["text/plain"] for one in place] for place in notebook.places] == [["1", "3"], ["2"]]


def test_what_is_there_already_is_not_shown_again() -> None:
    shown = Shown()
    cell = Cell(shown)
    for html in ("<b>1</b>", "<b>1</b>", "<b>2</b>"):
        cell.show(html, "one")
    assert shown.html == ["<b>1</b>", "<b>2</b>"]
