"""The list of errors in the documentation, made from their docstrings."""

from __future__ import annotations

import re

import pytest

from asyncspeech import errors
from tests.docs.building import DOCS, build

pytest.importorskip("sphinx", reason="the list is a directive of Sphinx")

PAGE = """
Errors
======

.. error-list::
"""
NAMES = sorted(set(errors.__all__) - {"AsyncSpeechError", "ConfigurationWarning", "ServiceError"})


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The list as readers see it, in plain text: what is before it, a title, its text, a title, ..."""
    folder = tmp_path_factory.mktemp("docs")
    page = build(folder, "error_list", PAGE, settings='default_role = "py:obj"')
    return re.split(r'^"(\w+)"\n=+\n', page, flags=re.MULTILINE)


def test_it_has_every_error_once(parts: list[str]) -> None:
    assert sorted(parts[1::2]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_error_has_what_its_docstring_has(parts: list[str], name: str) -> None:
    text = parts[parts.index(name) + 1]
    docstring = getattr(errors, name).__doc__
    summary = docstring.splitlines()[0].replace("``", '"').replace("`", '"')
    assert " ".join(text.split()).startswith(summary)
    for heading in ("Cause", "Cure", "Reference"):
        assert f"\n{heading}\n   " in text
    assert ("\nAttributes\n   * " in text) == ("Attributes:" in docstring)
    assert "`" not in text  # no markup is left


def test_it_stands_in_the_page_for_those_in_trouble() -> None:
    assert ".. error-list::" in (DOCS / "howto" / "errors.md").read_text()
