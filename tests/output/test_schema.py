"""The published schema of a transcript's JSON says what is written, and what is not."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.model import Alternative, Result, Word
from asyncspeech.transcript import Transcript
from tests.output.material import results, some, spoken
from tests.support.commands import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = json.loads((ROOT / "docs" / "reference" / "transcript.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@some
@given(results(), st.floats(0, 1e6))
def test_what_is_written_fits_it(given_results: list[Result], duration: float) -> None:
    VALIDATOR.validate(json.loads(Transcript(tuple(given_results), duration).to_json()))


@pytest.mark.parametrize(
    ("name", "cls"), [("result", Result), ("alternative", Alternative), ("word", Word)]
)
def test_it_has_every_field_and_no_other(name: str, cls: type) -> None:
    names = {field.name for field in fields(cls)}
    assert set(SCHEMA["$defs"][name]["properties"]) == names
    assert set(SCHEMA["$defs"][name]["required"]) == names


@pytest.mark.parametrize(
    "breaks",
    [
        lambda tree: tree.update(version=2),
        lambda tree: tree.pop("results"),
        lambda tree: tree["results"][0].pop("end"),
        lambda tree: tree["results"][0].update(alternatives=[]),
        lambda tree: tree["results"][0]["alternatives"][0]["words"][0].update(start="0"),
        lambda tree: tree["results"][0]["alternatives"][0].update(confidence=2),
    ],
)
def test_what_is_none_is_refused(breaks: Callable[[Any], object]) -> None:
    tree = json.loads(Transcript((spoken("to be or not"),), 1.0).to_json())
    VALIDATOR.validate(tree)
    breaks(tree)
    assert not VALIDATOR.is_valid(tree)
