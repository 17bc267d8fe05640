"""A service made up in memory, on a clock made up as well, to run the engine against.

Every frame of the audio says where it is in the session, so the simulated service knows exactly which
words each of its streams has heard, and whether whole. What it answers and when, what goes wrong and
when, and how the user behaves is drawn from a seed: the same seed always gives the same course.
"""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

import numpy as np
from google.rpc.error_details_pb2 import RetryInfo

from asyncspeech.audio.voice.gate import Gate, Passage
from asyncspeech.config import (
    Budget,
    BufferPolicy,
    IdlePolicy,
    MultiChannelMode,
    Prices,
    PriceTier,
    RenewalPolicy,
    RetryPolicy,
    SessionConfig,
    TurnPolicy,
    VoiceActivity,
)
from asyncspeech.core.actions import (
    CancelStream,
    Deliver,
    Finalized,
    Finish,
    HalfClose,
    OpenStream,
    SendAudio,
)
from asyncspeech.core.engine import SessionEngine
from asyncspeech.core.events import (
    StreamAlternative,
    StreamClosed,
    StreamResponse,
    StreamResult,
    StreamWord,
)
from asyncspeech.core.phases import Phase
from asyncspeech.errors import BudgetExceededError, QuotaExceededError, StreamLostError
from asyncspeech.model import AudioLost, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from asyncspeech.core.actions import Action
    from asyncspeech.core.events import StreamEvent
    from asyncspeech.model import Event
    from asyncspeech.telemetry.streams import StreamSummary

RATE = 8_000
CHUNK = RATE // 10
_ENDPOINT = RATE // 2
_PASSING = ("UNAVAILABLE", "INTERNAL", "ABORTED", "CANCELLED", "UNKNOWN")


@dataclass(frozen=True, slots=True)
class Course:
    """How a simulated session goes.

    Attributes:
        seed: What everything that is not given here is drawn from.
        words: How many words are said.
        gap: Seconds between words, at most.
        pause: Seconds between utterances, at most.
        has_times: Whether the model says when words were spoken.
        latency: Seconds after which the service answers, at most.
        fault_every: Something goes wrong every so many seconds, on average; 0 for never.
        mutes: Whether the user stops sending now and then.
        finalizes: Whether the user wants finals now and then.
        stalls: Whether a stream may fall silent, or take no audio.
        budget: How many billed seconds the session may cost, at a dollar each; 0 for any number.
        channels: How many people speak, each on a channel of their own; 1 for one, and no channels.
        listens: Whether it is told along with the audio whether somebody speaks in it.
        gate: Seconds before and after speech that are sent; None if silence is sent as well.
        turn: After how many seconds of silence a turn is over; 0 for never.
    """

    seed: int
    words: int = 30
    gap: float = 0.1
    pause: float = 0.9
    has_times: bool = True
    latency: float = 0.4
    fault_every: float = 0.0
    mutes: bool = False
    finalizes: bool = False
    stalls: bool = False
    budget: int = 0
    channels: int = 1
    listens: bool = False
    gate: tuple[float, float] | None = None
    turn: float = 0.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word that is said: its number, where it begins and ends in frames, and on which channel."""

    number: int
    start: int
    end: int
    channel: int | None


@dataclass(slots=True)
class _Heard:
    """A word that a stream hears: the stream's frame at which it begins, and how many frames so far."""

    word: Spoken
    start: int
    frames: int = 0

    @property
    def is_whole(self) -> bool:
        return self.frames == self.word.end - self.word.start

    @property
    def text(self) -> str:
        return f"w{self.word.number}" if self.is_whole else f"w{self.word.number}~"


@dataclass(slots=True)
class _Voice:
    """What a stream has heard on one channel, and how much of it is final."""

    channel: int | None
    heard: list[_Heard] = field(default_factory=list)
    told: int = 0


@dataclass(slots=True)
class _ServiceStream:
    """One stream, as the service sees it."""

    number: int
    voices: dict[int | None, _Voice]
    length: int = 0
    last_answer: float = 0.0
    is_silent: bool = False
    is_deaf: bool = False
    is_half_closed: bool = False
    pending: list[bytes] = field(default_factory=list)


class Simulation:
    """Runs a session's engine against the simulated service until it is over."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self._random = Random(course.seed)
        self.spoken = self._speech()
        self.audio = self._frames()
        self._voiced = self._voice() if course.listens else None
        self._gate: Gate | None = None
        if course.gate is not None:
            pre_roll, hang_over = course.gate
            self._gate = Gate(round(pre_roll * RATE), round(hang_over * RATE))
        self._passed = 0
        self.now = 0.0
        self.events: list[Event] = []
        self.ended: list[StreamSummary] = []
        self.finish: Finish | None = None
        self.most_streams = 0
        self.opened = 0
        self.finalized: list[int] = []
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._streams: dict[int, _ServiceStream] = {}
        self._all_streams: list[_ServiceStream] = []
        self._wake_at: float | None = None
        self.config = SessionConfig(
            sample_rate_hertz=RATE,
            audio_channel_count=2,
            multi_channel_mode=(
                MultiChannelMode.SEPARATE_RECOGNITION_PER_CHANNEL
                if course.channels > 1
                else MultiChannelMode.MULTI_CHANNEL_MODE_UNSPECIFIED
            ),
            renewal=RenewalPolicy(after=4, by=6, overlap=2),
            retry=RetryPolicy(max_outage=1e6),
            buffer=BufferPolicy(max_seconds=1e6, max_unsettled_seconds=20),
            idle=IdlePolicy(after=2.0, mode=self._random.choice(("park", "keep-alive"))),  # type: ignore[arg-type]
            stall_timeout=3.0,
            drain_timeout=1e6,
            budget=Budget(usd=course.budget) if course.budget else None,
            prices=Prices(tiers=(PriceTier(0, 60.0),)),
            preprocess=(VoiceActivity(),) if course.listens else (),
            turn=TurnPolicy(silence=course.turn) if course.turn else None,
        )
        self.engine = SessionEngine(self.config, find_sound=self._find_sound, random=self._random.random)

    # What is said.

    @property
    def channels(self) -> tuple[int | None, ...]:
        """The channels, from 1; None alone if they are not told apart."""
        return (1, 2) if self.course.channels > 1 else (None,)

    def _speech(self) -> list[Spoken]:
        return [word for channel in self.channels for word in self._speech_on(channel)]

    def _speech_on(self, channel: int | None) -> list[Spoken]:
        lot, course = self._random, self.course
        position, spoken = lot.randrange(RATE), []
        first = 1_000 * ((channel or 1) - 1)
        for number in range(first, first + course.words):
            length = lot.randrange(RATE // 5, RATE // 2)
            spoken.append(Spoken(number, position, position + length, channel))
            is_last = lot.random() < 0.2
            silence = lot.uniform(0, course.pause if is_last else course.gap)
            position += length + round(silence * RATE)
        return spoken

    def _frames(self) -> NDArray[np.uint32]:
        """Every frame's position, counted from 1: 0 is nobody's audio. A frame is two samples."""
        end = max(word.end for word in self.spoken)
        return np.arange(1, end + RATE + 1, dtype="<u4")

    def _voice(self) -> NDArray[np.bool_]:
        """Whether somebody speaks, as it is told: never too late, and until a little after the end."""
        lot, voiced = self._random, np.zeros(len(self.audio), bool)
        for word in self.spoken:
            before, after = lot.uniform(0, 0.1), lot.uniform(0, 0.2)
            start, end = word.start - round(before * RATE), word.end + round(after * RATE)
            voiced[max(0, start) : end] = True
        return voiced

    def _find_sound(self, data: bytes | memoryview, channel: int | None) -> int | None:
        positions = np.frombuffer(data, "<u4")
        first = int(positions[0]) - 1
        starts = [
            max(0, word.start - first)
            for word in self.spoken
            if word.end > first and channel in {None, word.channel}
        ]
        offset = min(starts, default=len(positions))
        return offset if offset < len(positions) else None

    # Running.

    def run(self) -> Simulation:
        """Run the session to its end."""
        self._feed(0)
        for _ in range(200_000):
            if self.finish is not None:
                self._check_after_the_end()
                return self
            assert self._queue, f"the session waits for ever, {self.engine.phase}"
            self.now, _, do = heapq.heappop(self._queue)
            do()
        raise AssertionError("the session does not end")

    def _at(self, delay: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (self.now + delay, next(self._count), do))

    def _feed(self, position: int) -> None:
        """The user sends a chunk, and comes again."""
        lot, engine = self._random, self.engine
        frames = lot.choice((CHUNK, CHUNK, CHUNK, CHUNK // 5, 3 * CHUNK))
        chunk = self.audio[position : position + frames]
        is_sooner = False
        if len(chunk):
            try:
                is_sooner = self._give(position, position + len(chunk))
            except BudgetExceededError:
                self._do()
                return
        if self.course.finalizes and lot.random() < 0.02:
            self.wanted, is_sooner = engine.finalize(self.now), True
        if self.course.finalizes and lot.random() < 0.01:
            engine.reconfigure(self.config, self.now)
            is_sooner = True
        self._do(is_sooner=is_sooner)
        position += frames
        if position >= len(self.audio):
            self._at(lot.uniform(0, 1), self._end)
            return
        delay = frames / RATE
        if self.course.mutes and lot.random() < 0.02:
            delay += lot.uniform(0, 10)
        self._at(delay, lambda: self._feed(position))

    def _give(self, start: int, end: int) -> bool:
        """Give audio to the engine, along with whether somebody speaks in it.

        Returns:
            Whether its deadline may have come nearer.
        """
        if self._voiced is None:
            return self.engine.audio(self.audio[start:end].tobytes(), self.now)
        changes = np.flatnonzero(np.diff(self._voiced[start:end])) + start + 1
        for first, last in itertools.pairwise([start, *map(int, changes), end]):
            is_voice = bool(self._voiced[first])
            if self._gate is None:
                self._pass_on(Passage(last - first, is_voice))
            else:
                for passage in self._gate.take(last - first, is_voice=is_voice):
                    self._pass_on(passage)
        return True

    def _pass_on(self, passage: Passage) -> None:
        start, self._passed = self._passed, self._passed + passage.frames
        if passage.is_voice is None:
            self.engine.withhold(passage.frames, self.now)
        else:
            data = self.audio[start : self._passed].tobytes()
            self.engine.audio(data, self.now, is_voice=passage.is_voice)

    def _end(self) -> None:
        self.engine.end(self.now)
        self._do()

    def _tell(self, event: StreamEvent) -> None:
        if self.finish is None:
            self._do(is_sooner=self.engine.handle(event, self.now))

    def _wake(self, time: float) -> None:
        if self._wake_at != time or self.finish is not None:
            return
        self._wake_at = None
        self.engine.wake(self.now)
        deadline = self.engine.deadline()
        assert deadline is None or deadline > self.now, f"{self.engine.phase} is due for ever"
        self._do()

    def _do(self, *, is_sooner: bool = True) -> None:
        for action in self.engine.actions():
            assert self.finish is None, "nothing follows the end"
            self._act(action)
        self.ended += self.engine.ended()
        self._check()
        if not is_sooner:
            self._check_deadline()
            return
        deadline = self.engine.deadline()
        if deadline is not None and (self._wake_at is None or deadline < self._wake_at):
            self._wake_at = deadline
            late = self._random.choice((0.0, 0.0, 0.002, 0.05))
            self._at(max(0.0, deadline - self.now) + late, lambda: self._wake(deadline))

    def _check_deadline(self) -> None:
        """See that what is said to bring no deadline nearer brings none, without asking for it."""
        told = self.engine._told_deadline
        deadline = self.engine.deadline()
        self.engine._told_deadline = told
        assert deadline is None or deadline >= told, f"it is due at {deadline}, and {told} was told"

    def _act(self, action: Action) -> None:
        match action:
            case OpenStream():
                self._open(action)
            case SendAudio():
                self._streams[action.stream].pending.append(bytes(action.data))
                self._at(self._random.uniform(0, 0.02), lambda: self._take(action.stream))
            case HalfClose():
                self._streams[action.stream].is_half_closed = True
                self._at(0.001, lambda: self._half_close(action.stream))
            case CancelStream():
                del self._streams[action.stream]
            case Deliver():
                self.events.append(action.event)
            case Finalized():
                self.finalized.append(action.position)
            case Finish():
                self.finish = action

    # The service.

    def _open(self, action: OpenStream) -> None:
        number = action.stream
        assert number == self.opened, "streams are numbered in the order of their opening"
        self.opened += 1
        voices = {channel: _Voice(channel) for channel in self.channels}
        stream = self._streams[number] = _ServiceStream(number, voices)
        self._all_streams.append(stream)
        self.most_streams = max(self.most_streams, len(self._streams))
        if self.course.fault_every:
            delay = self._random.expovariate(1 / self.course.fault_every)
            self._at(delay, lambda: self._break(number))
        if self.course.stalls and self._random.random() < 0.2:
            stream.is_silent = True
            stream.is_deaf = self._random.random() < 0.5

    def _break(self, number: int) -> None:
        lot, stream = self._random, self._streams.get(number)
        code = lot.choice((*_PASSING, "RESOURCE_EXHAUSTED", "OK"))
        if code == "OK" and stream is not None and stream.is_half_closed:
            code = "UNAVAILABLE"  # nobody could tell it from an end as it should be
        error: StreamLostError | QuotaExceededError | None = None
        if code == "RESOURCE_EXHAUSTED":
            wait = RetryInfo()
            wait.retry_delay.FromNanoseconds(lot.randrange(1_000_000_000))
            error = QuotaExceededError(code, "quota", details=[wait])
        elif code != "OK":
            error = StreamLostError(code, "as planned")
        self._close(number, error)

    def _close(self, number: int, error: StreamLostError | QuotaExceededError | None) -> None:
        if self._streams.pop(number, None) is not None:
            self._tell(StreamClosed(number, error))

    def _take(self, number: int) -> None:
        """GRPC takes what waits, and the service hears it."""
        stream = self._streams.get(number)
        if stream is None or stream.is_deaf or not stream.pending:
            return
        pieces, stream.pending = stream.pending, []
        positions = np.concatenate([np.frombuffer(piece, "<u4") for piece in pieces])
        self._hear(stream, positions)
        if self.finish is None:
            leads = self.engine.audio_sent(number, len(positions), self.now)
            assert leads or not self.engine._actions, "nobody would ask for them"
            self._do(is_sooner=leads)

    def _half_close(self, number: int) -> None:
        stream = self._streams.get(number)
        if stream is None or stream.is_deaf:
            return
        if stream.pending:
            self._at(0.02, lambda: self._half_close(number))
            return
        for voice in stream.voices.values():
            self._final(stream, voice)
        if not stream.is_silent:
            self._answer(stream, lambda: self._close(number, None))

    def _hear(self, stream: _ServiceStream, positions: NDArray[np.uint32]) -> None:
        for run in np.split(positions, np.flatnonzero(np.diff(positions.astype(np.int64)) != 1) + 1):
            if run[0]:
                first, last = int(run[0]) - 1, int(run[-1])
                for word in self.spoken:
                    begin, end = max(word.start, first), min(word.end, last)
                    if begin < end:
                        self._hear_part(stream, word, stream.length + begin - first, end - begin)
            stream.length += len(run)
        for voice in stream.voices.values():
            self._endpoint(stream, voice, stream.length)

    def _hear_part(self, stream: _ServiceStream, word: Spoken, start: int, frames: int) -> None:
        voice = stream.voices[word.channel]
        last = voice.heard[-1] if voice.heard else None
        if last is None or last.word != word or last.start + last.frames != start:
            self._endpoint(stream, voice, start)
            voice.heard.append(_Heard(word, start))
        voice.heard[-1].frames += frames
        if voice.heard[-1].is_whole:
            self._interim(stream, voice)

    def _endpoint(self, stream: _ServiceStream, voice: _Voice, now: int) -> None:
        """Make what was heard final if nobody has spoken for a while."""
        if len(voice.heard) > voice.told:
            last = voice.heard[-1]
            if now - (last.start + last.frames) >= _ENDPOINT:
                self._final(stream, voice)

    def _interim(self, stream: _ServiceStream, voice: _Voice) -> None:
        heard = voice.heard[voice.told :]
        text = " ".join(item.text for item in heard)
        end = heard[-1].start + heard[-1].frames
        self._say(stream, voice, StreamAlternative(text, None, ()), end, is_final=False)

    def _final(self, stream: _ServiceStream, voice: _Voice) -> None:
        heard, voice.told = voice.heard[voice.told :], len(voice.heard)
        if not heard:
            return
        words = tuple(
            StreamWord(item.text, item.start, item.start + item.frames, None, None) for item in heard
        )
        text = " ".join(item.text for item in heard)
        alternative = StreamAlternative(text, None, words if self.course.has_times else ())
        end = heard[-1].start + heard[-1].frames
        self._say(stream, voice, alternative, end, is_final=True)

    def _say(
        self,
        stream: _ServiceStream,
        voice: _Voice,
        alternative: StreamAlternative,
        end: int,
        *,
        is_final: bool,
    ) -> None:
        result = StreamResult((alternative,), is_final, end, None, "", voice.channel)
        if not stream.is_silent:
            response = StreamResponse(stream.number, (result,))
            self._answer(stream, lambda: self._tell_if_open(response))

    def _tell_if_open(self, response: StreamResponse) -> None:
        if response.stream in self._streams:
            self._tell(response)

    def _answer(self, stream: _ServiceStream, do: Callable[[], None]) -> None:
        """Answer after a while, but not before what was answered last."""
        time = max(stream.last_answer, self.now + self._random.uniform(0, self.course.latency))
        stream.last_answer = time
        self._at(time - self.now, do)

    # What always holds.

    def _check(self) -> None:
        assert len(self._streams) <= 2, "at most one stream is live and one says its last words"
        unsettled = self.engine.unsettled_seconds
        assert 0 <= unsettled <= len(self.audio) / RATE

    def _check_after_the_end(self) -> None:
        assert self.engine.phase is Phase.ENDED
        assert not self._streams, "no stream is left"
        ended = sorted(stream.number for stream in self.ended)
        assert ended == list(range(self.opened)), "each stream is told of once when it is over"
        assert sum(stream.billed for stream in self.ended) == self.engine.figures.billed_seconds
        assert sum(stream.billed_estimate for stream in self.ended) == self.engine.billed_estimate
        self.engine.wake(self.now + 1e9)
        assert self.engine.actions() == []
        assert self.engine.deadline() is None

    @property
    def billed(self) -> int:
        """What the service bills: the seconds begun on each stream, on each channel."""
        return sum(-(-stream.length // RATE) for stream in self._all_streams) * len(self.channels)

    @property
    def finals(self) -> list[Result]:
        """The finals, in the order in which they were handed over."""
        return [event for event in self.events if isinstance(event, Result) and event.is_final]

    def finals_on(self, channel: int | None) -> list[Result]:
        """The finals of one channel, in the order in which they were handed over."""
        return [final for final in self.finals if final.channel == channel]

    @property
    def lost(self) -> list[AudioLost]:
        """What was reported lost."""
        return [event for event in self.events if isinstance(event, AudioLost)]
