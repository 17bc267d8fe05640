"""Recordings: whatever libsndfile or FFmpeg can read, block by block, and the truth about it.

libsndfile reads WAV, FLAC, Ogg (Vorbis, Opus), MP3, AIFF, AU, CAF, Wave64 and a dozen others, at any
rate and with any number of channels. It is forgiving, where a transcript has to be complete: a speaker
who is silently cut off is worse than an error. What can be told of a damaged or incomplete file
depends on its format.

WAV, RF64, Wave64, AIFF, 8SVX, CAF, AU
    A cut is detected when the file is opened, to the byte: the header says how much audio there should
    be (`asyncspeech.audio.recordings.lengths`). Headers that do not know are believed. So is more audio
    than the header says, by a program that died before it put that right.
FLAC
    Damage and cuts are detected where they are, since every frame has a checksum. All before that is
    given first; nothing after it, since it would be at the wrong time.
Ogg
    A cut is detected when the file is opened, unless it falls between two pages: that cannot be told
    from a live stream that was recorded. Damage within is skipped by libsndfile, and not detected.
MP3
    A cut is detected at the end, if the file says how many frames it has, as all do but old ones and
    those that were written to a pipe. Damage within is skipped. Without that count libsndfile
    estimates the length by the bit rate, and would leave unread what exceeds it (of a variable bit
    rate, or of a second file that was appended); this is detected at the end.
others (VOC, MAT5, ...)
    Not detected, unless libsndfile reports it.
what libsndfile does not read (MP4, Matroska, AAC, AMR, ...)
    Is decoded by FFmpeg, if that is installed: see `asyncspeech.audio.recordings.media`. Damage and cuts
    are detected after all before them was given.

Detected means `AudioError`. libmpg123, which decodes MP3, also prints what it thinks to standard error;
there is no way to ask it not to.

One thing that libsndfile would read is refused, a bare MPEG stream of layer I: its first bytes, FF FF,
are also the sample -1, so headerless samples would pass for a recording of noise. Pipes and devices
are not read here, since they cannot be inspected: see `asyncspeech.audio.arriving.encoded`.
"""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack, suppress
from functools import partial
from io import SEEK_END, BytesIO, FileIO
from itertools import chain, groupby
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
import soundfile

from asyncspeech.audio.convert import Adapter, check_rate
from asyncspeech.audio.recordings.kinds import HEAD_BYTES, tell_other_kind
from asyncspeech.audio.recordings.lengths import is_mpeg_frame, read_promise
from asyncspeech.audio.recordings.media import MediaDecoder
from asyncspeech.audio.recordings.reasons import HEADERLESS_HINT, reason_of
from asyncspeech.audio.recordings.virtual import VirtualFile
from asyncspeech.audio.samples import silence_damage
from asyncspeech.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike

    from asyncspeech.audio.recordings.lengths import Promise
    from asyncspeech.audio.source import BytesLike
    from asyncspeech.audio.stages.base import Block
    from asyncspeech.model import AudioFormat

__all__ = ("FileFeed", "Recording")

_MAX_BLOCK_SAMPLES = 1 << 19  # 2 MB: a second of 8 channels at 64 kHz
_UNKNOWN_FRAMES = 1 << 62
_MP3_SLACK_FRAMES = 1152  # some encoders count the frame that has the count
_UNREAD_SECONDS = 1.0  # as wrong as libsndfile's estimate of a constant bit rate may be
_UNRECOGNISED = 1  # SF_ERR_UNRECOGNISED_FORMAT
_SUFFIXES_OF_HEADERLESS = {".gsm", ".mp3", ".vox"}
_SOUNDFILE_ERRORS = (soundfile.SoundFileError, RuntimeError, ValueError, TypeError, OSError, MemoryError)


class _SequentialSoundFile(soundfile.SoundFile):  # type: ignore[misc]  # published without types
    """A sound file that is only ever read on.

    After each read, soundfile seeks to where the decoder is already. That takes time, and at the end
    of a FLAC of unknown length it fails. It does not seek in what is not seekable.
    """

    def seekable(self) -> bool:
        return False


class Recording:
    """A sound file, read from its beginning to its end.

    It blocks, and is for one thread at a time.

    Args:
        given: A path, the bytes of a file, or a seekable binary file, which is not closed.

    Attributes:
        name: What it is called in errors.
        sample_rate_hertz: Frames per second; known once it is open.
        channel_count: Channels; known once it is open.
        duration: Seconds of audio, or None if that is not known. Of an MP3 that does not count its
            frames and of bare AAC, an estimate.
    """

    def __init__(self, given: str | PathLike[str] | BytesLike | BinaryIO) -> None:
        self.name: str
        self.sample_rate_hertz = 0
        self.channel_count = 0
        self.duration: float | None = None
        self._path: str | None = None
        self._descriptor: int | None = None
        self._acquire: Callable[[], BinaryIO]
        self._stack = ExitStack()
        if isinstance(given, str | os.PathLike):
            self.name = self._path = os.fsdecode(given)
            self._acquire = partial(self._open_path, self._path)
        elif isinstance(given, bytes | bytearray | memoryview):
            self.name = "<bytes>"
            self._acquire = partial(_open_bytes, given)
        else:
            name = getattr(given, "name", None)
            self.name = name if isinstance(name, str) else f"<{type(given).__name__}>"
            self._acquire = partial(self._check_seekable, given)
        self._media: MediaDecoder | None = None
        self._media_blocks: Iterator[tuple[int, Block]] = iter(())
        self._missing_bytes = 0
        self._required_frames = 0
        self._frames_read = 0
        self._error: Exception | None = None

    def open(self) -> None:
        """Open it, and look at its header.

        Raises:
            AudioError: It cannot be read, or is not whole.
        """
        try:
            self._file = VirtualFile(self._acquire())
        except (OSError, ValueError) as error:
            raise AudioError(self.name, reason_of(error)) from error
        promise = read_promise(self._file)
        self._check_file()
        if promise.file_bytes == 0:
            raise AudioError(self.name, "is empty (0 bytes)")
        self._open_sound(promise)
        if self._media is None:
            self._take_facts(promise)

    def close(self) -> None:
        """Close it. To close it twice does no harm."""
        with suppress(*_SOUNDFILE_ERRORS):
            self._stack.close()

    def blocks(self) -> Iterator[tuple[int, Block]]:
        """Read it, about a second at a time, up to its end or to the first damage.

        Yields:
            A rate and a block that has it: there are recordings that change on the way.
        """
        if self._media is not None:
            yield from _by_the_second(self._media_blocks)
            return
        frames = max(1, min(self.sample_rate_hertz, _MAX_BLOCK_SAMPLES // self.channel_count))
        while self._error is None:
            block = np.empty((frames, self.channel_count), np.float32)
            count = self._read(block)
            if count == 0:
                return
            self._frames_read += count
            yield self.sample_rate_hertz, silence_damage(block[:count])

    def verify(self) -> None:
        """Check that it was whole, after all blocks were read.

        Raises:
            AudioError: It was not.
        """
        if self._media is not None:
            self._check_file()
            self._media.verify(self._missing_bytes)
            return
        seconds = self._frames_read / self.sample_rate_hertz
        of_all = "" if self.duration is None else f" of {self.duration:.2f} s"
        self._check_file()
        if self._error is not None or self._frames_read < self._required_frames:
            raise AudioError(
                self.name,
                f"is damaged or cut off: only the first {seconds:.2f} s{of_all} can be read",
                hint=self._repair_hint(),
            ) from self._error
        if self._sound.format == "MP3" and self._unread_seconds() > _UNREAD_SECONDS:
            raise AudioError(
                self.name,
                f"goes on after the {seconds:.2f} s that could be told from its beginning",
                hint=self._convert_hint(),
            )

    def _open_path(self, path: str) -> BinaryIO:
        file = self._stack.enter_context(FileIO(path, opener=_open_without_blocking))
        self._descriptor = file.fileno()
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            raise AudioError(path, "is not a regular file")
        return cast("BinaryIO", file)

    def _check_seekable(self, file: BinaryIO) -> BinaryIO:
        if not file.seekable():
            raise AudioError(self.name, "cannot be rewound", hint="hand in EncodedAudio(file)")
        return file

    def _open_sound(self, promise: Promise) -> None:
        self._file.seek(0)
        try:
            self._sound = self._recognise(self._choose_handle(promise))
        except _SOUNDFILE_ERRORS as error:
            self._check_file()
            if self._open_media(promise):
                return
            self._check_promise(promise)
            raise self._unreadable(error) from error
        self._stack.callback(self._sound.close)
        self._check_promise(promise)

    def _open_media(self, promise: Promise) -> bool:
        """Open what FFmpeg decodes, and decode its first frame. Returns False if it is nothing such."""
        self._file.seek(0)
        kind = tell_other_kind(self._file.read(HEAD_BYTES), self.name)
        if kind is None or kind.demuxer is None:
            return False
        self._file.seek(0)
        self._media = MediaDecoder(self._file, self.name, kind)
        self._stack.callback(self._media.close)
        self._missing_bytes = promise.missing_bytes
        try:
            self._media.open()
        except AudioError:
            self._check_file()
            raise
        self.duration = self._media.duration
        blocks = self._media.blocks()
        first = next(blocks, None)
        if first is None:
            self.verify()
            raise AudioError(self.name, "holds no audio (0 frames)")
        self.sample_rate_hertz, self.channel_count = first[0], first[1].shape[1]
        self._media_blocks = chain((first,), blocks)
        return True

    def _choose_handle(self, promise: Promise) -> int | VirtualFile:
        """Choose what soundfile is to open.

        A descriptor if possible: then libsndfile reads the file by itself, without Python in between.
        Not a path, beside which it would look for a macOS resource fork (``._talk.mp3``), and read
        that instead.
        """
        if promise.unfinished_at is not None:
            self._file.mend(promise.unfinished_at)
            return self._file
        return self._file if self._descriptor is None else self._descriptor

    def _recognise(self, handle: int | VirtualFile) -> Any:
        try:
            sound = _SequentialSoundFile(handle, closefd=False)
        except soundfile.LibsndfileError as error:
            suffix = PurePath(self._path or "").suffix.lower()
            if error.code != _UNRECOGNISED or suffix not in _SUFFIXES_OF_HEADERLESS:
                raise
            self._file.seek(0)  # and there it stays
            return _SequentialSoundFile(self._path)  # what has no header is known by its name, if at all
        if sound.subtype == "MPEG_LAYER_I":
            sound.close()
            raise soundfile.LibsndfileError(_UNRECOGNISED)
        return sound

    def _check_file(self) -> None:
        if error := self._file.error:
            raise AudioError(self.name, reason_of(error)) from error

    def _check_promise(self, promise: Promise) -> None:
        if promise.missing_bytes:
            raise AudioError(
                self.name,
                f"is cut off: at least {promise.missing_bytes} bytes are missing at the end",
                hint=self._repair_hint(),
            )

    def _take_facts(self, promise: Promise) -> None:
        self.sample_rate_hertz = int(self._sound.samplerate)
        self.channel_count = int(self._sound.channels)
        check_rate(self.sample_rate_hertz, self.name)
        frames = int(self._sound.frames)
        if frames == 0:
            raise AudioError(self.name, "holds no audio (0 frames)")
        if frames >= _UNKNOWN_FRAMES:
            return
        self.duration = frames / self.sample_rate_hertz
        self._check_stray(promise)
        if self._sound.format != "MP3":
            self._required_frames = frames
        elif promise.counts_mpeg_frames:
            self._required_frames = frames - _MP3_SLACK_FRAMES

    def _check_stray(self, promise: Promise) -> None:
        seconds = self.duration or 0.0
        if promise.stray_bytes / (promise.file_bytes - promise.stray_bytes) * seconds > _UNREAD_SECONDS:
            raise AudioError(
                self.name,
                f"goes on after the {seconds:.2f} s that its header accounts for",
                hint=f"put it right: ffmpeg -ignore_length 1 -i {self._path or 'INPUT'} repaired.flac",
            )

    def _read(self, block: Block) -> int:
        """Fill a block as far as possible, and return how many frames were read."""
        try:
            return len(self._sound.read(out=block))
        except _SOUNDFILE_ERRORS as error:
            self._error = error
            return self._count_before_error()

    def _count_before_error(self) -> int:
        """How many frames the read that failed got hold of: soundfile does not say, libsndfile does."""
        with suppress(*_SOUNDFILE_ERRORS):
            return max(0, int(self._sound.tell()) - self._frames_read)
        return 0

    def _unread_seconds(self) -> float:
        """Estimate how much of an MP3 is left.

        libmpg123 reads frame by frame, so what it would read next is either a frame, or no audio.
        """
        position = self._file.tell()
        if position == 0 or not is_mpeg_frame(self._file.read(2)):
            return 0.0
        left = self._file.seek(0, SEEK_END) - position
        return left / position * self._frames_read / self.sample_rate_hertz

    def _unreadable(self, error: Exception) -> AudioError:
        """Say why soundfile could not open it."""
        self._file.seek(0)
        if kind := tell_other_kind(self._file.read(HEAD_BYTES), self.name):
            return AudioError(
                self.name, f"is {kind.name}, which cannot be decoded here", hint=self._convert_hint()
            )
        if getattr(error, "code", None) == _UNRECOGNISED:
            return AudioError(self.name, "is not audio of any known format", hint=HEADERLESS_HINT)
        detail = getattr(error, "error_string", str(error)).rstrip(".")
        return AudioError(
            self.name,
            f"is damaged, or of a kind that cannot be decoded here ({detail})",
            hint=self._convert_hint() if self._path else HEADERLESS_HINT,
        )

    def _convert_hint(self) -> str:
        return f"convert it first: ffmpeg -i {self._path or 'INPUT'} converted.flac"

    def _repair_hint(self) -> str:
        return (
            "get it again, or make do with what is there: "
            f"ffmpeg -i {self._path or 'INPUT'} repaired.flac"
        )


class FileFeed:
    """Gives a recording as chunks of one format.

    It blocks, and is for one thread at a time.

    Args:
        recording: The recording, not opened yet.
        target: The format wanted.
        channel: The one channel wanted, from 1; None for all of them.
    """

    def __init__(self, recording: Recording, target: AudioFormat, channel: int | None = None) -> None:
        self._recording = recording
        self._adapter = Adapter(target, recording.name, channel)
        self._chunks = self._convert()

    @property
    def duration(self) -> float | None:
        """How long the recording is, in seconds; known once it is open."""
        return self._recording.duration

    def open(self) -> None:
        """Open the recording.

        Raises:
            AudioError: It cannot be read, or not be made what is wanted.
        """
        self._recording.open()
        self._adapter.expect(self._recording.sample_rate_hertz, self._recording.channel_count)

    def read(self) -> bytes | None:
        """Give the next chunk, which may be empty; None at the end.

        Raises:
            AudioError: The recording was not whole. All of it that can be read was given before.
        """
        return next(self._chunks, None)

    def close(self) -> None:
        """Close the recording."""
        self._recording.close()

    def _convert(self) -> Iterator[bytes]:
        for rate, block in self._recording.blocks():
            yield self._adapter.process(rate, block)
        yield self._adapter.flush()
        self._recording.verify()


def _by_the_second(blocks: Iterator[tuple[int, Block]]) -> Iterator[tuple[int, Block]]:
    """Put blocks together, up to about a second, as long as they are of one kind."""
    for (rate, _), like in groupby(blocks, lambda item: (item[0], item[1].shape[1])):
        parts: list[Block] = []
        for _, block in like:
            parts.append(block)
            if sum(map(len, parts)) >= rate:
                yield rate, np.concatenate(parts)
                parts = []
        if parts:
            yield rate, np.concatenate(parts)


def _open_bytes(content: BytesLike) -> BinaryIO:
    return BytesIO(bytes(content))


def _open_without_blocking(path: str, flags: int) -> int:
    # To open a named pipe that nobody writes to would block, and a thread cannot be cancelled.
    return os.open(path, flags | os.O_NONBLOCK)
