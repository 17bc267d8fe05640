"""A transcript as a picture."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from asyncspeech.errors import AudioError, MissingExtraError
from asyncspeech.model import Alternative, Result, Word
from asyncspeech.notebook.envelope import read_envelope
from asyncspeech.transcript import Transcript
from tests.notebook.support import said, transcript

if TYPE_CHECKING:
    from matplotlib.figure import Figure

image = pytest.importorskip("matplotlib.image")

WEATHER = Path(__file__).parents[2] / "examples" / "audio" / "weather.flac"
STORY = WEATHER.with_name("story.flac")  # 44.1 kHz, stereo


def titles(figure: Figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in figure.axes]


def words_panel(figure: Figure) -> Any:
    return figure.axes[-2]


def labels(figure: Figure) -> list[str]:
    return [text.get_text() for text in words_panel(figure).texts]


def test_has_the_waveform_the_words_and_the_latency_on_one_time() -> None:
    figure = transcript(said("to be", words=True, latency=0.25)).plot(WEATHER)
    assert titles(figure) == ["Waveform", "Words", "Latency of final results: median 0.25 s"]
    length = soundfile.info(WEATHER).duration
    assert [axes.get_xlim() for axes in figure.axes] == [pytest.approx((0, length))] * 3
    assert labels(figure) == ["to", "be"]


def test_without_audio_there_is_no_waveform() -> None:
    figure = transcript(said("to be", words=True)).plot()
    assert titles(figure)[0] == "Words"
    assert len(figure.axes) == 2


def test_words_are_drawn_where_they_were_said() -> None:
    figure = transcript(said("to be", start=2, words=True)).plot()
    (bars,) = (part for part in words_panel(figure).collections if part.get_label() == "_")
    spans = [(path.vertices[:, 0].min(), path.vertices[:, 0].max()) for path in bars.get_paths()]
    assert spans == [(2.0, 2.5), (2.5, 3.0)]


def test_texts_do_not_cover_each_other_and_stay_in_the_picture() -> None:
    spoken = transcript(said("internationally " * 8, words=True), said("the last word", start=4.5))
    figure = spoken.plot()
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in words_panel(figure).texts]
    assert len(boxes) > 5
    assert not any(one.overlaps(other) for at, one in enumerate(boxes) for other in boxes[:at])
    assert max(box.x1 for box in boxes) <= figure.bbox.x1


def test_texts_without_room_are_counted() -> None:
    figure = transcript(said("internationally " * 4, start=0, end=1), said("end", start=59)).plot()
    assert titles(figure)[0] == "Words"
    dense = tuple(Word("internationally", 30 + at / 10, 30.1 + at / 10) for at in range(9))
    dense_result = Result((Alternative("", None, dense),), start=30, end=31)
    figure = transcript(said("begin"), dense_result, said("end", start=59)).plot()
    assert titles(figure)[0] == "Words (4 of 11 without room for their text)"
    assert len(labels(figure)) == 7


@pytest.mark.parametrize("count", [100, 5_000])
def test_a_few_words_out_of_very_many_are_not_named(count: int) -> None:
    figure = transcript(said("internationally " * count, words=True, confidence=0.9)).plot()
    assert titles(figure)[0] == f"Words: {count:,}, too many for their text"
    assert labels(figure) == []


def test_results_whose_words_have_no_times_are_drawn_whole_and_shortened() -> None:
    long = replace(said("word " * 20, start=1, end=9), latency=0.1)
    figure = transcript(said("hello"), long).plot()
    assert labels(figure) == ["hello", f"{('word ' * 20)[:39]}…"]


def test_speakers_have_colours_of_their_own_and_names() -> None:
    words = (Word("yes", 0, 1, speaker="1"), Word("no", 1, 2, speaker="2"))
    spoken = transcript(
        Result((Alternative("yes no", None, words),), end=2), said("hello", start=2, channel=2)
    )
    panel = words_panel(spoken.plot())
    legend = [text.get_text() for text in panel.get_legend().get_texts()]
    assert legend == ["speaker 1", "speaker 2", "channel 2"]
    assert len({text.get_color() for text in panel.texts}) == 3
    assert words_panel(transcript(said("hello")).plot()).get_legend() is None


def test_a_long_recording_has_minutes() -> None:
    assert transcript(said("hello")).plot().axes[-1].get_xlabel() == "session time (s)"
    axes = transcript(said("hello", start=3_000)).plot().axes[-1]
    assert axes.get_xlabel() == "session time (minutes)"
    assert axes.xaxis.get_major_formatter()(90, 0) == "1:30"


def test_what_is_said_is_no_formula() -> None:
    figure = transcript(said("$x^2$ and $\\frac")).plot()
    assert labels(figure) == ["$x^2$ and $\\frac"]
    figure.draw_without_rendering()


def test_nothing_said_is_drawn_as_that() -> None:
    assert titles(Transcript().plot()) == ["Words: none", "Latency of final results"]


def test_a_notebook_is_given_a_sharp_picture_on_white_and_its_size() -> None:
    figure: Any = transcript(said("to be", words=True)).plot(WEATHER)
    png, size = figure._repr_png_()
    pixels = image.imread(io.BytesIO(png))
    assert pixels.shape[:2] == (2 * size["height"], 2 * size["width"])
    assert pixels[0, 0].tolist() == [1, 1, 1, 1]
    assert size["width"] == 1_000


def test_without_the_extra_it_says_which_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "asyncspeech.notebook.figure", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match="a picture needs the extra 'plot'"):
        Transcript().plot()


def test_audio_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="there is no such file"):
        Transcript().plot(tmp_path / "missing.wav")


class TestEnvelope:
    def test_goes_as_far_as_the_samples_whatever_holds_them(self) -> None:
        samples, rate = soundfile.read(STORY, dtype="float32", always_2d=True)
        mono = samples.mean(axis=1)
        with STORY.open("rb") as file:
            for given in (STORY, str(STORY), STORY.read_bytes(), file):
                envelope = read_envelope(given)
                assert envelope.duration == pytest.approx(len(mono) / rate)
                assert envelope.lowest.min() == pytest.approx(mono.min())
                assert envelope.highest.max() == pytest.approx(mono.max())

    def test_has_what_is_loud_in_its_place_and_few_points(self) -> None:
        samples = np.zeros((8_000 * 120, 1), np.int16)
        samples[8_000 * 60 + 123] = 16_384
        file = io.BytesIO()
        soundfile.write(file, samples, 8_000, format="WAV")
        envelope = read_envelope(file.getvalue())
        assert len(envelope.times) == len(envelope.highest) == len(envelope.lowest) <= 2_000
        at = int(envelope.highest.argmax())
        assert envelope.highest[at] == pytest.approx(0.5)
        assert envelope.times[at] <= 60 + 123 / 8_000 < envelope.times[at + 1]
