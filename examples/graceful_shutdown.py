"""A service that loses no word when it is told to stop.

    python examples/graceful_shutdown.py --port 7000

Each TCP connection is a conversation: raw audio comes in (LINEAR16, 16 kHz, mono), and a line of JSON
goes out for each sentence: ``{"start": 0.7, "end": 2.1, "text": "…"}``. The last line says up to where
the audio was taken, ``{"heard": 12.34}``, or what went wrong, ``{"error": "…", "hint": "…"}``::

    ffmpeg -i examples/audio/meeting.flac -f s16le -ar 16000 -ac 1 - | nc -N 127.0.0.1 7000

Upon SIGTERM or SIGINT (Ctrl-C) it

1. takes no more connections, and lets those that there are go on for ``--grace`` seconds;
2. then ends their audio where it is, and tells each client its last sentences and where that was, so
   that it can go on from there with another server;
3. gives all that ``--drain`` seconds, breaks off what is left then, and exits with 0.

A second signal breaks everything off at once, and it exits with 1. Whoever sends SIGKILL after a while
has to be more patient than both times together: Kubernetes waits for ``terminationGracePeriodSeconds``,
30 by default.

With ``GOOGLE_CLOUD_PROJECT`` set, Google's service recognises; else this machine does.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
from anyio.abc import SocketAttribute

from asyncspeech import AsyncSpeechError, Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anyio.abc import SocketStream, TaskStatus

    from asyncspeech import Session

FRAMES_PER_SECOND = 16_000
PIECE_BYTES = 16_384
LINGER_SECONDS = 2.0


class Service:
    """Conversations over TCP, and how they end. It serves once.

    Args:
        client: What recognises.
        grace: For how many seconds conversations may go on once the service is told to stop.
        drain: How many seconds they have for their last words after that.
    """

    def __init__(self, client: Client, *, grace: float, drain: float) -> None:
        self._client = client
        self._grace = grace
        self._drain = drain
        self._accepting = anyio.CancelScope()
        self._living = anyio.CancelScope()
        self._is_ending = False

    async def serve(self, host: str, port: int) -> bool:
        """Serve until a signal comes and everything has ended; whether that was in good order.

        Raises:
            OSError: The port is taken, or may not be listened on.
        """
        async with anyio.create_task_group() as watching:
            await watching.start(self._watch_signals)
            with self._living:
                async with anyio.create_task_group() as conversations:
                    with self._accepting:
                        await self._accept(host, port, conversations)
                    watching.start_soon(self._end_conversations, conversations.cancel_scope)
            watching.cancel_scope.cancel()
        return not self._living.cancel_called

    async def _accept(self, host: str, port: int, into: anyio.abc.TaskGroup) -> None:
        async with await anyio.create_tcp_listener(local_host=host, local_port=port) as listener:
            port = listener.extra_attributes[SocketAttribute.local_port]()
            print(f"listening on {host}, port {port}", flush=True)
            await listener.serve(self._converse, into)

    async def _watch_signals(self, *, task_status: TaskStatus[None]) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            task_status.started()
            async for _ in signals:
                scope = self._living if self._accepting.cancel_called else self._accepting
                scope.cancel()

    async def _end_conversations(self, conversations: anyio.CancelScope) -> None:
        """End those that do not end by themselves in time."""
        await anyio.sleep(self._grace)
        self._is_ending = True
        with anyio.move_on_after(self._drain):
            async with anyio.create_task_group() as draining:
                for session in self._client.sessions:
                    draining.start_soon(session.drain)  # its audio ends here; `_answer` tells the rest
            await anyio.sleep_forever()  # until the last conversation is over
        conversations.cancel()

    async def _converse(self, connection: SocketStream) -> None:
        """One conversation, from its first byte to its last sentence."""
        async with connection:
            session = self._client.session(
                source=self._audio(connection),
                sample_rate_hertz=FRAMES_PER_SECOND,
                interim_results=False,
            )
            try:
                await self._answer(session, connection)
            except AsyncSpeechError as error:
                print(f"{error.code}: {error.message}", file=sys.stderr)
                with suppress(anyio.BrokenResourceError):
                    await _tell(connection, error=error.message, hint=error.hint)
            except anyio.BrokenResourceError:
                print("a client has gone before its last words", file=sys.stderr)
            await _part(connection)

    async def _audio(self, connection: SocketStream) -> AsyncIterator[bytes]:
        """What the client says, until it has said all."""
        while not self._is_ending:
            try:
                yield await connection.receive(PIECE_BYTES)
            except anyio.EndOfStream:
                return

    async def _answer(self, session: Session, connection: SocketStream) -> None:
        async with session:
            async for result in session:
                if result.text:
                    await _tell(connection, start=result.start, end=result.end, text=result.text)
        await _tell(connection, heard=session.transcript.duration)


async def _tell(connection: SocketStream, **line: object) -> None:
    await connection.send(json.dumps(line, ensure_ascii=False).encode() + b"\n")


async def _part(connection: SocketStream) -> None:
    """Take leave. A client whose data nobody reads any more is reset, and loses what it was told."""
    with suppress(anyio.BrokenResourceError), anyio.move_on_after(LINGER_SECONDS):
        await connection.send_eof()
        async for _ in connection:
            pass


async def main(options: argparse.Namespace) -> int:
    """Serve until a signal comes; the exit code."""
    client = Client() if os.environ.get("GOOGLE_CLOUD_PROJECT") else Client.local()
    async with client:
        service = Service(client, grace=options.grace, drain=options.drain)
        is_orderly = await service.serve(options.host, options.port)
    return 0 if is_orderly else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Recognise what comes over TCP.")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen: this machine alone")
    parser.add_argument("--port", type=int, default=7000, help="0 for any that is free")
    parser.add_argument("--grace", type=float, default=20.0, help="seconds to go on once told to stop")
    parser.add_argument("--drain", type=float, default=5.0, help="seconds for the last words after that")
    sys.exit(anyio.run(main, parser.parse_args()))
