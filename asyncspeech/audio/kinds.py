"""Formats that libsndfile does not read, by name.

To be told that a file "is not recognised" helps nobody who can play it. So those that are common, for
speech or at all, are called by their name: told by their first bytes, and else by their suffix.
"""

from __future__ import annotations

from pathlib import PurePath

__all__ = ("HEAD_BYTES", "name_other_kind")

HEAD_BYTES = 16
"""How much of a file `name_other_kind` looks at."""

_MAGIC = (
    (4, b"ftyp", "MP4 (m4a, mp4, mov, 3gp)"),
    (0, b"\x1a\x45\xdf\xa3", "Matroska (webm, mkv)"),
    (0, b"\xff\xf1", "AAC"),
    (0, b"\xff\xf9", "AAC"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media (wma)"),
    (0, b"#!AMR", "AMR"),
    (0, b"#!SILK", "SILK"),
    (0, b"wvpk", "WavPack"),
    (0, b"MAC ", "Monkey's Audio"),
)
_SUFFIXES = {
    ".3gp": "3GP",
    ".aac": "AAC",
    ".amr": "AMR",
    ".m4a": "M4A",
    ".mkv": "Matroska",
    ".mov": "QuickTime",
    ".mp4": "MP4",
    ".webm": "WebM",
    ".wma": "Windows Media",
}


def name_other_kind(head: bytes, file_name: str) -> str | None:
    """Name the format of a file that libsndfile does not read.

    Args:
        head: Its first `HEAD_BYTES` bytes.
        file_name: Its name.

    Returns:
        The format; None if it is not known here either.
    """
    for at, magic, kind in _MAGIC:
        if head.startswith(magic, at):
            return kind
    return _SUFFIXES.get(PurePath(file_name).suffix.lower())
