"""`Listener`: from the bytes of a call to what is heard in them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import anyio

from asyncspeech.emulator.audio import open_decoder
from asyncspeech.emulator.recognizer import RecognitionSettings

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray

    from asyncspeech.emulator.recognizer import Recognition, RecognitionEvent, Recognizer
    from asyncspeech.emulator.request import RecognitionRequest

__all__ = ("Heard", "Listener")

Heard = tuple[int, "RecognitionEvent"]
"""What was heard, and on which channel, from 1."""


class Listener:
    """Decodes a call's audio, and has each channel that is wanted recognised. Use it in ``async with``.

    Args:
        request: What the call asks for.
        recognizer: What recognises.

    Raises:
        Refusal: The audio's encoding is none that the emulator decodes.
    """

    def __init__(self, request: RecognitionRequest, recognizer: Recognizer) -> None:
        self._request = request
        self._recognizer = recognizer
        self._decoder = open_decoder(request.config)
        self._channels: list[Recognition] = []
        self._resources = AsyncExitStack()
        self._frames = 0

    async def __aenter__(self) -> Self:
        self._resources.push_async_callback(self._decoder.aclose)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # In a task of its own: gRPC cancels the call's task, and may do so more than once.
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._free)

    async def _free(self) -> None:
        """Free what is held. That may take its time, also when the call has been given up."""
        with anyio.CancelScope(shield=True):
            await self._resources.aclose()

    @property
    def sample_rate_hertz(self) -> int:
        """Frames per second; 0 as long as it is not known."""
        return 0 if self._decoder.format is None else self._decoder.format.sample_rate_hertz

    @property
    def seconds(self) -> float:
        """How much audio was decoded."""
        return self._frames / self.sample_rate_hertz if self._frames else 0.0

    async def accept(self, audio: bytes) -> list[Heard]:
        """Take the next bytes and return what has been heard.

        Raises:
            Refusal: They are no audio.
        """
        return await self._recognize(await self._decoder.decode(audio))

    async def finish(self) -> list[Heard]:
        """Say that no more bytes come; return what is left.

        Raises:
            Refusal: The audio was none.
        """
        heard = await self._recognize(await self._decoder.finish())
        for number, recognition in enumerate(self._channels, start=1):
            heard += [(number, event) for event in await recognition.finish()]
        return heard

    async def _recognize(self, samples: NDArray[np.int16]) -> list[Heard]:
        if not len(samples):
            return []
        if not self._channels:
            await self._start(samples.shape[1])
        self._frames += len(samples)
        heard: list[Heard] = []
        for number, recognition in enumerate(self._channels, start=1):
            events = await recognition.accept(samples[:, number - 1])
            heard += [(number, event) for event in events]
        return heard

    async def _start(self, channel_count: int) -> None:
        request = self._request
        settings = RecognitionSettings(
            self.sample_rate_hertz,
            request.language_code,
            interim_results=request.streaming.interim_results,
            max_alternatives=max(1, request.config.features.max_alternatives),
            endpoint_seconds=request.streaming.endpoint_seconds,
        )
        for _ in range(channel_count if request.separate_channels else 1):
            recognition = await self._recognizer.start(settings)
            self._resources.push_async_callback(recognition.aclose)
            self._channels.append(recognition)
