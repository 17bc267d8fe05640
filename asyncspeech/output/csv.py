"""Words as CSV: one row a word, for spreadsheets and data frames.

The columns are ``start``, ``end``, ``word``, ``speaker``, ``channel``, ``language`` and ``confidence``.
Times are session time in seconds, to the millisecond. A result without words has one row, with its text
as the word and its own times. What the service did not give is empty: nothing is interpolated here. The
rows are in the order of the results. Fields with commas, quotes or line breaks are quoted as in
:rfc:`4180`; lines end in a line feed.
"""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asyncspeech.model import Result

__all__ = ("COLUMNS", "dump")

COLUMNS = ("start", "end", "word", "speaker", "channel", "language", "confidence")

_Row = tuple[str | int | None, ...]


def dump(results: Iterable[Result]) -> str:
    """``results`` as CSV, with a row of headings."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for result in results:
        writer.writerows(_rows(result))
    return file.getvalue()


def _rows(result: Result) -> Iterator[_Row]:
    rest = (result.channel, result.language_code)
    for word in result.words:
        yield (
            _seconds(word.start),
            _seconds(word.end),
            word.text,
            word.speaker,
            *rest,
            _share(word.confidence),
        )
    if result.text and not result.words:
        yield (
            _seconds(result.start),
            _seconds(result.end),
            result.text,
            None,
            *rest,
            _share(result.confidence),
        )


def _seconds(time: float | None) -> str | None:
    return None if time is None else f"{time:.3f}"


def _share(confidence: float | None) -> str | None:
    # The service sends 32-bit floats, which have no more digits than that.
    return None if confidence is None else f"{confidence:.6g}"
