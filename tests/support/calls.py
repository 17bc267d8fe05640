"""Calls to a service made up in memory, for tests of everything above the wire."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from asyncspeech.config import SessionConfig
from asyncspeech.core.events import StreamAlternative, StreamResponse, StreamResult
from asyncspeech.core.purse import Purses
from asyncspeech.session import Session
from asyncspeech.telemetry.fleet import Fleet

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from asyncspeech.core.actions import OpenStream
    from asyncspeech.errors import ServiceError


class FakeCall:
    """A call whose answers the test gives, and whose audio it can look at.

    Audio is taken as it comes, unless ``stalled``: then it stays unsent until `take`.
    """

    def __init__(self, stream: int, on_sent: Callable[[int], None], *, stalled: bool) -> None:
        self.stream = stream
        self.half_closed = asyncio.Event()
        self.opened = asyncio.Event()
        self.over = asyncio.Event()
        self.is_suspect = False
        self._on_sent = on_sent
        self._stalled = stalled
        self._chunks: list[bytes | memoryview] = []
        self._untold = 0
        self._answers: asyncio.Queue[StreamResponse | ServiceError | None] = asyncio.Queue()

    def send(self, audio: bytes | memoryview) -> None:
        self._chunks.append(audio)
        self._untold += len(audio) // 2
        if not self._stalled:
            asyncio.get_running_loop().call_soon(self.take)

    @property
    def audio(self) -> bytes:
        """What was sent so far."""
        return b"".join(self._chunks)

    def take(self) -> None:
        """Take the audio that waits, as gRPC does when the network allows."""
        frames, self._untold = self._untold, 0
        if frames:
            self._on_sent(frames)

    def half_close(self) -> None:
        self.half_closed.set()

    def suspect(self) -> None:
        self.is_suspect = True

    async def responses(self) -> AsyncGenerator[StreamResponse, None]:
        self.opened.set()
        try:
            while (answer := await self._answers.get()) is not None:
                if not isinstance(answer, StreamResponse):
                    raise answer
                yield answer
        finally:
            self.over.set()

    # What the test lets the service say.

    def say(self, text: str, *, end: float, is_final: bool = True) -> None:
        alternatives = (StreamAlternative(text, None, ()),)
        heard = StreamResult(alternatives, is_final, round(end * 16_000), None, "en-us", None)
        self._answers.put_nowait(StreamResponse(self.stream, (heard,)))

    def close(self, error: ServiceError | None = None) -> None:
        self._answers.put_nowait(error)


class FakeService:
    """Opens calls and remembers them."""

    def __init__(self, *, stalled: bool = False) -> None:
        self.calls: list[FakeCall] = []
        self.places = 0
        self.fails_with: BaseException | None = None
        self._stalled = stalled
        self._called = asyncio.Event()
        self._fleet = Fleet("global")

    def open_call(self, opening: OpenStream, on_sent: Callable[[int], None]) -> FakeCall:
        stream = opening.stream
        call = FakeCall(stream, on_sent, stalled=self._stalled)
        self.calls.append(call)
        self._called.set()
        return call

    async def call(self) -> FakeCall:
        """The one call, as soon as it is open."""
        await self._called.wait()
        (call,) = self.calls
        await call.opened.wait()
        return call

    @asynccontextmanager
    async def place(self, session: Session) -> AsyncGenerator[None, None]:
        self.places += 1
        self._fleet.open(session)
        try:
            yield
        finally:
            self.places -= 1
            self._fleet.close(session, session.error_code)

    def session(
        self,
        *,
        source: Any = None,
        channel: int | None = None,
        pace: float | None = None,
        **changes: Any,
    ) -> Session:
        return Session(
            SessionConfig(**changes),
            open_call=self.open_call,
            place=self.place,
            check=lambda _: None,
            fleet=self._fleet,
            purses=Purses(),
            source=source,
            channel=channel,
            pace=pace,
        )
