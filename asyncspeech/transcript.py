"""`Transcript`: what a session has heard, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncspeech.output import json, save, text

if TYPE_CHECKING:
    from os import PathLike
    from typing import Self

    from asyncspeech.model import Result, Word

__all__ = ("Transcript",)


@dataclass(frozen=True, slots=True)
class Transcript:
    """The final results of a session, in order.

    Attributes:
        results: Every final, oldest first.
        duration: Seconds of audio that the session took.
    """

    results: tuple[Result, ...] = ()
    duration: float = 0.0

    @property
    def text(self) -> str:
        """All that was said, as running text."""
        return text.join(self.results)

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of all results; empty where the service gave none."""
        return tuple(word for result in self.results for word in result.words)

    def to_json(self) -> str:
        """This transcript as JSON, in the form that `asyncspeech.output.json` describes."""
        return json.dump(self.results, self.duration)

    @classmethod
    def from_json(cls, document: str) -> Self:
        """The transcript that `to_json` wrote: equal to the one that it was called on.

        Raises:
            ConfigurationError: The document is not a transcript, or of a version unknown here.
        """
        results, duration = json.load(document)
        return cls(results, duration)

    def save(self, path: str | PathLike[str]) -> None:
        """Write this transcript to a file, in the form that its suffix names: .txt or .json.

        The file is either written whole or not at all. This blocks while it writes; from a coroutine,
        call it by ``anyio.to_thread.run_sync(transcript.save, path)`` where that matters.

        Raises:
            ConfigurationError: The suffix names no known form.
            OSError: The file cannot be written.
        """
        save.save(path, {".txt": lambda: self.text + "\n", ".json": self.to_json})
