"""A page without a browser: its part of the protocol, so that what it says and hears can be counted."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from asyncspeech.emulator import coded
from examples.web.protocol import HEADER

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from tests.examples.web.service import Service

CHUNKS_PER_SECOND = 10


class Tab:
    """Speaks one recording, over as many connections as it takes.

    Args:
        service: Where it belongs.
        recording: What is said.
        url: Where its socket goes, if not straight to the service.
    """

    def __init__(self, service: Service, recording: coded.CodedRecording, *, url: str = "") -> None:
        self.recording = recording
        self.token = ""
        self.captions: list[dict[str, Any]] = []
        self.interims: list[str] = []
        self.told: list[dict[str, Any]] = []
        self.connections = 0
        self.ended: dict[str, Any] | None = None
        self.close_code: int | None = None
        self.taken = 0
        self._url = url or service.url
        self._origin = self._url.replace("ws", "http").removesuffix("/listen")
        self._step = recording.sample_rate_hertz // CHUNKS_PER_SECOND

    @property
    def words(self) -> list[str]:
        """All words of its captions."""
        return " ".join(caption["text"] for caption in self.captions).split()

    @property
    def score(self) -> coded.CodedScore:
        """What became of the recording's words."""
        return coded.score(self.recording, [(word, None, None) for word in self.words])

    async def speak(self, *, pace: float | None = None) -> None:
        """Say everything and wait for the end, coming back whenever the connection is lost.

        Args:
            pace: As a multiple of the speed of speech; None for all at once.
        """
        while self.ended is None:
            with suppress(ConnectionClosed, OSError):
                async with self.connect() as socket:
                    await self.begin(socket)
                    sender = asyncio.create_task(self._send_rest(socket, pace))
                    try:
                        await self.hear_all(socket)
                    finally:
                        sender.cancel()
                        await asyncio.gather(sender, return_exceptions=True)

    def connect(self) -> connect:
        """A socket, from the service's own page."""
        self.connections += 1
        origin: Any = self._origin
        return connect(self._url, origin=origin, compression=None, proxy=None, max_queue=None)

    async def begin(self, socket: ClientConnection) -> dict[str, Any]:
        """Start, or go on; the service's answer."""
        resume = {"type": "resume", "token": self.token, "captions": len(self.captions)}
        start = {"type": "start", "sample_rate_hertz": self.recording.sample_rate_hertz}
        await socket.send(json.dumps(resume if self.token else start))
        answer = self.hear(await socket.recv())
        self.token = answer.get("token", self.token)
        return answer

    async def send(self, socket: ClientConnection, start: int, end: int) -> None:
        """Send the frames from ``start`` to ``end``."""
        await socket.send(HEADER.pack(start) + self.recording.audio[2 * start : 2 * end])

    async def stop(self, socket: ClientConnection) -> None:
        """Say that this was all."""
        await socket.send(json.dumps({"type": "stop", "position": len(self.recording.audio) // 2}))

    async def send_all(self, socket: ClientConnection, pace: float | None = None) -> None:
        """Send what was not taken, chunk by chunk."""
        frames = len(self.recording.audio) // 2
        for start in range(self.taken, frames, self._step):
            await self.send(socket, start, min(start + self._step, frames))
            if pace:
                await asyncio.sleep(1 / CHUNKS_PER_SECOND / pace)

    async def _send_rest(self, socket: ClientConnection, pace: float | None) -> None:
        await self.send_all(socket, pace)
        await self.stop(socket)

    async def hear_all(self, socket: ClientConnection) -> None:
        """Hear what comes until the service closes the socket."""
        with suppress(ConnectionClosed):
            while True:
                self.hear(await socket.recv())
        self.close_code = socket.close_code

    def hear(self, message: str | bytes) -> dict[str, Any]:
        """Take in a message of the service."""
        tree: dict[str, Any] = json.loads(message)
        self.told.append(tree)
        match tree["type"]:
            case "taken" | "resumed":
                self.taken = tree["position"]
            case "caption" if tree["number"] == len(self.captions):
                self.captions.append(tree)
            case "interim":
                self.interims.append(tree["text"])
            case "ended":
                self.ended = tree
        return tree
