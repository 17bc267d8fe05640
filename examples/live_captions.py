"""Captions while somebody speaks: a recording is fed at the pace of real time, as a microphone would.

    python examples/live_captions.py examples/audio/weather.flac

On Google's service instead of this machine: Client(project="my-project").
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import anyio
import soundfile

from asyncspeech import Client

if TYPE_CHECKING:
    from asyncspeech import Session

CHUNKS_PER_SECOND = 10


async def speak(session: Session, path: str) -> None:
    """Send a recording in chunks, each when its time has come."""
    samples, rate = await anyio.to_thread.run_sync(lambda: soundfile.read(path, dtype="int16"))
    size = rate // CHUNKS_PER_SECOND
    began = anyio.current_time()
    for number, start in enumerate(range(0, len(samples), size)):
        await anyio.sleep_until(began + number / CHUNKS_PER_SECOND)
        await session.send(samples[start : start + size])
    await session.end()


async def main(path: str) -> None:
    """Show guesses in place, and what is final on a line of its own."""
    rate = soundfile.info(path).samplerate
    async with (
        Client.local() as client,
        client.session(sample_rate_hertz=rate) as session,
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
