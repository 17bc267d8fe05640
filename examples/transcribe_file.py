"""Write down what is said in a recording.

    python examples/transcribe_file.py examples/audio/weather.flac

On Google's service instead of this machine: Client(project="my-project").
"""

from __future__ import annotations

import asyncio
import sys

from asyncspeech import AudioError, Client


async def main(path: str) -> None:
    """Transcribe one file, and print each word with its time."""
    async with Client.local() as client:
        transcript = await client.transcribe(path)
    print(transcript.text)
    for word in transcript.words:
        print(f"{word.start:6.2f} s  {word.text}")


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1]))
    except AudioError as error:
        sys.exit(f"{error.message}\n{error.hint}")
