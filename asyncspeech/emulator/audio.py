"""From the audio of requests to samples.

The emulator's own code, so that a mistake in the SDK's would show.
"""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import soundfile
from google.cloud.speech_v2.types import ExplicitDecodingConfig

from asyncspeech.emulator import errors

__all__ = ("Decoder",)

_Encoding = ExplicitDecodingConfig.AudioEncoding
_G711_SUBTYPES = {_Encoding.MULAW: "ULAW", _Encoding.ALAW: "ALAW"}


class Decoder:
    """Turns the bytes of one stream into 16-bit samples. Messages may cut a frame.

    Args:
        encoding: A value of ``ExplicitDecodingConfig.AudioEncoding``.
        channel_count: Channels, interleaved.

    Raises:
        Refusal: The emulator does not decode this encoding.
    """

    def __init__(self, encoding: int, channel_count: int) -> None:
        self._channel_count = channel_count
        self._rest = b""
        self._table: np.ndarray[tuple[int, ...], np.dtype[np.int16]] | None = None
        if encoding in _G711_SUBTYPES:
            self._table = _g711_table(_G711_SUBTYPES[_Encoding(encoding)])
        elif encoding != _Encoding.LINEAR16:
            raise errors.encoding_not_emulated(_Encoding(encoding).name)
        self._frame_bytes = channel_count * (2 if self._table is None else 1)

    def decode(self, audio: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
        """The frames that ``audio`` completes, as an array of shape (frames, channels)."""
        audio = self._rest + audio
        whole = len(audio) - len(audio) % self._frame_bytes
        self._rest = audio[whole:]
        if self._table is None:
            samples = np.frombuffer(audio[:whole], "<i2")
        else:
            samples = self._table[np.frombuffer(audio[:whole], np.uint8)]
        return samples.astype(np.int16, copy=False).reshape(-1, self._channel_count)


@cache
def _g711_table(subtype: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """The sample for each of the 256 codes, as libsndfile decodes them."""
    table, _ = soundfile.read(
        io.BytesIO(bytes(range(256))),
        dtype="int16",
        format="RAW",
        subtype=subtype,
        samplerate=8_000,
        channels=1,
    )
    return np.asarray(table, np.int16)
