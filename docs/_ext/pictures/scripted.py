"""A session's engine, run against a service that follows a script, on a clock that is made up.

Somebody speaks, at the pace of real time; the service hears whatever audio each of its streams is sent,
and answers after a moment. Nothing in the pictures is made up but the words and the delays: where
streams begin and end, what each of them hears, and which of its words count, is what the engine does.
"""

from __future__ import annotations

import heapq
import itertools
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from asyncspeech.config import SessionConfig
from asyncspeech.core.actions import CancelStream, Deliver, HalfClose, OpenStream, SendAudio
from asyncspeech.core.engine import SessionEngine
from asyncspeech.core.events import (
    StreamAlternative,
    StreamClosed,
    StreamResponse,
    StreamResult,
    StreamWord,
)
from asyncspeech.errors import StreamLostError
from asyncspeech.model import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asyncspeech.core.actions import Action
    from asyncspeech.core.events import StreamEvent
    from asyncspeech.core.figures import Figures

__all__ = ("Heard", "Moment", "Run", "Spoken", "Stream", "speech")

_RATE = 16_000
_CHUNK = 0.1
# What the service takes its time for, in seconds.
_INTERIM_AFTER = 0.15
_FINAL_AFTER = 0.25
_LAST_WORDS_AFTER = 0.3
# The pause after which it takes an utterance to be over.
_ENDPOINT = 0.5


@dataclass(frozen=True)
class Spoken:
    """A word that is said; times are seconds of the session."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Heard:
    """A word as a stream hears it: ``text`` is what of it was heard."""

    text: str
    start: float
    end: float
    is_whole: bool


@dataclass
class Stream:
    """What a stream was sent, and how it ended.

    Attributes:
        number: Its number.
        first_frame: Session position at which its audio begins.
        opened: When it was opened.
        frames: How many frames it was sent.
        ended: When it took no more, or nothing more of it counted; None if the run was over before.
        how: What ended it.
        told: How many of its words have been final.
        answered: How many of its words the service has told of.
        is_open: Whether it still says something.
    """

    number: int
    first_frame: int
    opened: float
    frames: int = 0
    ended: float | None = None
    how: str = ""
    told: int = 0
    answered: int = 0
    is_open: bool = True

    @property
    def start(self) -> float:
        """Session time at which its audio begins."""
        return self.first_frame / _RATE

    @property
    def end(self) -> float:
        """Session time up to which it was sent audio."""
        return (self.first_frame + self.frames) / _RATE


@dataclass(frozen=True)
class Moment:
    """How far a session is, in seconds of its audio.

    Attributes:
        now: When that is.
        accepted: The audio that it has taken.
        sent: What of it the stream has been sent that was opened last.
        settled: What of it is settled.
    """

    now: float
    accepted: float
    sent: float
    settled: float


@dataclass
class Run:
    """A session.

    Attributes:
        words: What is said, in order.
        until: When to stop.
        breaks_at: When the first stream breaks; None for never.
        streams: The streams, in the order of their opening.
        finals: Each final that was handed over, and when.
        course: How far it was, after each thing that happened.
    """

    words: Sequence[Spoken]
    until: float
    breaks_at: float | None = None
    streams: list[Stream] = field(default_factory=list)
    finals: list[tuple[float, Result]] = field(default_factory=list)
    course: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._now = 0.0
        self._starts = [word.start for word in self.words]
        self._ends = [word.end for word in self.words]
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._wake_at: float | None = None
        self._engine = SessionEngine(SessionConfig(), find_sound=_first_sound, random=lambda: 0.5)
        self._audio = np.zeros(round((self.until + 1) * _RATE), "<i2")
        for word in self.words:
            self._audio[round(word.start * _RATE) : round(word.end * _RATE)] = 1000
        self._at(_CHUNK, lambda: self._speak(0))
        if self.breaks_at is not None:
            self._at(self.breaks_at, self._break)
        while self._queue and self._queue[0][0] <= self.until:
            self._now, _, do = heapq.heappop(self._queue)
            do()
            self._note()

    def heard(self, stream: Stream) -> list[Heard]:
        """The words that a stream was sent, in whole or in part."""
        first = bisect_right(self._ends, stream.start)
        last = bisect_left(self._starts, stream.end)
        return [_part(word, stream) for word in self.words[first:last]]

    def _at(self, time: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (time, next(self._count), do))

    @property
    def figures(self) -> Figures:
        """What the engine has counted."""
        return self._engine.figures

    @property
    def billed_seconds(self) -> int:
        """What the service would bill."""
        return self._engine.billed_estimate

    def _note(self) -> None:
        accepted = self._engine.accepted_seconds
        settled = accepted - self._engine.unsettled_seconds
        sent = self.streams[-1].end if self.streams else 0.0
        self.course.append(Moment(self._now, accepted, sent, settled))

    def _speak(self, number: int) -> None:
        size = round(_CHUNK * _RATE)
        self._engine.audio(self._audio[number * size : (number + 1) * size].tobytes(), self._now)
        self._do()
        self._at((number + 2) * _CHUNK, lambda: self._speak(number + 1))

    def _do(self) -> None:
        for action in self._engine.actions():
            self._act(action)
        deadline = self._engine.deadline()
        if deadline is not None and (self._wake_at is None or deadline < self._wake_at):
            self._wake_at = deadline
            self._at(max(deadline, self._now), lambda: self._wake(deadline))

    def _wake(self, time: float) -> None:
        if self._wake_at == time:
            self._wake_at = None
            self._engine.wake(self._now)
            self._do()

    def _act(self, action: Action) -> None:
        match action:
            case OpenStream():
                self.streams.append(Stream(action.stream, action.position, self._now))
            case SendAudio():
                self._hear(self.streams[action.stream], len(action.data) // 2)
            case HalfClose():
                self._half_close(self.streams[action.stream])
            case CancelStream():
                self._end(self.streams[action.stream], "cancelled")
            case Deliver(event=Result(is_final=True) as result):
                self.finals.append((self._now, result))

    def _tell(self, stream: Stream, event: StreamEvent, after: float) -> None:
        def tell() -> None:
            if stream.is_open:
                stream.is_open = not isinstance(event, StreamClosed)
                self._engine.handle(event, self._now)
                self._do()

        self._at(self._now + after, tell)

    def _take(self, stream: Stream, frames: int) -> None:
        self._engine.audio_sent(stream.number, frames, self._now)
        self._do()

    def _hear(self, stream: Stream, frames: int) -> None:
        stream.frames += frames
        self._at(self._now + 0.01, lambda: self._take(stream, frames))
        heard = self.heard(stream)
        whole = sum(word.end < stream.end for word in heard)
        if whole > stream.answered:
            stream.answered = whole
            self._say(stream, heard[stream.told : whole], _INTERIM_AFTER, is_final=False)
        if whole == len(heard) > stream.told and stream.end - heard[-1].end >= _ENDPOINT:
            self._say(stream, heard[stream.told :], _FINAL_AFTER, is_final=True)
            stream.told = whole

    def _half_close(self, stream: Stream) -> None:
        if heard := self.heard(stream)[stream.told :]:
            self._say(stream, heard, _LAST_WORDS_AFTER, is_final=True)
        self._tell(stream, StreamClosed(stream.number), _LAST_WORDS_AFTER)
        stream.ended, stream.how = self._now, "half-closed"

    def _break(self) -> None:
        stream = self.streams[0]
        self._tell(stream, StreamClosed(0, StreamLostError("UNAVAILABLE", "as planned")), 0.0)
        stream.ended, stream.how = self._now, "UNAVAILABLE"

    def _end(self, stream: Stream, how: str) -> None:
        stream.is_open = False
        stream.ended, stream.how = self._now, how

    def _say(self, stream: Stream, heard: list[Heard], after: float, *, is_final: bool) -> None:
        # Each word says which stream heard it, so that the results tell whose words count.
        words = tuple(
            StreamWord(
                f"{stream.number}:{word.text}",
                round((word.start - stream.start) * _RATE),
                round((word.end - stream.start) * _RATE),
                None,
                None,
            )
            for word in heard
        )
        text = " ".join(word.text for word in words)
        alternative = StreamAlternative(text, None, words if is_final else ())
        result = StreamResult((alternative,), is_final, words[-1].end, None, "", None)
        self._tell(stream, StreamResponse(stream.number, (result,)), after)


def speech(text: str, start: float) -> list[Spoken]:
    """Somebody says a text from ``start`` on: long words take longer, and a dash is a pause."""
    words, position = [], round(start, 3)
    for part in text.split():
        if part == "-":
            position += 1.0
            continue
        end = round(position + 0.1 + 0.056 * len(part), 3)
        words.append(Spoken(part, position, end))
        position = round(end + 0.07, 3)
    return words


def _part(word: Spoken, stream: Stream) -> Heard:
    start, end = max(word.start, stream.start), min(word.end, stream.end)
    letters = len(word.text) / (word.end - word.start)
    first = round((start - word.start) * letters)
    last = max(first + 1, round((end - word.start) * letters))
    return Heard(word.text[first:last], start, end, start == word.start and end == word.end)


def _first_sound(data: bytes | memoryview, channel: int | None) -> int | None:
    del channel
    sound = np.flatnonzero(np.frombuffer(data, "<i2"))
    return int(sound[0]) if len(sound) else None
