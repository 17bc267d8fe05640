"""Finding out what a hidden status was.

When a status arrives while a message is being written, grpc.aio reports "INTERNAL: Internal error from
Core" and the real one is lost (grpc/grpc#36066). It may have been anything: a model that does not exist,
a missing permission, or the end of a stream's five minutes. Whoever takes it for what it says either
gives up what could go on, or repeats for ever what never can.

So the service is asked again: a second call with the same configuration, that writes nothing after it.
What is wrong with the request itself is then told without disguise. If nothing is, the stream broke for
some passing reason, and another one may do.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from google.api_core.exceptions import GoogleAPICallError, InternalServerError
from grpc import RpcError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from google.cloud.speech_v2 import SpeechAsyncClient
    from google.cloud.speech_v2.types import StreamingRecognizeRequest

__all__ = ("true_error",)

_HIDDEN = "Internal error from Core"

# A refusal comes within a round trip. Nobody waits for this but those whose stream is broken already.
_PATIENCE_SECONDS = 1.0


async def true_error(
    error: Exception, client: SpeechAsyncClient, request: StreamingRecognizeRequest
) -> Exception | None:
    """What the service really answered to a call that failed with ``error``.

    Args:
        error: What the call raised.
        client: The client that made the call.
        request: The call's first message.

    Returns:
        If the status was hidden, what a second call ends with: its error, or None for OK. If it was not,
        or the second call neither fails nor ends, ``error`` itself.
    """
    if not (isinstance(error, InternalServerError) and _HIDDEN in error.message):
        return error
    asked = asyncio.Event()

    async def requests() -> AsyncGenerator[StreamingRecognizeRequest, None]:
        yield request
        await asked.wait()

    call: Any = None
    try:
        # Not anyio's: gRPC swallows the cancellation that it gets and raises one of its own.
        async with asyncio.timeout(_PATIENCE_SECONDS):
            call = await client.streaming_recognize(requests=requests())
            async for _ in call:
                return error
            return None
    except (GoogleAPICallError, RpcError) as answer:
        return answer
    except TimeoutError:
        return error
    finally:
        asked.set()
        if call is not None:
            call.cancel()
