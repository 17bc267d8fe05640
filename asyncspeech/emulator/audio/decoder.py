"""What every decoder does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ("Decoder", "Samples", "StreamFormat", "no_samples")

if TYPE_CHECKING:
    Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class StreamFormat:
    """What a stream's samples are.

    Attributes:
        sample_rate_hertz: Frames per second.
        channel_count: Channels, at least 1.
    """

    sample_rate_hertz: int
    channel_count: int


class Decoder(Protocol):
    """Decodes the audio of one call, while it comes.

    Its methods are for one task at a time. After one has failed or was cancelled, only `aclose` is of
    use.
    """

    @property
    def format(self) -> StreamFormat | None:
        """What the samples are; None until the header has come."""

    async def decode(self, audio: bytes) -> Samples:
        """Take the next bytes. They may end anywhere, within a header or a sample too.

        Returns:
            The samples that have become readable, of shape (frames, channels); maybe none.

        Raises:
            Refusal: The audio is none that is known or decoded, or is damaged. What the same bytes had
                before the damage is lost.
        """

    async def finish(self) -> Samples:
        """Take the news that no more bytes come. Nothing but `aclose` may follow.

        Returns:
            The rest, of shape (frames, channels). Of a stream without a byte, nothing.

        Raises:
            Refusal: The audio ended before it could be told what it is, or is damaged.
        """

    async def aclose(self) -> None:
        """Let go of all that is held. It is to be called once, whatever has happened.

        It does not wait for bytes, and is done in the time it takes to decode a few.
        """


def no_samples(channels: int = 1) -> Samples:
    """No frames."""
    return np.empty((0, channels), np.int16)
