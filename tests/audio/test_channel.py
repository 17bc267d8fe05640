"""One channel can be taken instead of the mean of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from asyncspeech.audio import EncodedAudio, RawAudio, open_source
from asyncspeech.audio.stages.select_channel import SelectChannel
from asyncspeech.errors import AudioError, ConfigurationError
from asyncspeech.model import AudioFormat
from tests.audio.containers import CONTAINERS, contain
from tests.audio.recordings import MONO_16K, as_block, collect, encoded, main_frequency, noise, tone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncspeech.audio.source import AudioInput

STEREO_48K = AudioFormat(sample_rate_hertz=48_000, audio_channel_count=2)
BOTH = np.hstack((tone(500, 48_000), tone(1_500, 48_000)))
RAW = np.rint(BOTH * 32_767).astype("<i2").tobytes()


class Stereo:
    """A source of two channels."""

    audio_format = STEREO_48K
    duration = None

    def __init__(self) -> None:
        self._chunks = self._give()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks

    async def _give(self) -> AsyncIterator[bytes]:
        yield RAW

    async def __anext__(self) -> bytes:
        return await anext(self._chunks)

    async def aclose(self) -> None:
        """Nothing is open."""


def givens() -> dict[str, AudioInput]:
    wav = encoded(BOTH, 48_000, "WAV", "FLOAT")
    return {
        "a file": wav,
        "a file that FFmpeg decodes": contain(BOTH, 48_000, CONTAINERS["mov"]),
        "raw audio": RawAudio(RAW, STEREO_48K),
        "pieces": EncodedAudio([wav[:9_000], wav[9_000:]]),
        "a source": Stereo(),
    }


@pytest.mark.parametrize(("channel", "hertz"), [(1, 500), (2, 1_500)])
@pytest.mark.parametrize("name", sorted(givens()))
async def test_one_channel_is_taken_of_any_source(name: str, channel: int, hertz: float) -> None:
    async with open_source(givens()[name], MONO_16K, channel=channel) as source:
        block = as_block(await collect(source))
    assert len(block) == 16_000
    assert main_frequency(block, 16_000) == hertz
    # It is that channel alone, at its full level, and not half of a mean.
    assert np.sqrt(np.mean(block**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


@pytest.mark.parametrize("name", sorted(givens()))
async def test_a_channel_that_is_not_there_is_an_error(name: str) -> None:
    with pytest.raises(AudioError, match="has 2 channels, and channel 3 is wanted"):
        async with open_source(givens()[name], MONO_16K, channel=3) as source:
            await anext(source)


async def test_the_only_channel_can_be_asked_for() -> None:
    samples = noise(1_000)
    async with open_source(encoded(samples, 16_000), MONO_16K, channel=1) as source:
        assert await collect(source) == samples.tobytes()


@pytest.mark.parametrize("channel", [0, -1, True, "2", 1.0])
def test_what_is_no_channel_is_refused(channel: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_source(b"", MONO_16K, channel=channel)
    assert caught.value.field == "channel"


def test_one_channel_of_several_that_are_wanted_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="one channel is to be taken, and 2 are wanted"):
        open_source(b"", STEREO_48K, channel=1)


def test_selecting_holds_nothing_back() -> None:
    stage = SelectChannel(2)
    block = noise(10, 3).astype(np.float32)
    assert np.array_equal(stage.process(block), block[:, [1]])
    assert stage.flush().shape == (0, 1)
    assert stage.delay == 0
