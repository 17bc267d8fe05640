"""`SessionSummary`: a session that is over, in figures, and as JSON.

Version 1 of the JSON: an object with ``version`` (1) and the fields of `SessionSummary`, ``stats`` an
object with those of `SessionStats`, and ``streams`` a list of objects with those of `StreamSummary`. A
reader has to ignore fields that it does not know, and refuse versions that it does not know. Nothing in
it tells what was said.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from asyncspeech.errors import ConfigurationError
from asyncspeech.output.save import save
from asyncspeech.telemetry.latency import Latency
from asyncspeech.telemetry.stats import SessionStats
from asyncspeech.telemetry.streams import StreamCause, StreamSummary

if TYPE_CHECKING:
    from os import PathLike
    from typing import Self

__all__ = ("ABANDONED", "SessionSummary")

_VERSION = 1

ABANDONED = "ABANDONED"
"""The outcome of a session that was ended from here before everything was recognised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """A session from its opening to its end.

    Attributes:
        session: The session's `Session.id`, which its log records and its trace have, too.
        began: When it was opened, as an ISO date and time in UTC.
        duration: For how many seconds it was open.
        outcome: ``OK`` if all audio was recognised; ``ABANDONED`` if the session was left by an
            exception or a cancellation, or aborted; else the `AsyncSpeechError.code` of what it failed
            with, or the name of the exception's class if a source raised one of its own.
        model: The model that was asked for, in the end.
        location: The service's location.
        language_codes: The languages that were asked for.
        sample_rate_hertz: Frames of audio per second.
        channels: How many channels were recognised.
        stats: What it has done.
        streams: Its streams, in the order of their opening: the 100 that ended last.
    """

    session: str
    began: str
    duration: float
    outcome: str
    model: str
    location: str
    language_codes: tuple[str, ...]
    sample_rate_hertz: int
    channels: int
    stats: SessionStats
    streams: tuple[StreamSummary, ...]

    def to_json(self) -> str:
        """This summary as JSON, in the form that `asyncspeech.telemetry.summary` describes."""
        return json.dumps({"version": _VERSION, **asdict(self)}, ensure_ascii=False, indent=2)

    @classmethod
    def from_json(cls, document: str) -> Self:
        """The summary that `to_json` wrote: equal to the one that it was called on.

        Raises:
            ConfigurationError: The document is not a summary, or of a version unknown here.
        """
        try:
            tree = json.loads(document)
            if tree["version"] != _VERSION:
                raise ConfigurationError(
                    "document",
                    f"version {tree['version']!r} of the summary is unknown; {_VERSION} is read here",
                )
            values = _known(cls, tree)
            values["language_codes"] = tuple(values["language_codes"])
            values["stats"] = _stats(values["stats"])
            values["streams"] = tuple(map(_stream, values["streams"]))
            return cls(**values)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, ConfigurationError):
                raise
            raise ConfigurationError("document", f"not a summary in JSON: {error!r}") from error

    def save(self, path: str | PathLike[str]) -> None:
        """Write this summary to a ``.json`` file, whole or not at all. Blocks while it writes.

        Raises:
            ConfigurationError: The suffix is another.
            OSError: The file cannot be written.
        """
        save(path, {".json": lambda: self.to_json() + "\n"})


def _stats(tree: dict[str, Any]) -> SessionStats:
    values = _known(SessionStats, tree)
    for name in ("interim_latency", "final_latency"):
        values[name] = Latency(**_known(Latency, values[name]))
    return SessionStats(**values)


def _stream(tree: dict[str, Any]) -> StreamSummary:
    return StreamSummary(**_known(StreamSummary, tree) | {"cause": StreamCause(tree["cause"])})


def _known(cls: type, tree: dict[str, Any]) -> dict[str, Any]:
    return {field.name: tree[field.name] for field in fields(cls) if field.name in tree}
