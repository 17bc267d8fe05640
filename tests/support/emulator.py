"""An emulator in a process of its own: prints its address, and runs until its standard input ends."""

from __future__ import annotations

import asyncio
import sys

from asyncspeech.emulator import Emulator, PocketSphinx


async def main() -> None:
    async with Emulator(PocketSphinx()) as emulator:
        print(emulator.address, flush=True)  # noqa: T201 - to the process that started this one
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
