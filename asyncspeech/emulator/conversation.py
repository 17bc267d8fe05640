"""What a stream says to what it is told, message by message. It knows neither gRPC nor the clock.

(But for the pace of the audio, which is counted against the clock that it is given.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncspeech.emulator import errors
from asyncspeech.emulator.activity import ActivityTimeouts
from asyncspeech.emulator.recognizer import Hypothesis
from asyncspeech.emulator.responses import Responses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeGuard

    from asyncspeech.emulator.errors import Refusal
    from asyncspeech.emulator.listener import Heard, Listener
    from asyncspeech.emulator.quota import Session
    from asyncspeech.emulator.recognizer import RecognitionEvent
    from asyncspeech.emulator.request import RecognitionRequest
    from asyncspeech.emulator.service import Service

__all__ = ("Conversation", "audio_of")


class Conversation:
    """Answers the audio of one stream.

    Args:
        request: What the stream's first message asks for.
        listener: Hears its audio.
        service: What all streams share.
        session: The stream's share of the quotas.
        clock: The time, in seconds.
    """

    def __init__(
        self,
        request: RecognitionRequest,
        listener: Listener,
        service: Service,
        session: Session,
        clock: Callable[[], float],
    ) -> None:
        self._listener = listener
        self._limits = service.limits
        self._assumptions = service.assumptions
        self._single_utterance = request.streaming.single_utterance
        self._session = session
        self._clock = clock
        self._begun = clock()
        self._responses = Responses(request, listener, service.assumptions)
        self._timeouts = ActivityTimeouts(request.streaming.voice_activity_timeout)
        self._over = ""
        self._refusal: Refusal | None = None
        self._says_rest = True

    @property
    def over(self) -> str:
        """Why the service wants no more audio; "" as long as it does."""
        return self._over

    @property
    def refusal(self) -> Refusal | None:
        """The status that the stream ends with when it is over; None for OK."""
        return self._refusal

    async def take(self, message: Any) -> list[Any]:
        """Take the next ``StreamingRecognizeRequest`` and return the responses to it.

        Raises:
            Refusal: The stream ends with this status.
        """
        audio = audio_of(message)
        if len(audio) > self._limits.max_audio_bytes:
            raise errors.chunk_too_large(len(audio), self._limits.max_audio_bytes)
        self._session.count_request()
        responses = self._answer(await self._listener.accept(audio), is_flush=False)
        self._check_pace()
        if not self._over and self._timeouts.are_over(self._listener.seconds):
            self._over = "voice activity timeout"
            self._says_rest = self._assumptions.finals_at_activity_timeout
            code = self._assumptions.activity_timeout_code
            self._refusal = None if code == "OK" else errors.activity_timeout(code)
        return responses

    def half_close(self) -> None:
        """The client sends nothing more."""
        self._says_rest = self._assumptions.finals_at_half_close
        code = self._assumptions.half_close_code
        self._refusal = None if code == "OK" else errors.half_closed(code)

    async def finish(self) -> list[Any]:
        """The responses to what was heard and not yet told, if the service tells them.

        Raises:
            Refusal: The audio was none.
        """
        return self._answer(await self._listener.finish(), is_flush=True) if self._says_rest else []

    def _answer(self, heard: Iterable[Heard], *, is_flush: bool) -> list[Any]:
        answer: list[Any] = []
        for channel, event in heard:
            self._timeouts.hear(event, self._listener.seconds)
            if self._single_utterance and not is_flush and _is_utterance(event):
                answer.append(self._responses.end_of_single_utterance(event))
                self._over = "end of the single utterance"
                self._says_rest = False
            answer.extend(self._responses.of((channel, event)))
            if self._over:
                break
        return answer

    def _check_pace(self) -> None:
        pace = self._limits.pace
        if pace is None:
            return
        allowed = pace * (self._clock() - self._begun) + self._limits.pace_burst_seconds
        if self._listener.seconds > allowed:
            raise errors.too_fast()


def _is_utterance(event: RecognitionEvent) -> TypeGuard[Hypothesis]:
    return isinstance(event, Hypothesis) and event.is_final and bool(event.words)


def audio_of(message: Any) -> bytes:
    """The audio of a ``StreamingRecognizeRequest``.

    Raises:
        Refusal: It has none.
    """
    if message.WhichOneof("streaming_request") != "audio" or not message.audio:
        raise errors.malordered()
    audio: bytes = message.audio
    return audio
