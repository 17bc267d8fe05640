from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.audio import loudness
from asyncspeech.audio.loudness import QUIET_DBFS, SoundFinder
from asyncspeech.audio.samples import decode, encode
from asyncspeech.model import AudioEncoding, AudioFormat

ENCODINGS = list(AudioEncoding)


def linear(*samples: int) -> bytes:
    return np.array(samples, "<i2").tobytes()


@pytest.mark.parametrize("sample", [-32_768, 32_767, 104, -104])
def test_a_sample_above_the_limit_is_sound(sample: int) -> None:
    assert SoundFinder(AudioFormat())(linear(0, 0, sample, 0)) == 2


@pytest.mark.parametrize("sample", [0, 103, -103, 1])
def test_a_sample_below_the_limit_is_quiet(sample: int) -> None:
    assert SoundFinder(AudioFormat())(linear(*[sample] * 9)) is None


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("count", [1, 2, 8])
@pytest.mark.parametrize("channel", [None, 1])
def test_nothing_is_quiet(encoding: AudioEncoding, count: int, channel: int | None) -> None:
    assert SoundFinder(AudioFormat(encoding, audio_channel_count=count))(b"", channel) is None


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_digital_silence_is_quiet_and_half_of_full_scale_is_not(encoding: AudioEncoding) -> None:
    find = SoundFinder(AudioFormat(encoding))
    block = np.zeros((400, 1), np.float32)
    assert find(encode(block, encoding)) is None
    block[123] = -0.5
    assert find(encode(block, encoding)) == 123


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_channel_is_looked_at_by_itself(encoding: AudioEncoding) -> None:
    find = SoundFinder(AudioFormat(encoding, audio_channel_count=3))
    block = np.zeros((50, 3), np.float32)
    block[40, 0] = block[20, 2] = 0.3
    data = encode(block, encoding)
    assert [find(data, channel) for channel in (None, 1, 2, 3)] == [20, 40, None, 20]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("channel", [None, 2])
def test_sound_is_found_in_whichever_window_it_is(encoding: AudioEncoding, channel: int | None) -> None:
    find = SoundFinder(AudioFormat(encoding, audio_channel_count=2))
    size = loudness._WINDOW_FRAMES
    for place in (0, size - 1, size, 2 * size + 7):
        block = np.zeros((2 * size + 8, 2), np.float32)
        block[place:, 1] = 0.5
        assert find(encode(block, encoding), channel) == place


@given(
    st.sampled_from(ENCODINGS),
    st.integers(1, 3),
    st.lists(st.floats(-1 / 128, 1 / 128, width=32), max_size=60),
    st.booleans(),
)
def test_the_first_sound_is_the_first_frame_with_a_sample_above_the_limit(
    encoding: AudioEncoding, count: int, samples: list[float], as_view: bool
) -> None:
    audio_format = AudioFormat(encoding, audio_channel_count=count)
    block = np.array(samples[: len(samples) // count * count], np.float32).reshape(-1, count)
    data = encode(block, encoding)
    loud = (np.abs(decode(data, audio_format)) > 10 ** (QUIET_DBFS / 20)).tolist()
    taken = memoryview(bytes(8) + data)[8:] if as_view else data
    for channel in (None, *range(1, count + 1)):
        heard = [any(frame) if channel is None else frame[channel - 1] for frame in loud]
        expected = heard.index(True) if True in heard else None
        assert SoundFinder(audio_format)(taken, channel) == expected
