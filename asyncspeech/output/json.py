"""Results as JSON, and back.

Version 1 of the form: an object with ``version`` (1), ``duration`` (seconds) and ``results``, a list in
which each result is an object with the fields of `asyncspeech.Result`, its ``alternatives`` a list of
objects with the fields of `asyncspeech.Alternative`, and their ``words`` likewise of `asyncspeech.Word`.
``text`` stands at the top for readers that want nothing else. Times are session time in seconds. A
reader has to ignore fields that it does not know, and refuse versions that it does not know.

What is read is checked, value by value, and refused with the place at which it is wrong: types and
ranges are those of the schema, nothing ends before it starts, and text can be encoded.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NoReturn

from asyncspeech.errors import ConfigurationError
from asyncspeech.model import Alternative, Result, Word
from asyncspeech.output import checked
from asyncspeech.output.text import join

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("VERSION", "dump", "load")

VERSION = 1

_NAMES = {cls: tuple(field.name for field in fields(cls)) for cls in (Result, Alternative, Word)}


def dump(results: Sequence[Result], duration: float) -> str:
    """``results`` as a JSON document of version 1, with a line for each."""
    head = {"version": VERSION, "duration": duration, "text": join(results)}
    lines = [f'  "{name}": {_line(value)},\n' for name, value in head.items()]
    items = ",\n".join(f"    {_line(_fields(result))}" for result in results)
    return "".join(
        ["{\n", *lines, f'  "results": [\n{items}\n  ]\n' if items else '  "results": []\n', "}"]
    )


def _line(value: Any) -> str:
    # Without indents the encoder in C is used, which takes a tenth of the time.
    return json.dumps(value, ensure_ascii=False)


def _fields(value: Any) -> Any:
    """A value and what it holds as objects and lists; `asdict` copies every value."""
    if isinstance(value, tuple):
        return [_fields(item) for item in value]
    names = _NAMES.get(type(value))
    return value if names is None else {name: _fields(getattr(value, name)) for name in names}


def load(document: str) -> tuple[tuple[Result, ...], float]:
    """The results and the duration in seconds that `dump` wrote.

    Raises:
        ConfigurationError: The document is not a transcript, or of a version unknown here.
    """
    try:
        tree = json.loads(document, parse_constant=_refuse_constant)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError("document", f"not JSON: {error}", hint=checked.HINT) from error
    return checked.transcript(tree, VERSION)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")  # Python writes NaN and Infinity, and JSON has neither
