"""What FFmpeg decodes: at its length, at its time, and to its end or an error."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from asyncspeech.audio import open_source
from asyncspeech.audio.recordings.file import FileFeed, Recording
from asyncspeech.audio.recordings.media_time import Gaps, Padding
from asyncspeech.errors import AudioError
from asyncspeech.model import AudioFormat
from tests.audio.containers import CONTAINERS, contain, contain_tone
from tests.audio.recordings import (
    MONO_16K,
    as_block,
    collect,
    level,
    main_frequency,
    noise,
    read_all,
    read_into,
    tone,
)

if TYPE_CHECKING:
    from pathlib import Path

    from asyncspeech.audio.stages.base import Block

EVERY_RATE = [(name, rate) for name, container in CONTAINERS.items() for rate in container.rates]


def onset(block: Block) -> int:
    """The first frame that is loud."""
    return int(np.argmax(np.abs(block[:, 0]) > 0.1))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("name", "rate"), EVERY_RATE)
def test_a_file_becomes_mono_at_16_khz_with_its_length_and_pitch(
    name: str, rate: int, channels: int
) -> None:
    channels = 1 if name == "amr" else channels
    block = as_block(read_all(contain_tone(name, rate, 0.5, channels)))
    # What an encoder adds before the sound is at most one of its frames, and what after it, another.
    assert 8_000 <= len(block) <= 8_000 + 16_000 * (2 * CONTAINERS[name].late + 0.13)
    assert main_frequency(block[2_500:7_500], 16_000) == pytest.approx(1_000, abs=4)
    assert level(block[2_500:7_500]) == pytest.approx(-9.03, abs=1)


@pytest.mark.parametrize(("name", "rate"), EVERY_RATE)
def test_a_sound_is_at_its_time(name: str, rate: int) -> None:
    samples = np.concatenate((np.zeros((rate // 4, 1), np.float32), tone(1_000, rate, 0.25)))
    block = as_block(read_all(contain(samples, rate, CONTAINERS[name])))
    late = onset(block) / 16_000 - 0.25
    assert -0.012 <= late <= CONTAINERS[name].late + 0.012


@pytest.mark.parametrize("name", ["m4a", "mov", "webm", "wv"])
def test_a_container_that_knows_its_length_gives_that(name: str) -> None:
    block = as_block(read_all(contain_tone(name, 16_000, 1.2345)))
    assert len(block) == pytest.approx(19_752, abs=16)  # MP4 counts milliseconds


@pytest.mark.parametrize("name", ["mov", "wv"])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_lossless_track_is_itself_to_the_bit(name: str, channels: int) -> None:
    samples = noise(20_000, channels)
    content = contain((samples / np.float32(32768)).astype(np.float32), 16_000, CONTAINERS[name])
    target = AudioFormat(sample_rate_hertz=16_000, audio_channel_count=channels)
    assert read_all(content, target) == samples.astype("<i2").tobytes()


async def test_paths_bytes_and_file_objects_give_the_same_and_say_how_long(tmp_path: Path) -> None:
    content = contain_tone("m4a", 44_100, 2.5)
    path = tmp_path / "talk.m4a"
    path.write_bytes(content)
    read = []
    with path.open("rb") as file:
        for given in (path, content, file):
            async with open_source(given, MONO_16K) as source:
                assert source.duration == pytest.approx(2.5)
                read.append(await collect(source))
        assert not file.closed
    assert len(set(read)) == 1
    assert len(read[0]) == 80_000


async def test_a_file_comes_by_the_second() -> None:
    async with open_source(contain_tone("m4a", 44_100, 3), MONO_16K) as source:
        sizes = [len(chunk) async for chunk in source]
    assert len(sizes) <= 5
    assert sum(sizes) == 96_000


def test_nothing_is_written_to_standard_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "talk.webm"
    content = bytearray(contain_tone("webm", 48_000, 1))
    content[len(content) // 2 :: 40] = bytes(len(content[len(content) // 2 :: 40]))
    path.write_bytes(content)
    with suppress(AudioError):
        read_all(path)
    assert capfd.readouterr().err == ""


# Tracks.


def film(*, audio_at: float = 0.0, tracks: int = 1, default: int = 0) -> bytes:
    """A film of a second of noise, whose sound tracks are tones of 500 Hz, 1000 Hz and so on."""
    file = BytesIO()
    with av.open(file, "w", format="matroska") as output:
        video = output.add_stream("mpeg4", rate=25)
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = [output.add_stream("pcm_s16le", rate=16_000, layout="mono") for _ in range(tracks)]
        for index, stream in enumerate(audio):
            stream.disposition = (
                av.stream.Disposition.default if index == default else av.stream.Disposition(0)
            )
        for number in range(25):
            picture = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            output.mux(video.encode(picture))
            for index, stream in enumerate(audio):
                assert isinstance(stream, av.AudioStream)
                part = tone(500 * (index + 1), 16_000, 1)[number * 640 : (number + 1) * 640]
                samples = np.rint(part * 32_767).astype(np.int16).T
                frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "s16", "mono")
                frame.sample_rate, frame.time_base = 16_000, Fraction(1, 16_000)
                frame.pts = number * 640 + round(audio_at * 16_000)
                output.mux(stream.encode(frame))
        output.mux(video.encode(None))
    return file.getvalue()


def test_the_sound_of_a_film_is_read() -> None:
    block = as_block(read_all(film()))
    assert len(block) == 16_000
    assert main_frequency(block, 16_000) == 500


def test_a_track_that_begins_after_the_picture_does_so_here() -> None:
    block = as_block(read_all(film(audio_at=0.5)))
    assert len(block) == 24_000
    assert onset(block) == pytest.approx(8_000, abs=32)


@pytest.mark.parametrize("default", [0, 1])
def test_of_several_tracks_the_default_one_is_read(default: int) -> None:
    block = as_block(read_all(film(tracks=2, default=default)))
    assert main_frequency(block, 16_000) == 500 * (default + 1)


def silent_film() -> bytes:
    file = BytesIO()
    with av.open(file, "w", format="mp4") as output:
        video = output.add_stream("mpeg4", rate=25)
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
        output.mux(video.encode(picture))
        output.mux(video.encode(None))
    return file.getvalue()


def failure(given: str | Path | bytes) -> AudioError:
    with pytest.raises(AudioError) as caught:
        read_all(given)
    return caught.value


def test_a_silent_film_is_an_error() -> None:
    error = failure(silent_film())
    assert str(error) == "<bytes>: is MP4 (m4a, mp4, mov, 3gp) without a sound track"


@pytest.mark.parametrize("tag", [b"enca", b"drms"])
def test_an_encrypted_track_is_an_error(tag: bytes) -> None:
    content = contain_tone("m4a", 16_000).replace(b"mp4a", tag)
    assert "is MP4 (m4a, mp4, mov, 3gp) that is encrypted" in str(failure(content))


def test_an_unknown_codec_is_an_error() -> None:
    content = contain_tone("mov", 16_000).replace(b"sowt", b"zzzz")
    assert "whose sound is of a kind that cannot be decoded here" in str(failure(content))


# Damage.


@pytest.mark.parametrize("missing", [1, 100, 0.3])
@pytest.mark.parametrize("name", ["mp4, fragmented", "webm", "webm, live", "mkv", "aac", "ts", "wv"])
async def test_a_file_that_is_cut_off_is_read_up_to_there(name: str, missing: float) -> None:
    content = contain_tone(name, 48_000, 3)
    cut = content[: -missing if isinstance(missing, int) else -round(len(content) * missing)]
    chunks: list[bytes] = []
    with pytest.raises(AudioError, match="is damaged or cut off: only the first"):
        await read_into(chunks, cut)
    read = b"".join(chunks)
    lost = 1.1 if name == "wv" else 0.35  # what was begun: a block of WavPack is a second
    assert len(read) / 32_000 > 3 * len(cut) / len(content) - lost


@pytest.mark.parametrize("missing", [1, 100, 0.3])
@pytest.mark.parametrize("name", ["m4a", "mov"])
def test_an_mp4_that_lost_its_end_and_so_its_index_is_an_error(name: str, missing: float) -> None:
    content = contain_tone(name, 48_000, 3)
    cut = content[: -missing if isinstance(missing, int) else -round(len(content) * missing)]
    assert "damaged or cut off" in str(failure(cut))


@pytest.mark.parametrize("name", ["m4a", "mkv", "wv"])
async def test_a_file_that_is_damaged_is_read_up_to_there(name: str) -> None:
    content = bytearray(contain_tone(name, 48_000, 3))
    middle = len(content) // 2
    content[middle : middle + 300] = bytes(byte ^ 0x5A for byte in content[middle : middle + 300])
    chunks: list[bytes] = []
    with pytest.raises(AudioError, match="is damaged or cut off: only the first"):
        await read_into(chunks, bytes(content))
    assert 0.3 < len(b"".join(chunks)) / 96_000 < 0.7


@pytest.mark.parametrize("packets", [1, 20, 41, 42, 43])
def test_a_transport_stream_may_be_tuned_in_to_anywhere(packets: int) -> None:
    content = contain_tone("ts", 48_000, 2)
    missing = packets * 188 / len(content) * 2
    assert len(read_all(content[188 * packets :])) / 32_000 == pytest.approx(2 - missing, abs=0.15)


def test_a_file_object_that_gives_more_than_it_was_asked_for_is_an_error() -> None:
    class Generous(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(size) + bytes(100_000)

    feed = FileFeed(Recording(Generous(contain_tone("webm", 16_000))), MONO_16K)
    with pytest.raises(AudioError, match="bytes when asked for"):
        feed.open()
    feed.close()


def test_a_file_object_that_fails_is_an_error() -> None:
    class Failing(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 20_000:
                raise OSError(5, "Input/output error")
            return super().read(size)

    feed = FileFeed(Recording(Failing(contain_tone("webm", 48_000, 5))), MONO_16K)
    with pytest.raises(AudioError, match="Input/output error"):
        feed.open()
        for _ in iter(feed.read, None):
            pass
    feed.close()


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "other.aac").write_bytes(contain_tone("aac", 16_000))
    path = tmp_path / "list.m3u8"
    path.write_text("#EXTM3U\n#EXTINF:1,\nother.aac\n#EXT-X-ENDLIST\n")
    assert "is not audio of any known format" in str(failure(path))


def test_what_libsndfile_reads_needs_no_ffmpeg() -> None:
    code = (
        "import sys; sys.modules['av'] = None\n"
        "from tests.audio.recordings import encoded, noise, read_all\n"
        "print(len(read_all(encoded(noise(16_000), 16_000, 'FLAC'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "32000"


def test_ffmpeg_is_imported_only_for_what_needs_it() -> None:
    code = (
        "import sys; from tests.audio.recordings import encoded, noise, read_all\n"
        "read_all(encoded(noise(16_000), 16_000)); print('av' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# Time.


def test_jitter_of_time_stamps_is_no_gap_and_adds_up_to_none() -> None:
    gaps = Gaps(0.0)
    stamps = [0.0, 0.03, 0.05, 0.12, 0.16]
    assert [gaps.before(stamp, 0.04) for stamp in stamps] == [0.0] * 5


def test_a_leap_ahead_is_a_gap_and_a_leap_back_or_of_minutes_another_clock() -> None:
    gaps = Gaps(None)
    assert gaps.before(5.0, 0.02) == 0.0
    assert gaps.before(5.52, 0.02) == pytest.approx(0.5)
    assert gaps.before(0.0, 0.02) == 0.0
    assert gaps.before(0.02, 0.02) == 0.0
    assert gaps.before(1_000.0, 0.02) == 0.0
    assert gaps.before(None, 0.02) == 0.0
    assert gaps.before(7.0, 0.02) == 0.0


def test_padding_is_dropped_unless_it_is_too_long_to_be_that() -> None:
    block = np.ones((1_000, 1), np.float32)
    padding = Padding(0.1)
    given = [part for _ in range(4) for part in padding.pass_on(block, 16_000)]
    assert sum(map(len, given)) == 1_600
    given += [part for _ in range(4) for part in padding.pass_on(block, 16_000)]
    assert sum(map(len, given)) == 8_000


def test_closing_closes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "talk.m4a"
    path.write_bytes(contain_tone("m4a", 16_000))
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    feed = FileFeed(Recording(path), MONO_16K)
    feed.open()
    feed.read()
    feed.close()
    feed.close()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_rate_that_changes_on_the_way_is_followed() -> None:
    first = contain_tone("aac", 48_000, 1)
    second = contain_tone("aac", 16_000, 1, 2)
    block = as_block(read_all(first + second))
    assert len(block) / 16_000 == pytest.approx(2, abs=0.25)
    assert main_frequency(block[1_600:14_400], 16_000) == pytest.approx(1_000, abs=4)
    assert main_frequency(block[20_800:30_400], 16_000) == pytest.approx(1_000, abs=4)


def test_time_stamps_that_always_leap_are_not_all_made_silence() -> None:
    gaps = Gaps(None)
    silence = sum(gaps.before(50.0 * number, 0.02) for number in range(1_000))
    assert 60 < silence < 1_000 * 0.02 * 30 + 60


def test_eight_channels_are_read_and_no_memory_beyond_them() -> None:
    file = BytesIO()
    samples = np.repeat(tone(1_000, 48_000), 8, axis=1).reshape(1, -1)
    with av.open(file, "w", format="matroska") as output:
        stream = output.add_stream("libopus", rate=48_000, layout="7.1")
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="7.1")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    content = file.getvalue()
    kept = read_all(content, AudioFormat(sample_rate_hertz=48_000, audio_channel_count=8))
    assert len(kept) == pytest.approx(48_000 * 16, abs=16 * 960)
    assert main_frequency(as_block(read_all(content)), 16_000) == pytest.approx(1_000, abs=4)
