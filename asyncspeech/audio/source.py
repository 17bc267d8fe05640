"""What audio comes from.

A *source* gives raw audio, chunk by chunk, and says how to read it. Everything else that can be handed
in (a path, the bytes of a file, a stream of chunks) is made into a source by
`asyncspeech.audio.open_source`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, Iterable
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias

from asyncspeech.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncspeech.model import AudioFormat

__all__ = ("AudioInput", "BytesLike", "EncodedAudio", "OpensLate", "RawAudio", "Source")

BytesLike: TypeAlias = bytes | bytearray | memoryview


class Source(Protocol):
    """An async iterator of raw audio.

    Every chunk is made of whole frames, at least one, and may be of any length.
    """

    @property
    def audio_format(self) -> AudioFormat:
        """How the chunks are to be read."""
        ...

    @property
    def duration(self) -> float | None:
        """How long all of it lasts, in seconds; None if that is not known beforehand.

        It is for progress bars: an MP3 without an exact header only has an estimate.
        """
        ...

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def __anext__(self) -> bytes: ...

    async def aclose(self) -> None:
        """Let go of everything it holds, such as an open file. To close twice does no harm."""
        ...


class OpensLate(ABC):
    """A `Source` that has to be opened, which takes time, before it knows its ``audio_format``."""

    @property
    @abstractmethod
    def audio_format(self) -> AudioFormat:
        """How the chunks are to be read, once it is open."""

    @abstractmethod
    async def open(self) -> None:
        """Get ready. To open it twice does no harm."""


@dataclass(frozen=True, slots=True, eq=False)
class RawAudio:
    """Headerless samples, and how they are to be read.

    Attributes:
        data: The samples: bytes, or an iterable or async iterable of bytes, which may be cut anywhere,
            even in the middle of a frame, but has to end with a whole one. An iterable may block, though
            not for ever: it is iterated in worker threads, and closing it waits for its next item. A
            binary file, such as ``sys.stdin.buffer``, is read as `EncodedAudio` is.
        audio_format: Their encoding, rate and channels.

    Raises:
        ConfigurationError: ``data`` is neither.
    """

    data: BytesLike | Iterable[BytesLike] | AsyncIterable[BytesLike]
    audio_format: AudioFormat

    def __post_init__(self) -> None:
        data: object = self.data
        if isinstance(data, str) or not isinstance(data, Iterable | AsyncIterable):
            raise ConfigurationError(
                "data",
                f"RawAudio takes bytes, or an iterable of bytes, not {type(data).__name__}",
                hint="a file of headerless samples: RawAudio(Path(name).read_bytes(), AudioFormat(...))",
            )


@dataclass(frozen=True, slots=True, eq=False)
class EncodedAudio:
    """A sound file that arrives in pieces, and is decoded as it comes.

    WebM from a browser's MediaRecorder, Ogg from a messenger, MP3 or AAC from a radio station, WAV over
    HTTP. What it is, is told by its first bytes. WAV and AU need nothing else; all other formats need
    the extra ``media``.

    Attributes:
        data: The file: an iterable or async iterable of bytes, cut anywhere, or a binary file that
            cannot be rewound: a pipe, ``sys.stdin.buffer``, a socket's ``makefile("rb")``, the response
            to an HTTP request. Those that block are read in a thread of their own. Closing ends a
            thread that waits for a pipe, a terminal or a socket at once; for anything else it waits
            until that gives its next item. Files stay open; iterables are closed, if they can be.

    Raises:
        ConfigurationError: ``data`` is nothing such.
    """

    data: BytesLike | Iterable[BytesLike] | AsyncIterable[BytesLike] | BinaryIO

    def __post_init__(self) -> None:
        data: object = self.data
        if isinstance(data, str) or not isinstance(data, Iterable | AsyncIterable):
            raise ConfigurationError(
                "data",
                f"EncodedAudio takes an iterable of bytes or a binary file, not {type(data).__name__}",
                hint="a file that is there as a whole is handed in as its path, without EncodedAudio",
            )


AudioInput: TypeAlias = (
    str
    | PathLike[str]
    | BytesLike
    | BinaryIO
    | RawAudio
    | EncodedAudio
    | Source
    | AsyncIterable[BytesLike]
)
"""What `asyncspeech.audio.open_source` takes."""
