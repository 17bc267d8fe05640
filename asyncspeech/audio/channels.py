"""`SelectChannel`: one channel of many.

For recordings in which each channel is a speaker, or in which but one of them is any good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech.audio.stages import silence
from asyncspeech.config.values import check_range
from asyncspeech.errors import ConfigurationError

if TYPE_CHECKING:
    from asyncspeech.audio.stages import Block

__all__ = ("SelectChannel",)

_MAX_CHANNEL = 65_535  # what the header of a WAV has room for


class SelectChannel:
    """Gives one channel of many, as it is.

    Args:
        channel: Which, from 1, as the service counts them.

    Raises:
        ConfigurationError: ``channel`` is no number of a channel, or blocks turn out not to have it.
    """

    delay = 0.0

    def __init__(self, channel: int) -> None:
        check_range("channel", channel, range(1, _MAX_CHANNEL + 1))
        self._channel = channel

    def process(self, block: Block) -> Block:
        """Give the channel, of shape (frames, 1)."""
        if self._channel > block.shape[1]:
            raise ConfigurationError("channel", f"there are {block.shape[1]}, and no {self._channel}")
        selected: Block = block[:, self._channel - 1 : self._channel]
        return selected

    def flush(self) -> Block:
        """Give nothing: no frame was held back."""
        return silence(0, 1)
