"""How a recogniser and its worker process tell messages apart: by a length before each."""

from __future__ import annotations

import struct

__all__ = ("LENGTH",)

LENGTH = struct.Struct(">I")
"""Four bytes, big-endian: how many bytes of message follow."""
