"""From the audio of requests to samples, as they stream in.

The emulator's own code, so that a mistake in the SDK's would show.

There are two ways from bytes to samples. LINEAR16, MULAW and ALAW, bare or in a WAV, take the same
number of bytes for every sample: they are decoded where they are, at the price of a copy
(`asyncspeech.emulator.audio.fixed`, `asyncspeech.emulator.audio.wav`). FLAC, MP3 and Ogg are decoded by
libsndfile, which only knows files, and asks for bytes when it wants them. It gets a thread for every
stream, and a file which makes it wait for what has not come yet
(`asyncspeech.emulator.audio.compressed`, `asyncspeech.emulator.audio.arriving`).

What the service does with a container whose encoding is declared is not documented in full. Assumed: the
container must be what was declared, and its header has the last word on rate and channels.
"""

from __future__ import annotations

from asyncspeech.emulator.audio.decoder import Decoder, StreamFormat
from asyncspeech.emulator.audio.opening import open_decoder

__all__ = ("Decoder", "StreamFormat", "open_decoder")
