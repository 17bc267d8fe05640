"""Encoded streams: containers and encoded audio that arrive in pieces, decoded as they come.

FFmpeg asks for bytes when it wants them, and waits for them where it asks. So each stream has a thread
of its own, which is its to end: hundreds of them share no pool that they could starve. It lives from
opening the source to closing it.

Nothing runs ahead. The thread is fed one piece at a time, only when it has used up the one before, and
only while somebody waits for audio; and what it decodes, it hands over by at most `_MAX_READY` chunks,
each as much as could be decoded of what had come, up to a second.

Loop and thread meet in queues that the loop never waits for. They wake each other, which takes some
0.1 ms each way.

Which decoder is told by the first bytes. WAV and AU are samples behind a header, and need no more than
libsndfile (`asyncspeech.audio.arriving.wave_pieces`); all else is FFmpeg's (extra ``media``).
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import closing, suppress
from contextvars import copy_context
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, TypeAlias

from anyio import CancelScope

from asyncspeech.audio.arriving.inlets import QueueInlet
from asyncspeech.audio.arriving.pieces import Pieces
from asyncspeech.audio.raw import as_bytes
from asyncspeech.audio.streams import close_stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Generator

    from asyncspeech.audio.arriving.inlets import Inlet
    from asyncspeech.model import AudioFormat

__all__ = ("Decode", "EncodedSource", "StreamedSource")

_MAX_READY = 4

Decode: TypeAlias = "Callable[[Pieces], Generator[bytes]]"
"""Makes chunks of the target format of pieces, in the thread."""


class _ClosedError(Exception):
    """The source is being closed. It ends the thread, and is seen by nobody."""


class EncodedSource:
    """Makes a source of what an inlet gives, by decoding it in a thread of its own.

    Args:
        open_inlet: Opens the inlet; called in the thread.
        decode: Decodes it.
        target: The format that it is decoded to.
        name: What the stream is called in errors.
    """

    duration: float | None = None

    def __init__(
        self, open_inlet: Callable[[], Inlet], decode: Decode, target: AudioFormat, name: str
    ) -> None:
        self._open_inlet = open_inlet
        self._decode = decode
        self._target = target
        self._name = name
        self._inlet: Inlet | None = None
        self._thread: Thread | None = None
        self._ready: deque[bytes] = deque()
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._credits: SimpleQueue[bool] = SimpleQueue()  # False is the end of it
        self._error: Exception | None = None
        self._is_open = False
        self._is_hungry = False
        self._is_closing = False
        self._has_ended = False
        self._changed = asyncio.Event()
        self._exited = asyncio.Event()

    @property
    def audio_format(self) -> AudioFormat:
        """How the chunks are to be read."""
        return self._target

    async def open(self) -> None:
        """Start the thread, and have it open the inlet. Nothing is waited for that is still to come.

        Raises:
            AudioError: It cannot be opened.
        """
        self._loop = asyncio.get_running_loop()
        for _ in range(_MAX_READY):
            self._credits.put(True)  # noqa: FBT003 - a token
        context = copy_context()
        self._thread = Thread(
            target=context.run, args=(self._work,), name=f"asyncspeech {self._name}", daemon=True
        )
        self._thread.start()
        while not (self._is_open or self._has_ended):
            await self._wait()
        if not self._is_open:
            self._raise_error()

    def __aiter__(self) -> EncodedSource:
        return self

    async def __anext__(self) -> bytes:
        while not self._is_closing:
            if self._ready:
                self._credits.put(True)  # noqa: FBT003 - a token
                return self._ready.popleft()
            if self._has_ended:
                self._raise_error()
                break
            if self._is_hungry:
                await self._feed()
            else:
                await self._wait()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """End the thread, and wait until it has ended. To close twice does no harm."""
        if not self._is_closing:
            self._is_closing = True
            self._changed.set()
            if self._inlet is not None:
                self._inlet.wake()
            self._credits.put(False)  # noqa: FBT003 - a token
        if self._thread is None:
            return
        with CancelScope(shield=True):
            await self._exited.wait()
            # That was the last that it did, after which it can tell nobody.
            while self._thread.is_alive():  # noqa: ASYNC110 - an instant
                await asyncio.sleep(0)

    async def _feed(self) -> None:
        """Get what the thread waits for: nothing, where the inlet gets it itself."""

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _raise_error(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    # Called on the loop.

    def _note_open(self) -> None:
        self._is_open = True
        self._changed.set()

    def _note_hunger(self) -> None:
        self._is_hungry = True
        self._changed.set()

    def _note_chunk(self, chunk: bytes) -> None:
        self._ready.append(chunk)
        self._changed.set()

    def _note_end(self, error: Exception | None) -> None:
        self._error = error
        self._has_ended = True
        self._changed.set()

    # Run in the thread.

    def _work(self) -> None:
        error: Exception | None = None
        try:
            self._inlet = self._open_inlet()
            self._post(self._note_open)
            self._decode_all(self._inlet)
        except Exception as caught:  # noqa: BLE001 - it is raised where the audio is waited for
            error = caught
        self._post(self._note_end, error)
        while self._credits.get():
            pass  # up to the end: nothing is let go of that closing may still wake
        if self._inlet is not None:
            with suppress(Exception):  # whoever closes is not who handed in the iterable
                self._inlet.close()
        self._post(self._exited.set)

    def _decode_all(self, inlet: Inlet) -> None:
        pieces = Pieces(inlet, self._name, self._hand_over)
        second = self._target.sample_rate_hertz * self._target.frame_bytes
        with closing(self._decode(pieces)) as chunks:
            try:
                for chunk in chunks:
                    self._pending.append(chunk)
                    self._pending_bytes += len(chunk)
                    if self._pending_bytes >= second:
                        self._hand_over()
            finally:
                self._hand_over()

    def _hand_over(self) -> None:
        """Hand over what has been decoded, once there is room for it."""
        if self._is_closing:
            raise _ClosedError
        chunk = b"".join(self._pending)
        self._pending, self._pending_bytes = [], 0
        if not chunk:
            return
        if not self._credits.get():
            self._credits.put(False)  # noqa: FBT003 - to be found again
            raise _ClosedError
        self._post(self._note_chunk, chunk)

    def _post(self, call: Callable[..., object], *args: object) -> None:
        with suppress(RuntimeError):  # the loop was closed before us
            self._loop.call_soon_threadsafe(call, *args)


class StreamedSource(EncodedSource):
    """Makes a source of an async iterable of pieces, by decoding them in a thread.

    Args:
        stream: The pieces. It is closed along with this source, if it can be.
        decode: Decodes them.
        target: The format that they are decoded to.
        name: What the stream is called in errors.
    """

    def __init__(
        self, stream: AsyncIterable[object], decode: Decode, target: AudioFormat, name: str
    ) -> None:
        self._queue = QueueInlet(lambda: self._post(self._note_hunger))
        super().__init__(lambda: self._queue, decode, target, name)
        self._given = stream
        self._iterator = aiter(stream)

    async def aclose(self) -> None:
        """End the thread, and close what was handed in, if it can be closed."""
        try:
            await super().aclose()
        finally:
            await close_stream(self._iterator)
            if self._given is not self._iterator:
                await close_stream(self._given)

    async def _feed(self) -> None:
        try:
            piece = as_bytes(await anext(self._iterator), self._name)
        except StopAsyncIteration:
            self._queue.put(b"")
        except Exception:
            self._has_ended = True
            raise
        else:
            if not piece:
                return
            self._queue.put(piece)
        self._is_hungry = False
