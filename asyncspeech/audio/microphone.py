"""The microphone: what a device records, as a source.

PortAudio, which talks to the device, calls back from a thread of its own every time a block is full.
That thread must never wait: what it does not take in time is lost. So the callback copies the block,
puts it where the reader will look for it, and wakes the event loop, once for all that waits. It takes no
lock.

Three things can go wrong, and none of them passes unnoticed:

- Nobody reads. What does not fit into the buffer is dropped, and counted.
- The device is unplugged, and PortAudio notices: it says that the stream has finished.
- The device is unplugged, or hangs, and nobody notices: nothing comes any more. A reader waits for
  ``stall_seconds`` and no longer.
"""

from __future__ import annotations

import asyncio
import math
import warnings
from collections import deque
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

from anyio import move_on_after, to_thread

from asyncspeech.audio.devices import PORTAUDIO, choose_device, list_devices, load_sounddevice
from asyncspeech.audio.source import OpensLate
from asyncspeech.config.values import check_within
from asyncspeech.errors import AudioError, ConfigurationError, UsageError
from asyncspeech.model import AudioFormat
from asyncspeech.process import check_loop
from asyncspeech.wording import brief

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from asyncspeech.audio.devices import InputDevice

__all__ = ("Microphone",)

# What `ExplicitDecodingConfig` takes; a session converts it to its own rate all the same.
_RATES = range(8_000, 48_001)
_OTHERWISE_HERTZ = 16_000
_CLOSING_SECONDS = 2.0  # many times what it takes


class Microphone(OpensLate):
    """Records from an input device, as a source. Needs the extra ``mic``.

    ::

        async with client.session(source=Microphone()) as session:
            async for result in session:
                print(result.text)

    The device is opened with the first use, in a worker thread, and closed by `aclose`, which
    `asyncspeech.audio.open_source` and so every session calls. A microphone records once: another
    recording is another `Microphone`.

    Args:
        device: Which input device: its index, its name, or a part of its name that no other has. None
            for the system's default. See `devices`.
        sample_rate_hertz: Frames per second to ask of the device; None for its own rate if that is
            within 8,000 to 48,000, and else 16,000. A session converts it to its own.
        audio_channel_count: How many channels to record.
        block_seconds: How often the device hands over what it has recorded, 0.001 to 1 s. Half of it is
            added to the delay on average; 20 ms cannot be noticed, and wake the loop 50 times a second.
        buffer_seconds: How much may wait to be read. What comes on top of that is dropped, and counted
            in ``overflows``. A session reads at once until its own buffer is full.
        stall_seconds: For how long a reader waits for the next block before the device is taken to be
            gone. Devices that have to wake up first (Bluetooth) may take 2 s.

    Attributes:
        overflows: How often something was lost: because PortAudio was not given the time to take it from
            the device (a machine under heavy load), or because nobody read it for ``buffer_seconds``.
        dropped_seconds: How much was not read in time. What PortAudio loses is of unknown length.

    Raises:
        ConfigurationError: An argument is out of range.
    """

    def __init__(
        self,
        device: int | str | None = None,
        *,
        sample_rate_hertz: int | None = None,
        audio_channel_count: int = 1,
        block_seconds: float = 0.02,
        buffer_seconds: float = 10.0,
        stall_seconds: float = 5.0,
    ) -> None:
        self.overflows = 0
        self.block_seconds = block_seconds
        self.buffer_seconds = buffer_seconds
        self.stall_seconds = stall_seconds
        self._stream: Any = None
        _check_device(device)
        check_within(self, "block_seconds", 0.001, 1.0)
        check_within(self, "buffer_seconds", block_seconds, 3_600.0)
        check_within(self, "stall_seconds", block_seconds, 3_600.0)
        self._declared = AudioFormat(
            sample_rate_hertz=_OTHERWISE_HERTZ if sample_rate_hertz is None else sample_rate_hertz,
            audio_channel_count=audio_channel_count,
        )
        self._wanted = device
        self._channel_count = audio_channel_count
        self._format = None if sample_rate_hertz is None else self._declared
        self._name = f"<microphone{'' if device is None else f' {device}'}>"
        self._most_blocks = math.ceil(buffer_seconds / block_seconds)
        self._blocks: deque[bytes] = deque()
        self._dropped_frames = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._closed: asyncio.Event | None = None
        self._is_told = False  # whether the loop is being woken
        self._is_reading = False
        self._has_finished = False  # by itself
        self._is_stopped = False  # by us
        self._is_over = False  # nothing is given any more

    @staticmethod
    async def devices() -> tuple[InputDevice, ...]:
        """What there is to record with.

        PortAudio looks for devices once, when it is first used; it does not see what is plugged in
        afterwards.

        Raises:
            MissingExtraError: The extra ``mic`` is not installed.
            AudioError: PortAudio is not, or does not start.
        """
        return await to_thread.run_sync(_list_devices)

    @property
    def audio_format(self) -> AudioFormat:
        """How the chunks are to be read: LINEAR16.

        Raises:
            UsageError: The rate is the device's own, and it has not been opened yet.
        """
        if self._format is None and not self._is_stopped:
            raise UsageError(
                "the microphone's rate is not known before it is open",
                hint="give it a sample_rate_hertz, or open it: await microphone.open()",
            )
        return self._format or self._declared

    @property
    def duration(self) -> None:
        """None: nobody knows how long somebody will speak."""

    @property
    def dropped_seconds(self) -> float:
        """How much was not read in time, in seconds."""
        return 0.0 if self._format is None else self._format.seconds(self._dropped_frames)

    async def open(self) -> None:
        """Begin to record. To open it twice does no harm; the first read does it, too.

        If it is cancelled, it closes what was opened meanwhile before it lets go.

        Raises:
            MissingExtraError: The extra ``mic`` is not installed.
            ConfigurationError: No device, or more than one, is meant; or it has fewer channels.
            AudioError: There is no device, or it cannot be opened.
        """
        if self._loop is not None:
            check_loop(self._loop, "microphone", hint="use it on the loop that it was opened on")
        if self._stream is not None or self._is_stopped:
            return
        self._loop = asyncio.get_running_loop()
        try:
            await to_thread.run_sync(self._open)
        except BaseException:
            await self.aclose()
            raise

    async def stop(self) -> None:
        """Record no more. What was recorded is still given; then the iteration ends.

        Returns when the device is closed, also if it is cancelled; but a device that hangs in that (a
        sound server that is frozen) is not waited for, and closes when it can.
        """
        self._begin_closing()
        if self._closed is not None:
            with move_on_after(_CLOSING_SECONDS, shield=True):
                await self._closed.wait()

    async def aclose(self) -> None:
        """Record no more, and drop what was not read. Otherwise as `stop`; twice does no harm."""
        self._is_over = True
        try:
            await self.stop()
        finally:
            self._blocks.clear()

    def __aiter__(self) -> Self:
        if self._is_over:
            raise UsageError("the microphone has recorded before", hint="make another Microphone")
        return self

    async def __anext__(self) -> bytes:
        if self._is_reading:
            raise UsageError("two tasks read the microphone at the same time", hint="read it in one")
        self._is_reading = True
        try:
            await self.open()
            fault = await self._wait()
        finally:
            self._is_reading = False
        if self._blocks:
            return b"".join(self._blocks.popleft() for _ in range(len(self._blocks)))
        self._is_over = True
        if fault is None:
            raise StopAsyncIteration
        self._begin_closing()
        raise fault

    def __del__(self) -> None:
        if self._stream is None:
            return
        try:
            warnings.warn(f"{self._name} was not closed", ResourceWarning, source=self, stacklevel=1)
        finally:
            self._close()

    async def _wait(self) -> AudioError | None:
        """Wait until there is something to read, or never will be; then say why."""
        while not (self._blocks or self._is_stopped):
            if self._has_finished:
                return self._fault("has stopped recording by itself")
            self._news.clear()
            try:
                async with asyncio.timeout(self.stall_seconds):
                    await self._news.wait()
            except TimeoutError:
                return self._fault(f"has given nothing for {self.stall_seconds:g} s")
        return None

    def _begin_closing(self) -> None:
        self._is_stopped = True
        self._news.set()
        if self._loop is not None and self._closed is None:
            self._closed = asyncio.Event()
            # No worker of the loop's: an exit would wait for it. And begun now, whatever is cancelled.
            Thread(target=self._close, name="close microphone", daemon=True).start()

    def _fault(self, reason: str) -> AudioError:
        return AudioError(
            self._name,
            reason,
            hint="was it unplugged, or taken by another program? "
            "What it recorded before is complete; a new Microphone can go on",
        )

    # In worker threads.

    def _open(self) -> None:
        with PORTAUDIO:
            if self._stream is not None or self._is_stopped:
                return
            sounddevice = load_sounddevice()
            device = choose_device(list_devices(sounddevice), self._wanted)
            self._name = f"<microphone {device.name!r}>"
            audio_format = self._format or self._own_format(device)
            self._check_channels(device)
            try:
                self._start(sounddevice, device, audio_format)
            except (sounddevice.PortAudioError, ValueError) as error:
                raise self._cannot_open(error, device, audio_format) from error
            self._format = audio_format

    def _own_format(self, device: InputDevice) -> AudioFormat:
        rate = device.sample_rate_hertz if device.sample_rate_hertz in _RATES else _OTHERWISE_HERTZ
        return AudioFormat(sample_rate_hertz=rate, audio_channel_count=self._channel_count)

    def _check_channels(self, device: InputDevice) -> None:
        if device.channels < self._channel_count:
            raise ConfigurationError(
                "audio_channel_count",
                f"{device} has {device.channels}, and {self._channel_count} are wanted",
            )

    def _start(self, sounddevice: Any, device: InputDevice, audio_format: AudioFormat) -> None:
        stream = sounddevice.RawInputStream(
            device=device.index,
            samplerate=audio_format.sample_rate_hertz,
            channels=audio_format.audio_channel_count,
            dtype="int16",
            blocksize=max(1, round(self.block_seconds * audio_format.sample_rate_hertz)),
            latency="high",  # that of the device's own buffer: what protects it from a busy machine
            callback=self._on_block,
            finished_callback=self._on_finished,
        )
        try:
            stream.start()
        except BaseException:
            stream.close()
            raise
        self._stream = stream

    def _cannot_open(self, error: Exception, device: InputDevice, wanted: AudioFormat) -> AudioError:
        text = str(error.args[0]) if error.args else type(error).__name__
        hint = "does another program use it, and may this user (group 'audio')?"
        if wanted.sample_rate_hertz != device.sample_rate_hertz:
            hint = (
                f"its own rate is {device.sample_rate_hertz}: leave out sample_rate_hertz. Else, {hint}"
            )
        return AudioError(
            self._name, f"cannot be opened at {wanted.sample_rate_hertz} Hz ({text})", hint=hint
        )

    def _close(self) -> None:
        try:
            with PORTAUDIO:  # after an opening that is under way
                stream, self._stream = self._stream, None
                if stream is not None:
                    stream.close()
        finally:
            self._call(self._on_closed)

    # In PortAudio's thread.

    def _on_block(self, data: Any, frames: int, time: object, status: Any) -> None:  # noqa: ARG002 - PortAudio's
        if self._is_stopped:
            return
        self.overflows += bool(status.input_overflow)
        if len(self._blocks) < self._most_blocks:
            self._blocks.append(bytes(data))
        else:
            self.overflows += 1
            self._dropped_frames += frames
        self._tell()

    def _on_finished(self) -> None:
        self._has_finished = True
        self._tell()

    def _tell(self) -> None:
        """Wake the loop, unless it is being woken already."""
        if not self._is_told:
            self._is_told = True
            self._call(self._hear)

    def _call(self, function: Callable[[], None]) -> None:
        """Have the loop call a function, if there still is one."""
        with suppress(RuntimeError):  # it is closed
            if self._loop is not None:
                self._loop.call_soon_threadsafe(function)

    # On the loop.

    def _hear(self) -> None:
        self._is_told = False  # before anybody looks: what comes from now on tells anew
        self._news.set()

    def _on_closed(self) -> None:
        if self._closed is not None:
            self._closed.set()


def _list_devices() -> tuple[InputDevice, ...]:
    with PORTAUDIO:
        return list_devices(load_sounddevice())


def _check_device(device: object) -> None:
    is_index = isinstance(device, int) and not isinstance(device, bool) and device >= 0
    is_name = isinstance(device, str) and bool(device.strip())
    if not (device is None or is_index or is_name):
        raise ConfigurationError(
            "device", f"{brief(device)} is neither an index nor a name", hint="see Microphone.devices()"
        )
