"""What goes to standard output: the transcripts, and nothing else."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from asyncspeech.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asyncspeech.cli.transcribe.inputs import Input
    from asyncspeech.model import Result

__all__ = ("Printer", "line")

_DOCUMENTS: Mapping[str, Callable[[Transcript], str]] = {
    "srt": Transcript.to_srt,
    "vtt": Transcript.to_vtt,
    "csv": Transcript.to_csv,
}
"""What writes the forms that are one document."""


class Printer:
    """Prints transcripts.

    Args:
        form: ``"text"``, ``"json"`` (a line for each recording), or another form of a transcript.
        headings: Whether each recording's text has its name above it.
        at_once: Whether lines are printed as they become final. If not, each text is printed whole, so
            that those of several at a time are not mixed.
    """

    def __init__(self, form: str, *, headings: bool, at_once: bool) -> None:
        self._form = form
        self._headings = headings
        self._at_once = at_once and form == "text"

    def begin(self, item: Input) -> None:
        """A recording is begun."""
        if self._at_once:
            self._head(item)

    def result(self, result: Result) -> None:
        """A final result is there."""
        if self._at_once:
            _write(line(result))

    def end(self, item: Input, transcript: Transcript) -> None:
        """A recording is done, or as much of it as could be."""
        if self._form == "json":
            document = {"file": item.name, **json.loads(transcript.to_json())}
            _write(json.dumps(document, ensure_ascii=False))
        elif self._form != "text":
            _write(_DOCUMENTS[self._form](transcript).removesuffix("\n"))
        elif not self._at_once:
            self._head(item)
            for result in transcript.results:
                _write(line(result))

    def _head(self, item: Input) -> None:
        if self._headings:
            _write(f"==> {item.name} <==")


def line(result: Result) -> str:
    """A final as a line, with its channel before it if channels are recognised apart."""
    return result.text if result.channel is None else f"{result.channel}: {result.text}"


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
