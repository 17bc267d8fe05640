"""FLAC, MP3 and Ogg: decoded by libsndfile, in a thread for every stream.

The thread decodes until it wants more bytes, says so, and waits for them on a queue. So the two sides
take turns: `decode` puts bytes into the queue and awaits the thread's report, which has all that they
made readable. Nothing is shared but the queue and the reports, and the loop never waits for a lock. A
decoder without a stream's next bytes sleeps; to close it is to tell it that no more come.

Of the threads that have bytes, as many decode at a time as there are processors. More would not be
faster, and the loop would have to wait among all of them for the interpreter.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from queue import SimpleQueue
from threading import BoundedSemaphore, Thread
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import soundfile
from anyio import CancelScope

from asyncspeech.emulator import errors
from asyncspeech.emulator.audio.arriving import ArrivingFile
from asyncspeech.emulator.audio.decoder import StreamFormat, no_samples
from asyncspeech.emulator.audio.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from asyncspeech.emulator.audio.decoder import Samples

__all__ = ("CompressedDecoder",)

_BLOCKS_PER_SECOND = 100
_processors = BoundedSemaphore(os.cpu_count() or 1)
_FORMATS = {Kind.FLAC: "FLAC", Kind.MP3: "MP3", Kind.OGG: "OGG"}
# As soundfile reports damage: its own error, and what it makes of a header's nonsense.
_DAMAGE = (soundfile.SoundFileError, RuntimeError, ValueError, TypeError, OverflowError, MemoryError)


class CompressedDecoder:
    """A `Decoder` of what libsndfile decodes.

    It is made on the loop that it will be used on. Its thread runs from then on, until the stream's end
    or `aclose`.

    Args:
        kind: FLAC, MP3 or Ogg.
        subtype: What libsndfile must find within, by its own name; None if that does not matter.
    """

    def __init__(self, kind: Kind, subtype: str | None = None) -> None:
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        self._worker = _Worker(kind, subtype, self._queue, self._report)
        self._loop = asyncio.get_running_loop()
        self._turn: asyncio.Future[_Report] | None = None
        self._over = asyncio.Event()
        self._format: StreamFormat | None = None
        self._damaged = False
        self._thread = Thread(target=self._worker.run, name=f"decode {kind.value}", daemon=True)
        self._thread.start()

    @property
    def format(self) -> StreamFormat | None:
        """What the header says; None before it has come."""
        return self._format

    async def decode(self, audio: bytes) -> Samples:
        """Take the next bytes, and give all that they made readable but a hundredth of a second.

        Raises:
            Refusal: libsndfile does not make sense of it.
        """
        return await self._exchange(audio) if audio else self._nothing()

    async def finish(self) -> Samples:
        """The rest.

        Raises:
            Refusal: libsndfile does not make sense of it.
        """
        return await self._exchange(None)

    async def aclose(self) -> None:
        """Release the thread, and wait for its end, which does not take long."""
        self._worker.closing = True
        self._queue.put(None)
        with CancelScope(shield=True):
            await self._over.wait()
        self._thread.join()

    async def _exchange(self, audio: bytes | None) -> Samples:
        """Have the thread decode these bytes, or all that is left."""
        if not self._over.is_set():
            self._turn = self._loop.create_future()
            self._queue.put(audio)
            report = await self._turn
            if not self._damaged:
                return report.samples
        if self._damaged:
            raise errors.undetected_audio()
        return self._nothing()

    def _report(self, report: _Report) -> None:
        """From the thread: what it has done with the bytes that it was given."""
        with suppress(RuntimeError):  # the loop was closed before the decoder
            self._loop.call_soon_threadsafe(self._receive, report)

    def _receive(self, report: _Report) -> None:
        self._format = report.format
        self._damaged = report.damaged
        if report.over:
            self._over.set()
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(report)

    def _nothing(self) -> Samples:
        return no_samples(self._format.channel_count if self._format else 1)


@dataclass(frozen=True, slots=True)
class _Report:
    """What the thread has made of the bytes that it was given.

    Attributes:
        samples: What they made readable.
        format: What the header says, if it has come.
        damaged: Whether nothing more can be read, for lack of sense.
        over: Whether this is the last report.
    """

    samples: Samples
    format: StreamFormat | None
    damaged: bool = False
    over: bool = False


class _StreamedSound(soundfile.SoundFile):  # type: ignore[misc]  # published without types
    """A sound file that is only read on, and may have to wait for its header."""

    # soundfile lets one file be opened at a time, lest another clear libsndfile's number of an error
    # that it did not yet look at. Here, one stream whose header is slow to come would hold up all
    # others. Which error it is does not matter.
    _sf_error_lock: ClassVar[AbstractContextManager[None]] = nullcontext()

    def seekable(self) -> bool:
        """No: soundfile would seek after each read, to where the decoder is already."""
        return False


class _Worker:
    """The thread's side.

    Attributes:
        closing: Whether nobody wants any more samples.
    """

    def __init__(
        self,
        kind: Kind,
        subtype: str | None,
        queue: SimpleQueue[bytes | None],
        report: Callable[[_Report], None],
    ) -> None:
        self.closing = False
        self._kind = kind
        self._subtype = subtype
        self._queue = queue
        self._report = report
        self._file = ArrivingFile(kind, self._take)
        self._taken = False
        self._format: StreamFormat | None = None
        self._blocks: list[Samples] = []

    def run(self) -> None:
        """Decode to the end of the stream, or as far as it makes sense."""
        with _processors:
            self._decode_and_report()

    def _decode_and_report(self) -> None:
        damaged = True
        try:
            self._decode()
            damaged = False
        except _DAMAGE:
            # A stream that ends early is decoded as far as it goes.
            damaged = self._format is None or not self._file.ended
        finally:  # whatever it was: a report is waited for
            self._report(self._make_report(damaged=damaged, over=True))

    def _decode(self) -> None:
        with self._open() as sound:
            if sound.format != _FORMATS[self._kind] or self._subtype not in {None, sound.subtype}:
                raise ValueError(sound.format)
            self._file.opened()
            self._format = StreamFormat(sound.samplerate, sound.channels)
            frames = max(1, sound.samplerate // _BLOCKS_PER_SECOND)
            while not self.closing:
                block = sound.read(frames, dtype="int16", always_2d=True)
                if not len(block):
                    return
                self._blocks.append(block)

    def _open(self) -> _StreamedSound:
        try:
            return _StreamedSound(self._file)
        except _DAMAGE:
            if self._kind is not Kind.MP3 or self.closing:
                raise
        self._file.rewind()
        return _StreamedSound(self._file)

    def _take(self) -> bytes:
        """The next bytes, after a report on those before; none when no more come."""
        if self._taken:
            self._report(self._make_report())
        self._taken = True
        _processors.release()
        audio = self._queue.get()
        _processors.acquire()
        return audio or b""

    def _make_report(self, *, damaged: bool = False, over: bool = False) -> _Report:
        channels = self._format.channel_count if self._format else 1
        samples = np.concatenate(self._blocks) if self._blocks else no_samples(channels)
        self._blocks = []
        return _Report(samples, self._format, damaged, over)
