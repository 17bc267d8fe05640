"""A telephone call, as Twilio Media Streams would send it to a server.

    python -m examples.twilio.simulator ws://127.0.0.1:8080/calls examples/audio/telephone.flac
    python -m examples.twilio.simulator ws://127.0.0.1:8080/calls talk.wav --calls 20 --lose 0.02

A recording with one channel is what the caller says (``inbound``); of one with two, the second is what
the caller hears (``outbound``). It is converted to mu-law at 8 kHz and sent in messages of 20 ms, at the
pace of speech. With ``TWILIO_AUTH_TOKEN`` in the environment, the connection is signed.

It needs ``pip install websockets``.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import random
import sys
import uuid
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import soundfile
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from asyncspeech import AsyncSpeechError, AudioFormat
from asyncspeech.audio import open_source

from . import door
from .messages import FRAMES_PER_SECOND, MEDIA_FORMAT, TRACKS

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE_FRAMES = FRAMES_PER_SECOND // 50
MULAW = AudioFormat("MULAW", FRAMES_PER_SECOND)  # type: ignore[arg-type] # a name will do
SILENCE = b"\xff"

Timed = tuple[float, dict[str, Any]]
"""A message, and when it is sent, in seconds of the call."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens to media messages on their way.

    Attributes:
        lose: The share of them that does not arrive.
        repeat: The share that arrives twice.
        swap: The share that arrives after the next one.
        cut_off: Whether the connection breaks at the end, without ``stop``.
        seed: What is drawn from to choose them.
    """

    lose: float = 0.0
    repeat: float = 0.0
    swap: float = 0.0
    cut_off: bool = False
    seed: int = 0

    def befall(self, messages: list[Timed]) -> Iterator[Timed]:
        """The messages as they arrive."""
        lot = random.Random(self.seed)  # noqa: S311 - not for secrets, and the same again each time
        late: list[Timed] = []
        for message in messages:
            fate = lot.random() if message[1]["event"] == "media" else 1.0
            if fate < self.lose:
                continue
            if fate < self.lose + self.swap:
                late.append(message)
                continue
            yield message
            if fate < self.lose + self.swap + self.repeat:
                yield message
            yield from late
            late.clear()


async def tracks_of(recording: Path) -> dict[str, bytes]:
    """The mu-law of each side of a call.

    Raises:
        AudioError: The recording cannot be read.
    """
    channels = await anyio.to_thread.run_sync(lambda: soundfile.info(recording).channels)
    tracks = {}
    for channel, name in enumerate(TRACKS[:channels], start=1):
        async with open_source(recording, MULAW, channel=channel) as chunks:
            tracks[name] = b"".join([chunk async for chunk in chunks])
    return tracks


def messages_of(tracks: dict[str, bytes], *, sid: str, digits: str = "") -> list[Timed]:
    """A whole call but for ``connected``. Digits are pressed at its end."""
    numbers, chunks = count(1), count(1)
    end = max(map(len, tracks.values())) / FRAMES_PER_SECOND

    def message(event: str, content: dict[str, Any]) -> dict[str, Any]:
        return {
            "event": event,
            "sequenceNumber": str(next(numbers)),
            "streamSid": f"MZ{sid}",
            event: content,
        }

    ids = {"accountSid": "AC" + "0" * 32, "callSid": f"CA{sid}"}
    start = {"streamSid": f"MZ{sid}", "tracks": list(tracks), "mediaFormat": MEDIA_FORMAT}
    messages = [(0.0, message("start", ids | start | {"customParameters": {}}))]
    for at in range(0, round(end * FRAMES_PER_SECOND), MESSAGE_FRAMES):
        for name, audio in tracks.items():
            if at < len(audio):
                piece = audio[at : at + MESSAGE_FRAMES].ljust(MESSAGE_FRAMES, SILENCE)
                media = {
                    "track": name,
                    "chunk": str(next(chunks)),
                    "timestamp": str(at * 1000 // FRAMES_PER_SECOND),
                    "payload": base64.b64encode(piece).decode(),
                }
                messages.append((at / FRAMES_PER_SECOND, message("media", media)))
    messages += [(end, message("dtmf", {"track": "inbound_track", "digit": digit})) for digit in digits]
    return [*messages, (end, message("stop", ids))]


async def call(
    url: str,
    recording: Path,
    *,
    pace: float = 1.0,
    digits: str = "",
    trouble: Trouble | None = None,
    signature: str = "",
) -> None:
    """Make a call, and wait until the other side has hung up.

    Args:
        url: The server's address.
        recording: What is said.
        pace: How many seconds of the call are sent in a second.
        digits: Keys that are pressed at the end.
        trouble: What happens on the way; nothing if None.
        signature: What the connection is signed with; empty for nothing.

    Raises:
        WebSocketException: The server does not take the call.
        OSError: The server is not there.
        AudioError: The recording cannot be read.
    """
    trouble = trouble or Trouble()
    timed = messages_of(await tracks_of(recording), sid=uuid.uuid4().hex, digits=digits)
    headers = {"X-Twilio-Signature": signature} if signature else {}
    async with connect(url, additional_headers=headers, compression=None) as socket:
        await socket.send(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
        began = anyio.current_time()
        for at, message in trouble.befall(timed):
            if message["event"] == "stop" and trouble.cut_off:
                socket.transport.abort()
                return
            await anyio.sleep_until(began + at / pace)
            await socket.send(json.dumps(message))
        await socket.wait_closed()


async def main(options: argparse.Namespace) -> None:
    """Make all calls at once."""
    async with anyio.create_task_group() as calls:
        for number in range(options.calls):
            calls.start_soon(_one_call, options, number)


async def _one_call(options: argparse.Namespace, number: int) -> None:
    trouble = Trouble(
        options.lose, options.repeat, options.swap, cut_off=options.cut_off, seed=options.seed + number
    )
    auth_token = os.environ.get("TWILIO_AUTH_TOKEN", "")
    public_url = options.public_url or options.url
    await call(
        options.url,
        options.recording,
        pace=options.pace,
        digits=options.digits,
        trouble=trouble,
        signature=door.signature(public_url, auth_token) if auth_token else "",
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m examples.twilio.simulator", description="Make telephone calls to a server."
    )
    parser.add_argument("url")
    parser.add_argument("recording", type=Path)
    parser.add_argument("--public-url", help="the address that is signed, if it is another one")
    parser.add_argument("--calls", type=int, default=1, help="how many at once")
    parser.add_argument("--pace", type=float, default=1.0, help="times the speed of speech")
    parser.add_argument("--digits", default="", help="keys that are pressed at the end")
    parser.add_argument("--lose", type=float, default=0.0, help="the share of media that gets lost")
    parser.add_argument("--repeat", type=float, default=0.0, help="the share that comes twice")
    parser.add_argument("--swap", type=float, default=0.0, help="the share that comes out of order")
    parser.add_argument("--cut-off", action="store_true", help="break off instead of hanging up")
    parser.add_argument("--seed", type=int, default=0, help="for the choice of them")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        asyncio.run(main(_arguments()))
    except* InvalidStatus as group:
        sys.exit(f"the call was not taken: {group.exceptions[0]}")
    except* (AsyncSpeechError, OSError, WebSocketException) as group:
        sys.exit(str(group.exceptions[0]))
