"""Formats by name, told by their first bytes, and else by their suffix.

What libsndfile does not read is decoded by FFmpeg, which is told what it is. It is never asked to guess:
it knows hundreds of formats, takes headerless samples for some of them, and others are playlists, that
have it open files and addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

__all__ = ("HEAD_BYTES", "TS_PACKET_BYTES", "Kind", "is_wave", "tell_other_kind", "tell_piece_kind")

HEAD_BYTES = 192
"""How much of a file `tell_other_kind` looks at: the first packet of an MPEG transport stream, and one
byte of the second."""

TS_PACKET_BYTES = 188
"""The length of each packet of an MPEG transport stream."""

_TS_SYNC = 0x47
_MPEG_SYNC = 0x7FF
_MPEG_LAYERS = {1, 2}  # III and II; layer I looks like the sample -1


@dataclass(frozen=True, slots=True)
class Kind:
    """A format.

    Attributes:
        name: What people call it.
        demuxer: What FFmpeg calls it; None if it is not decoded at all.
        may_start_anywhere: Whether it is a stream that one can tune in to, so that what comes first may
            belong to what was before.
        comes_in_pieces: Whether FFmpeg can decode it without going back and forth in it.
    """

    name: str
    demuxer: str | None
    may_start_anywhere: bool = False
    comes_in_pieces: bool = True


_MP4 = Kind("MP4 (m4a, mp4, mov, 3gp)", "mov")
_MATROSKA = Kind("Matroska (webm, mkv)", "matroska")
_AAC = Kind("AAC", "aac", may_start_anywhere=True)
_ASF = Kind("Windows Media (wma)", "asf", comes_in_pieces=False)
_AMR = Kind("AMR", "amr")
_MP3 = Kind("MP3", "mp3", may_start_anywhere=True)
_OGG = Kind("Ogg", "ogg")
_CAF = Kind("CAF", "caf", comes_in_pieces=False)
_TRANSPORT = Kind("an MPEG transport stream", "mpegts", may_start_anywhere=True)
_PROGRAM = Kind("an MPEG program stream", "mpeg", may_start_anywhere=True)

_OTHERS = (
    (4, b"ftyp", _MP4),
    (4, b"moov", _MP4),
    (4, b"moof", _MP4),
    (4, b"styp", _MP4),
    (4, b"mdat", _MP4),
    (4, b"wide", _MP4),
    (0, b"\x1a\x45\xdf\xa3", _MATROSKA),
    (0, b"\xff\xf0", _AAC),
    (0, b"\xff\xf1", _AAC),
    (0, b"\xff\xf8", _AAC),
    (0, b"\xff\xf9", _AAC),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _ASF),
    (0, b"#!AMR", _AMR),
    (0, b"#!SILK", Kind("SILK", None)),
    (0, b"wvpk", Kind("WavPack", "wv", comes_in_pieces=False)),
    (0, b"MAC ", Kind("Monkey's Audio", "ape", comes_in_pieces=False)),
    (0, b"FLV\x01", Kind("Flash video", "flv")),
    (0, b"\0\0\x01\xba", _PROGRAM),
    (8, b"AVI ", Kind("AVI", "avi", comes_in_pieces=False)),
    (28, b"Speex   ", Kind("Ogg (Speex)", "ogg")),
    (28, b"\x7fFLAC", Kind("Ogg (FLAC)", "ogg")),
)
_MARK_BYTES = 4  # shorter ones are found in sound as well, once in a while
_ENCODINGS_OF_CAF = (b"aac", b"opus", b"ilbc", b".mp3", b"QDM2")
_PIECES = (
    (0, b"OggS", _OGG),
    (0, b"fLaC", Kind("FLAC", "flac")),
    (0, b"ID3", _MP3),
    (0, b"FORM", Kind("AIFF", "aiff")),
    (0, b"caff", _CAF),
    (0, b"riff", Kind("Wave64", "w64")),
)
_FILES = (
    *((0, b"ID3" + bytes((version,)), _MP3) for version in (2, 3, 4)),
    *(
        entry
        for entry in (*_PIECES, *_OTHERS)
        if len(entry[1]) >= _MARK_BYTES and entry[2] is not _PROGRAM
    ),
)
_WAVES = {
    b"RIFF": Kind("WAV", "wav"),
    b"RF64": Kind("WAV (RF64)", "wav"),
    b"RIFX": Kind("WAV (big-endian)", "wav"),
    b".snd": Kind("AU", "au"),
    b"dns.": Kind("AU", "au"),
}
_SUFFIXES = {
    ".3gp": Kind("3GP", "mov"),
    ".aac": _AAC,
    ".amr": _AMR,
    ".m4a": Kind("M4A", "mov"),
    ".mkv": Kind("Matroska", "matroska"),
    ".mov": Kind("QuickTime", "mov"),
    ".mp4": Kind("MP4", "mov"),
    ".webm": Kind("WebM", "matroska"),
    ".wma": Kind("Windows Media", "asf", comes_in_pieces=False),
}


def tell_other_kind(head: bytes, file_name: str = "") -> Kind | None:
    """Tell the format of a file that libsndfile does not read.

    Args:
        head: Its first `HEAD_BYTES` bytes.
        file_name: Its name.

    Returns:
        The format; None if it is not known here either.
    """
    for at, magic, kind in _OTHERS:
        if head.startswith(magic, at):
            return kind
    if head.startswith(b"caff") and head.startswith(_ENCODINGS_OF_CAF, 28):
        return _CAF
    if len(head) > TS_PACKET_BYTES and head[0] == head[TS_PACKET_BYTES] == _TS_SYNC:
        return _TRANSPORT
    return _SUFFIXES.get(PurePath(file_name).suffix.lower())


def tell_piece_kind(head: bytes) -> Kind | None:
    """Tell the format of what arrives in pieces, by its first `HEAD_BYTES` bytes; None if unknown."""
    if kind := _WAVES.get(head[:4]):
        return kind if head[8:12] != b"AVI " else tell_other_kind(head)
    for at, magic, piece_kind in _PIECES:
        if head.startswith(magic, at):
            return piece_kind
    if kind := tell_other_kind(head):
        return kind
    is_mpeg = len(head) > 1 and int.from_bytes(head[:2], "big") >> 5 == _MPEG_SYNC
    return _MP3 if is_mpeg and head[1] >> 1 & 3 in _MPEG_LAYERS else None


def tell_file(head: bytes) -> Kind | None:
    """Tell a file from samples that are cut off a stream, by a mark with which samples do not begin.

    A WAV or AU is not told: what is behind its header may be the samples that are asked for.

    Args:
        head: Its first bytes.

    Returns:
        The format; None if these may be samples.
    """
    for at, magic, kind in _FILES:
        if head.startswith(magic, at):
            return kind
    return None


def is_wave(head: bytes) -> bool:
    """Whether what begins so is a WAV, or an AU, which is headerless samples behind a header."""
    return head[:4] in _WAVES and head[8:12] != b"AVI "
