"""The schema that is published with the documentation, and what is written and read."""

from __future__ import annotations

import copy
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from asyncspeech.errors import ConfigurationError
from asyncspeech.model import Alternative, Result, Word
from asyncspeech.transcript import Transcript
from tests.output.material import results as mixed_results
from tests.output.material import some, spoken, transcript
from tests.output.test_transcript import transcripts

_SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "reference" / "transcript.schema.json"
SCHEMA = json.loads(_SCHEMA_FILE.read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)

_RESULT = ("results", 0)
_ALTERNATIVE = (*_RESULT, "alternatives", 0)
_WORD = (*_ALTERNATIVE, "words", 0)
_Path = tuple[str | int, ...]


def written() -> dict[str, Any]:
    """A document with something at every level."""
    said = transcript(spoken("one two", 1.0, speaker="1", channel=1, confidence=0.9))
    document: dict[str, Any] = json.loads(said.to_json())
    return document


def inside(document: Any, path: _Path) -> Any:
    for step in path:
        document = document[step]
    return document


def said_of(place: _Path) -> str:
    """A place as an error names it."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in place]
    return "".join(steps).removeprefix(".")


def refusal(document: Any) -> str | None:
    """What `Transcript.from_json` says against a document; None if it reads it."""
    try:
        Transcript.from_json(json.dumps(document))
    except ConfigurationError as error:
        return error.message
    return None


def assert_refused_at(document: Any, place: _Path) -> None:
    """Both the schema and the reader find fault with a document, at one place."""
    assert refused_at(document) == [place]
    assert said_of(place) in (refusal(document) or "")


def refused_at(document: Any) -> list[_Path]:
    """Where the schema finds fault with a document."""
    return [tuple(error.absolute_path) for error in VALIDATOR.iter_errors(document)]


def test_it_is_a_schema_of_2020_12() -> None:
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("name", "cls"), [("result", Result), ("alternative", Alternative), ("word", Word)]
)
def test_it_asks_for_the_fields_of_the_classes_and_no_others(name: str, cls: type) -> None:
    names = [field.name for field in fields(cls)]
    assert list(SCHEMA["$defs"][name]["properties"]) == names
    assert SCHEMA["$defs"][name]["required"] == names


def test_it_asks_for_what_is_on_top_and_for_nothing_else() -> None:
    assert list(SCHEMA["properties"]) == SCHEMA["required"] == list(written())


@given(transcripts)
def test_every_transcript_is_valid(said: Transcript) -> None:
    assert refused_at(json.loads(said.to_json())) == []


@some
@given(mixed_results())
def test_transcripts_with_words_of_every_kind_are_valid(said: list[Result]) -> None:
    assert refused_at(json.loads(transcript(*said).to_json())) == []


@pytest.mark.parametrize("place", [(), _RESULT, _ALTERNATIVE, _WORD], ids=str)
def test_fields_that_it_does_not_know_are_passed_over(place: _Path) -> None:
    document = written()
    inside(document, place)["mood"] = "glad"
    assert refused_at(document) == []
    assert refusal(document) is None


@pytest.mark.parametrize(
    ("place", "name"),
    [(place, name) for place in ((), _RESULT, _ALTERNATIVE, _WORD) for name in inside(written(), place)],
    ids=str,
)
def test_a_field_that_is_missing_is_refused_where_it_is_missing(place: _Path, name: str) -> None:
    document = written()
    del inside(document, place)[name]
    assert_refused_at(document, place)
    assert f"{said_of((*place, name))} is missing" in (refusal(document) or "")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("version",), 2),
        (("version",), "1"),
        (("version",), True),
        (("duration",), -0.1),
        (("duration",), None),
        (("duration",), "7"),
        (("text",), None),
        (("results",), {}),
        (_RESULT, []),
        ((*_RESULT, "alternatives"), []),
        ((*_RESULT, "alternatives"), "one two"),
        ((*_RESULT, "is_final"), 1),
        ((*_RESULT, "segment"), 0.5),
        ((*_RESULT, "segment"), -1),
        ((*_RESULT, "start"), -1),
        ((*_RESULT, "start"), None),
        ((*_RESULT, "end"), "1.0"),
        ((*_RESULT, "stability"), 1.1),
        ((*_RESULT, "language_code"), None),
        ((*_RESULT, "channel"), 0),
        ((*_RESULT, "channel"), "1"),
        ((*_RESULT, "latency"), -0.1),
        (_ALTERNATIVE, "one two"),
        ((*_ALTERNATIVE, "text"), 7),
        ((*_ALTERNATIVE, "confidence"), -0.1),
        ((*_ALTERNATIVE, "confidence"), "0.9"),
        ((*_ALTERNATIVE, "words"), None),
        (_WORD, "one"),
        ((*_WORD, "text"), None),
        ((*_WORD, "start"), -1),
        ((*_WORD, "end"), "2"),
        ((*_WORD, "confidence"), 2),
        ((*_WORD, "speaker"), 1),
    ],
    ids=str,
)
def test_a_value_out_of_range_or_of_another_type_is_refused_where_it_is(
    place: _Path, value: object
) -> None:
    document = written()
    inside(document, place[:-1])[place[-1]] = value
    assert_refused_at(document, place)


@pytest.mark.parametrize("document", [None, 7, "one two", []])
def test_what_is_no_object_is_refused(document: object) -> None:
    assert_refused_at(document, ())


def _places(value: Any, path: _Path = ()) -> list[_Path]:
    """Every place in a document at which there is a value, the document itself included."""
    children: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    return [path, *(place for key, child in children for place in _places(child, (*path, key)))]


@given(transcripts, st.data())
def test_an_object_in_the_place_of_any_value_is_refused(said: Transcript, data: st.DataObject) -> None:
    document = json.loads(said.to_json())
    place = data.draw(st.sampled_from(_places(document)))
    broken: Any = {"": copy.deepcopy(document)}
    inside(broken, ("", *place)[:-1])[("", *place)[-1]] = {}
    assert place in refused_at(broken[""])


@pytest.mark.parametrize("place", [_RESULT, _WORD], ids=str)
def test_an_end_before_the_start_is_refused_which_the_schema_cannot_tell(place: _Path) -> None:
    document = written()
    inside(document, place).update(start=2.5, end=2.0)
    assert refused_at(document) == []
    assert f"{said_of(place)}.end is 2.0, before the start, 2.5" in (refusal(document) or "")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "1" + "0" * 400], ids=len)
def test_a_number_that_is_not_finite_is_refused(number: str) -> None:
    document = written()
    document["results"][0]["end"] = "here"
    with pytest.raises(ConfigurationError):
        Transcript.from_json(json.dumps(document).replace('"here"', number))


def test_text_that_no_file_can_hold_is_refused() -> None:
    document = written()
    inside(document, _WORD)["text"] = "\ud83d"
    assert f"{said_of(_WORD)}.text has half of a surrogate pair" in (refusal(document) or "")
    inside(document, _WORD)["text"] = "\U0001f600"
    assert refusal(document) is None


# Whatever may stand in the place of a value, above all what is nearly right.
_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.floats(-2, 3) | st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([1.0, 2.0, 0.5, -0.0]),
    st.text(max_size=3),
    st.lists(st.none() | st.text(max_size=2), max_size=2),
    st.dictionaries(st.sampled_from(["text", "words", "start", "mood"]), st.text(max_size=2)),
)


def _is_backwards(document: Any) -> bool:
    results = document["results"]
    words = [word for item in results for reading in item["alternatives"] for word in reading["words"]]
    spans = [(item["start"], item["end"]) for item in [*results, *words]]
    return any(None not in span and span[1] < span[0] for span in spans)


@settings(max_examples=300, deadline=None)
@given(transcripts, st.data())
def test_what_the_schema_refuses_is_not_read_and_all_else_is(
    said: Transcript, data: st.DataObject
) -> None:
    document: Any = {"": json.loads(said.to_json())}
    place = ("", *data.draw(st.sampled_from(_places(document[""]))))
    holder, last = inside(document, place[:-1]), place[-1]
    if len(place) > 1 and data.draw(st.booleans(), label="take it away"):
        del holder[last]
    else:
        holder[last] = data.draw(_ODD)
    (document,) = document.values()
    message, places = refusal(document), refused_at(document)
    if places:
        assert any(said_of(place) in (message or "") for place in places)
    else:
        assert (message is not None) is _is_backwards(document)
    if message is None:
        again = Transcript.from_json(json.dumps(document))
        assert refused_at(json.loads(again.to_json())) == []
        assert Transcript.from_json(again.to_json()) == again
        assert again.segments() is not None
        again.to_csv().encode()
