"""Media: what FFmpeg decodes, by PyAV (extra ``media``).

That is what libsndfile does not read, and what arrives in pieces. FFmpeg is made for players, which had
rather go on than be exact. What is done about that:

Time
    Frames have time stamps. Where these leap ahead by more than 0.1 s (a track that begins later than
    the picture, a recorder that paused, packets that a network lost), silence is put in, so that what
    follows is at its time. A leap of more than a minute, or back, is another clock: what follows is
    appended. Less than 0.1 s is jitter.
Priming
    Encoders begin with some silence of their own. FFmpeg drops as much as the file says; where a file
    cannot say (bare AAC, MPEG-TS, fragmented MP4) it stays, 20 to 130 ms. The padding at the end of an
    MP4, which FFmpeg leaves, is dropped too.
Damage
    Decoding stops where the decoder reports an error: all before it is given, and then the error. What
    has no checksum may be damaged unseen. In a stream that one can tune in to (MP3, AAC, MPEG-TS), what
    cannot be decoded before the first frame that can is not damage.
Cuts
    See `asyncspeech.audio.recordings.wholeness`. Where a header has the length, that is checked as well.

Only FFmpeg's audio decoders are run, so that a damaged picture can do no harm. Its own messages go
nowhere: PyAV leaves them off unless told otherwise.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from asyncspeech.audio.convert import check_rate
from asyncspeech.audio.recordings.media_time import Gaps, Padding
from asyncspeech.audio.samples import silence_damage
from asyncspeech.audio.stages.base import silence
from asyncspeech.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    import numpy.typing as npt
    from av import AudioFrame, AudioStream, Packet
    from av.container import InputContainer

    from asyncspeech.audio.recordings.kinds import Kind
    from asyncspeech.audio.stages.base import Block

__all__ = ("MediaDecoder",)

_LENGTH_SLACK_SECONDS: Final = 0.1
_ENCODER_SLACK_SECONDS: Final = 0.25
_PRECISE: Final = {"aiff", "ape", "asf", "au", "caf", "flac", "mov", "w64", "wav", "wv"}
_UNSTAMPED: Final = {"avi"}  # where FFmpeg makes up what the header implies
_READ_NO_MORE: Final = {"probesize": "32", "analyzeduration": "0"}  # than one packet, to open it
_BUFFER_BYTES: Final = 1 << 15
_BUFFER_BYTES_OF_PIECES: Final = 1 << 12
_READS_ANY_METADATA: Final = 19  # the version of PyAV from which on it does
_ENCRYPTED_TAGS: Final = {"enca", "drms"}
_MICROSECONDS: Final = 1_000_000
_MAX_PLANES: Final = 7
_FULL_SCALES: Final = {"u8": 7, "s16": 15, "s32": 31, "s64": 63}  # as powers of 2
_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


class MediaDecoder:
    """Decodes the sound track of a container: the default one, if there are several.

    It blocks as the file does.

    Args:
        file: What has ``read`` and, unless it comes in pieces, ``seek`` and ``tell``. It raises nothing.
        name: What it is called in errors.
        kind: Its format, which has to have a demuxer.
        in_pieces: Whether it is read as it arrives, so that nothing is to be read ahead.

    Attributes:
        duration: Seconds of audio, or None if that is not known. An estimate for a format without a
            header, such as AAC.
        seconds: How much was given.
        promised_seconds: How much there has to be at least, less a quarter of a second for the silence
            that encoders add; set by who knows.
    """

    def __init__(self, file: object, name: str, kind: Kind, *, in_pieces: bool = False) -> None:
        self.duration: float | None = None
        self.seconds = 0.0
        self.promised_seconds = 0.0
        self._file = file
        self._name = name
        self._kind = kind
        self._in_pieces = in_pieces
        self._container: InputContainer | None = None
        self._stream: AudioStream | None = None
        self._is_damaged = False
        self._cause: Exception | None = None

    def open(self) -> None:
        """Read the header.

        Raises:
            AudioError: The extra is missing, or there is no sound that can be decoded.
        """
        av = _import_av(self._name, self._kind)
        self._errors = (av.FFmpegError, *_ERRORS)
        try:
            self._container = av.open(
                self._file,
                format=self._kind.demuxer,
                options={
                    "codec_whitelist": _name_audio_decoders(),
                    **(_READ_NO_MORE if self._in_pieces else {}),
                },
                buffer_size=_BUFFER_BYTES_OF_PIECES if self._in_pieces else _BUFFER_BYTES,
                **_options_of(av.__version__),
            )
            self._stream = self._choose_stream(self._container)
            self._take_facts(self._container, self._stream)
        except self._errors as error:
            raise AudioError(
                self._name,
                f"is {self._kind.name} that is damaged or cut off: nothing of it can be read",
                hint="get it again, or try to mend it by ffmpeg",
            ) from error

    def close(self) -> None:
        """Let go of it. To close twice does no harm."""
        if self._container is not None:
            self._container.close()
            self._container = None

    def blocks(self) -> Iterator[tuple[int, Block]]:
        """Give block after block with its rate, up to the end or to the first damage."""
        for frame, block in self._frames():
            rate = frame.sample_rate
            check_rate(rate, self._name)
            stamp = None if self._kind.demuxer in _UNSTAMPED else frame.time
            gap = round(self._gaps.before(stamp, frame.samples / rate) * rate)
            gaps = (silence(min(rate, gap - at), block.shape[1]) for at in range(0, gap, rate))
            for part in chain(gaps, self._padding.pass_on(block, rate)):
                if len(part):
                    self.seconds += len(part) / rate
                    yield rate, part

    def verify(self, missing_bytes: int = 0) -> None:
        """Check that it was whole, after all blocks were read.

        Args:
            missing_bytes: How many bytes are known to be missing.

        Raises:
            AudioError: It was not.
        """
        if self._is_damaged or missing_bytes or self._is_short():
            is_known = self.duration is not None and self.duration >= self.seconds
            of_all = f" of {self.duration:.2f} s" if is_known else ""
            raise AudioError(
                self._name,
                f"is damaged or cut off: only the first {self.seconds:.2f} s{of_all} can be read",
                hint="get it again, or make do with what is there",
            ) from self._cause
        if self.seconds == 0:
            raise AudioError(self._name, "holds no audio (0 frames)")

    def _is_short(self) -> bool:
        if self.seconds < self.promised_seconds - _ENCODER_SLACK_SECONDS:
            return True
        is_known = self.duration is not None and self._kind.demuxer in _PRECISE
        return is_known and self.seconds < (self.duration or 0.0) - _LENGTH_SLACK_SECONDS

    def _choose_stream(self, container: InputContainer) -> AudioStream:
        if not container.streams.audio:
            raise AudioError(self._name, f"is {self._kind.name} without a sound track")
        stream: Any = container.streams.best("audio") or container.streams.audio[0]
        codec: Any = getattr(stream, "codec_context", None)
        if codec is not None and codec.codec_tag in _ENCRYPTED_TAGS:
            raise self._encrypted()
        if codec is None:
            raise AudioError(
                self._name,
                f"is {self._kind.name}, whose sound is of a kind that cannot be decoded here",
                hint="convert it first by what made it",
            )
        # FLAC and WavPack have checksums, which would else only be remarked on.
        codec.options = {"err_detect": "crccheck+explode"}
        return stream  # type: ignore[no-any-return]  # best() gives a stream of any kind

    def _take_facts(self, container: InputContainer, stream: AudioStream) -> None:
        length: float | None = None
        if stream.duration is not None and stream.time_base is not None and stream.duration > 0:
            length = float(stream.duration * stream.time_base)
        start: int | None = getattr(container, "start_time", None)  # its types know no None
        if self._in_pieces:
            self.duration = length if self._kind.demuxer in _PRECISE else None
            self._gaps, self._padding = Gaps(None), Padding(None)
            return
        whole = container.duration
        self.duration = length or (whole / _MICROSECONDS if whole else None)
        self._gaps = Gaps(None if start is None else start / _MICROSECONDS)
        self._padding = Padding(length if self._kind.demuxer == "mov" else None)

    def _frames(self) -> Iterator[tuple[AudioFrame, Block]]:
        """Decode frame after frame, up to the first damage, of which a note is made."""
        has_begun = not self._kind.may_start_anywhere
        packets = self._packets()
        for packet in packets:
            try:
                frames = [(frame, _read_frame(frame)) for frame in packet.decode()]
            except self._errors as error:
                self._cause = error
                if has_begun:
                    self._is_damaged = True
                    return
                continue
            has_begun = has_begun or bool(frames)
            yield from frames

    def _packets(self) -> Iterator[Packet[AudioStream]]:
        if self._container is None or self._stream is None:
            return
        packets = self._container.demux(self._stream)
        while not self._is_damaged:
            try:
                packet = next(packets, None)
            except self._errors as error:
                self._is_damaged, self._cause = True, error
                return
            if packet is None:
                return
            if packet.has_sidedata("encryption_info"):
                raise self._encrypted()
            self._is_damaged = packet.is_corrupt
            if not self._is_damaged:
                yield packet

    def _encrypted(self) -> AudioError:
        return AudioError(
            self._name, f"is {self._kind.name} that is encrypted", hint="decrypt it with its key first"
        )


def _options_of(version: str) -> dict[str, Any]:
    """What PyAV has to be told before version 19: titles that are no UTF-8 are no damage."""
    return {"metadata_errors": "replace"} if int(version.partition(".")[0]) < _READS_ANY_METADATA else {}


def _import_av(name: str, kind: Kind) -> ModuleType:
    try:
        import av  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise AudioError(
            name,
            f"is {kind.name}, which needs the extra 'media'",
            hint="pip install 'asyncspeech[media]', or convert it first by ffmpeg",
        ) from error
    return av


@cache
def _name_audio_decoders() -> str:
    from av import Codec, codecs_available  # noqa: PLC0415 - an extra

    names = []
    for name in codecs_available:
        with suppress(ValueError, LookupError):  # it has no decoder
            if Codec(name, "r").type == "audio":
                names.append(name)
    return ",".join(names)


def _interleave(frame: AudioFrame) -> AudioFrame:
    """Put all channels into one plane.

    PyAV counts the planes of a frame up to a null pointer, and FFmpeg has room for one only behind less
    than eight: to ask for those of more reads whatever memory comes next, and crashes.
    """
    from av import AudioResampler  # noqa: PLC0415 - an extra

    resampler = AudioResampler(format="flt", layout=frame.layout, rate=frame.sample_rate)
    (interleaved,) = resampler.resample(frame)
    return interleaved


def _read_frame(frame: AudioFrame) -> Block:
    """Read the samples of a frame, whose format is any of FFmpeg's, planar (``s16p``) or not."""
    if frame.format.is_planar and frame.layout.nb_channels > _MAX_PLANES:
        frame = _interleave(frame)
    samples: npt.NDArray[Any] = frame.to_ndarray()
    is_planar = frame.format.is_planar
    block: Block = (samples.T if is_planar else samples.reshape(-1, frame.layout.nb_channels)).astype(
        np.float32, order="C"
    )
    kind = frame.format.name.removesuffix("p") if is_planar else frame.format.name
    if kind == "u8":
        block -= 1 << 7
    if kind in _FULL_SCALES:
        block /= np.float32(2 ** _FULL_SCALES[kind])
    return silence_damage(block)
