"""Captions while somebody speaks: guesses are replaced in place, and finals stay.

    python examples/live_captions.py examples/audio/weather.flac

The recording is read at the pace of speech, so that this runs without a microphone. With
``GOOGLE_CLOUD_PROJECT`` set, Google's service recognises; else this machine does.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import anyio
import soundfile

from asyncspeech import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncspeech import Session

CHUNKS_PER_SECOND = 10


async def chunks(path: str) -> AsyncIterator[bytes]:
    """A recording's samples, each chunk when its time has come."""
    samples, rate = await anyio.to_thread.run_sync(lambda: soundfile.read(path, dtype="int16"))
    size = rate // CHUNKS_PER_SECOND
    began = anyio.current_time()
    for number, start in enumerate(range(0, len(samples), size)):
        await anyio.sleep_until(began + number / CHUNKS_PER_SECOND)
        yield samples[start : start + size].tobytes()


async def speak(session: Session, path: str) -> None:
    """Send a recording, chunk by chunk, as a microphone or a socket would give it."""
    async for chunk in chunks(path):
        await session.send(chunk)
    await session.end()


async def main(path: str) -> None:
    """Show guesses in place, and what is final on a line of its own."""
    info = await anyio.to_thread.run_sync(soundfile.info, path)
    client = Client() if os.environ.get("GOOGLE_CLOUD_PROJECT") else Client.local()
    async with (
        client,
        client.session(sample_rate_hertz=info.samplerate, audio_channel_count=info.channels) as session,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(speak, session, path)
        async for result in session:
            if result.is_final:
                print(f"\r{result.text}  ({result.latency * 1000:.0f} ms)")
            else:
                print(f"\r{result.text} …", end="", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
