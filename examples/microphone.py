"""Captions of what a microphone hears, until Ctrl-C.

    python examples/microphone.py            the system's default
    python examples/microphone.py headset    the one whose name has that in it
    python examples/microphone.py --list     which there are

With ``GOOGLE_CLOUD_PROJECT`` set, Google's service recognises; else this machine does.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from asyncspeech import AudioError, Client, Microphone


async def show_devices() -> None:
    """List what there is to record with."""
    for device in await Microphone.devices():
        print(f"{device}, {device.channels} channels{', the default' * device.is_default}")


async def main(device: str | None) -> None:
    """Show guesses in place, and what is final on a line of its own."""
    microphone = Microphone(device)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stopping.set)

    async def stop() -> None:
        await stopping.wait()
        await microphone.stop()  # what was said before is still recognised

    stopper = asyncio.create_task(stop())
    client = Client() if os.environ.get("GOOGLE_CLOUD_PROJECT") else Client.local()
    try:
        async with client, client.session(source=microphone) as session:
            async for result in session:
                end = "\n" if result.is_final else " …"
                print(f"\r{result.text}", end=end, flush=True)
    except AudioError as error:  # it was unplugged, say
        print(f"{error} ({error.hint})", file=sys.stderr)
    finally:
        stopper.cancel()
    if microphone.overflows:
        print(f"something was lost {microphone.overflows} times", file=sys.stderr)


if __name__ == "__main__":
    if "--list" in sys.argv:
        asyncio.run(show_devices())
    else:
        asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
