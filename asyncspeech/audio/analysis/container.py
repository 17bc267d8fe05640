"""How a recording is stored: what its file says of itself."""

from __future__ import annotations

import os
from contextlib import suppress
from io import FileIO

import soundfile

from asyncspeech.audio.analysis.figures import Container
from asyncspeech.audio.recordings.kinds import HEAD_BYTES, tell_other_kind

__all__ = ("read_container",)

_LOSSLESS = ("PCM_", "ALAC_", "FLOAT", "DOUBLE", "DWVW_")
# What is not as large as it may be; lossy codecs are decoded to floats, and may exceed it.
_BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "ALAC_16": 16}
_LARGEST = {"ULAW": 32_124 / 32_768, "ALAW": 32_256 / 32_768}  # ITU-T G.711
_LARGEST_OF_FLOATS = 1.0


def read_container(path: str) -> Container:
    """Read what a file says of itself; it is known to be audio.

    Args:
        path: The file.
    """
    size = os.path.getsize(path)  # noqa: PTH202 - a path as text is all there is
    try:
        info = soundfile.info(path)
    except (soundfile.SoundFileError, RuntimeError, OSError):
        name, encoding, is_lossy = _media(path)
        return Container(
            format=name,
            encoding=encoding,
            file_bytes=size,
            is_lossy=is_lossy,
            largest_sample=_LARGEST_OF_FLOATS,
        )
    return Container(
        format=info.format_info,
        encoding=info.subtype_info,
        file_bytes=size,
        is_lossy=not info.subtype.startswith(_LOSSLESS),
        largest_sample=_largest(info.subtype),
    )


def _media(path: str) -> tuple[str, str, bool]:
    """The format and the encoding of what libsndfile does not read, and whether that is lossy.

    What is not known is taken to be lossy, as most is.
    """
    with FileIO(path) as file:
        kind = tell_other_kind(file.read(HEAD_BYTES), path)
        if kind is None:
            return "unknown", "unknown", True
        with suppress(Exception):  # what FFmpeg makes of it, or that it is not there, is told elsewhere
            import av  # noqa: PLC0415 - an extra

            file.seek(0)
            with av.open(file, format=kind.demuxer) as container:
                codec = container.streams.audio[0].codec_context.codec
                return kind.name, str(codec.long_name), bool(codec.lossy)
        return kind.name, "unknown", True


def _largest(subtype: str) -> float:
    if bits := _BITS.get(subtype):
        return 1 - 2.0 ** (1 - bits)
    if subtype.startswith(("PCM_", "ALAC_", "DWVW_")):
        # 24 bits are as many as float32 has; 20 and 12 are rare.
        return 1 - 2.0**-23
    return _LARGEST.get(subtype, _LARGEST_OF_FLOATS)
