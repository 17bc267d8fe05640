"""What a session says to `logging`, under ``asyncspeech.session``.

INFO tells of a session's beginning and end and of each recovery, WARNING of what was lost and of a
session that failed, DEBUG of every stream. A record has the session's `Session.id` in its text and as
``record.session``.

What was said is not in there. Who wants it asks for it by name: the finals go to
``asyncspeech.transcript`` at DEBUG, and only if that logger has been given a level of its own.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from asyncspeech.model import (
    AudioLost,
    BudgetNearlySpent,
    Parked,
    Result,
    Resumed,
    StreamOpened,
    StreamRecovered,
    StreamRenewed,
)

if TYPE_CHECKING:
    from asyncspeech.config import SessionConfig
    from asyncspeech.model import Event
    from asyncspeech.telemetry.stats import Counts
    from asyncspeech.telemetry.streams import StreamSummary

__all__ = ("SessionLog",)

_log = logging.getLogger("asyncspeech.session")
_transcripts = logging.getLogger("asyncspeech.transcript")


class SessionLog:
    """What is logged of one session.

    Args:
        session: Its `Session.id`.
    """

    def __init__(self, session: str) -> None:
        self._session = session
        self._extra = {"session": session}

    def begin(self, config: SessionConfig, location: str) -> None:
        """The session is open."""
        self._tell(
            logging.INFO,
            "opened: %s in %s, %s, %d Hz",
            config.requested_model,
            location,
            ",".join(config.language_codes),
            config.sample_rate_hertz,
        )

    def event(self, event: Event) -> None:
        """Something happened."""
        match event:
            case Result():
                self._transcript(event)
            case StreamRecovered():
                self._tell(
                    logging.INFO,
                    "stream %d at %.3f s, as the last one broke: %s; outage %.3f s, %.3f s again",
                    *(event.stream, event.at, event.code, event.outage, event.replayed),
                )
            case AudioLost():
                what = "%.3f s of audio lost at %.3f s: %s"
                self._tell(logging.WARNING, what, event.end - event.start, event.start, event.reason)
            case BudgetNearlySpent():
                what = "budget nearly spent: $%.4f of $%.4f"
                self._tell(logging.WARNING, what, event.spent, event.budget)
            case StreamRenewed():
                self._tell(
                    logging.DEBUG,
                    "stream %d at %.3f s, as planned%s; %.3f s again",
                    *(event.stream, event.at, " (forced)" if event.forced else "", event.replayed),
                )
            case StreamOpened() | Resumed():
                self._tell(logging.DEBUG, "stream %d at %.3f s", event.stream, event.at)
            case Parked():
                self._tell(logging.DEBUG, "parked at %.3f s", event.at)
            case _:
                return

    def _transcript(self, result: Result) -> None:
        if result.is_final and _transcripts.level and _transcripts.isEnabledFor(logging.DEBUG):
            _transcripts.debug(
                "session %s: %.3f s to %.3f s: %s",
                *(self._session, result.start, result.end, result.text),
                extra=self._extra,
            )

    def end_stream(self, stream: StreamSummary) -> None:
        """A stream has ended."""
        self._tell(
            logging.DEBUG,
            "stream %d ended after %.3f s: %s; %.3f s of audio, %d s billed",
            *(stream.number, stream.closed - stream.opened, stream.status),
            *(stream.audio_sent, stream.billed),
        )

    def end(self, outcome: str, counts: Counts, seconds: float, *, failed: bool) -> None:
        """The session is over."""
        self._tell(
            logging.WARNING if failed else logging.INFO,
            "ended after %.3f s: %s; %.3f s of audio, %d streams, %d renewals, %d recoveries, "
            "%.3f s lost, $%.4f",
            *(seconds, outcome, counts.audio_accepted, counts.streams_opened),
            *(counts.renewals, counts.recoveries, counts.audio_lost, counts.cost),
        )

    def _tell(self, level: int, text: str, *values: object) -> None:
        _log.log(level, f"session %s {text}", self._session, *values, extra=self._extra)
