"""Where transcripts go: a folder, with a file of each form for each recording."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from asyncspeech.cli.transcribe.inputs import STANDARD_INPUT
from asyncspeech.errors import AsyncSpeechError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asyncspeech.cli.transcribe.inputs import Input
    from asyncspeech.transcript import Transcript

__all__ = ("SUFFIXES", "OutputError", "Outputs")

SUFFIXES: Mapping[str, str] = {
    "text": ".txt",
    "json": ".json",
    "srt": ".srt",
    "vtt": ".vtt",
    "csv": ".csv",
}
"""The forms of a transcript, and the suffixes of their files."""

_STANDARD_INPUT_STEM = "stdin"


class OutputError(AsyncSpeechError):
    """A transcript could not be written."""

    code = "OUTPUT"

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"{path}: cannot be written: {error.strerror or error}",
            hint="what is finished is kept; the same command goes on with the rest",
        )


class Outputs:
    """The files of a run.

    Args:
        folder: Where they go. It is made if need be.
        forms: In which forms each transcript is written, by the keys of `SUFFIXES`.
        keeps_folders: Whether a recording's own folders are made below ``folder``: the output of
            ``a/talk.wav`` is ``folder/a/talk.srt``. Without, it is ``folder/talk.srt``.
    """

    def __init__(self, folder: str, forms: Sequence[str], *, keeps_folders: bool = False) -> None:
        self._folder = Path(folder)
        self._suffixes = tuple(SUFFIXES[form] for form in dict.fromkeys(forms))
        self._keeps_folders = keeps_folders

    def prepare(self, inputs: Sequence[Input]) -> tuple[Input, ...]:
        """See that every recording has files of its own, and that they can be written.

        Returns:
            The inputs, each file once.

        Raises:
            ConfigurationError: Two have the same, one is its own output, or the folder cannot be used.
        """
        once = {os.path.realpath(item.name): item for item in reversed(inputs)}
        kept = tuple(item for item in inputs if once[os.path.realpath(item.name)] is item)
        owners: dict[Path, Input] = {}
        for item in kept:
            for path in self.paths(item):
                other = owners.setdefault(path, item)
                if other is not item:
                    raise self._clash(path, other, item)
                if os.path.realpath(path) == os.path.realpath(item.name):
                    raise ConfigurationError("output_dir", f"{item.name} would be overwritten")
        self._make_folder(self._folder)
        return kept

    def paths(self, item: Input) -> tuple[Path, ...]:
        """The files of one recording, by form."""
        given = PurePath(_STANDARD_INPUT_STEM if item.name == STANDARD_INPUT else item.name)
        # As given, without what leads out of the folder: so it is the same whatever else is given.
        folders = [part for part in given.parent.parts if part not in {"..", given.anchor}]
        place = self._folder.joinpath(*folders) if self._keeps_folders else self._folder
        return tuple(place / f"{given.stem}{suffix}" for suffix in self._suffixes)

    def is_done(self, item: Input) -> bool:
        """Whether all files of a recording are there, and newer than it."""
        if item.changed is None:
            return False
        try:
            return all(path.stat().st_mtime_ns > item.changed for path in self.paths(item))
        except OSError:
            return False

    def save(self, item: Input, transcript: Transcript) -> None:
        """Write the files of a recording, each whole or not at all. It blocks.

        Raises:
            OutputError: One cannot be written.
        """
        for path in self.paths(item):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                transcript.save(path)
            except OSError as error:
                raise OutputError(path, error) from error

    def _clash(self, path: Path, first: Input, second: Input) -> ConfigurationError:
        may_help = (
            not self._keeps_folders and PurePath(first.name).parent != PurePath(second.name).parent
        )
        hint = "--keep-folders keeps them apart" if may_help else "give them different --output-dir"
        return ConfigurationError(
            "output_dir", f"{first.name} and {second.name} would both be {path}", hint=hint
        )

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = "is a file" if folder.exists() else error.strerror or str(error)
            raise ConfigurationError("output_dir", f"{folder}: {reason}") from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ConfigurationError("output_dir", f"{folder} cannot be written to")
