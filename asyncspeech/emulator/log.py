"""What each stream saw: a log that tests read.

Frozen `StreamRecord` values come out of it; while a stream lasts, its `StreamEntry` counts.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech.emulator.faults import Fault

__all__ = ("StreamEntry", "StreamLog", "StreamRecord")

_log = logging.getLogger(__name__)

_MOST = 10_000  # an emulator may run for days


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """What one ``StreamingRecognize`` stream saw, so far or in all.

    Attributes:
        number: Its number, from 1, in the order of opening.
        opened: When it was opened, in seconds since the emulator's start.
        closed: When it ended, likewise; None while it lasts.
        recognizer: The recogniser's resource name, as the client gave it; empty before it did.
        messages: How many messages with audio came.
        audio_bytes: How many bytes of audio came.
        largest_message: The most bytes of audio in one of them.
        audio_seconds: How much audio that was, as far as it could be decoded.
        billed_seconds: What it was said to have cost: the last ``total_billed_duration`` that was sent.
        finals: The texts of the final results, in the order in which they were sent.
        interims: How many responses with interim results were sent.
        faults: The faults that befell it.
        status: The name of the status that it ended with; "" while it lasts.
        reason: Why it ended: the status's text, or what the client did.
    """

    number: int
    opened: float
    closed: float | None = None
    recognizer: str = ""
    messages: int = 0
    audio_bytes: int = 0
    largest_message: int = 0
    audio_seconds: float = 0.0
    billed_seconds: int = 0
    finals: tuple[str, ...] = ()
    interims: int = 0
    faults: tuple[Fault, ...] = ()
    status: str = ""
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it still lasts."""
        return self.closed is None

    def __str__(self) -> str:
        """One line, without a word of what was said."""
        end = "open" if self.closed is None else f"{self.closed:.2f} s {self.status} ({self.reason})"
        faults = "".join(f"; {fault}" for fault in self.faults)
        return (
            f"stream {self.number}: {self.opened:.2f} s to {end}; "
            f"{self.audio_seconds:.2f} s of audio in {self.messages} messages "
            f"of at most {self.largest_message} bytes; "
            f"{len(self.finals)} finals, {self.interims} interims{faults}"
        )


class StreamEntry:
    """Counts for one stream while it lasts. The fields are those of `StreamRecord`."""

    __slots__ = (
        "audio_bytes",
        "audio_seconds",
        "billed_seconds",
        "closed",
        "faults",
        "finals",
        "interims",
        "largest_message",
        "messages",
        "number",
        "opened",
        "reason",
        "recognizer",
        "status",
    )

    def __init__(self, number: int, opened: float) -> None:
        self.number = number
        self.opened = opened
        self.closed: float | None = None
        self.recognizer = ""
        self.messages = 0
        self.audio_bytes = 0
        self.largest_message = 0
        self.audio_seconds = 0.0
        self.billed_seconds = 0
        self.finals: list[str] = []
        self.interims = 0
        self.faults: list[Fault] = []
        self.status = ""
        self.reason = ""

    def message(self, size: int) -> None:
        """Count a message with ``size`` bytes of audio."""
        self.messages += 1
        self.audio_bytes += size
        self.largest_message = max(self.largest_message, size)

    def end(self, status: str, reason: str) -> None:
        """Say how the stream ends, if nothing has yet."""
        if not self.status:
            self.status, self.reason = status, reason

    def record(self) -> StreamRecord:
        """What there is to say by now."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return StreamRecord(**values | {"finals": tuple(self.finals), "faults": tuple(self.faults)})


class StreamLog:
    """The streams of an emulator.

    Args:
        clock: The time, in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._start = clock()
        self._opened = 0
        self._entries: deque[StreamEntry] = deque(maxlen=_MOST)

    def open(self) -> StreamEntry:
        """Begin the entry of a stream that opens now."""
        self._opened += 1
        entry = StreamEntry(self._opened, self._clock() - self._start)
        self._entries.append(entry)
        return entry

    def close(self, entry: StreamEntry) -> None:
        """A stream is over."""
        entry.closed = self._clock() - self._start
        _log.info("%s", entry.record())

    def records(self) -> tuple[StreamRecord, ...]:
        """The streams, in the order of their opening: the last 10,000 of them."""
        return tuple(entry.record() for entry in self._entries)
