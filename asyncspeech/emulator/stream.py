"""One ``StreamingRecognize`` stream, as the service serves it.

The stream's task reads: message by message, it has the audio recognised, and puts what there is to say
into the outbox, which a second task empties. Timers watch how long the stream lasts and how long nothing
comes. Whatever ends it, be it the client's half-close, a refusal, a timer or a fault: it ends in
`Stream.serve`.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel

from asyncspeech.emulator import errors
from asyncspeech.emulator.conversation import Conversation
from asyncspeech.emulator.errors import Refusal
from asyncspeech.emulator.faults import (
    Abort,
    Blackhole,
    Close,
    CutConnection,
    Delay,
    DuplicateInterims,
    RefuseConnections,
    Stall,
)
from asyncspeech.emulator.listener import Listener
from asyncspeech.emulator.outbox import Outbox
from asyncspeech.emulator.request import read_streaming
from asyncspeech.emulator.stream_faults import FaultClock, refusal_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from asyncspeech.emulator.faults import Fault, Faults
    from asyncspeech.emulator.log import StreamEntry, StreamLog
    from asyncspeech.emulator.relay import Relay
    from asyncspeech.emulator.service import Service

    Read = Callable[[], Awaitable[Any]]

__all__ = ("ClientGoneError", "Stream", "Streams")

_log = logging.getLogger(__name__)


class ClientGoneError(Exception):
    """The client has gone away: nothing more comes from it, or can be said to it."""


class Streams:
    """The streams of an emulator.

    Args:
        service: What they share.
        log: Where it is noted what they see.
        relay: The emulator's front door.
        faults: What goes wrong with those that are opened from now on.
    """

    def __init__(self, service: Service, log: StreamLog, relay: Relay, faults: Faults) -> None:
        self.faults = faults
        self._service = service
        self._log = log
        self._relay = relay

    async def serve(self, read: Read, say: Callable[[Any], Awaitable[None]], peer: str) -> None:
        """Serve one stream until it ends.

        Args:
            read: Gives the client's next message, a raw ``StreamingRecognizeRequest``, or None after its
                half-close; raises `ClientGoneError` if it cannot.
            say: Sends one raw ``StreamingRecognizeResponse``; raises `ClientGoneError` if it cannot.
            peer: The connection that carries the stream, as the server knows it.

        Raises:
            Refusal: It ends with this status.
            ClientGoneError: It ends because nobody takes what it says.
        """
        entry = self._log.open()
        stream = Stream(
            read,
            say,
            service=self._service,
            entry=entry,
            faults=self.faults,
            relay=self._relay,
            peer=peer,
        )
        try:
            entry.end("OK", await stream.serve())
        except Refusal as refusal:
            entry.end(refusal.code.name, refusal.message)
            raise
        finally:
            entry.end("CANCELLED", "the client went away, or the emulator stopped")
            self._log.close(entry)


class Stream:
    """Serves one stream.

    Args:
        read: Gives the client's next message, a raw ``StreamingRecognizeRequest``, or None after its
            half-close.
        say: Sends one raw ``StreamingRecognizeResponse``.
        service: What all streams share.
        entry: Where it is noted what the stream sees.
        faults: The plan.
        relay: The emulator's front door.
        peer: The connection that carries the stream, as the server knows it.
    """

    def __init__(
        self,
        read: Read,
        say: Callable[[Any], Awaitable[None]],
        *,
        service: Service,
        entry: StreamEntry,
        faults: Faults,
        relay: Relay,
        peer: str,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._read = read
        self._say = say
        self._service = service
        self._entry = entry
        self._relay = relay
        self._peer = peer
        self._outbox = Outbox(self._send, random.Random(f"{faults.seed}:{entry.number}"))  # noqa: S311
        self._faults = FaultClock(faults.of_stream(entry.number), self._befall)
        self._interim_times = 1
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._deaf_until = 0.0
        self._waiting_since: float | None = None
        self._ending: Refusal | ClientGoneError | str | None = None
        self._conversation: Conversation | None = None
        # The first is for all of the stream's work, the second for taking in what the client sends.
        self._serving = anyio.CancelScope()
        self._listening = anyio.CancelScope()
        self._is_listening = True
        self._tasks = anyio.create_task_group()
        self._timers: dict[str, asyncio.TimerHandle] = {}

    async def serve(self) -> str:
        """Serve the stream until it ends.

        Returns:
            Why it ended, if it ended with OK.

        Raises:
            Refusal: It ends with this status.
            ClientGoneError: It ends because nobody takes what it says.
        """
        limits = self._service.limits
        self._timers["length"] = self._loop.call_later(limits.stream_seconds, self._on_too_long)
        self._timers["idle"] = self._loop.call_later(limits.idle_seconds, self._on_idle)
        try:
            with self._serving:
                async with self._tasks:
                    self._tasks.start_soon(self._speak)
                    self._faults.open()
                    await self._listen()
                    self._outbox.close()
        finally:
            self._faults.close()
            for timer in self._timers.values():
                timer.cancel()
        await anyio.lowlevel.checkpoint_if_cancelled()
        if isinstance(self._ending, ClientGoneError):
            raise self._ending
        await self._outbox.flush()
        if isinstance(self._ending, Refusal):
            raise self._ending
        over = "" if self._conversation is None else self._conversation.over
        return self._ending or over or "the client half-closed"

    async def _speak(self) -> None:
        try:
            await self._outbox.run()
        except ClientGoneError as gone:
            self._end(gone)

    async def _listen(self) -> None:
        """Take all that the client sends, and let be said what there is to say."""
        try:
            async with AsyncExitStack() as resources:
                with self._listening:
                    await self._converse(resources)
                self._is_listening = False
                if self._conversation is not None:
                    self._put(await self._conversation.finish())
                    self._ending = self._ending or self._conversation.refusal
                if self._ending is not None:
                    self._serving.cancel()
        except (Refusal, ClientGoneError) as ending:
            self._end(ending)
        except Exception:  # noqa: BLE001 - a recogniser may be the user's, and raise anything
            _log.exception("the recogniser failed")
            self._end(errors.internal())

    async def _converse(self, resources: AsyncExitStack) -> None:
        message = await self._next()
        if message is None:  # the client half-closed without a word
            raise errors.malordered()
        service = self._service
        request = read_streaming(message, service)
        self._entry.recognizer = str(request.recognizer)
        name = request.recognizer
        session = resources.enter_context(service.quotas.session(name.project, name.location))
        listener = await resources.enter_async_context(Listener(request, service.recognizer))
        conversation = Conversation(request, listener, service, session, self._loop.time)
        self._conversation = conversation
        if not message.audio:
            message = await self._next()
        while message is not None:
            self._entry.message(len(message.audio))
            self._put(await conversation.take(message))
            self._entry.audio_seconds = listener.seconds
            self._faults.reach(listener.seconds)
            if conversation.over:
                return
            message = await self._next()
        conversation.half_close()

    async def _next(self) -> Any | None:
        """The client's next message; None after its half-close."""
        await self._may_read.wait()
        self._waiting_since = self._loop.time()
        try:
            return await self._read()
        finally:
            self._waiting_since = None

    def _put(self, responses: Iterable[Any]) -> None:
        for response in responses:
            is_interim = bool(response.results) and not response.results[0].is_final
            for _ in range(self._interim_times if is_interim else 1):
                self._outbox.put(response)

    async def _send(self, response: Any) -> None:
        # gRPC does not take back what it is about to send, and takes nothing else as long as it does: a
        # stream that ended in the middle could neither say the rest nor how it ended.
        with anyio.CancelScope(shield=True):
            await self._say(response)
        billed = response.metadata.total_billed_duration.seconds
        self._entry.billed_seconds = max(self._entry.billed_seconds, billed)
        if response.results and response.results[0].is_final:
            self._entry.finals.append(response.results[0].alternatives[0].transcript)
        elif response.results:
            self._entry.interims += 1

    def _end(self, ending: Refusal | ClientGoneError | str) -> None:
        """End the stream now. The first reason counts."""
        if self._ending is None:
            self._ending = ending
        self._serving.cancel()

    def _on_too_long(self) -> None:
        if (
            self._service.assumptions.finals_at_stream_limit
            and self._is_listening
            and self._ending is None
        ):
            self._ending = errors.stream_too_long()
            self._listening.cancel()
        else:
            self._end(errors.stream_too_long())

    def _on_idle(self) -> None:
        """End the stream if nothing has come for too long; else look again when that may be so."""
        patience = self._service.limits.idle_seconds
        now = self._loop.time()
        since = now if self._waiting_since is None else self._waiting_since
        if now - since >= patience:
            self._end(errors.idle())
        else:
            self._timers["idle"] = self._loop.call_at(since + patience, self._on_idle)

    def _befall(self, fault: Fault) -> None:
        self._entry.faults.append(fault)
        connection = self._relay.connection(self._peer)
        match fault:
            case Abort(mid_write=True):
                self._deaf_until = math.inf
                self._may_read.clear()
                self._tasks.start_soon(self._abort_mid_write, fault)
            case Abort():
                self._end(refusal_of(fault))
            case Close():
                self._end("closed early, as planned")
            case Stall():
                self._stall(fault)
            case Delay(seconds=seconds, jitter=jitter):
                self._outbox.delay(seconds, jitter)
            case DuplicateInterims(times=times):
                self._interim_times = times
            case CutConnection() if connection is not None:
                connection.cut()
            case Blackhole(seconds=seconds) if connection is not None:
                connection.blackhole(seconds)
            case RefuseConnections(seconds=seconds):
                self._relay.refuse(seconds)

    def _stall(self, fault: Stall) -> None:
        self._outbox.fall_silent(fault.seconds)
        if not fault.reads:
            until = math.inf if fault.seconds is None else self._loop.time() + fault.seconds
            self._deaf_until = max(self._deaf_until, until)
            self._may_read.clear()
            self._read_if_it_is_time()

    def _read_if_it_is_time(self) -> None:
        if self._loop.time() >= self._deaf_until:
            self._may_read.set()
        elif self._deaf_until < math.inf:
            self._timers["stall"] = self._loop.call_at(self._deaf_until, self._read_if_it_is_time)

    async def _abort_mid_write(self, fault: Abort) -> None:
        connection = self._relay.connection(self._peer)
        if connection is not None:
            await connection.backed_up()
        self._end(refusal_of(fault))
