"""The reference has every public name once."""

from __future__ import annotations

import re

import pytest

import asyncspeech
from tests.docs.building import DOCS

DESCRIBED = [
    name
    for page in sorted((DOCS / "reference").glob("*.md"))
    for name in re.findall(
        r"^\.\. auto(?!module)\w+:: asyncspeech\.(\w+)(?:\(\))?$", page.read_text(), re.MULTILINE
    )
]


@pytest.mark.parametrize("name", asyncspeech.__all__)
def test_a_public_name_is_described_once(name: str) -> None:
    assert DESCRIBED.count(name) == 1


def test_no_name_is_described_that_is_not_public() -> None:
    assert set(DESCRIBED) == set(asyncspeech.__all__)
