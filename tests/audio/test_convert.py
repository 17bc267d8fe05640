"""Raw audio of one format becomes raw audio of another, however it is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncspeech.audio.convert import Converter, conversion
from asyncspeech.audio.framing import Framer
from asyncspeech.audio.stages.base import Chain, silence
from asyncspeech.audio.stages.downmix import Downmix
from asyncspeech.audio.stages.resample import Resample
from asyncspeech.errors import AudioError
from asyncspeech.model import AudioEncoding, AudioFormat
from tests.audio.recordings import noise

if TYPE_CHECKING:
    from random import Random

FORMATS = st.builds(
    AudioFormat,
    st.sampled_from(AudioEncoding),
    st.sampled_from([8_000, 16_000, 44_100, 48_000, 192_000]),
    st.integers(1, 4),
)
TARGETS = st.builds(
    AudioFormat, st.sampled_from(AudioEncoding), st.sampled_from([8_000, 16_000, 48_000])
)


def convert(chunks: list[bytes], source: AudioFormat, target: AudioFormat) -> bytes:
    converter = Converter(source, target, "<test>")
    converted = b"".join([*map(converter.process, chunks), converter.flush()])
    converter.verify()
    return converted


@settings(max_examples=80, deadline=None)
@given(FORMATS, TARGETS, st.integers(0, 3_000), st.lists(st.integers(0, 2_000)), st.randoms())
def test_it_does_not_matter_where_the_bytes_are_cut(
    source: AudioFormat, target: AudioFormat, frames: int, cuts: list[int], random: Random
) -> None:
    raw = random.randbytes(frames * source.frame_bytes)
    chunks, start = [], 0
    for size in cuts:
        chunks.append(raw[start : start + size])
        start += size
    chunks.append(raw[start:])
    assert convert(chunks, source, target) == convert([raw], source, target)


def test_the_same_format_passes_through_as_the_very_same_object() -> None:
    source = AudioFormat(sample_rate_hertz=16_000, audio_channel_count=2)
    converter = Converter(source, source, "<test>")
    chunk = bytes(range(64))
    assert converter.process(chunk) is chunk
    assert converter.flush() == b""


@given(st.binary(max_size=300), st.integers(1, 8), st.lists(st.integers(0, 30)))
def test_a_framer_gives_whole_frames_and_loses_nothing(
    data: bytes, frame_bytes: int, cuts: list[int]
) -> None:
    framer = Framer(frame_bytes, "<test>")
    given_chunks, start = [], 0
    for size in cuts:
        given_chunks.append(framer.take(data[start : start + size]))
        start += size
    given_chunks.append(framer.take(data[start:]))
    assert all(len(chunk) % frame_bytes == 0 for chunk in given_chunks)
    whole = len(data) - len(data) % frame_bytes
    assert b"".join(given_chunks) == data[:whole]
    if whole == len(data):
        framer.verify()
    else:
        with pytest.raises(AudioError, match="ends in the middle of a frame"):
            framer.verify()


def test_a_frame_that_is_cut_at_the_end_is_an_error_that_tells_how_much() -> None:
    stereo = AudioFormat(audio_channel_count=2)
    with pytest.raises(AudioError) as caught:
        convert([bytes(7)], stereo, stereo)
    assert str(caught.value) == "<test>: ends in the middle of a frame: 3 of 4 bytes"


def test_mono_is_the_mean_of_the_channels() -> None:
    raw = np.array([[1, 3, 5], [-32768, -32768, -32768]], "<i2").tobytes()
    mono = convert([raw], AudioFormat(audio_channel_count=3), AudioFormat())
    assert np.frombuffer(mono, "<i2").tolist() == [3, -32768]


def test_as_many_channels_as_are_wanted_are_kept() -> None:
    raw = noise(100, 2).tobytes()
    stereo = AudioFormat(audio_channel_count=2)
    assert convert([raw], stereo, stereo) == raw


@pytest.mark.parametrize(
    ("present", "wanted", "message", "hint"),
    [
        (1, 2, "<test>: has 1 channel, and 2 are wanted", "set audio_channel_count to 1"),
        (
            6,
            2,
            "<test>: has 6 channels, and 2 are wanted",
            "set audio_channel_count to 1, for the mean of all, or to 6",
        ),
    ],
)
def test_other_channels_are_refused_with_what_would_do(
    present: int, wanted: int, message: str, hint: str
) -> None:
    with pytest.raises(AudioError) as caught:
        conversion(16_000, present, AudioFormat(audio_channel_count=wanted), "<test>")
    assert str(caught.value) == message
    assert caught.value.hint == hint


def test_a_chain_is_flushed_through_all_of_its_stages() -> None:
    chain = Chain([Downmix(), Resample(48_000, 16_000, 1), Resample(16_000, 8_000, 1)], 2)
    block = noise(48_000, 2) / np.float32(32768)
    first = chain.process(block.astype(np.float32))
    assert chain.delay == pytest.approx(1 - len(first) / 8_000)
    rest = chain.flush()
    assert first.shape[1] == rest.shape[1] == 1
    assert len(first) + len(rest) == 8_000
    assert chain.delay == 0.0


def test_an_empty_chain_passes_blocks_through() -> None:
    chain = Chain([], 2)
    block = silence(5, 2)
    assert chain.process(block) is block
    assert chain.flush().shape == (0, 2)
    assert chain.delay == 0.0
