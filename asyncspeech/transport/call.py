"""One ``StreamingRecognize`` call.

The call's requests come from an async generator that an `asyncio.Queue` feeds: the configuration first,
then the audio. gRPC pulls the next request when it has taken the last one, so a slow network shows as
audio that stays in the queue. Whatever waits there goes into one message, up to the largest that the
service takes: a caller who sends single bytes costs a request per wake-up and not per byte.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel

from asyncspeech.transport import messages
from asyncspeech.transport.status import call_error, service_error

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from asyncspeech.config import SessionConfig
    from asyncspeech.core.events import StreamResponse
    from asyncspeech.transport.channels import Channels

__all__ = ("StreamingRecognizeCall",)

# When a status arrives while a message is being written, grpc.aio reports "INTERNAL: Internal error from
# Core" instead (grpc/grpc#36066), and it may have been anything. So that code says no more than that the
# stream is gone; the next stream tells what is wrong, if it is the request that is. Without a gap
# between the messages of a burst that happens to 4 of 5, with 1 ms to 1 of 50; and 25,600 bytes each ms
# is more than anything could recognise.
_BURST_GAP_SECONDS = 0.001

# A refusal comes within a round trip.
_CAUTION_SECONDS = 0.1


class StreamingRecognizeCall:
    """A call that takes audio and gives responses. It belongs to the task that iterates `responses`.

    Args:
        channels: Where to make the call.
        config: The session's configuration.
        recognizer: The full resource name.
        stream: The stream's number, to be noted on its events.
        on_sent: Called with a number of frames whenever gRPC takes audio.
        is_cautious: Whether to wait a little before audio is sent: a refusal of the configuration then
            finds no write that it could be hidden behind.
        needs_fresh_token: Whether the token that was used lately has been refused.
    """

    def __init__(
        self,
        channels: Channels,
        config: SessionConfig,
        recognizer: str,
        *,
        stream: int,
        on_sent: Callable[[int], None],
        is_cautious: bool = False,
        needs_fresh_token: bool = False,
    ) -> None:
        self._channels = channels
        self._config = config
        self._first_request = messages.first_request(config, recognizer)
        self._stream = stream
        self._on_sent = on_sent
        self._frame_bytes = config.audio_format.frame_bytes
        self._message_bytes = messages.MAX_AUDIO_BYTES - messages.MAX_AUDIO_BYTES % self._frame_bytes
        self._audio: asyncio.Queue[bytes | memoryview] = asyncio.Queue()
        self._no_more = False
        self._is_cautious = is_cautious
        self._needs_fresh_token = needs_fresh_token
        self._over = asyncio.Event()
        self._is_suspect = False
        self._pending: bytes | memoryview = b""
        self._in_burst = False
        self._pulling = False
        self._requests_over = asyncio.Event()
        self._requests_error: Exception | None = None

    def send(self, audio: bytes | memoryview) -> None:
        """Queue audio, a whole number of frames and at least one. Does not wait.

        Once the call is over, what still comes is dropped: nobody will ever pull it.
        """
        if not self._over.is_set():
            self._audio.put_nowait(audio)

    def half_close(self) -> None:
        """Say that no audio follows what is queued."""
        self._no_more = True
        self._audio.put_nowait(b"")

    def suspect(self) -> None:
        """Note that the call does nothing: if its connection does neither, it is not used again."""
        self._is_suspect = True

    async def responses(self) -> AsyncGenerator[StreamResponse, None]:
        """Make the call and yield what the service answers, until it ends the stream.

        Closing this generator, or cancelling the task in it, ends the call at once. When it is over, in
        whichever way, no request is pulled any more.

        Raises:
            ServiceError: The service refused the call or broke it off, or cannot be reached.
        """
        requests = self._requests()
        call: Any = None  # an api_core stream: iterable, with cancel(), but published without types
        rate = self._config.sample_rate_hertz
        try:
            async with self._channels.lease() as lease:
                try:
                    headers = await self._channels.authorization.headers(fresh=self._needs_fresh_token)
                    call = await lease.client.streaming_recognize(
                        requests=requests,  # type: ignore[arg-type] # as our transport takes them
                        metadata=headers,
                    )
                    async for response in call:
                        lease.heard()
                        yield messages.read_response(response, self._stream, rate)
                except Exception as error:
                    ended = call_error(error)
                    if ended is None:
                        raise
                    lease.heard()
                    failure = service_error(ended)
                    raise failure from failure.__cause__
                finally:
                    if self._is_suspect:
                        lease.suspect()
        except asyncio.CancelledError:
            # gRPC cancels the call, and with it whoever reads it, if the request generator fails.
            if self._requests_error is not None:
                raise self._requests_error from None
            # gRPC swallows the cancellation that it gets and raises one of its own, in which anyio does
            # not see that of its scope. So here is another chance for that one.
            await anyio.lowlevel.checkpoint_if_cancelled()
            raise
        finally:
            if call is not None:
                call.cancel()
            with anyio.CancelScope(shield=True):
                await self._end_requests(requests)

    async def _requests(self) -> AsyncGenerator[bytes, None]:
        try:
            yield self._first_request
            while message := await self._next_message():
                self._on_sent(len(message) // self._frame_bytes)
                yield messages.audio_request(message)
        except Exception as error:
            self._requests_error = error
            raise
        finally:
            self._requests_over.set()

    async def _next_message(self) -> bytes:
        """What waits, up to one message of it; empty if nothing follows."""
        self._pulling = True
        try:
            if self._is_cautious:
                await self._wait_for_a_refusal()
            if self._in_burst:
                await asyncio.sleep(_BURST_GAP_SECONDS)
            if not self._pending:
                if self._no_more and self._audio.empty():
                    return b""
                chunk = await self._audio.get()
                if len(chunk) < self._message_bytes and self._audio.empty():  # as live audio comes
                    self._in_burst = False
                    return bytes(chunk)
                self._pending = self._with_what_waits(chunk)
        finally:
            self._pulling = False
        size = self._message_bytes
        self._in_burst = len(self._pending) >= size
        message, self._pending = self._pending[:size], self._pending[size:]
        return bytes(message)

    async def _wait_for_a_refusal(self) -> None:
        self._is_cautious = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CAUTION_SECONDS):
                await self._over.wait()

    def _with_what_waits(self, chunk: bytes | memoryview) -> bytes | memoryview:
        """A chunk, and what is queued after it, up to a little more than one message."""
        size, chunks = len(chunk), [chunk]
        while size < self._message_bytes and not self._audio.empty():
            chunks.append(self._audio.get_nowait())
            size += len(chunks[-1])
        audio = b"".join(chunks)
        # Cutting a view does not copy the rest, which may be an hour of audio sent at once.
        return audio if size <= self._message_bytes else memoryview(audio)

    async def _end_requests(self, requests: AsyncGenerator[bytes, None]) -> None:
        """Bring the request generator to its end.

        When a call is over, gRPC either leaves the generator waiting for audio, and with it a task of
        its own that would take one more chunk out of the queue (grpc/grpc#37355), or drops it at the
        message that it could not write.
        """
        self._over.set()
        while not self._audio.empty():
            self._audio.get_nowait()
        self._pending = b""
        self.half_close()
        if self._pulling:
            await self._requests_over.wait()
        else:
            await requests.aclose()
            self._requests_over.set()  # a generator that was never asked has no end of its own
