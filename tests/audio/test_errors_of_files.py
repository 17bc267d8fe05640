"""What cannot be read is an AudioError that names the file and says why."""

from __future__ import annotations

import os
import sys
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
import soundfile

from asyncspeech.audio import open_source
from asyncspeech.errors import AudioError
from asyncspeech.model import AudioFormat
from tests.audio.recordings import MONO_16K, encoded, noise, read_all, read_into, tone

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any, BinaryIO


def failure(given: str | Path | bytes | BinaryIO, target: AudioFormat = MONO_16K) -> AudioError:
    """The error of reading something that cannot be read."""
    with pytest.raises(AudioError) as caught:
        read_all(given, target)
    return caught.value


async def test_the_error_comes_from_entering(tmp_path: Path) -> None:
    path = tmp_path / "missing.wav"
    with pytest.raises(AudioError, match="there is no such file") as caught:
        async with open_source(path, MONO_16K):
            pytest.fail("it was opened")
    assert caught.value.source == str(path)
    assert caught.value.reason == "there is no such file"
    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_a_directory(tmp_path: Path) -> None:
    assert str(failure(tmp_path)) == f"{tmp_path}: is a directory"


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.wav"
    path.write_bytes(encoded(noise(10), 16_000))

    def refuse(*_: object) -> int:  # the superuser may read everything, so chmod would not do
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert str(failure(path)) == f"{path}: may not be read (permission denied)"


def test_a_name_that_no_file_can_have() -> None:
    assert "cannot be read" in str(failure("talk\0.wav"))


def test_a_named_pipe_does_not_pass_for_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)
    assert str(failure(path)) == f"{path}: is not a regular file"


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    path.touch()
    assert str(failure(path)) == f"{path}: is empty (0 bytes)"
    assert str(failure(b"")) == "<bytes>: is empty (0 bytes)"


def test_a_file_without_frames(tmp_path: Path) -> None:
    path = tmp_path / "silent.wav"
    path.write_bytes(encoded(noise(0), 16_000))
    assert str(failure(path)) == f"{path}: holds no audio (0 frames)"


def test_an_empty_wav_with_a_chunk_behind_its_data_has_no_frames() -> None:
    content = bytearray(encoded(noise(0), 16_000) + b"LIST\x04\0\0\0INFO")
    content[4:8] = (len(content) - 8).to_bytes(4, "little")
    assert "holds no audio" in str(failure(bytes(content)))


@pytest.mark.parametrize("content", [b"hello\n", b"\0" * 5_000, bytes(range(256)) * 20])
def test_what_is_not_audio(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    error = failure(path)
    assert str(error) == f"{path}: is not audio of any known format"
    assert "RawAudio(data, AudioFormat(...))" in error.hint


@pytest.mark.parametrize("seed", range(30))
def test_quiet_headerless_samples_do_not_pass_for_an_mp3(seed: int) -> None:
    # Many begin with the sample -1, whose bytes FF FF also begin a frame of MPEG layer I.
    samples = noise(16_000, seed=seed) % 3 - 1
    samples[0] = -1
    error = failure(samples.astype("<i2").tobytes())
    assert str(error) == "<bytes>: is not audio of any known format"
    assert "RawAudio(data, AudioFormat(...))" in error.hint


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("talk", b"\0\0\0\x20ftypM4A \0\0\0\0", "MP4"),
        ("talk.m4a", b"\0\0\0\x20\0\0\0\0", "M4A"),
        ("talk.bin", b"\x1a\x45\xdf\xa3", "Matroska"),
        ("talk.webm", b"damaged", "WebM"),
        ("talk.aac", b"\xff\xf1\x50\x80\x2e\x7f\xfc", "AAC"),
        ("talk", b"#!AMR\n", "AMR"),
        ("talk", bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "Windows Media"),
    ],
)
def test_formats_that_libsndfile_lacks_are_named_with_the_extra_that_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, head: bytes, kind: str
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    path = tmp_path / name
    path.write_bytes(head + noise(2_000).tobytes())
    error = failure(path)
    assert str(error).startswith(f"{path}: is {kind}")
    assert error.reason.endswith("which needs the extra 'media'")
    assert error.hint.startswith("pip install 'asyncspeech[media]'")
    assert isinstance(error.__cause__, ImportError)


def test_a_format_that_nothing_here_decodes_is_named() -> None:
    error = failure(b"#!SILK_V3" + bytes(2_000))
    assert str(error) == "<bytes>: is SILK, which cannot be decoded here"
    assert error.hint.startswith("convert it first: ffmpeg -i INPUT")


def test_a_damaged_header() -> None:
    content = bytearray(encoded(noise(100), 16_000))
    content[16:20] = b"\xff\xff\xff\x00"
    error = failure(bytes(content))
    assert error.source == "<bytes>"
    assert error.reason.startswith("is damaged, or of a kind that cannot be decoded here (")
    assert error.__cause__ is not None


@pytest.mark.parametrize("rate", [4_000, 7_999, 192_001, 384_000])
def test_a_rate_that_no_speech_has(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "talk.wav"
    path.write_bytes(encoded(noise(100), rate))
    expected = f"{path}: has {rate} frames per second, which is outside 8000 to 192000"
    assert str(failure(path)) == expected


def test_too_few_channels(tmp_path: Path) -> None:
    path = tmp_path / "mono.wav"
    path.write_bytes(encoded(noise(100), 16_000))
    stereo = AudioFormat(audio_channel_count=2)
    assert str(failure(path, stereo)) == f"{path}: has 1 channel, and 2 are wanted"


class Unreadable(BytesIO):
    """A file on a disk that fails after a while."""

    name = "remote.flac"

    def __init__(self, content: bytes, good_bytes: int) -> None:
        super().__init__(content)
        self._good_bytes = good_bytes

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, or fail."""
        if self.tell() > self._good_bytes:
            raise OSError(5, "Input/output error")
        return super().read(size)


@pytest.mark.parametrize("good_bytes", [-1, 2_000, 60_000])
def test_a_file_object_that_fails(good_bytes: int, capfd: pytest.CaptureFixture[str]) -> None:
    content = encoded(noise(48_000), 16_000, "FLAC")
    error = failure(Unreadable(content, good_bytes))
    assert str(error) == "remote.flac: cannot be read (Input/output error)"
    assert isinstance(error.__cause__, OSError)
    assert capfd.readouterr().err == ""  # cffi would print an exception that it cannot pass on


async def test_a_file_object_that_fails_once_is_not_read_on_after_the_gap() -> None:
    samples = noise(80_000)

    class Failing(BytesIO):
        has_failed = False

        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 60_000 and not self.has_failed:
                self.has_failed = True
                raise OSError(5, "Input/output error")
            return super().read(size)

    chunks: list[bytes] = []
    with pytest.raises(AudioError, match="Input/output error"):
        await read_into(chunks, Failing(encoded(samples, 16_000)))
    read = b"".join(chunks)
    assert 0 < len(read) < len(samples) * 2
    assert samples.tobytes().startswith(read)


def test_a_file_object_that_gives_text() -> None:
    class Text(BytesIO):
        def read(self, size: int | None = -1, /) -> Any:
            return super().read(size).decode("latin-1")

    error = failure(Text(encoded(noise(10), 16_000)))
    assert str(error) == "<Text>: cannot be read (it gives str, not bytes)"


def test_a_file_object_that_cannot_seek() -> None:
    reader, writer = os.pipe()
    os.close(writer)
    with open(reader, "rb") as pipe:  # noqa: PTH123
        error = failure(pipe)
    assert error.reason == "cannot be rewound"


def test_a_closed_file_object() -> None:
    file = BytesIO(encoded(noise(10), 16_000))
    file.close()
    assert str(failure(file)).startswith("<BytesIO>: cannot be read (")


# Files that are not whole.

CUT_WHEN_OPENED = [
    ("WAV", "PCM_16"),
    ("WAV", "PCM_24"),
    ("WAV", "FLOAT"),
    ("WAV", "IMA_ADPCM"),
    ("WAVEX", "PCM_16"),
    ("RF64", "PCM_16"),
    ("W64", "PCM_16"),
    ("AIFF", "PCM_16"),
    ("AU", "PCM_16"),
    ("CAF", "PCM_16"),
    ("SVX", "PCM_16"),
    ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
]


@pytest.mark.parametrize("missing", [1, 2, 1_001, 5_000])
@pytest.mark.parametrize(("kind", "subtype"), CUT_WHEN_OPENED)
def test_a_file_that_is_cut_off_is_not_opened(
    tmp_path: Path, kind: str, subtype: str, missing: int
) -> None:
    content = encoded(noise(48_000), 16_000, kind, subtype)
    assert read_all(content)
    path = tmp_path / "cut"
    path.write_bytes(content[:-missing])
    error = failure(path)
    assert str(error).startswith(f"{path}: is cut off: ")
    assert error.hint.endswith(f"ffmpeg -i {path} repaired.flac")


@pytest.mark.parametrize("known_length", [True, False])
@pytest.mark.parametrize("missing", [1, 1_001, 30_000, 100_000])
async def test_a_flac_that_is_cut_off_is_read_up_to_there(missing: int, *, known_length: bool) -> None:
    samples = noise(80_000)
    content = encoded(samples, 16_000, "FLAC")
    content = content if known_length else without_length(content)
    cut = content[:-missing]
    chunks: list[bytes] = []
    with pytest.raises(AudioError, match=r"<bytes>: is damaged or cut off: only the first \d\.\d\d s"):
        await read_into(chunks, cut)
    read = b"".join(chunks)
    assert samples.tobytes().startswith(read)
    # What is lost is the frame that was cut, of at most 4096 samples.
    assert len(read) / 2 > 80_000 * len(cut) / len(content) - 2 * 4_096


def without_length(flac: bytes) -> bytes:
    """A FLAC as it is written to a pipe; the lowest 36 bits of these 8 bytes count the frames."""
    facts = int.from_bytes(flac[18:26], "big") >> 36 << 36
    return flac[:18] + facts.to_bytes(8, "big") + flac[26:]


def test_a_flac_of_unknown_length_is_read_to_its_end() -> None:
    samples = noise(48_001)
    assert read_all(without_length(encoded(samples, 16_000, "FLAC"))) == samples.tobytes()


def test_a_flac_that_is_cut_off_between_two_frames_is_an_error() -> None:
    content = encoded(noise(80_000), 16_000, "FLAC")
    first_frame = content.index(b"\xff\xf8")
    last_frame = content.rindex(content[first_frame : first_frame + 4])
    error = failure(content[:last_frame])
    assert error.__cause__ is None  # libsndfile says nothing of it
    assert "is damaged or cut off: only the first" in str(error)


@pytest.mark.parametrize("damaged_at", [0.2, 0.5, 0.8])
def test_a_flac_that_is_damaged_within_is_an_error(damaged_at: float) -> None:
    content = bytearray(encoded(noise(80_000), 16_000, "FLAC"))
    content[round(len(content) * damaged_at)] ^= 0x55
    assert "is damaged or cut off" in str(failure(bytes(content)))


@pytest.mark.parametrize("tagged", [True, False])
@pytest.mark.parametrize("missing", [0.1, 0.5])
def test_an_mp3_that_counts_its_frames_is_missed_some(missing: float, *, tagged: bool) -> None:
    content = encoded(noise(80_000), 16_000, "MP3")
    if tagged:
        content = b"ID3\x03\0\0\0\0\x07\x68" + bytes(1_000) + content
    assert len(read_all(content)) == 160_000
    error = failure(content[: round(len(content) * (1 - missing))])
    assert "is damaged or cut off: only the first" in str(error)
    assert "s of 5.00 s can be read" in str(error)


def without_count(content: bytes) -> bytes:
    """An MP3 without its first frame, which is the one that counts the others."""
    second = content.index(content[:2], 4)
    return content[second:]


def test_an_mp3_of_constant_rate_needs_no_count() -> None:
    file = BytesIO()
    with soundfile.SoundFile(
        file, "w", 44_100, 1, format="MP3", bitrate_mode="CONSTANT", compression_level=0.5
    ) as sound:
        sound.write(tone(440, 44_100, 10))
    read = read_all(without_count(file.getvalue()))
    assert len(read) / 2 / 16_000 == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize("tail", [b"TAG" + bytes(125), b"\xff", bytes(5_000)])
def test_what_follows_an_mp3_and_is_no_audio_does_not_matter(tail: bytes) -> None:
    content = encoded(noise(80_000), 16_000, "MP3")
    assert read_all(content + tail) == read_all(content)


def test_an_mp3_that_holds_more_than_can_be_told_from_its_beginning_is_an_error() -> None:
    content = encoded(noise(80_000), 16_000, "MP3")
    for longer in (content + content, without_count(content)):  # the rate varies without saying so
        error = failure(longer)
        assert "goes on after the" in str(error)
        assert "ffmpeg" in error.hint


# WAV files whose length was not known when their header was written.

UNKNOWN_LENGTHS = {
    "ffmpeg": (0xFFFFFFFF, 0xFFFFFFFF),
    "sox": (0x7FFFF024, 0x7FFFF000),
    "arecord": (0x80000024, 0x80000000),
    "GStreamer": (0x7FFF0024, 0x7FFF0000),
    "the largest signed number": (0x7FFFFFFF, 0x7FFFFFDB),
    "zeros": (0, 0),
    "an empty file": (36, 0),
    "half a header": (0xFFFFFFFF, 0),
    "the other half": (0, 0xFFFFFFFF),
}


@pytest.mark.parametrize("as_path", [True, False])
@pytest.mark.parametrize("writer", UNKNOWN_LENGTHS)
def test_a_wav_of_unknown_length_is_read_to_its_end(
    tmp_path: Path, writer: str, *, as_path: bool
) -> None:
    samples = noise(40_000)
    content = bytearray(encoded(samples, 16_000))
    riff, data = UNKNOWN_LENGTHS[writer]
    content[4:8] = riff.to_bytes(4, "little")
    content[40:44] = data.to_bytes(4, "little")
    path = tmp_path / "talk.wav"
    path.write_bytes(content)
    assert read_all(path if as_path else bytes(content)) == samples.tobytes()


@pytest.mark.parametrize("kind", ["WAV", "AIFF", "CAF"])
def test_more_audio_than_the_header_accounts_for_is_an_error(kind: str) -> None:
    # The wave module of the standard library writes such files to a pipe.
    begun = encoded(noise(4_000), 16_000, kind)
    error = failure(begun + noise(40_000, seed=1).tobytes())
    assert str(error) == "<bytes>: goes on after the 0.25 s that its header accounts for"


@pytest.mark.parametrize("tail", [bytes(100_000), b"TAG" + bytes(125), b"\xfe\xff", b"junk" + bytes(9)])
def test_what_follows_the_audio_of_a_wav_and_is_no_audio_does_not_matter(tail: bytes) -> None:
    samples = noise(40_000).tobytes()
    assert read_all(encoded(noise(40_000), 16_000) + tail) == samples


@pytest.mark.parametrize("length", [0, 0x7F000008, 0xFFFFFFFF])
def test_an_aiff_of_unknown_length_is_read_to_its_end(length: int) -> None:
    samples = noise(40_000)
    content = bytearray(encoded(samples, 16_000, "AIFF"))
    at = content.index(b"SSND") + 4
    content[at : at + 4] = length.to_bytes(4, "big")
    assert read_all(bytes(content)) == samples.tobytes()


def test_an_au_of_unknown_length_is_read_to_its_end() -> None:
    samples = noise(40_000)
    content = bytearray(encoded(samples, 16_000, "AU"))
    content[8:12] = b"\xff\xff\xff\xff"
    assert read_all(bytes(content)) == samples.tobytes()


def test_a_recorded_ogg_stream_that_ends_between_two_pages_is_read() -> None:
    content = encoded(noise(160_000), 16_000, "OGG", "VORBIS")
    last_page = content.rindex(b"OggS")
    read = read_all(content[:last_page])
    assert 0 < len(read) < len(read_all(content))
