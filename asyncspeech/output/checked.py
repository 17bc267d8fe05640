"""What a document holds, once each value is seen to be what it has to be.

There is a reader for each kind of value, which gives it or says what is wrong with it. Whoever called
the reader adds where that was, so that no place is written down before something is wrong there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from asyncspeech.errors import ConfigurationError
from asyncspeech.model import Alternative, Result, Word
from asyncspeech.wording import brief

__all__ = ("HINT", "transcript")

HINT = (
    "what Transcript.to_json writes is read; its schema, transcript.schema.json, is in the documentation"
)

_T = TypeVar("_T")
_Readers: TypeAlias = Mapping[str, Callable[[Any], object]]


def transcript(tree: Any, version: int) -> tuple[tuple[Result, ...], float]:
    """The results and the duration in seconds that a document holds.

    Args:
        tree: The document, as a reader of JSON gives it.
        version: The version of the form that is read.

    Raises:
        ConfigurationError: It is not a transcript, or of another version.
    """
    try:
        return _transcript(tree, version)
    except _WrongValueError as error:
        message = f"not a transcript: {error.place}{error.what}"
        raise ConfigurationError("document", message, hint=HINT) from None


class _WrongValueError(Exception):
    """A value is not what it has to be.

    Attributes:
        what: What is wrong.
        place: Where in the document the value is; from within a value, where in that.
    """

    def __init__(self, what: str, place: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.place = place

    @classmethod
    def is_not(cls, value: object, wanted: str) -> _WrongValueError:
        """A value is not what it has to be."""
        return cls(f" is {brief(value)}, and not {wanted}")

    def inside(self, step: str) -> _WrongValueError:
        """The same, seen from around the value in which it was found."""
        joint = "." if self.place and not self.place.startswith("[") else ""
        return _WrongValueError(self.what, f"{step}{joint}{self.place}")


def _transcript(tree: Any, known: int) -> tuple[tuple[Result, ...], float]:
    if not isinstance(tree, dict):
        raise _WrongValueError.is_not(tree, "an object").inside("this")
    version = _field(tree, "version", lambda value: value)
    if isinstance(version, bool) or version != known:
        raise ConfigurationError(
            "document",
            f"version {brief(version)} of the transcript form is unknown; {known} is read here",
            hint=HINT,
        )
    _field(tree, "text", _text)
    results = _field(tree, "results", lambda value: _items(value, _result))
    return results, _field(tree, "duration", _seconds)


def _result(tree: Any) -> Result:
    result = Result(**_object(tree, _RESULT))
    _see_order(result.start, result.end)
    return result


def _alternative(tree: Any) -> Alternative:
    return Alternative(**_object(tree, _ALTERNATIVE))


def _word(tree: Any) -> Word:
    word = Word(**_object(tree, _WORD))
    _see_order(word.start, word.end)
    return word


def _see_order(start: float | None, end: float | None) -> None:
    if start is not None and end is not None and end < start:
        raise _WrongValueError(f" is {end}, before the start, {start}", "end")


def _object(tree: Any, readers: _Readers) -> dict[str, Any]:
    if not isinstance(tree, dict):
        raise _WrongValueError.is_not(tree, "an object")
    return {name: _field(tree, name, read) for name, read in readers.items()}


def _field(tree: dict[str, Any], name: str, read: Callable[[Any], _T]) -> _T:
    if name not in tree:
        raise _WrongValueError(" is missing", name)
    try:
        return read(tree[name])
    except _WrongValueError as fault:
        raise fault.inside(name) from None


def _items(value: Any, read: Callable[[Any], _T]) -> tuple[_T, ...]:
    if not isinstance(value, list):
        raise _WrongValueError.is_not(value, "a list")
    items = []
    for index, item in enumerate(value):
        try:
            items.append(read(item))
        except _WrongValueError as fault:
            raise fault.inside(f"[{index}]") from None
    return tuple(items)


def _alternatives(value: Any) -> tuple[Alternative, ...]:
    alternatives = _items(value, _alternative)
    if not alternatives:
        raise _WrongValueError(" is empty, and a result has at least one")
    return alternatives


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _WrongValueError.is_not(value, "text")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise _WrongValueError(" has half of a surrogate pair in it, which no file can hold")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _WrongValueError.is_not(value, "true or false")
    return value


def _number(value: Any, most: float, wanted: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most:
        return float(value)
    raise _WrongValueError.is_not(value, wanted)


def _seconds(value: Any) -> float:
    return _number(value, sys.float_info.max, "a number of seconds, 0 or more")


def _share(value: Any) -> float:
    return _number(value, 1.0, "a number from 0 to 1")


def _whole(value: Any, least: int) -> int:
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not is_whole or value < least:
        raise _WrongValueError.is_not(value, f"a whole number, {least} or more")
    return int(value)


def _segment(value: Any) -> int:
    return _whole(value, 0)


def _channel(value: Any) -> int:
    return _whole(value, 1)


def _or_null(read: Callable[[Any], _T]) -> Callable[[Any], _T | None]:
    return lambda value: None if value is None else read(value)


_WORD: _Readers = {
    "text": _text,
    "start": _or_null(_seconds),
    "end": _or_null(_seconds),
    "confidence": _or_null(_share),
    "speaker": _or_null(_text),
}
_ALTERNATIVE: _Readers = {
    "text": _text,
    "confidence": _or_null(_share),
    "words": lambda value: _items(value, _word),
}
_RESULT: _Readers = {
    "alternatives": _alternatives,
    "is_final": _flag,
    "segment": _segment,
    "start": _seconds,
    "end": _seconds,
    "stability": _or_null(_share),
    "language_code": _text,
    "channel": _or_null(_channel),
    "latency": _seconds,
}
