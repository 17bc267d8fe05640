"""Pages of Ogg (RFC 3533), as far as one has to be made up."""

from __future__ import annotations

import struct

__all__ = ("latest_page",)

_CAPTURE = b"OggS"
_SERIAL = slice(14, 18)
_LAST_PAGE = 4
_POLYNOMIAL = 0x04C1_1DB7
_TOP_BIT = 1 << 31
_LATEST = 1 << 45  # in frames: decades
_NUMBER = (1 << 31) - 1


def latest_page(stream: bytes | bytearray) -> bytes:
    """A page of the latest of times, with an empty packet, in the stream that begins like this.

    Args:
        stream: At least the header of its first page.
    """
    head = (
        _CAPTURE
        + struct.pack("<BBq", 0, _LAST_PAGE, _LATEST)
        + stream[_SERIAL]
        + struct.pack("<I", _NUMBER)
    )
    segments = b"\x01\x00"
    checksum = _checksum(head + bytes(4) + segments)
    return head + struct.pack("<I", checksum) + segments


def _checksum(page: bytes) -> int:
    """CRC-32 of a page whose checksum is zero; not reflected, other than zip's."""
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (_POLYNOMIAL | 1 << 32 if crc & _TOP_BIT else 0)
    return crc
