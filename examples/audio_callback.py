"""Audio from a callback in another thread, as sound libraries deliver it.

    python examples/audio_callback.py examples/audio/weather.flac

The recording stands in for a microphone, so that this runs anywhere. With ``GOOGLE_CLOUD_PROJECT`` set,
Google's service recognises; else this machine does.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from typing import TYPE_CHECKING

import soundfile

from asyncspeech import BufferOverflowError, Client

if TYPE_CHECKING:
    from asyncspeech import Session

BLOCK_FRAMES = 1_600


class Microphone(threading.Thread):
    """Calls back from its own thread, block by block, and never waits for anybody."""

    def __init__(self, path: str, session: Session) -> None:
        super().__init__(name="microphone")
        self._path = path
        self._session = session
        self.overflows = 0

    def run(self) -> None:
        """Play the recording into the callback."""
        for block in soundfile.blocks(self._path, blocksize=BLOCK_FRAMES, dtype="int16"):
            self._callback(block)

    def _callback(self, block: object) -> None:
        try:
            self._session.send_threadsafe(block)  # type: ignore[arg-type] # an array of samples
        except BufferOverflowError:
            self.overflows += 1


async def main(path: str) -> None:
    """Listen until the microphone stops, then print what was said."""
    rate = soundfile.info(path).samplerate
    client = Client() if os.environ.get("GOOGLE_CLOUD_PROJECT") else Client.local()
    async with client, client.session(sample_rate_hertz=rate) as session:
        microphone = Microphone(path, session)
        microphone.start()
        await asyncio.to_thread(microphone.join)
        await session.end()
        async for result in session:
            if result.is_final:
                print(result.text)
        print(f"{microphone.overflows} blocks did not fit")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
