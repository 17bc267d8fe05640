"""What a stream is, told by its first bytes.

A signature says for each of the first bytes which values it may have, so that bytes which can no longer
become any of them are refused at once. The longest is of 12 bytes.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum

from asyncspeech.emulator import errors

__all__ = ("DECODED", "Kind", "recognise")


class Kind(Enum):
    """A kind of container, or of bare frames. Its value is the encoding's name in the service's API."""

    WAV = "WAV"
    FLAC = "FLAC"
    MP3 = "MP3"
    OGG = "OGG_OPUS"
    AMR = "AMR"
    AMR_WB = "AMR_WB"
    WEBM = "WEBM_OPUS"
    MP4 = "MP4_AAC"
    M4A = "M4A_AAC"
    MOV = "MOV_AAC"


DECODED = frozenset({Kind.WAV, Kind.FLAC, Kind.MP3, Kind.OGG})
"""The kinds that the emulator decodes."""

_Signature = tuple[Collection[int], ...]


def recognise(head: bytes) -> Kind | None:
    """Which kind a stream is.

    Args:
        head: Its first bytes.

    Returns:
        None if that takes more bytes.

    Raises:
        Refusal: It is of no known kind.
    """
    possible = [(kind, signature) for kind, signature in _SIGNATURES if _fits(head, signature)]
    if not possible:
        raise errors.undetected_audio()
    return next((kind for kind, signature in possible if len(head) >= len(signature)), None)


def _fits(head: bytes, signature: _Signature) -> bool:
    """Whether the bytes that have come are as the signature's."""
    return all(byte in values for byte, values in zip(head, signature, strict=False))


def _literal(text: bytes) -> _Signature:
    return tuple((byte,) for byte in text)


_ANY = range(256)
_FOUR = (_ANY,) * 4
# A box that names the brand: its size, which is small, and its name.
_BOX: _Signature = (*_literal(b"\0\0"), _ANY, _ANY, *_literal(b"ftyp"))
# The header of a frame of MPEG layer III: sync, version and layer; bit rate and sampling rate, neither
# of them reserved. A layer I frame would begin like the headerless sample -1.
_MPEG_FRAME: _Signature = (
    (0xFF,),
    (0xE2, 0xE3, 0xF2, 0xF3, 0xFA, 0xFB),
    frozenset(bit_rate << 4 | rest for bit_rate in range(0x1, 0xF) for rest in range(0xC)),
)
# In this order: of two that fit, the first is meant.
_SIGNATURES: tuple[tuple[Kind, _Signature], ...] = (
    (Kind.WAV, (*_literal(b"RIFF"), *_FOUR, *_literal(b"WAVE"))),
    (Kind.WAV, (*_literal(b"RF64"), *_FOUR, *_literal(b"WAVE"))),
    (Kind.FLAC, _literal(b"fLaC")),
    (Kind.MP3, _literal(b"ID3")),
    (Kind.MP3, _MPEG_FRAME),
    (Kind.OGG, _literal(b"OggS")),
    (Kind.AMR, _literal(b"#!AMR\n")),
    (Kind.AMR_WB, _literal(b"#!AMR-WB\n")),
    (Kind.WEBM, _literal(b"\x1a\x45\xdf\xa3")),
    (Kind.M4A, (*_BOX, *_literal(b"M4A "))),
    (Kind.MOV, (*_BOX, *_literal(b"qt  "))),
    (Kind.MP4, (*_BOX, *_FOUR)),
)
