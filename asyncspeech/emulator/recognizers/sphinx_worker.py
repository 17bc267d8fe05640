"""A process that recognises speech, for `asyncspeech.emulator.recognizers.pocketsphinx`.

pocketsphinx holds the interpreter's lock while it decodes, so it gets an interpreter of its own. This
one reads requests from its standard input and writes replies to its standard output, in order (see
`sphinx_protocol`), for any number of recognitions, until the input ends: that is how its parent closes
it, and also what happens if the parent is killed.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from asyncspeech.emulator.recognizers.sphinx_decoders import Decoders
from asyncspeech.emulator.recognizers.sphinx_protocol import (
    Reply,
    RequestKind,
    pack_reply,
    read_request,
    unpack_start,
)
from asyncspeech.emulator.recognizers.sphinx_stream import SphinxStream

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from asyncspeech.emulator.recognizer import RecognitionEvent
    from asyncspeech.emulator.recognizers.sphinx_protocol import Request

__all__ = ("Worker", "main")


class Worker:
    """Answers requests.

    Args:
        decoders: Where recognitions get decoders.
    """

    def __init__(self, decoders: Decoders) -> None:
        self._decoders = decoders
        self._streams: dict[int, SphinxStream] = {}

    def serve(self, requests: BinaryIO, replies: BinaryIO) -> None:
        """Answer requests until they end."""
        while (request := read_request(requests)) is not None:
            if (reply := self.answer(request)) is not None:
                replies.write(pack_reply(reply))
                replies.flush()

    def answer(self, request: Request) -> Reply | None:
        """Do what a request asks for.

        Returns:
            The reply; None if there is none.
        """
        if request.kind is RequestKind.CLOSE:
            self._close(request.recognition)
            return None
        try:
            return Reply(tuple(self._act(request)))
        except Exception as error:  # noqa: BLE001 - one recognition's failure is not the end of the others
            return Reply(error=f"{type(error).__name__}: {error}")

    def _act(self, request: Request) -> Sequence[RecognitionEvent]:
        match request.kind:
            case RequestKind.START:
                self._streams[request.recognition] = self._new_stream(request.payload)
                return ()
            case RequestKind.AUDIO:
                return self._streams[request.recognition].accept(request.payload)
            case _:
                return self._streams[request.recognition].finish()

    def _new_stream(self, payload: bytes) -> SphinxStream:
        rate, interim_results = unpack_start(payload)
        return SphinxStream(rate, interim_results=interim_results, decoders=self._decoders)

    def _close(self, recognition: int) -> None:
        if (stream := self._streams.pop(recognition, None)) is not None:
            stream.close()


def main() -> None:
    """Serve the process that started this one, until it closes the pipe."""
    # Ctrl-C goes to the parent as well, which decides what becomes of this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    replies = _take_over_stdout()
    with suppress(BrokenPipeError):  # the parent went without waiting for the last reply
        Worker(Decoders()).serve(sys.stdin.buffer, replies)
    # There is nothing to save, and to take the decoders apart would take time.
    os._exit(0)


def _take_over_stdout() -> BinaryIO:
    """The pipe to the parent. What C code prints goes to the standard error from now on."""
    pipe = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(pipe, "wb")


if __name__ == "__main__":
    main()
