"""Has a session on an emulator hear a microphone, until a line comes in. Prints what it heard, as JSON.

    python -m tests.support.recorder DEVICE

PortAudio looks for devices once in a process, and so this is one.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time

from asyncspeech import AudioError, Client, Microphone
from asyncspeech.emulator import Coded, Emulator


async def main(device: str) -> None:
    microphone = Microphone(device, sample_rate_hertz=16_000, stall_seconds=3.0)
    await anext(microphone)
    print("recording", flush=True)  # noqa: T201 - for the test to go on
    listen_for_a_line(microphone)
    error, began = "", 0.0
    async with Emulator(Coded()) as emulator, Client(emulator_host=emulator.address) as client:
        session = client.session(source=microphone)
        try:
            async with session:
                await session.wait()
        except AudioError as caught:
            error = caught.reason
        began = time.monotonic()
        await microphone.aclose()
    words = [word.text for word in session.transcript.words]
    print(  # noqa: T201 - as above
        json.dumps(
            {
                "words": words,
                "error": error,
                "overflows": microphone.overflows,
                "closing": time.monotonic() - began,
            }
        )
    )


def listen_for_a_line(microphone: Microphone) -> None:
    """Stop the microphone when standard input has one."""
    loop, tasks = asyncio.get_running_loop(), set()

    def stop() -> None:
        tasks.add(asyncio.ensure_future(microphone.stop()))

    def listen() -> None:
        if sys.stdin.readline():
            loop.call_soon_threadsafe(stop)

    threading.Thread(target=listen, daemon=True).start()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
