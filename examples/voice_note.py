"""A bot that writes down the voice notes it is sent.

    python examples/voice_note.py examples/audio/weather.flac examples/audio/meeting.flac

`Scribe.on_voice_note` is what one registers with the library of a messenger. Telegram, WhatsApp and
Discord all deliver a voice note as a small Ogg/Opus file, with its length, and take text back. Here, a
make-believe messenger encodes recordings so, and delivers all of them at once; files that end in .ogg it
delivers as they are.

What strangers send is bounded: in bytes, in seconds, in money, in notes at once and in notes that wait.
Whoever sent one gets an answer that fits what went wrong.

With ``GOOGLE_CLOUD_PROJECT`` set, Google's service recognises; else this machine does.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import TypeAlias

import anyio
import soundfile
import soxr

from asyncspeech import (
    AsyncSpeechError,
    AudioError,
    Budget,
    BudgetExceededError,
    Client,
    QuotaExceededError,
    StreamLostError,
)

logger = logging.getLogger("voice_note")

MOST_BYTES = 20_000_000  # what Telegram lets bots download: https://core.telegram.org/bots/api#getfile
MOST_SECONDS = 300.0
LONGEST_REPLY = 4_096  # characters in a message: https://core.telegram.org/bots/api#sendmessage
TIMEOUT = 120.0
BUDGET = Budget(usd=0.10)  # about six minutes: whatever the sender says, a note costs no more
OPUS_FRAMES_PER_SECOND = 48_000

Reply: TypeAlias = Callable[[str], Awaitable[None]]
"""Sends a text to whoever sent the note."""


@dataclass(frozen=True, slots=True)
class VoiceNote:
    """What a messenger delivers.

    Attributes:
        audio: An Ogg/Opus file, or any other that `Client.transcribe` takes.
        seconds: How long it lasts, as its sender says.
    """

    audio: bytes
    seconds: float


class Scribe:
    """Writes down voice notes.

    Args:
        client: What recognises.
        at_once: How many notes are worked on at a time.
        waiting: How many more may wait for their turn.
    """

    def __init__(self, client: Client, *, at_once: int = 4, waiting: int = 16) -> None:
        self._client = client
        self._places = anyio.CapacityLimiter(at_once)
        self._most = at_once + waiting
        self._notes = 0

    async def on_voice_note(self, note: VoiceNote, reply: Reply) -> None:
        """Answer a note with what is said in it, or with why that is not to be had.

        Raises:
            Exception: Whatever ``reply`` raises.
        """
        for text in await self._answer(note):
            await reply(text)

    async def _answer(self, note: VoiceNote) -> list[str]:
        if len(note.audio) > MOST_BYTES:
            return [f"That file is larger than {MOST_BYTES // 1_000_000} MB."]
        if note.seconds > MOST_SECONDS:
            return [f"That is longer than {MOST_SECONDS / 60:g} minutes. Can you split it?"]
        if self._notes >= self._most:
            return ["I have too much to listen to. Please send it again in a minute."]
        self._notes += 1
        try:
            async with self._places:
                return await self._write_down(note)
        finally:
            self._notes -= 1

    async def _write_down(self, note: VoiceNote) -> list[str]:
        try:
            async with asyncio.timeout(TIMEOUT):
                transcript = await self._client.transcribe(note.audio, budget=BUDGET)
        except BudgetExceededError as error:  # it is longer than its sender says
            heard = error.partial.text if error.partial else ""
            return [*pages(heard), "I have stopped listening here: that is too long for me."]
        except AudioError as error:
            logger.info("a note of %d bytes: %s", len(note.audio), error.reason)
            return ["I cannot play that. Is it a voice note?"]
        except (QuotaExceededError, StreamLostError, TimeoutError) as error:
            logger.warning("%s: %s", type(error).__name__, error)
            return ["I cannot listen right now. Please send it again in a minute."]
        except AsyncSpeechError as error:  # nothing that the sender could do anything about
            logger.error("%s: %s (%s)", error.code, error.message, error.hint)  # noqa: TRY400 - says all
            return ["Something is wrong with me, and I have told so."]
        return pages(transcript.text) or ["I heard nobody speak."]


def pages(text: str) -> list[str]:
    """A text in as many messages as it takes."""
    return wrap(text, LONGEST_REPLY, break_on_hyphens=False)


def recorded(path: Path) -> VoiceNote:
    """A recording as a messenger's app would have recorded it."""
    if path.suffix == ".ogg":
        return VoiceNote(path.read_bytes(), seconds=0.0)
    samples, rate = soundfile.read(path, always_2d=True)
    voice = soxr.resample(samples.mean(axis=1), rate, OPUS_FRAMES_PER_SECOND)
    file = io.BytesIO()
    soundfile.write(file, voice, OPUS_FRAMES_PER_SECOND, format="OGG", subtype="OPUS")
    return VoiceNote(file.getvalue(), len(samples) / rate)


async def main(paths: list[Path]) -> None:
    """Deliver all recordings at once, and print what is answered to each."""
    client = Client() if os.environ.get("GOOGLE_CLOUD_PROJECT") else Client.local()
    async with client, anyio.create_task_group() as deliveries:
        scribe = Scribe(client)

        async def deliver(path: Path) -> None:
            async def reply(text: str) -> None:
                print(f"{path.name}: {text}", flush=True)

            note = await anyio.to_thread.run_sync(recorded, path)
            await scribe.on_voice_note(note, reply)

        for path in paths:
            deliveries.start_soon(deliver, path)


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    if len(sys.argv) == 1:
        sys.exit("usage: voice_note.py RECORDING...")
    try:
        asyncio.run(main([Path(argument) for argument in sys.argv[1:]]))
    except KeyboardInterrupt:
        sys.exit(130)
