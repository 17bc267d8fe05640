"""`Session`: what a user holds while a conversation lasts."""

from __future__ import annotations

import asyncio
import os
import random
import threading
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakSet

import anyio

from asyncspeech.audio import open_source
from asyncspeech.audio.loudness import SoundFinder
from asyncspeech.audio.recordings.kinds import tell_file
from asyncspeech.config import WhenFull
from asyncspeech.core.engine import SessionEngine
from asyncspeech.errors import (
    AsyncSpeechError,
    BudgetExceededError,
    BufferOverflowError,
    ConfigurationError,
    ServiceError,
    SessionClosedError,
    UsageError,
)
from asyncspeech.intake import Intake
from asyncspeech.mailbox import Mailbox
from asyncspeech.model import Result
from asyncspeech.process import check_loop, check_process, runs_here
from asyncspeech.supervisor import Supervisor
from asyncspeech.telemetry.stats import Counts
from asyncspeech.telemetry.summary import ABANDONED
from asyncspeech.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType
    from typing import Self

    from typing_extensions import Buffer

    from asyncspeech.audio import AudioInput, Source
    from asyncspeech.config import SessionConfig
    from asyncspeech.core.purse import Purses
    from asyncspeech.model import Event
    from asyncspeech.supervisor import OpenCall
    from asyncspeech.telemetry.fleet import Fleet
    from asyncspeech.telemetry.recorder import Recorder
    from asyncspeech.telemetry.stats import SessionStats
    from asyncspeech.telemetry.streams import StreamSummary
    from asyncspeech.telemetry.summary import SessionSummary

__all__ = ("Session",)

# struct codes of buffers that can hold encoded audio: bytes, and 16-bit samples.
_AUDIO_CODES = frozenset({"B", "b", "c", "h", "<h"})


class Session:
    """One conversation with the service: audio in, results out, for as long as it lasts.

    Made by `Client.session`, and alive inside ``async with``. Iterating gives every `Result` as it
    comes; the iteration ends when the audio has ended and everything was recognised, and raises if the
    session fails. What happens besides, such as a stream that is replaced, is told by `events`.

    Leaving the block normally ends the audio and waits for the results still due; they are in
    `transcript`. A session that feeds itself from ``source`` stops taking from it then. Leaving by an
    exception or a cancellation ends everything at once. Afterwards `transcript` and `stats` are still
    there.

    Args:
        config: What the session is to do.
        open_call: Makes the session's calls to the service.
        place: Gives what the session holds while it is alive; entering that may wait.
        check: Raises `ConfigurationError` for a configuration that cannot work.
        fleet: Counts the session among others.
        purses: The budgets that it shares with others.
        source: What to feed the session from, or None if the caller sends.
        channel: As for `send_from`.
        pace: As for `send_from`.

    Raises:
        ConfigurationError: ``source`` is nothing that can be read, or not by this channel or pace.
    """

    def __init__(
        self,
        config: SessionConfig,
        *,
        open_call: OpenCall,
        place: Callable[[Session], AbstractAsyncContextManager[None]],
        check: Callable[[SessionConfig], None],
        fleet: Fleet,
        purses: Purses,
        source: AudioInput | None = None,
        channel: int | None = None,
        pace: float | None = None,
    ) -> None:
        self._config = config
        audio_format = config.audio_format  # which no other configuration changes
        self._channels = audio_format.audio_channel_count
        self._bytes_per_second = audio_format.frame_bytes * audio_format.sample_rate_hertz
        self._open_call = open_call
        self._place = place(self)
        self._check = check
        self._source: AbstractAsyncContextManager[Source] | None = None
        if source is not None:
            self._source = open_source(source, config.audio_format, channel=channel, pace=pace)
        sound = SoundFinder(config.audio_format)
        self._engine = SessionEngine(config, find_sound=sound, random=random.random, purses=purses)
        self._fleet = fleet
        self._recorder = fleet.recorder(config)
        self._mailbox: Mailbox[Result] = Mailbox()
        self._subscribers: WeakSet[Mailbox[Event]] = WeakSet()
        self._finals: list[Result] = []
        self._finals_taken = 0
        self._source_duration: float | None = None
        self._finalized = 0
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._has_begun = False
        self._thread_lock = threading.Lock()
        self._from_threads: list[bytes] = []
        self._thread_bytes = 0
        self._entered = False
        self._process: int | None = None
        self._supervisor: Supervisor | None = None
        self._intake: Intake | None = None
        self._task: asyncio.Task[None] | None = None
        self._feeding = anyio.CancelScope()
        self._finished = asyncio.Event()
        self._error: Exception | None = None
        self._error_raised = False
        self._is_abandoned = False

    # Life.

    async def __aenter__(self) -> Self:
        if self._entered:
            raise UsageError(
                "a session is entered once", hint="open another with client.session() for more audio"
            )
        self._entered = True
        self._process = os.getpid()
        await self._place.__aenter__()
        try:
            self._recorder.begin(self._time())
            self._supervisor = Supervisor(self._engine, open_call=self._open_call, listener=self)
            if self._config.is_preprocessed:
                self._intake = await Intake.start(
                    self._config, self._supervisor, on_room=self.on_sent, on_failure=self._end_with
                )
            self._task = asyncio.create_task(self._run(self._supervisor), name="asyncspeech session")
            await self._supervisor.started()
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            # What the budget paid for is recognised, also if whoever sends was told of its end at once.
            if exc is None or exc is self._engine.over_budget:
                await self.drain()
        finally:
            await self._leave()
        if exc is None:
            self._raise_error_once()

    async def drain(self) -> None:
        """End the audio, and wait until the results for all that was taken are there.

        Does not raise what the session fails with; iterating it or leaving it does.
        """
        self._entered_supervisor()
        self._feeding.cancel()
        await self.end()
        await self._finished.wait()

    def abort(self) -> None:
        """End the session at once, without the results that are still due. Does not wait."""
        if self._supervisor is not None:
            self._is_abandoned = not self._finished.is_set()
            self._entered_supervisor().abort()

    async def _leave(self) -> None:
        """Bring the session's task to its end, whatever it is doing, and give up the place."""
        if self._process != os.getpid():
            return  # the task runs in the process that began it
        self.abort()
        with anyio.CancelScope(shield=True):
            try:
                if self._task is not None:
                    await self._task
            finally:
                await self._place.__aexit__(None, None, None)

    async def _run(self, supervisor: Supervisor) -> None:
        """The session's own task."""
        async with anyio.create_task_group() as tasks:
            if self._intake is not None:
                tasks.start_soon(self._intake.run)
            if self._source is not None:
                tasks.start_soon(self._feed, self._source)
            await supervisor.run()
            tasks.cancel_scope.cancel()

    async def _feed(self, source: AbstractAsyncContextManager[Source]) -> None:
        with self._feeding:
            try:
                await self._send_all(source)
                await self.end()
            except SessionClosedError:
                return  # the caller ended the audio, or the session failed and says so itself
            except Exception as error:  # noqa: BLE001 - a source may be the user's, and raise anything
                await self._let_through()
                self._end_with(error)

    def _end_with(self, error: Exception) -> None:
        """End the audio, as no more can be had. What was is still recognised; then comes the error.

        If it was the session that failed, its own error comes first.
        """
        if not self._finished.is_set():
            self._error = error
        self._entered_supervisor().end()

    # Audio in.

    async def send(self, data: Buffer) -> None:
        """Take audio, waiting while the buffer is full (or as `BufferPolicy.when_full` wants it).

        Args:
            data: Audio in the session's format: ``bytes``, another buffer (copied, so it may be used
                again), or an array of 16-bit samples. It may be cut anywhere and be of any length.

        Raises:
            SessionClosedError: The audio has ended, or the session is not open.
            BufferOverflowError: The buffer is full, and the policy is to raise; nothing was taken.
            ConfigurationError: The buffer holds something else than audio in the session's format, such
                as floats, or a file.
            BudgetExceededError: The budget does not pay for all of ``data``. What it does pay for was
                taken, and everything is recognised by now.
            AsyncSpeechError: The session has failed; this is what it failed with.
        """
        if self._config.buffer.when_full is WhenFull.RAISE:
            self.send_nowait(data)
            return
        audio = self._audio(data)
        supervisor = self._open_supervisor()
        while self._is_full():
            self._room.clear()
            await self._room.wait()
            supervisor = self._open_supervisor()
        try:
            self._take(audio, supervisor)
        except BudgetExceededError as error:
            await self._finished.wait()  # the words that were paid for come first
            raise (self._error or error) from None

    def send_nowait(self, data: Buffer) -> None:
        """Take audio, or raise at once if the buffer is full.

        Args:
            data: As for `send`.

        Raises:
            BufferOverflowError: The buffer is full; ``data`` was not taken.
            SessionClosedError: The audio has ended, or the session is not open.
            ConfigurationError: As for `send`.
            BudgetExceededError: The session's budget is spent. What was paid for is still being
                recognised; leaving the session waits for that.
            AsyncSpeechError: The session has failed; this is what it failed with.
        """
        audio = self._audio(data)
        supervisor = self._open_supervisor()
        if self._is_full():
            raise BufferOverflowError(self._waiting_seconds(), self._config.buffer.max_seconds)
        self._take(audio, supervisor)

    def _audio(self, data: Buffer) -> bytes:
        audio = _audio_bytes(data, self._channels)
        if audio and not self._has_begun:
            _refuse_file(audio)
            self._has_begun = True
        return audio

    def _take(self, audio: bytes, supervisor: Supervisor) -> None:
        if self._intake is None:
            supervisor.audio(audio)
        else:
            self._intake.take(audio)

    def send_threadsafe(self, data: Buffer) -> None:
        """Take audio from another thread, such as that of an audio callback. Never waits.

        Args:
            data: As for `send`. Chunks from one thread keep their order.

        Raises:
            BufferOverflowError: The buffer is full; ``data`` was not taken.
            SessionClosedError: The audio has ended, or the session is not open.
            ConfigurationError: As for `send`.
            BudgetExceededError: The session's budget is spent. What was paid for is still being
                recognised; leaving the session waits for that.
            AsyncSpeechError: The session has failed; this is what it failed with.
        """
        audio = self._audio(data)
        supervisor = self._supervisor_for_any_thread()
        self._raise_error()
        with self._thread_lock:
            if not self._takes_audio:
                raise self._engine.over_budget or SessionClosedError(
                    "the session takes no audio: it has ended"
                )
            if self._is_full():
                raise BufferOverflowError(self._waiting_seconds(), self._config.buffer.max_seconds)
            first = not self._from_threads
            self._from_threads.append(audio)
            self._thread_bytes += len(audio)
        if first:  # one wake-up of the loop takes all that has come by then
            try:
                supervisor.loop.call_soon_threadsafe(self._take_from_threads)
            except RuntimeError as error:
                raise SessionClosedError("the session's event loop has ended") from error

    def _take_from_threads(self) -> None:
        with self._thread_lock:
            chunks, self._from_threads = self._from_threads, []
            self._thread_bytes = 0
        for chunk in chunks:
            if self._supervisor is not None and self._takes_audio:
                with suppress(BudgetExceededError):  # nobody is here who could be told
                    self._take(chunk, self._supervisor)

    @property
    def _takes_audio(self) -> bool:
        return self._engine.takes_audio and (self._intake is None or self._intake.takes_audio)

    async def send_from(
        self,
        source: AudioInput,
        *,
        end: bool = True,
        channel: int | None = None,
        pace: float | None = None,
    ) -> None:
        """Send everything that a source has, converted to the session's format.

        Args:
            source: A path, bytes or a binary file with recorded audio in any format that libsndfile
                reads, or FFmpeg with the extra ``media``; `RawAudio`, for raw audio whose format is
                declared; `EncodedAudio`, for a sound file that arrives in pieces; any `Source`, such as
                a `Microphone`; or an async iterable of chunks that are in the session's format.
            end: Whether the audio ends with the source.
            channel: Send this channel alone, counted from 1, and not the mean of all.
            pace: Send the audio at this multiple of the speed at which it was spoken: 1.0 for real time.
                None for as fast as the session takes it.

        Raises:
            AudioError: The source cannot be read. What it gave before was sent, and the audio has not
                been ended.
            SessionClosedError: The audio has ended, or the session is not open.
            ConfigurationError: ``source`` is none of those, or cannot be read by this channel or pace.
            MissingExtraError: What reads the source is not installed.
            AsyncSpeechError: The session has failed; this is what it failed with.
        """
        await self._send_all(open_source(source, self._config.audio_format, channel=channel, pace=pace))
        if end:
            await self.end()

    async def _send_all(self, source: AbstractAsyncContextManager[Source]) -> None:
        async with source as chunks:
            self._source_duration = chunks.duration
            async for chunk in chunks:
                await self.send(chunk)

    async def end(self) -> None:
        """Say that no more audio comes. The remaining results follow, and then the iteration ends.

        Saying it again changes nothing.
        """
        supervisor = self._entered_supervisor()
        await self._let_through()
        supervisor.end()

    async def _let_through(self) -> None:
        """See that all audio that was given until now is on its way, for the last time."""
        self._take_from_threads()  # what a thread sent before now comes before the end
        if self._intake is not None:
            await self._intake.end()

    async def finalize(self) -> None:
        """Make everything said so far final, and wait until it is. The session goes on.

        For push-to-talk, and for whoever knows that somebody has finished speaking: the service alone
        waits for a pause. A word that ends less than a tenth of a second before may be one that goes on:
        it becomes final with its rest, or by itself if no audio comes within a third of a second.

        Raises:
            SessionClosedError: The session is not open, or has ended.
            AsyncSpeechError: The session has failed; this is what it failed with.
        """
        supervisor = self._open_supervisor()
        if self._intake is not None:
            await self._intake.flush()
        position = supervisor.finalize()
        await self._until(lambda: self._finalized >= position)

    async def reconfigure(self, config: SessionConfig) -> None:
        """Go on with another configuration, from the next good place on. Nothing is lost.

        It takes effect on the next stream: that is opened at the end of a sentence or in a pause, after
        ``renewal.overlap`` seconds at the latest, or with the next audio if none is open.

        Args:
            config: The configuration; the format of the audio has to stay.

        Raises:
            ConfigurationError: The format of the audio, or the channels recognised, would change; or the
                service is known not to have what is asked for.
            SessionClosedError: The session is not open, or has ended.
            AsyncSpeechError: The session has failed; this is what it failed with.
        """
        supervisor = self._open_supervisor()
        self._check(config)
        supervisor.reconfigure(config)
        self._config = config
        self._fleet.remodel(self, config)

    async def wait(self) -> None:
        """Wait until the audio has ended and everything was recognised.

        For those who want the transcript and not the single results.

        Raises:
            AsyncSpeechError: The session has failed; this is what it failed with.
        """
        self._entered_supervisor()
        await self._finished.wait()
        self._raise_error_once()

    def _open_supervisor(self) -> Supervisor:
        supervisor = self._entered_supervisor()
        self._raise_error()
        return supervisor

    def _raise_error(self) -> None:
        if self._error is not None and self._finished.is_set():
            raise self._error

    def _entered_supervisor(self) -> Supervisor:
        supervisor = self._supervisor
        if supervisor is None or not runs_here(supervisor.loop):  # which of them is it?
            supervisor = self._supervisor_for_any_thread()
            # The engine is not made for two threads: what a second did would show much later, if at all.
            check_loop(supervisor.loop, "session", "from another thread, use send_threadsafe")
        return supervisor

    def _supervisor_for_any_thread(self) -> Supervisor:
        if self._supervisor is None:
            raise _not_entered()
        check_process(self._process, "session")
        return self._supervisor

    def _waiting_seconds(self) -> float:
        on_the_way = self._thread_bytes / self._bytes_per_second
        untreated = 0.0 if self._intake is None else self._intake.waiting_seconds
        return self._engine.waiting_seconds + on_the_way + untreated

    def _is_full(self) -> bool:
        if not (self._engine.waits or self._thread_bytes or self._intake):
            return False
        buffer = self._config.buffer
        drops = buffer.when_full is WhenFull.DROP_OLDEST
        return (
            self._waiting_seconds() >= buffer.max_seconds and not drops and not self._finished.is_set()
        )

    # Results out.

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Result:
        self._entered_supervisor()
        result = await self._mailbox.get()
        if result is None:
            self._raise_error_once()
            raise StopAsyncIteration
        return result

    def events(self) -> AsyncGenerator[Event, None]:
        """Everything that happens from now on, in order: results, and how the session goes.

        It can be called before the session is entered, so as to miss nothing. Independent of iterating
        the session: each gets every result.

        Returns:
            An async iterator of `Result`, `SpeechStarted`, `SpeechEnded`, `StreamOpened`,
            `StreamRenewed`, `StreamRecovered`, `Parked`, `Resumed`, `AudioLost` and `BudgetNearlySpent`.
            It ends when the session does, and raises what that failed with.
        """
        mailbox: Mailbox[Event] = Mailbox()
        if self._finished.is_set():
            mailbox.close()
        self._subscribers.add(mailbox)
        return self._read(mailbox)

    async def _read(self, mailbox: Mailbox[Event]) -> AsyncGenerator[Event, None]:
        while (event := await mailbox.get()) is not None:
            yield event
        # Whoever watches is not the one who has to know: iterating or leaving raises it, too.
        if self._error is not None:
            raise self._error

    async def live(self) -> Transcript:
        """Show what is said, as it is said, until the session ends; then return the transcript.

        In a notebook, guesses are replaced in place, and what is final stays. Elsewhere results are
        lines on standard output, with the guesses below them if that is a terminal. Independent of
        iterating the session. To stop a session that has no end, cancel this, or interrupt the kernel:
        the session ends with its block, and what was final by then is in `transcript`.

        Raises:
            SessionClosedError: The session is not open.
            AsyncSpeechError: The session has failed; this is what it failed with.
        """
        from asyncspeech.notebook.live import show_live  # noqa: PLC0415 - few sessions are looked at

        self._entered_supervisor()
        await show_live(self.events(), self._finals, lambda: self._engine.accepted_seconds)
        return self.transcript

    async def next_final(self, timeout: float | None = None) -> Result:  # noqa: ASYNC109 - the API's name
        """The next final result that this method has not given yet, waiting for it if need be.

        Independent of iterating the session, which gives the same results.

        Args:
            timeout: For how many seconds to wait; None for ever.

        Raises:
            TimeoutError: None came in time.
            SessionClosedError: The session is not open, or has ended and none is left.
            AsyncSpeechError: The session has failed; this is what it failed with.
        """
        self._entered_supervisor()
        try:
            async with asyncio.timeout(timeout) as waiting:
                await self._until(lambda: len(self._finals) > self._finals_taken)
        except TimeoutError:
            if not waiting.expired():
                raise  # what the session failed with
            raise TimeoutError(f"there was no final result within {timeout:g} s") from None
        if len(self._finals) == self._finals_taken:
            raise SessionClosedError("the session has ended, and has no further final results")
        self._finals_taken += 1
        return self._finals[self._finals_taken - 1]

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds, or the session has ended.

        Raises:
            AsyncSpeechError: The session has failed.
        """
        while not condition():
            if self._finished.is_set():
                if self._error is not None:
                    raise self._error
                return
            self._news.clear()
            await self._news.wait()

    @property
    def config(self) -> SessionConfig:
        """What the session was asked to do."""
        return self._config

    @property
    def transcript(self) -> Transcript:
        """Everything that is final so far."""
        return Transcript(tuple(self._finals), self._engine.accepted_seconds)

    @property
    def source_duration(self) -> float | None:
        """How long the source that is being sent lasts, in seconds; None if that is not known."""
        return self._source_duration

    @property
    def id(self) -> str:
        """Tells this session from all others, in its summary, its log records and its trace."""
        return self._recorder.id

    @property
    def stats(self) -> SessionStats:
        """What the session has done so far."""
        return self._recorder.stats(self.counts, waiting_peak=self._waiting_peak)

    @property
    def summary(self) -> SessionSummary:
        """The session as it was, from its opening to its end.

        Raises:
            UsageError: It has not ended.
        """
        if not self._finished.is_set():
            raise UsageError(
                "the session has not ended", hint="what it has done so far is in session.stats"
            )
        return self._recorder.summary(self.stats)

    @property
    def _waiting_peak(self) -> float:
        figures = self._engine.figures
        return figures.seconds(figures.most_waiting)

    # What the fleet sees (asyncspeech.telemetry.fleet.Counted).

    @property
    def recorder(self) -> Recorder:
        """What keeps the figures that the engine does not."""
        return self._recorder

    @property
    def counts(self) -> Counts:
        """Those of the figures that add up."""
        engine, figures, supervisor = self._engine, self._engine.figures, self._supervisor
        return Counts(
            audio_accepted=engine.accepted_seconds
            + (0.0 if self._intake is None else self._intake.held_seconds),
            audio_sent=figures.seconds(figures.handed_over),
            audio_waiting=0.0 if self._finished.is_set() else self._waiting_seconds(),
            audio_unsettled=engine.unsettled_seconds,
            audio_replayed=figures.seconds(figures.replayed),
            audio_lost=figures.seconds(figures.lost.total()),
            audio_withheld=figures.seconds(figures.withheld),
            streams_open=0 if supervisor is None else supervisor.open_streams,
            streams_opened=figures.streams,
            renewals=figures.renewals,
            forced_renewals=figures.forced_renewals,
            recoveries=figures.recoveries.total(),
            recoveries_by_cause=dict(figures.recoveries),
            losses_by_reason={key: figures.seconds(lost) for key, lost in figures.lost.items()},
            parked=0.0 if supervisor is None else figures.parked(supervisor.loop.time()),
            interim_results=self._recorder.interim_results,
            final_results=len(self._finals),
            words=self._recorder.words,
            billed=figures.billed_seconds,
            billed_estimate=engine.billed_estimate,
            cost=engine.spent,
            saved=engine.saved,
        )

    def _raise_error_once(self) -> None:
        if self._error is not None and not self._error_raised:
            self._error_raised = True
            raise self._error

    @property
    def error_code(self) -> str:
        """The code of what the session failed with; empty if it has not."""
        error = self._error
        if error is None:
            return ""
        return error.code if isinstance(error, AsyncSpeechError) else type(error).__name__

    # What the supervisor tells (asyncspeech.supervisor.Listener).

    def _time(self) -> float:
        return asyncio.get_running_loop().time()

    def on_event(self, event: Event) -> None:
        """Keep an event for the readers, and a final for the transcript."""
        self._recorder.event(event, self._time())
        if isinstance(event, Result):
            if event.is_final:
                self._finals.append(event)
                self._news.set()
            self._mailbox.put(event)
        if self._subscribers:  # to iterate a set of weak references takes longer than all the rest
            for mailbox in self._subscribers:
                mailbox.put(event)

    def on_stream_ended(self, summary: StreamSummary) -> None:
        """Keep what became of a stream."""
        self._recorder.end_stream(summary)

    def on_finalized(self, position: int) -> None:
        """Let those go on who wait for what was said to be final."""
        self._finalized = max(self._finalized, position)
        self._news.set()

    def on_sent(self) -> None:
        """Let those go on who wait for room."""
        self._room.set()

    def on_finish(self, error: AsyncSpeechError | None) -> None:
        """Note how the session ended, and let everybody go on who waits for it."""
        for failure in (error, self._engine.over_budget):
            if isinstance(failure, ServiceError | BudgetExceededError):
                failure.partial = self.transcript
        self._error = error or self._error
        self._finished.set()
        outcome = ABANDONED if self._is_abandoned else "OK"
        self._recorder.end(
            self.error_code or outcome, self.counts, self._time(), failed=self._error is not None
        )
        self._room.set()
        self._news.set()
        self._mailbox.close()
        for mailbox in self._subscribers:
            mailbox.close()


def _audio_bytes(data: Buffer, channels: int) -> bytes:
    """``data`` as bytes that nobody else can change."""
    if isinstance(data, bytes):
        return data
    try:
        view = memoryview(data)
    except TypeError:
        raise ConfigurationError(
            "data", f"audio is bytes or an array of 16-bit samples, not {type(data).__name__}"
        ) from None
    if view.format not in _AUDIO_CODES:
        raise ConfigurationError(
            "data",
            f"an array of {view.format!r} (struct's code) is not encoded audio",
            hint="convert samples to 16-bit integers first: (samples * 32767).astype('<i2')",
        )
    shape = view.shape or ()
    is_samples = view.itemsize > 1
    if is_samples and len(shape) > 1 and shape[-1] != channels and not (channels == shape[0] == 1):
        raise ConfigurationError(
            "data",
            f"an array of shape {shape} does not fit audio_channel_count={channels}",
            hint="a column is a channel: send samples[:, 0], or set audio_channel_count",
        )
    return view.tobytes()


def _refuse_file(audio: bytes) -> None:
    """Refuse a file that is sent as though it were samples: the service would hear noise, and no words.

    Raises:
        ConfigurationError: It is one.
    """
    if kind := tell_file(audio):
        raise ConfigurationError(
            "data",
            f"this is the beginning of a file, {kind.name}, and no headerless audio",
            hint="hand files in by send_from(...) or source=...; "
            "in pieces as they arrive, by source=EncodedAudio(pieces)",
        )


def _not_entered() -> UsageError:
    return UsageError(
        "the session is not open yet", hint="use it inside 'async with client.session(...)'"
    )
