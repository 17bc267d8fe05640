"""Framing: a stream of bytes, cut anywhere, as chunks of whole frames.

A frame that is cut by the end of a chunk waits for the next one. If the stream itself ends within a
frame, it is not of the format that was declared (or something got lost on the way): were it read on
regardless, two channels could have changed places, or all samples be noise. So that is an error, not a
rounding.
"""

from __future__ import annotations

from asyncspeech.errors import AudioError

__all__ = ("Framer",)


class Framer:
    """Cuts a stream of bytes at its frames.

    Args:
        frame_bytes: Bytes in one frame.
        name: What the stream is called in errors.
    """

    def __init__(self, frame_bytes: int, name: str) -> None:
        self._frame_bytes = frame_bytes
        self._name = name
        self._rest = b""

    def take(self, chunk: bytes) -> bytes:
        """Take a chunk, and give the whole frames that there are now.

        A chunk of whole frames that follows whole frames is given back as it is, uncopied.
        """
        if self._rest:
            chunk = self._rest + chunk
        whole = len(chunk) - len(chunk) % self._frame_bytes
        self._rest = chunk[whole:]
        return chunk if whole == len(chunk) else chunk[:whole]

    def verify(self) -> None:
        """Check that the stream ended with a whole frame.

        Raises:
            AudioError: It did not.
        """
        if self._rest:
            raise AudioError(
                self._name,
                f"ends in the middle of a frame: {len(self._rest)} of {self._frame_bytes} bytes",
                hint="is it really of the declared encoding and number of channels?",
            )
