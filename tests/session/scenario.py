"""A session on a service that makes trouble, fed with coded audio; and what became of its words.

Time is scaled. In the issue's table a stream lasts 12 seconds; here whatever the clock measures takes a
quarter of that, and audio comes four times as fast, so that as much is said between two renewals. What
is measured in audio (words, pauses, the overlap) is not scaled, and `catch_up`, a ratio of the two, is
four times as large.

`play` does all of it and returns an `Outcome`; `assert_promise` holds it to the whole promise. A test
that interferes opens a `stage` and uses what `play` is made of.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from asyncspeech import (
    AsyncSpeechError,
    Client,
    IdleMode,
    IdlePolicy,
    RenewalPolicy,
    Result,
    RetryPolicy,
    SessionConfig,
)
from asyncspeech.emulator import Abort, Coded, Delay, Emulator, Faults, Limits, coded

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence

    from asyncspeech import Session, SessionStats, SessionSummary, Transcript
    from asyncspeech.emulator import Fault, Recognizer, StreamRecord
    from asyncspeech.emulator.coded import CodedRecording, CodedScore

    Speak = Callable[["Live"], Awaitable[None]]

PACE = 4.0
"""How much faster than real time audio comes."""

CHUNK_SECONDS = 0.1

LIMITS = replace(Limits(), stream_seconds=3.0, idle_seconds=2.5)
"""A stream's 12 seconds and the 10 without a message, scaled."""

LATE = Delay(0.025, jitter=0.35)
"""Answers are 0.1 to 1.5 s late, scaled."""

PASSING = ("UNAVAILABLE", "INTERNAL", "ABORTED", "CANCELLED", "UNKNOWN", "RESOURCE_EXHAUSTED")
"""The codes after which another stream may well succeed."""

MAX_MESSAGE_BYTES = 25_600
WORST_TIMESTAMP_ERROR = 0.001

# A stream that the client has cancelled is open at the service until that has arrived.
_CANCELLATION_SECONDS = 0.02

_Event = TypeVar("_Event")


def scaled(**changes: Any) -> SessionConfig:
    """A configuration whose times are a quarter of those in the issue's table."""
    config = SessionConfig(
        renewal=RenewalPolicy(after=2.0, by=2.75, overlap=0.5),
        retry=RetryPolicy(initial_delay=0.025, max_delay=1.25, max_outage=15.0),
        idle=IdlePolicy(after=1.25, mode=IdleMode.PARK),
        stall_timeout=2.5,
        drain_timeout=7.5,
        catch_up=40.0,
    )
    return replace(config, **changes)


def utterances(seconds: float) -> CodedRecording:
    """So many seconds of talk in utterances of five words with pauses of 0.7 s."""
    return coded.encode(5 * max(1, round((seconds - 0.7) / 2.4)))


def unbroken(seconds: float) -> CodedRecording:
    """So many seconds of talk without a pause. The overlap of `scaled` covers three of its words."""
    count = round(seconds / 0.17)
    return coded.encode(
        count, word_seconds=0.12, gap_seconds=0.05, pause_seconds=0.0, words_per_utterance=count
    )


def mishaps(
    seed: int, *, mean: float = 0.75, codes: Sequence[str] = PASSING, also: Iterable[Fault] = (LATE,)
) -> Faults:
    """A plan in which a stream breaks ``mean`` seconds after it was opened, on average, at any moment.

    An exponential law has no memory: this is a fault each ``mean`` seconds, whatever is open then.
    RESOURCE_EXHAUSTED comes with advice when to try again.
    """
    lot = random.Random(seed)
    aborts = []
    for stream in range(1, 1_000):
        code, after = lot.choice(codes), lot.expovariate(1 / mean)
        advice = round(lot.uniform(0.05, 0.3), 3) if code == "RESOURCE_EXHAUSTED" else None
        aborts.append(Abort(code, stream=stream, after=round(after, 3), retry_delay=advice))
    return Faults(*aborts, *also, seed=seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a session made of a recording, and what it cost.

    Attributes:
        score: What became of the words.
        transcript: What the session has in the end.
        results: What iterating the session gave.
        events: What its ``events()`` gave.
        stats: The session's figures.
        summary: The session as it was.
        streams: What each of the service's streams saw.
        most_open: The most streams that were open at a time.
        channels: How many channels the client used.
        largest_message: The most bytes of audio in one message.
        error: What the session failed with.
        report: What each stream saw and what befell it, for people.
    """

    score: CodedScore
    transcript: Transcript
    results: tuple[Result, ...]
    events: tuple[object, ...]
    stats: SessionStats
    summary: SessionSummary
    streams: tuple[StreamRecord, ...]
    most_open: int
    channels: int
    largest_message: int
    error: AsyncSpeechError | None
    report: str

    def those(self, kind: type[_Event]) -> list[_Event]:
        """The events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def finals(self) -> list[Result]:
        """The finals among the results that iterating the session gave."""
        return [result for result in self.results if result.is_final]

    def __str__(self) -> str:
        return (
            f"{self.score}\n{self.error!r}\n{self.stats}\n{self.report}\nheard: {self.transcript.text}"
        )


class Live:
    """A session that is open, and everything that it has given so far.

    Args:
        session: The session.
        emulator: The service.
        client: The session's client.
    """

    def __init__(self, session: Session, emulator: Emulator, client: Client) -> None:
        self.session = session
        self.emulator = emulator
        self.client = client
        self.keeps_interims = True
        self.results: list[Result] = []
        self.events: list[object] = []
        self.error: AsyncSpeechError | None = None
        self._news = asyncio.Event()

    async def feed(
        self,
        audio: bytes,
        *,
        pace: float = PACE,
        chunk_seconds: float = CHUNK_SECONDS,
        frame_bytes: int = 2,
    ) -> None:
        """Send audio as it would come from a microphone that is ``pace`` times as fast.

        Each chunk has its time, counted from the first: whatever comes late, nothing drifts.
        """
        loop = asyncio.get_running_loop()
        size = round(chunk_seconds * self.session.config.sample_rate_hertz) * frame_bytes
        begun = loop.time()
        for number, start in enumerate(range(0, len(audio), size)):
            await asyncio.sleep(begun + number * chunk_seconds / pace - loop.time())
            await self.session.send(audio[start : start + size])

    @asynccontextmanager
    async def feeding(self, audio: bytes, **how: Any) -> AsyncGenerator[asyncio.Task[None], None]:
        """`feed` while the block goes on; its end waits for that of the audio."""
        task = asyncio.create_task(self.feed(audio, **how))
        try:
            yield task
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def mute(self, seconds: float) -> None:
        """Send nothing for so long: that, too, is audio at its pace."""
        await asyncio.sleep(seconds)

    async def first(self, kind: type[_Event], count: int = 1) -> _Event:
        """The ``count``-th event of a kind, as soon as it is there."""
        await self.until(lambda: len(self._those(kind)) >= count)
        return self._those(kind)[count - 1]

    async def until(self, is_so: Callable[[], object], patience: float = 5.0) -> None:
        """Wait until something holds of the results and events that have come, or of the session."""
        async with asyncio.timeout(patience):
            while not is_so():
                self._news.clear()
                await self._news.wait()

    async def until_service(self, is_so: Callable[[Emulator], object], patience: float = 5.0) -> None:
        """Wait until something holds of the service, which tells nobody and can only be looked at."""
        async with asyncio.timeout(patience):
            while not is_so(self.emulator):
                await asyncio.sleep(0.002)

    def _those(self, kind: type[_Event]) -> list[_Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def failed(self, error: AsyncSpeechError) -> None:
        """Note what the session failed with."""
        self.error = self.error or error
        self._news.set()

    async def read_results(self) -> None:
        """Iterate the session to its end."""
        try:
            async for result in self.session:
                self._keep(self.results, result)
        except AsyncSpeechError as error:
            self.failed(error)

    async def read_events(self, events: Any) -> None:
        """Iterate the session's events to their end."""
        try:
            async for event in events:
                self._keep(self.events, event)
        except AsyncSpeechError as error:
            self.failed(error)

    def _keep(self, given: list[_Event], item: _Event) -> None:
        if self.keeps_interims or not isinstance(item, Result) or item.is_final:
            given.append(item)
        self._news.set()

    def outcome(self, recording: CodedRecording) -> Outcome:
        """What became of ``recording``, as of now."""
        streams = self.emulator.streams
        return Outcome(
            score=score(recording, self.session.transcript.results),
            transcript=self.session.transcript,
            results=tuple(self.results),
            events=tuple(self.events),
            stats=self.session.stats,
            summary=self.session.summary,
            streams=streams,
            most_open=most_open(streams),
            channels=len(self.client._channels),
            largest_message=max((stream.largest_message for stream in streams), default=0),
            error=self.error,
            report="\n".join(map(str, streams)),
        )


@asynccontextmanager
async def stage(
    *,
    recognizer: Recognizer | None = None,
    limits: Limits = LIMITS,
    faults: Faults | None = None,
    **options: Any,
) -> AsyncGenerator[tuple[Emulator, Client], None]:
    """The service, and a client of it."""
    async with Emulator(recognizer or Coded(), limits=limits, faults=faults, **options) as emulator:
        async with Client(emulator_host=emulator.address) as client:
            yield emulator, client


async def perform(
    emulator: Emulator, client: Client, config: SessionConfig, speak: Speak, *, patience: float = 30.0
) -> Live:
    """One session, from its opening to its end: ``speak`` says what there is to say in it.

    What the session fails with is kept. It is an error of the test if it lasts longer than ``patience``.
    """
    session = client.session(config)
    live = Live(session, emulator, client)
    try:
        async with asyncio.timeout(patience), session:
            events = session.events()
            readers = [
                asyncio.create_task(live.read_events(events)),
                asyncio.create_task(live.read_results()),
            ]
            try:
                await speak(live)
                await session.end()
                await asyncio.gather(*readers)
            finally:
                for reader in readers:
                    reader.cancel()
                await asyncio.gather(*readers, return_exceptions=True)
    except AsyncSpeechError as error:
        live.failed(error)
    except TimeoutError:
        report = f"{session.stats}\n{live.events}\n{emulator.report()}"
        raise AssertionError(f"not done in {patience} s\n{report}") from None
    return live


async def play(
    recording: CodedRecording,
    *,
    recognizer: Recognizer | None = None,
    limits: Limits = LIMITS,
    faults: Faults | None = None,
    config: SessionConfig | None = None,
    speak: Speak | None = None,
    pace: float = PACE,
    patience: float = 30.0,
    service_knows: bool = True,
    **changes: Any,
) -> Outcome:
    """Say a recording to a session, and look at what it made of it.

    Args:
        recording: What is said.
        recognizer: What recognises it; `Coded` if None.
        limits: What the service puts up with.
        faults: What goes wrong.
        config: What the session is to do; else `scaled`.
        speak: Says it, if not simply from the beginning to the end; the end of the audio is said then.
        pace: How much faster than real time it is said.
        patience: How long it may take, in seconds.
        service_knows: Whether the service can know which streams are over; then all have to be.
        changes: Fields of the configuration to be changed.
    """
    config = replace(config or scaled(), **changes)
    speak = speak or partial(_say, recording.audio, pace)
    async with stage(recognizer=recognizer, limits=limits, faults=faults) as (emulator, client):
        live = await perform(emulator, client, config, speak, patience=patience)
        if service_knows:
            await live.until_service(is_idle)
        return live.outcome(recording)


def is_idle(emulator: Emulator) -> bool:
    """Whether no stream is open."""
    return not any(stream.is_open for stream in emulator.streams)


async def _say(audio: bytes, pace: float, live: Live) -> None:
    try:
        await live.feed(audio, pace=pace)
    except AsyncSpeechError as error:  # the session has failed, and says so to whoever sends
        live.failed(error)


def score(
    recording: CodedRecording, results: Iterable[Result], *, channel: int | None = None
) -> CodedScore:
    """What became of the words of ``recording``, of which the finals on ``channel`` tell."""
    heard: list[tuple[str, float | None, float | None]] = []
    for result in results:
        if channel is None or result.channel == channel:
            # A model that gives no word times gives no words either.
            heard += [(word.text, word.start, word.end) for word in result.words] or [
                (text, None, None) for text in result.text.split()
            ]
    return coded.score(recording, heard)


def most_open(streams: Iterable[StreamRecord]) -> int:
    """The most streams that were open at a time, but for such as were being cancelled."""
    moments: list[tuple[float, int]] = []
    for stream in streams:
        closed = float("inf") if stream.closed is None else stream.closed - _CANCELLATION_SECONDS
        if closed > stream.opened:
            moments += [(stream.opened, 1), (closed, -1)]
    most = count = 0
    for _, change in sorted(moments):
        count += change
        most = max(most, count)
    return most


def assert_promise(outcome: Outcome, *, channels: int = 1) -> None:
    """Nothing lost, repeated, garbled, out of order or misplaced; two streams, one channel at most."""
    assert outcome.error is None, outcome
    assert outcome.score.is_perfect, outcome
    assert outcome.score.worst_error <= WORST_TIMESTAMP_ERROR, outcome
    assert_order(outcome)
    assert_bounds(outcome, channels=channels)


def assert_order(outcome: Outcome) -> None:
    """Whoever iterates gets the finals of the transcript, in the order of what was said."""
    finals = list(outcome.transcript.results)
    assert outcome.finals == finals, outcome
    assert [event for event in outcome.those(Result) if event.is_final] == finals, outcome
    starts = [result.start for result in finals]
    assert starts == sorted(starts), outcome
    assert len({result.segment for result in finals}) == len(finals), outcome


def assert_bounds(outcome: Outcome, *, channels: int = 1) -> None:
    """At most two streams at a time, one channel, and no message that is too large."""
    assert outcome.most_open <= 2, outcome
    assert outcome.channels <= channels, outcome
    assert outcome.largest_message <= MAX_MESSAGE_BYTES, outcome


async def gone(patience: float, leave: Awaitable[object]) -> float:
    """How long ``leave`` takes, in seconds. It is an error of the test if that is over ``patience``."""
    begun = asyncio.get_running_loop().time()
    with anyio.fail_after(patience):
        await leave
    return asyncio.get_running_loop().time() - begun
