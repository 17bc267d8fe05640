"""The code, its reader and the score. Every other test that counts words rests on these."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech.emulator import coded
from asyncspeech.emulator.coded import CELL_FRAMES, CodedReader

if TYPE_CHECKING:
    from asyncspeech.emulator.coded import CodedRecording, HeardWord

RECORDING = coded.encode(12, first=4_090, word_seconds=0.05, gap_seconds=0.01, pause_seconds=0.1)


def read(samples: np.ndarray, cuts: list[int] | None = None) -> list[HeardWord]:
    reader = CodedReader()
    words = [word for piece in np.split(samples, sorted(cuts or [])) for word in reader.read(piece)]
    return words + reader.finish()


def heard(words: list[HeardWord], rate: int) -> list[tuple[str, float, float]]:
    return [(word.text, word.start / rate, word.end / rate) for word in words]


@given(st.lists(st.integers(0, len(RECORDING.samples)), max_size=20))
def test_every_word_is_read_where_it_is_however_the_audio_is_cut(cuts: list[int]) -> None:
    words = read(RECORDING.samples, cuts)
    assert [(word.number, word.start, word.end, word.is_whole) for word in words] == [
        (word.number, word.start, word.end, True) for word in RECORDING.words
    ]


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("subtype", ["PCM_16", "ULAW", "ALAW"])
def test_the_code_survives_every_encoding_that_goes_over_the_wire(rate: int, subtype: str) -> None:
    recording = coded.encode(300, first=3_950, sample_rate_hertz=rate, word_seconds=0.05)
    file = io.BytesIO()
    soundfile.write(file, recording.samples, rate, format="WAV", subtype=subtype)
    file.seek(0)
    samples, _ = soundfile.read(file, dtype="int16")
    assert coded.score(recording, heard(read(samples), rate)) == coded.CodedScore(expected=300)


@given(st.integers(0, 11), st.integers(0, 800), st.integers(0, 800))
def test_a_cut_word_is_known_for_one_with_its_place(index: int, skip: int, keep: int) -> None:
    word = RECORDING.words[index]
    start, end = word.start + skip, max(word.start + skip, word.end - keep)
    words = read(RECORDING.samples[start:end])
    if end - start < 2 * CELL_FRAMES:
        assert len(words) <= 1
    else:
        (found,) = words
        assert found.number == word.number
        assert found.is_whole == (skip == 0 and keep == 0)
        assert 0 <= found.start < CELL_FRAMES
        assert 0 <= end - start - found.end < CELL_FRAMES


@given(st.integers(0, 11), st.integers(1, 99), st.integers(1, 40))
def test_a_word_with_a_piece_missing_or_repeated_is_not_read_as_one_whole_word(
    index: int, at: int, cells: int
) -> None:
    word = RECORDING.words[index]
    cut = word.start + at * CELL_FRAMES
    missing = np.concatenate((RECORDING.samples[word.start : cut], RECORDING.samples[cut + 8 * cells :]))
    again = np.concatenate((RECORDING.samples[word.start : cut], RECORDING.samples[cut - 8 : word.end]))
    for damaged in (missing, again):
        assert [found.is_whole for found in read(damaged)] != [True]


def test_a_cut_word_is_told_of_as_soon_as_silence_follows() -> None:
    word = RECORDING.words[0]
    reader = CodedReader()
    assert reader.read(RECORDING.samples[word.start : word.end - 80]) == []
    (cut,) = reader.read(np.zeros(16, np.int16))
    assert (cut.number, cut.is_whole) == (word.number, False)


@given(st.lists(st.integers(-32_768, 32_767), max_size=200))
def test_any_samples_can_be_read(samples: list[int]) -> None:
    read(np.array(samples, np.int16))


def test_silence_and_faint_noise_hold_no_words() -> None:
    noise = np.random.default_rng(1).integers(-coded.QUIET + 1, coded.QUIET, 16_000)
    assert read(noise.astype(np.int16)) == []


def test_words_are_louder_than_noise() -> None:
    word = RECORDING.words[0]
    samples = RECORDING.samples[word.start : word.end].astype(float)
    assert np.sqrt(np.mean(samples**2)) > 3_000


class TestScore:
    recording: CodedRecording = coded.encode(5)

    def spoken(self) -> list[tuple[str, float | None, float | None]]:
        return [(word.text, word.start / 16_000, word.end / 16_000) for word in self.recording.words]

    def test_all_of_it_is_perfect(self) -> None:
        score = coded.score(self.recording, self.spoken())
        assert score == coded.CodedScore(expected=5)
        assert score.is_perfect

    def test_nothing_is_all_lost(self) -> None:
        assert coded.score(self.recording, []) == coded.CodedScore(expected=5, lost=5)

    def test_each_kind_of_damage_is_counted(self) -> None:
        one, two, three, four, _ = self.spoken()
        got = [one, one, three, two, ("w3~", None, None), ("w99", None, None), four]
        score = coded.score(self.recording, got)
        assert (score.lost, score.repeated, score.garbled, score.out_of_order) == (1, 1, 2, 1)
        assert not score.is_perfect

    def test_the_worst_error_is_that_of_any_start_or_end(self) -> None:
        got = self.spoken()
        text, start, end = got[2]
        assert start is not None
        got[2] = (text, start - 0.25, end)
        assert coded.score(self.recording, got).worst_error == pytest.approx(0.25)

    def test_words_without_times_are_not_misplaced(self) -> None:
        got = [(text, None, None) for text, _, _ in self.spoken()]
        assert coded.score(self.recording, got).is_perfect


def test_words_that_cannot_be_coded_are_refused() -> None:
    with pytest.raises(ValueError, match="cells"):
        coded.encode(1, word_seconds=3)
    with pytest.raises(ValueError, match="numbers"):
        coded.encode(1, first=64**3)
