"""Captions for recordings: for each, an .srt, a .vtt and a .txt file beside it.

    python examples/captions.py examples/audio/meeting.flac
    python examples/captions.py --to captions talk.mp3 interview.flac

With ``GOOGLE_CLOUD_PROJECT`` set, Google's service recognises; else this machine does.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from asyncspeech import AsyncSpeechError, Client

if TYPE_CHECKING:
    from collections.abc import Iterable

SUFFIXES = (".srt", ".vtt", ".txt")


def clash(recordings: Iterable[Path], folder: Path | None) -> str | None:
    """Which two recordings would have the same captions, in words; None if each has its own."""
    first: dict[Path, Path] = {}
    for recording in recordings:
        captions = (folder or recording.parent) / f"{recording.stem}{SUFFIXES[0]}"
        other = first.setdefault(captions.resolve(), recording)
        if other is not recording:
            return f"{other} and {recording} would both be written to {captions}"
    return None


async def caption(client: Client, recording: Path, folder: Path) -> None:
    """Transcribe one recording and write its captions, each file whole or not at all.

    Raises:
        AsyncSpeechError: The recording cannot be read, or the service refuses it.
        OSError: A file cannot be written.
    """
    transcript = await client.transcribe(recording)
    for suffix in SUFFIXES:
        path = folder / f"{recording.stem}{suffix}"
        await anyio.to_thread.run_sync(transcript.save, path)
        print(path)


async def main(recordings: list[Path], folder: Path | None) -> int:
    """Caption all recordings, one after the other; the number of those that could not be."""
    failed = 0
    client = Client() if os.environ.get("GOOGLE_CLOUD_PROJECT") else Client.local()
    async with client:
        for recording in recordings:
            try:
                await caption(client, recording, folder or recording.parent)
            except AsyncSpeechError as error:
                print(f"{error}\n  {error.hint}", file=sys.stderr)
                failed += 1
            except OSError as error:
                print(error, file=sys.stderr)
                failed += 1
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write captions for recordings.")
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="where to; else beside each recording")
    options = parser.parse_args()
    if two := clash(options.recordings, options.to):
        parser.error(two)
    sys.exit(1 if asyncio.run(main(options.recordings, options.to)) else 0)
