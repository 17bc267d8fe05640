"""One ``StreamingRecognize`` call, as the service serves it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from asyncspeech.emulator import errors
from asyncspeech.emulator.recognizer import RecognitionSettings
from asyncspeech.emulator.request import read_first_message
from asyncspeech.emulator.responses import Responses

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from asyncspeech.emulator.recognizer import Recognition, Recognizer
    from asyncspeech.emulator.request import StreamRequest

__all__ = ("serve_stream",)

_MAX_AUDIO_BYTES = 25_600


async def serve_stream(
    requests: AsyncIterator[Any], recognizer: Recognizer
) -> AsyncGenerator[Any, None]:
    """Answer the messages of one stream until the client half-closes.

    Args:
        requests: The client's messages, raw ``StreamingRecognizeRequest``.
        recognizer: Hears what they say.

    Yields:
        Raw ``StreamingRecognizeResponse`` messages.

    Raises:
        Refusal: The stream ends with this status.
    """
    request = None
    async for message in requests:
        request = read_first_message(message, recognizer)
        break
    if request is None:  # the client half-closed without a word
        raise errors.malordered()
    responses = Responses(request)
    async with AsyncExitStack() as stack:
        channels = [await _start(recognizer, request, stack) for _ in range(request.channels)]
        async for message in requests:
            samples = request.decoder.decode(_audio_of(message))
            responses.take(len(samples))
            for number, recognition in enumerate(channels, start=1):
                for event in await recognition.accept(samples[:, number - 1]):
                    if (response := responses.make(number, event)) is not None:
                        yield response
        for number, recognition in enumerate(channels, start=1):
            for event in await recognition.finish():
                if (response := responses.make(number, event)) is not None:
                    yield response


async def _start(recognizer: Recognizer, request: StreamRequest, stack: AsyncExitStack) -> Recognition:
    settings = RecognitionSettings(
        request.sample_rate_hertz, request.language_code, interim_results=request.interim_results
    )
    recognition = await recognizer.start(settings)
    stack.push_async_callback(recognition.aclose)
    return recognition


def _audio_of(message: Any) -> bytes:
    if message.WhichOneof("streaming_request") != "audio" or not message.audio:
        raise errors.malordered()
    if len(message.audio) > _MAX_AUDIO_BYTES:
        raise errors.chunk_too_large(len(message.audio), _MAX_AUDIO_BYTES)
    audio: bytes = message.audio
    return audio
