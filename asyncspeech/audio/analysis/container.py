"""How a recording is stored: what its file says of itself."""

from __future__ import annotations

import os
from pathlib import PurePath

import soundfile

from asyncspeech.audio.analysis.figures import Container

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
    try:
        info = soundfile.info(path)
    except (soundfile.SoundFileError, RuntimeError, OSError):  # FFmpeg reads it, or the header is mended
        suffix = PurePath(path).suffix.lstrip(".").upper() or "unknown"
        return Container(
            format=suffix,
            encoding="unknown",
            file_bytes=os.path.getsize(path),  # noqa: PTH202 - a path as text is all there is
            is_lossy=True,
            largest_sample=_LARGEST_OF_FLOATS,
        )
    return Container(
        format=info.format_info,
        encoding=info.subtype_info,
        file_bytes=os.path.getsize(path),  # noqa: PTH202 - as above
        is_lossy=not info.subtype.startswith(_LOSSLESS),
        largest_sample=_largest(info.subtype),
    )


def _largest(subtype: str) -> float:
    if bits := _BITS.get(subtype):
        return 1 - 2.0 ** (1 - bits)
    if subtype.startswith(("PCM_", "ALAC_", "DWVW_")):
        # 24 bits are as many as float32 has; 20 and 12 are rare.
        return 1 - 2.0**-23
    return _LARGEST.get(subtype, _LARGEST_OF_FLOATS)
