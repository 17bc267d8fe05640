"""The smallest session: a recording goes in, and its sentences come out as they become final.

    python examples/minimal.py examples/audio/weather.flac

On Google's service instead of this machine: ``Client(project="my-project")``.
"""

from __future__ import annotations

import asyncio
import sys

from asyncspeech import Client


async def main(path: str) -> None:
    """Print what is said in a recording."""
    async with Client.local() as client, client.session(source=path) as session:
        async for result in session:
            if result.is_final:
                print(f"{result.start:6.2f} s  {result.text}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
