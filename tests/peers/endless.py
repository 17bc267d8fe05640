"""The logic of Google's sample for endless streams, on V2: what it does to words, and no more of it.

Google's ``transcribe_streaming_infinite_v2.py`` is a program to look at, not a library to install. So
this does what that does, as far as words, times and cost depend on it, and in code of our own:

- One thread, the microphone's, puts chunks of 100 ms into a queue. gRPC's thread takes what the queue
  has, joins it, and sends it as one message. The caller's thread reads the responses.
- How old a stream is is looked at when a response arrives, whatever that says. If it is older than the
  limit, the response is dropped and the next stream opened. The last one is neither half-closed nor
  cancelled: it goes when nothing refers to it any more, which is when the next has answered, and until
  then both take from the queue.
- The first message of the next stream has every chunk that was taken since the last final. Where that is
  is found with the average: the chunks of a stream last as long as the limit, all together, and all are
  of a length.
- The time of a result is its end on its stream, less what was sent again, plus the limit for each stream
  before. Words are corrected by the same, which is ours: the sample has no times of words.
- No error is caught, so any ends it. No message is cut, however long it is.

Left out are the microphone itself, the colours of the terminal, and that "exit" and "quit" end it. It is
ended by `close`, which does what leaving the sample's microphone does.

``max_bytes`` is not the sample's: it cuts messages, as V2 wants, to see how the rest fares.
"""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING, Any

from google.cloud.speech_v2 import types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from google.cloud.speech_v2 import SpeechClient

__all__ = ("CHUNK_SECONDS", "STREAMING_LIMIT", "EndlessStream")

CHUNK_SECONDS = 0.1
STREAMING_LIMIT = 240_000  # milliseconds, as all times inside


class EndlessStream:
    """A microphone whose audio goes through one stream after the other.

    Args:
        limit: After how many milliseconds the next stream is to be opened.
        max_bytes: The longest message; None for any length, as in the sample.
    """

    def __init__(self, limit: int = STREAMING_LIMIT, *, max_bytes: int | None = None) -> None:
        self._limit = limit
        self._max_bytes = max_bytes
        self._chunks: queue.Queue[bytes | None] = queue.Queue()
        self._is_closed = False
        self._opened = _now()
        self._restarts = 0
        # All of the streams' generators see and change these, as in the sample: at times there are two.
        self._is_new = True
        self._taken: list[bytes] = []
        self._taken_before: list[bytes] = []
        self._sent_again = 0
        # Ends, on their streams: of the last result, the last final, the last before this stream.
        self._result_end = 0
        self._final_end = 0
        self._settled = 0

    def hear(self, chunk: bytes) -> None:
        """Take what the microphone has recorded."""
        self._chunks.put(chunk)

    def close(self) -> None:
        """Switch the microphone off."""
        self._is_closed = True
        self._chunks.put(None)

    def words(
        self, client: SpeechClient, configuration: types.StreamingRecognizeRequest
    ) -> Iterator[tuple[str, float, float]]:
        """The words of the finals, with their corrected starts and ends in seconds.

        Args:
            client: What opens the streams.
            configuration: The first request of each.
        """
        while not self._is_closed:
            self._taken = []
            # Not before this name has its next value is the last stream given up.
            responses: Any = client.streaming_recognize(requests=self._requests(configuration))
            yield from self._finals(responses)
            if self._result_end > 0:
                self._settled = self._final_end
            self._result_end = 0
            self._taken_before, self._taken = self._taken, []
            self._restarts += 1
            self._is_new = True

    def _finals(self, responses: Iterable[Any]) -> Iterator[tuple[str, float, float]]:
        for response in responses:
            if _now() - self._opened > self._limit:
                self._opened = _now()
                return
            if not response.results or not response.results[0].alternatives:
                continue
            result = response.results[0]
            self._result_end = round(1_000 * result.result_end_offset.total_seconds())
            if result.is_final:
                self._final_end = self._result_end
                shift = (self._limit * self._restarts - self._sent_again) / 1_000
                for word in result.alternatives[0].words:
                    start, end = word.start_offset.total_seconds(), word.end_offset.total_seconds()
                    yield word.word, start + shift, end + shift

    def _requests(
        self, configuration: types.StreamingRecognizeRequest
    ) -> Iterator[types.StreamingRecognizeRequest]:
        yield configuration
        for audio in self._audio():
            size = self._max_bytes or len(audio)
            for start in range(0, len(audio), size):
                yield types.StreamingRecognizeRequest(audio=audio[start : start + size])

    def _audio(self) -> Iterator[bytes]:
        while not self._is_closed:
            data: list[bytes] = []
            if self._is_new and self._taken_before:
                data += self._unsettled()
                self._is_new = False
            chunk = self._chunks.get()
            while chunk is not None:
                data.append(chunk)
                self._taken.append(chunk)
                try:
                    chunk = self._chunks.get(block=False)
                except queue.Empty:
                    break
            else:
                return  # what was taken together with the end is not sent
            yield b"".join(data)

    def _unsettled(self) -> list[bytes]:
        """What the last stream took after its last final, by the average."""
        chunk_ms = self._limit / len(self._taken_before)
        sent_again = max(0, min(self._sent_again, self._settled))
        first = round((self._settled - sent_again) / chunk_ms)
        self._sent_again = round((len(self._taken_before) - first) * chunk_ms)
        return self._taken_before[first:]


def _now() -> int:
    return round(1_000 * time.time())
